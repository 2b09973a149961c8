"""The service ``metrics``: today's figures at any moment, as the fold of the log so far."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

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
    from collections.abc import Generator, Iterable, Iterator, Mapping

    from callflow.protocol import Runtime
    from records.events import Recorded
    from records.folds.metrics.shelf import Rows


LINES_AT_ONCE = 50
T = TypeVar("T")


class WrongQuestion(ValueError):  # noqa: N818 - named for what is wrong
    """What was asked for is not to be had; the message says what is."""


class MetricsService:
    """Folds events as they come."""

    needs: ClassVar[tuple[str, ...]] = ()

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._seq = 0
        self._past: Rows = {}
        """Of all rows that can't change any more, for the counters that only rise."""
        self._day: range | None = None
        """Quarter hours of the day that was asked for last."""
        self._of_day: Rows = {}
        """Sums of its rows that can't change any more, so that a look costs little."""
        self._fold = MetricsFold(on_cold=self._cold)
        self._collector = MetricsCollector(self)

    @classmethod
    def create(cls, runtime: Runtime) -> MetricsService:
        """Make the service; it hears every event, also those with which other services start."""
        service = cls(runtime)
        runtime.subscribe(service.replay)
        return service

    async def start(self) -> None:
        """Be seen by Prometheus; sum up what there is of the day, before there are calls to hold up."""
        self.today(SITE)
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
        self._day = None

    def _cold(self, slot: int, rows: Rows) -> None:
        _sum_up(self._past, rows)
        if self._day is not None and slot in self._day:
            _add_all(self._of_day, rows)

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
        _sum_up(found, self._past)
        for rows in self._fold.shelf.changing():
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
        work = self._work(dimension, interval, variant or self.variant)
        while True:
            try:
                next(work)
            except StopIteration as done:
                return cast("dict[str, Any]", done.value)

    def _work(self, dimension: str, interval: str, variant: Variant) -> Generator[None, None, dict[str, Any]]:
        """Gather and compute, pausing now and then: each agent's every quarter hour takes a while."""
        now_us = self._now_us()
        self._fold.pass_time(now_us)
        calendar = self.calendar()
        day = calendar.day_of(now_us / 1_000_000)
        slots = calendar.slots_of(day, day)
        sums, site = Sums(calendar, dimension, interval, slots), Sums(calendar, SITE, "1h", slots)
        if interval == "1d":
            self._gather(slots)
            sums.add(slots.start, self._of_day)
        for slot in slots:
            for rows in self._fold.shelf.rows_of(slot):
                site.add_row(slot, SITE_ROW, rows)
                if interval != "1d" or self._fold.shelf.may_change(slot, rows):
                    sums.add(slot, rows)
                    yield
        rows_told: list[dict[str, Any]] = []
        for lines in batched(sums.lines(), LINES_AT_ONCE):
            rows_told += table(lines, dimension, variant)
            yield
        targets = self._runtime.require(Settings).metrics.wanted()
        return {
            "day": day.isoformat(),
            "up_to": datetime.fromtimestamp(now_us / 1_000_000, UTC).astimezone(calendar.zone).isoformat(),
            "time_zone": calendar.name,
            "variant": {"service_level": variant.level, "short_abandon_s": variant.short_abandon_s},
            "by": dimension,
            "interval": interval,
            "rows": rows_told,
            "targets": msgspec.to_builtins(against(site.lines(), variant, targets)),
        }

    def _gather(self, slots: range) -> None:
        """Sum the day's rows that can't change any more, once; later ones are added as they come."""
        if slots == self._day:
            return
        self._day, self._of_day = slots, {}
        for slot in slots:
            rows = self._fold.shelf.slots.get(slot)
            if rows is not None and not self._fold.shelf.may_change(slot, rows):
                _add_all(self._of_day, rows)

    async def asked_for(self, query: Mapping[str, str]) -> dict[str, Any]:
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
            work = self._work(query.get("by", "queue"), query.get("interval", "1d"), variant)
            while True:
                try:
                    next(work)
                except StopIteration as done:
                    return cast("dict[str, Any]", done.value)
                await asyncio.sleep(0)  # calls go first
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
            told = await self.asked_for(request.query)
        except WrongQuestion as error:
            raise web.HTTPBadRequest(text=str(error)) from None
        return web.Response(body=msgspec.json.encode(told), content_type="application/json")


def _sum_up(sums: Rows, rows: Rows) -> None:
    """Add the rows of which there are few: agents and numbers are not counted for ever."""
    for name, counters in rows.items():
        if name == SITE_ROW or name.startswith(f"{QUEUE} "):
            sums.setdefault(name, Counters()).add(counters)


def _add_all(sums: Rows, rows: Rows) -> None:
    for name, counters in rows.items():
        sums.setdefault(name, Counters()).add(counters)


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Give items in lists of ``size``, the last one shorter."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
