"""Quarter hours as a site's people know them: intervals in the site's time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

from records.folds.metrics.counters import SLOT_S

if TYPE_CHECKING:
    from collections.abc import Iterable

INTERVALS = ("15m", "1h", "1d")


class CalendarError(ValueError):
    """A day, zone or interval that is none; the message says what is right."""


class Calendar:
    """Days, hours and quarter hours of a zone."""

    def __init__(self, zone: str) -> None:
        """Raises CalendarError for a zone that does not exist."""
        try:
            self.zone = ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            raise CalendarError(
                f"there is no time zone {zone[:60]!r}{_near(zone)}; "
                "zones are named as in Europe/Berlin or Asia/Shanghai"
            ) from None
        self.name = zone

    def day_of(self, at_s: float) -> date:
        """Give the local day of a moment (Unix seconds)."""
        return datetime.fromtimestamp(at_s, self.zone).date()

    def start_of(self, day: date) -> int:
        """Give the Unix second in which a local day begins."""
        midnight = datetime(day.year, day.month, day.day, tzinfo=self.zone)
        return int(midnight.timestamp())

    def slots_of(self, first: date, last: date) -> range:
        """Give the quarter hours of the local days from ``first`` to ``last``, 92 to 100 a day."""
        end = self.start_of(last + timedelta(days=1))
        return range(self.start_of(first) // SLOT_S, end // SLOT_S)

    def interval_of(self, slot: int, interval: str) -> datetime:
        """Give the local begin of the interval in which a quarter hour lies.

        Hours that a night has twice stay apart: their begins differ in the offset from UTC.
        """
        start = datetime.fromtimestamp(slot * SLOT_S, UTC).astimezone(self.zone)
        match interval:
            case "1d":
                midnight = datetime(start.year, start.month, start.day, tzinfo=self.zone)
                # where the clock jumps at midnight the day begins later
                return midnight.astimezone(UTC).astimezone(self.zone)
            case "1h":
                into = timedelta(minutes=start.minute, seconds=start.second)
                hour = (start.astimezone(UTC) - into).astimezone(self.zone)
                # the rest of an hour into which the clock jumped begins where it jumped to
                return hour if hour.utcoffset() == start.utcoffset() else self._changed(hour, start)
            case _:
                return start

    def _changed(self, before: datetime, after: datetime) -> datetime:
        """Give the quarter hour with which the later one's offset from UTC begins."""
        at = before.astimezone(UTC)
        while at.astimezone(self.zone).utcoffset() != after.utcoffset():
            at += timedelta(seconds=SLOT_S)
        return at.astimezone(self.zone)


def parse_day(text: str, today: date) -> date:
    """Read ``today``, ``yesterday`` or 2026-11-23; raises CalendarError."""
    match text.strip().lower():
        case "today":
            return today
        case "yesterday":
            return today - timedelta(days=1)
        case written:
            try:
                return date.fromisoformat(written)
            except ValueError:
                raise CalendarError(
                    f"{text[:40]!r} is no day; write it as {today.isoformat()}, today or yesterday"
                ) from None


def check_interval(text: str) -> str:
    """Give an interval that exists; raises CalendarError."""
    if text not in INTERVALS:
        raise CalendarError(f"{text[:40]!r} is no interval; there are: {', '.join(INTERVALS)}")
    return text


def _near(zone: str) -> str:
    return "".join(f"; did you mean {name}?" for name in _nearest(zone, available_timezones()))


def _nearest(name: str, known: Iterable[str]) -> list[str]:
    from difflib import get_close_matches  # noqa: PLC0415 - for mistakes only

    return get_close_matches(name, sorted(known), 1, 0.6)
