"""The service ``metrics``: today's figures at any moment, as the fold of the log so far."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from aiohttp import web

from callflow.reporting.prometheus import MetricsCollector
from callflow.settings import Settings
from records.folds.metrics.calendar import Calendar, CalendarError
from records.folds.metrics.counters import QUEUE, SITE, SITE_ROW, Counters
from records.folds.metrics.fold import MetricsFold
from records.folds.metrics.tables import Sums, UnknownDimension, table
from records.folds.metrics.targets import against
from records.folds.metrics.variants import Variant, VariantError, parse_level, parse_seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from callflow.protocol import Runtime
    from records.events import Recorded
    from records.folds.metrics.fold import Rows


class WrongQuestion(ValueError):  # noqa: N818 - named for what is wrong
    """What was asked for is not to be had; the message says what is."""


class MetricsService:
    """Folds events as they come."""

    needs: ClassVar[tuple[str, ...]] = ()

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._seq = 0
        self._past: Rows = {}
        """Of the quarter hours that are no longer kept, for the counters that only rise."""
        self._fold = MetricsFold(on_dropped=self._remember)
        self._collector = MetricsCollector(self)

    @classmethod
    def create(cls, runtime: Runtime) -> MetricsService:
        """Make the service; it hears every event, also those with which other services start."""
        service = cls(runtime)
        runtime.subscribe(service.replay)
        return service

    async def start(self) -> None:
        """Be seen by Prometheus."""
        self._collector.register()

    async def stop(self) -> None:
        """Let go of nothing but that."""
        self._collector.unregister()

    # ── the fold ─────────────────────────────────────────────────────────────────────────────────

    def replay(self, recorded: Recorded) -> None:
        """Fold one event in, once."""
        if recorded.seq > self._seq:
            self._seq = recorded.seq
            self._fold.apply(recorded)

    def snapshot(self) -> Any:
        """Give the state as JSON-able data."""
        past = {name: msgspec.to_builtins(row) for name, row in self._past.items()}
        return {"seq": self._seq, "fold": self._fold.snapshot(), "past": past}

    def restore(self, state: Any) -> None:
        """Take the state of a snapshot."""
        self._seq = state["seq"]
        self._fold.restore(state["fold"])
        self._past = msgspec.convert(state["past"], dict[str, Counters], str_keys=True)

    def _remember(self, slot: int, rows: Rows) -> None:  # noqa: ARG002 - the fold's door
        _sum_up(self._past, rows)

    # ── figures ──────────────────────────────────────────────────────────────────────────────────

    @property
    def variant(self) -> Variant:
        """The variant that the settings name."""
        return self._runtime.require(Settings).metrics.variant()

    def calendar(self) -> Calendar:
        """Give the days of the site's zone."""
        return Calendar(self._fold.state.zone or "UTC")

    def totals(self) -> Rows:
        """Give all that was ever counted, of each queue and of the site."""
        self._fold.pass_time(self._now_us())
        found: Rows = {}
        for rows in (self._past, *self._fold.slots.values()):
            _sum_up(found, rows)
        return found

    def present(self) -> tuple[dict[str, int], dict[str, int]]:
        """Give what is now: queue → calls waiting, state → agents."""
        waiting: dict[str, int] = {}
        for visit in self._fold.waiting():
            waiting[visit.queue] = waiting.get(visit.queue, 0) + 1
        states: dict[str, int] = {}
        for agent in self._fold.state.agents.values():
            state = agent.state.partition(" ")[0]
            states[state] = states.get(state, 0) + 1
        return waiting, states

    def today(self, dimension: str, interval: str = "1d", variant: Variant | None = None) -> dict[str, Any]:
        """Give today's figures up to now; raises UnknownDimension and CalendarError."""
        variant = variant or self.variant
        now_us = self._now_us()
        self._fold.pass_time(now_us)
        calendar = self.calendar()
        day = calendar.day_of(now_us / 1_000_000)
        slots = calendar.slots_of(day, day)
        sums, site = Sums(calendar, dimension, interval, slots), Sums(calendar, SITE, "1h", slots)
        for slot in slots:
            rows = self._fold.slots.get(slot)
            if rows is not None:
                sums.add(slot, rows)
                site.add(slot, rows)
        targets = self._runtime.require(Settings).metrics.wanted()
        return {
            "day": day.isoformat(),
            "up_to": datetime.fromtimestamp(now_us / 1_000_000, UTC).astimezone(calendar.zone).isoformat(),
            "time_zone": calendar.name,
            "variant": {"service_level": variant.level, "short_abandon_s": variant.short_abandon_s},
            "by": dimension,
            "interval": interval,
            "rows": table(sums.lines(), dimension, variant),
            "targets": msgspec.to_builtins(against(site.lines(), variant, targets)),
        }

    def asked_for(self, query: Mapping[str, str]) -> dict[str, Any]:
        """Answer a request's ``by``, ``interval``, ``service_level``, ``short_abandon``.

        Raises WrongQuestion.
        """
        try:
            variant = self.variant
            if "service_level" in query:
                percent, within_s = parse_level(query["service_level"])
                variant = msgspec.structs.replace(variant, percent=percent, within_s=within_s)
            if "short_abandon" in query:
                short_s = parse_seconds(query["short_abandon"])
                variant = msgspec.structs.replace(variant, short_abandon_s=short_s)
            return self.today(query.get("by", "queue"), query.get("interval", "1d"), variant)
        except (VariantError, CalendarError, UnknownDimension) as error:
            raise WrongQuestion(str(error)) from None

    def _now_us(self) -> int:
        return round(self._runtime.clock.now() * 1_000_000)

    # ── control ──────────────────────────────────────────────────────────────────────────────────

    def control_routes(self) -> Iterable[web.RouteDef]:
        """Give the route of today's figures."""
        return [web.get("/control/metrics", self._answer)]

    async def _answer(self, request: web.Request) -> web.Response:
        try:
            told = self.asked_for(request.query)
        except WrongQuestion as error:
            raise web.HTTPBadRequest(text=str(error)) from None
        return web.Response(body=msgspec.json.encode(told), content_type="application/json")


def _sum_up(sums: Rows, rows: Rows) -> None:
    """Add the rows of which there are few: agents and numbers are not counted for ever."""
    for name, counters in rows.items():
        if name == SITE_ROW or name.startswith(f"{QUEUE} "):
            sums.setdefault(name, Counters()).add(counters)
