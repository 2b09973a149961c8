"""The service ``hours``: opening hours that somebody closes by hand, without an edit of the dialplan."""

from __future__ import annotations

import getpass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from aiohttp import web

from callflow.values import parse_duration
from ivr.call_facts import SiteFacts
from ivr.hours import CLOSURE, next_opening, state
from ivr.problems import near_name
from ivr.schema.hours import HoursDefinition
from ivr.service import SiteService
from records.events import HoursClosed, HoursReopened

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callflow.protocol import Runtime
    from ivr.steps import Site
    from records.events import Recorded

LONGEST_DAYS = 400


class Closure(msgspec.Struct, frozen=True):
    """A closure by hand."""

    hours: str
    until: float | None
    """Steady seconds; None until it is taken back."""
    by: str
    reason: str = ""


class HoursService:
    """Keeps closures in the event log, answers whether one is on, and serves ``ringhall hours``."""

    needs: ClassVar[tuple[str, ...]] = ("ivr",)

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._closures: dict[str, Closure] = {}

    @classmethod
    def create(cls, runtime: Runtime) -> HoursService:
        """Make the service."""
        return cls(runtime)

    async def start(self) -> None:
        """Follow the log."""
        self._runtime.subscribe(self.replay, HoursClosed, HoursReopened)

    async def stop(self) -> None:
        """Let go of nothing."""

    # ── state ────────────────────────────────────────────────────────────────────────────────────

    def closed_by_hand(self, hours: str) -> bool:
        """Tell whether they are closed now, whatever the clock says."""
        return self._closure(hours) is not None

    def next_opening(self, hours: str) -> float | None:
        """Give the steady seconds at which they open next; see :class:`callflow.protocol.HoursKeeper`."""
        closure, now = self._closure(hours), self._runtime.clock.now()
        return self._opens(hours, closure.until if closure is not None and closure.until else now)

    def opens_at(self, hours: str, now: float) -> float | None:
        """Give when they open next (steady seconds): ``now`` while they are open, None if never.

        A closure by hand ends at its time, or never as far as anybody knows.
        """
        closure = self._closure(hours)
        if closure is None:
            return self._opens(hours, now)
        return None if closure.until is None else self._opens(hours, max(now, closure.until))

    def _opens(self, hours: str, earliest: float) -> float | None:
        """Give when the written hours open next, ``earliest`` where they are open then."""
        site = self._site
        definition = site.sections.get("hours", {}).get(hours)
        if not isinstance(definition, HoursDefinition):
            return None
        moment = SiteFacts(site).wall_clock(earliest)
        opens = next_opening(definition, moment)
        if opens is None:
            return None
        return earliest if opens == moment else opens.timestamp()

    def _closure(self, hours: str) -> Closure | None:
        closure = self._closures.get(hours)
        if closure is None or (closure.until is not None and closure.until <= self._runtime.clock.now()):
            return None
        return closure

    def snapshot(self) -> list[dict[str, Any]]:
        """Give the closures as JSON-able data."""
        return [msgspec.to_builtins(closure) for closure in self._closures.values()]

    def restore(self, kept: Any) -> None:
        """Take the closures of a snapshot."""
        self._closures = {one.hours: one for one in msgspec.convert(kept, list[Closure])}

    def replay(self, recorded: Recorded) -> None:
        """Fold one event in."""
        match recorded.event:
            case HoursClosed(hours=hours, until=until, by=by, reason=reason):
                self._closures[hours] = Closure(hours, until, by, reason)
            case HoursReopened(hours=hours):
                self._closures.pop(hours, None)
            case _:
                pass

    # ── the command line ─────────────────────────────────────────────────────────────────────────

    def control_routes(self) -> Iterable[web.RouteDef]:
        """Give the routes of ``ringhall hours``."""
        return [
            web.get("/control/hours", self._list),
            web.post("/control/hours/{hours}/close", self._close),
            web.post("/control/hours/{hours}/reopen", self._reopen),
        ]

    async def _list(self, _request: web.Request) -> web.Response:
        site, now = self._site, self._runtime.clock.now()
        moment = SiteFacts(site).wall_clock(now)
        found = []
        for name, definition in sorted(site.sections.get("hours", {}).items()):
            closure = self._closure(name)
            opens = next_opening(definition, moment) if closure is None else None
            found.append(
                {
                    "hours": name,
                    "state": CLOSURE if closure else state(definition, moment),
                    "next_opening": opens.isoformat(timespec="minutes") if opens else None,
                    "closed_until": self._shown(closure.until) if closure else None,
                    "closed_by": closure.by if closure else None,
                    "reason": closure.reason if closure else "",
                }
            )
        return web.json_response(found)

    async def _close(self, request: web.Request) -> web.Response:
        hours, body = self._named(request), await _body(request)
        until = self._until(str(body.get("until") or ""))
        by = str(body.get("by") or getpass.getuser())
        self._runtime.record(
            HoursClosed(hours=hours, until=until, by=by, reason=str(body.get("reason") or ""))
        )
        return web.json_response({"hours": hours, "closed_until": self._shown(until)})

    async def _reopen(self, request: web.Request) -> web.Response:
        hours, body = self._named(request), await _body(request)
        was_closed = self.closed_by_hand(hours)
        if hours in self._closures:
            self._runtime.record(HoursReopened(hours=hours, by=str(body.get("by") or getpass.getuser())))
        return web.json_response({"hours": hours, "was_closed": was_closed})

    @property
    def _site(self) -> Site:
        return self._runtime.require(SiteService).site

    def _named(self, request: web.Request) -> str:
        name = request.match_info["hours"]
        known = self._site.sections.get("hours", {})
        # a closure of hours that have left the site can still be taken back
        if name not in known and name not in self._closures:
            near = near_name(name, known)
            hint = (
                f' Did you mean "{near}"?' if near else f" There are: {', '.join(sorted(known)) or 'none'}."
            )
            raise web.HTTPNotFound(text=f'there are no hours "{name}".{hint}')
        return name

    def _until(self, written: str) -> float | None:
        """Read ``2h``, ``18:00``, ``2026-12-24`` or ``2026-12-24 18:00``; empty is until further notice."""
        if not written:
            return None
        now = self._runtime.clock.now()
        clock = SiteFacts(self._site).wall_clock(now)
        moment = _moment(written, clock)
        if moment is None:
            raise web.HTTPBadRequest(
                text=f'"{written[:40]}" is no time; write 2h, 18:00, 2026-12-24 or "2026-12-24 18:00"'
            )
        if not clock < moment <= clock + timedelta(days=LONGEST_DAYS):
            raise web.HTTPBadRequest(
                text=f"{moment:%Y-%m-%d %H:%M} is not within the next {LONGEST_DAYS} days"
            )
        return moment.timestamp()

    def _shown(self, until: float | None) -> str | None:
        if until is None:
            return None
        return SiteFacts(self._site).wall_clock(until).isoformat(timespec="minutes")


def _moment(written: str, clock: datetime) -> datetime | None:
    """Read a moment of the site's wall clock."""
    try:
        return clock + timedelta(seconds=parse_duration(written))
    except ValueError:
        pass
    try:
        if ":" in written and "-" not in written:
            time = datetime.strptime(written, "%H:%M").time()  # noqa: DTZ007 - the zone is the site's
            moment = datetime.combine(clock.date(), time, clock.tzinfo)
            return moment if moment > clock else moment + timedelta(days=1)
        return datetime.fromisoformat(written).replace(tzinfo=clock.tzinfo)
    except ValueError:
        return None


async def _body(request: web.Request) -> dict[str, Any]:
    if not request.can_read_body:
        return {}
    found = await request.json()
    return found if isinstance(found, dict) else {}
