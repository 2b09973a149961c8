"""Rows for people: counters of many quarter hours summed by interval, and their figures."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from records.folds.metrics.calendar import check_interval
from records.folds.metrics.counters import AGENT, DIMENSIONS, SITE, Counters
from records.folds.metrics.figures import figures, pauses

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from records.folds.metrics.calendar import Calendar
    from records.folds.metrics.shelf import Rows
    from records.folds.metrics.variants import Variant


class UnknownDimension(ValueError):  # noqa: N818 - named for what is wrong
    """There is no such dimension; the message names those that there are."""


def check_dimension(text: str) -> str:
    """Give a dimension that exists; raises UnknownDimension."""
    if text in DIMENSIONS:
        return text
    from difflib import get_close_matches  # noqa: PLC0415 - for mistakes only

    near = "".join(f"; did you mean {name}?" for name in get_close_matches(text, DIMENSIONS, 1))
    known = ", ".join(DIMENSIONS)
    raise UnknownDimension(f"there is no dimension {text[:40]!r}{near or ';'} there are: {known}")


class Line(msgspec.Struct):
    """One line of a table."""

    start: datetime
    """Local begin of the interval."""
    name: str
    """Of the queue, agent, skill or number; empty for the site."""
    counters: Counters


class Sums:
    """Collects quarter hours into intervals of one dimension."""

    def __init__(self, calendar: Calendar, dimension: str, interval: str, slots: Container[int]) -> None:
        """``slots``: the quarter hours that are wanted; others are passed over.

        Raises UnknownDimension and CalendarError.
        """
        self.dimension = check_dimension(dimension)
        self._interval = check_interval(interval)
        self._calendar = calendar
        self._slots = slots
        self._lines: dict[tuple[datetime, str], Line] = {}

    def add(self, slot: int, rows: Rows) -> None:
        """Add a quarter hour's rows."""
        if slot not in self._slots:
            return
        start = self._calendar.interval_of(slot, self._interval)
        prefix = f"{self.dimension} "
        for row, counters in rows.items():
            if row.startswith(prefix):
                # by UTC: the two hours of a long night are equal as local times
                key = (start.astimezone(UTC), row.removeprefix(prefix))
                line = self._lines.get(key)
                if line is None:
                    line = self._lines[key] = Line(start, key[1], Counters())
                line.counters.add(counters)

    def add_row(self, slot: int, name: str, rows: Rows) -> None:
        """Add one row of a quarter hour, if it is there."""
        if name in rows:
            self.add(slot, {name: rows[name]})

    def lines(self) -> list[Line]:
        """Give the lines by time, then name."""
        return [self._lines[key] for key in sorted(self._lines)]


def table(lines: Iterable[Line], dimension: str, variant: Variant) -> list[dict[str, Any]]:
    """Give each line's figures as JSON-able data."""
    return [
        {
            "interval": line.start.isoformat(),
            **({} if dimension == SITE else {dimension: line.name}),
            **figures(dimension, line.counters, variant),
            **({"paused_by_reason": pauses(line.counters)} if dimension in {SITE, AGENT} else {}),
        }
        for line in lines
    ]
