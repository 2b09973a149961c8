"""What is read from a value before it is spoken: amounts, dates and times of day, without I/O."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

MOST_DIGITS = 12
"""Digits before the point of a number that is spoken as one; longer ones are read digit by digit."""

_NUMBER = re.compile(r"\s*([+-]?)(\d{1,40})(?:\.(\d{1,20}))?\s*", re.ASCII)
_DATE = re.compile(r"\s*(\d{4})-?(\d{2})-?(\d{2})(?:[T ].*)?\s*", re.ASCII)
_TIME = re.compile(r"\s*(?:\d{4}-\d{2}-\d{2}[T ])?(\d{1,2}):(\d{2})(?:[:.Z+ -].*)?\s*", re.ASCII)
_MONTH_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_OFFSETS = (0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4)


class Number(NamedTuple):
    """A decimal number."""

    negative: bool
    whole: int
    decimals: str
    """Digits after the point, without zeros at the end."""


class Amount(NamedTuple):
    """An amount of money."""

    negative: bool
    units: int
    cents: int
    """Hundredths of the unit."""


class Day(NamedTuple):
    """A day of the calendar."""

    year: int
    month: int
    day: int
    weekday: int
    """0 for Monday."""


class Time(NamedTuple):
    """A time of day."""

    hour: int
    minute: int


def number_of(value: str) -> Number | None:
    """Read a number; None for anything else, and for one with too many digits."""
    found = _NUMBER.fullmatch(value)
    if found is None or len(found[2].lstrip("0")) > MOST_DIGITS:
        return None
    whole, decimals = int(found[2]), (found[3] or "").rstrip("0")[:9].rstrip("0")
    return Number(found[1] == "-" and bool(whole or decimals), whole, decimals)


def amount_of(value: str, *, whole_units: bool) -> Amount | None:
    """Read an amount of money, rounded half up to hundredths, or to units."""
    found = _NUMBER.fullmatch(value)
    if found is None or len(found[2].lstrip("0")) > MOST_DIGITS:
        return None
    exact = Decimal(f"{int(found[2])}.{found[3] or '0'}")
    rounded = exact.quantize(Decimal(1) if whole_units else Decimal("0.01"), rounding=ROUND_HALF_UP)
    hundredths = int(rounded * 100)
    if hundredths >= 100 * 10**MOST_DIGITS:  # rounded up out of range
        return None
    return Amount(found[1] == "-" and hundredths > 0, hundredths // 100, hundredths % 100)


def day_of(value: str) -> Day | None:
    """Read ``2026-12-24``, ``20261224``, or the day of ``2026-12-24T18:05:00Z``."""
    found = _DATE.fullmatch(value)
    if found is None:
        return None
    year, month, day = int(found[1]), int(found[2]), int(found[3])
    if year < 1 or not 1 <= month <= 12 or not 1 <= day <= _MONTH_DAYS[month - 1]:
        return None
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if (month, day) == (2, 29) and not leap:
        return None
    # T. Sakamoto's method (comp.lang.c, 1993): 0 is Sunday
    before = year - (month < 3)
    sunday_first = (before + before // 4 - before // 100 + before // 400 + _OFFSETS[month - 1] + day) % 7
    return Day(year, month, day, (sunday_first - 1) % 7)


def time_of(value: str) -> Time | None:
    """Read ``18:05``, or the time of ``2026-12-24T18:05:00``."""
    found = _TIME.fullmatch(value)
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2])
    return Time(hour, minute) if hour < 24 and minute < 60 else None
