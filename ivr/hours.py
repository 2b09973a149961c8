"""Is it open?  Opening hours at a moment, in the site's time zone."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from ivr.schema.hours import DAY_MINUTES, HoursDefinition, Range, days_of

if TYPE_CHECKING:
    from datetime import date, datetime

OPEN, CLOSED, HOLIDAY, CLOSURE = "open", "closed", "holiday", "closure"
STATES = (OPEN, CLOSED, HOLIDAY, CLOSURE)


def state(definition: HoursDefinition, moment: datetime) -> str:
    """Tell whether it is open, closed, or closed for a holiday, at a moment of the site's wall clock."""
    minute = moment.hour * 60 + moment.minute
    today, yesterday = moment.date(), moment.date() - timedelta(days=1)
    if any(begin <= minute < end for begin, end in ranges_of(definition, today)):
        return OPEN
    # hours that began yesterday and run past midnight
    if any(minute + DAY_MINUTES < end for _, end in ranges_of(definition, yesterday)):
        return OPEN
    return HOLIDAY if _exception(definition, today) is None and on_holiday(definition, today) else CLOSED


def ranges_of(definition: HoursDefinition, day: date) -> tuple[Range, ...]:
    """Give the times that begin on a day."""
    exception = _exception(definition, day)
    if exception is not None:
        return exception
    if on_holiday(definition, day):
        return ()
    weekday = day.weekday()
    return tuple(
        one for days, ranges in definition.weekly.items() if weekday in days_of(days) for one in ranges
    )


def on_holiday(definition: HoursDefinition, day: date) -> bool:
    """Tell whether a day is one of the holidays."""
    written = day.isoformat()
    return any(
        one in {written, written[5:]}
        if one[0].isdigit()
        else day in definition.public_holidays(one, day.year)
        for one in definition.holidays
    )


def next_opening(definition: HoursDefinition, moment: datetime, within_days: int = 400) -> datetime | None:
    """Give the next moment at which it opens, ``moment`` itself when it is open; None when none comes."""
    if state(definition, moment) == OPEN:
        return moment
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    for days in range(within_days + 1):
        day = midnight + timedelta(days=days)
        for begin, _ in sorted(ranges_of(definition, day.date())):
            opens = day.replace(hour=begin // 60, minute=begin % 60)
            if opens > moment:
                return opens
    return None


def _exception(definition: HoursDefinition, day: date) -> tuple[Range, ...] | None:
    written = day.isoformat()
    spans = [key for key in definition.exceptions if ".." in key]
    if written in definition.exceptions:
        return definition.exceptions[written]
    for span in spans:
        first, _, last = (part.strip() for part in span.partition(".."))
        if first <= written <= last:
            return definition.exceptions[span]
    return None
