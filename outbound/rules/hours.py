"""Hours of a day in somebody else's zone: open or not, and when next.  Over the change of the clocks, too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

LOOK_DAYS = 400
"""So far ahead an opening is looked for."""
NEVER = float("inf")
EVERY_DAY = frozenset(range(7))
WORKDAYS = frozenset(range(5))


@dataclass(frozen=True, slots=True)
class Window:
    """Some hours of some days, by the wall clock."""

    days: frozenset[int]
    """Monday is 0."""
    begin: int
    """Minutes after midnight."""
    end: int
    """Minutes after midnight, itself outside; 1440 is the day's end."""


def next_open(
    windows: Sequence[Window], zone: str, at: float, *, closed: Callable[[date], bool] = lambda _: False
) -> float:
    """Give the first moment from ``at`` (Unix seconds) on that is within a window: ``at`` itself if it is.

    ``closed``: days on which nothing is open.  :data:`NEVER` when nothing opens within :data:`LOOK_DAYS`.
    """
    place = _zone(zone)
    first = datetime.fromtimestamp(at, place).date()
    for ahead in range(LOOK_DAYS):
        day = first + timedelta(days=ahead)
        if closed(day):
            continue
        spans = sorted(
            (_moment(day, window.begin, place), _moment(day, window.end, place))
            for window in windows
            if day.weekday() in window.days
        )
        for begin, end in spans:
            if at < end:
                return max(at, begin)
    return NEVER


def next_open_in_all(
    windows: Sequence[Window],
    zones: Sequence[str],
    at: float,
    *,
    closed: Callable[[date], bool] = lambda _: False,
) -> float:
    """Do as :func:`next_open`, for somebody who may be in any of several zones: open in each.

    Without any zone nothing is ever open.
    """
    last = at + LOOK_DAYS * 86_400.0
    while zones and at < last:
        later = max(next_open(windows, zone, at, closed=closed) for zone in zones)
        if later == at:
            return at
        at = later
    return NEVER


def day_begins(zone: str, at: float) -> float:
    """Give when the day of ``at`` began there."""
    place = _zone(zone)
    return _moment(datetime.fromtimestamp(at, place).date(), 0, place)


def _moment(day: date, minutes: int, zone: ZoneInfo) -> float:
    """Give when a clock on the wall shows so many minutes; an hour that is skipped begins at its end."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    return (midnight + timedelta(minutes=minutes)).timestamp()  # arithmetic by the wall clock


@lru_cache(512)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
