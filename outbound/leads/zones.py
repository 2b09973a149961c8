"""Where somebody may be, by their number: time zones, one for each clock that there is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers.phonenumberutil import is_number_type_geographical

if TYPE_CHECKING:
    from outbound.leads.numbers import Number

TABLE = Path(__file__).with_name("zones.txt")
"""Made by ``make_zones``: lines of a country and its zones, and of zones and their prefixes."""
_LOOK_DAYS, _EVERY_DAYS = 400, 5


class _Table(NamedTuple):
    countries: dict[str, tuple[str, ...]]
    prefixes: dict[str, tuple[str, ...]]
    longest: int


def zones_of(number: Number) -> tuple[str, ...]:
    """Give the zones of a number's place; all zones of its country when its digits tell no place.

    Toll-free numbers, and mobile ones of most countries, have none.  Empty for an unknown country.
    """
    home = zones_of_country(number.country)
    if len(home) < 2:
        return home
    parsed = phonenumbers.parse(number.e164)
    if not is_number_type_geographical(phonenumbers.number_type(parsed), parsed.country_code or 0):
        return home
    table = _table()
    digits = number.e164.removeprefix("+")
    for length in range(min(table.longest, len(digits)), 0, -1):
        if found := table.prefixes.get(digits[:length]):
            return clocks(found)
    return home


@cache
def zones_of_country(country: str) -> tuple[str, ...]:
    """Give a country's zones (ISO 3166, two letters), those that show the same time once; () if unknown."""
    return clocks(_table().countries.get(country, ()))


@cache
def clocks(zones: tuple[str, ...]) -> tuple[str, ...]:
    """Leave one of those zones that will show the same time."""
    shown: dict[tuple[timedelta | None, ...], str] = {}
    for zone in zones:
        shown.setdefault(_offsets(zone), zone)
    return tuple(shown.values())


@cache
def _offsets(zone: str) -> tuple[timedelta | None, ...]:
    place, now = ZoneInfo(zone), datetime.now(UTC)
    days = range(0, _LOOK_DAYS, _EVERY_DAYS)
    return tuple((now + timedelta(days=day)).astimezone(place).utcoffset() for day in days)


@cache
def _table() -> _Table:
    countries: dict[str, tuple[str, ...]] = {}
    prefixes: dict[str, tuple[str, ...]] = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        words = line.split()
        zones = tuple(word for word in words if "/" in word)
        for word in words:
            if word.isdigit():
                prefixes[word] = zones
            elif "/" not in word:
                countries[word] = zones
    return _Table(countries, prefixes, max(map(len, prefixes)))
