"""One row of a list: a lead, or why it is none."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

import msgspec

from outbound.leads.lead import HIGHEST_PRIORITY, Lead, Refused
from outbound.leads.numbers import NumberError, read_number

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_VALUE = 1000


class Taking(msgspec.Struct, frozen=True):
    """What rows are taken by."""

    columns: dict[str, int]
    """Name → place."""
    home: str
    countries: frozenset[str]
    not_clean: str
    """What is said of a value with undecoded bytes."""
    default_consent: str = ""
    """Of a line that does not say where its consent comes from."""

    def take(self, line: int, row: list[str]) -> Lead | Refused:
        """Read one row."""
        if wrong := self._wrong(row):
            return Refused(line, wrong)
        values = {name: row[place].strip() for name, place in self.columns.items()}
        try:
            number = read_number(values.pop("number"), self.home, self.countries)
        except NumberError as refused:
            return Refused(line, str(refused))
        if wrong := _unusable(values):
            return Refused(line, wrong)
        return Lead(
            line=line,
            number=number,
            name=values.pop("name", ""),
            language=values.pop("language", ""),
            zone=values.pop("zone", ""),
            consent=values.pop("consent", "") or self.default_consent,
            segment=values.pop("segment", ""),
            priority=int(values.pop("priority", "") or 0),
            more=values,
        )

    def _wrong(self, row: list[str]) -> str:
        """Say why a row can't be read at all, '' if it can."""
        if len(row) != len(self.columns):
            return f"{len(row)} columns, where the heading has {len(self.columns)}"
        for name, place in self.columns.items():
            if len(row[place]) > LONGEST_VALUE:
                return f"{name} has {len(row[place])} signs, {LONGEST_VALUE} are allowed"
            if not clean(row[place]):
                return f"{name} {self.not_clean}"
        return ""


def clean(value: str) -> bool:
    """Tell whether a value has neither undecoded bytes nor control characters."""
    if value.isprintable():  # nearly all; surrogates are not
        return True
    return not any("\ud800" <= sign <= "\udfff" or (sign < " " and sign not in "\t\r\n") for sign in value)


def _unusable(values: Mapping[str, str]) -> str:
    zone, priority = values.get("zone", ""), values.get("priority", "")
    if zone and zone not in _zones():
        return f"{zone[:40]!r} is no time zone; right ones are Europe/London, Asia/Shanghai"
    if priority and not _is_priority(priority):
        return f"{priority[:40]!r} is no priority; right ones are 0 to {HIGHEST_PRIORITY}, the highest first"
    return ""


def _is_priority(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 9 and int(text) <= HIGHEST_PRIORITY


@cache
def _zones() -> set[str]:
    return available_timezones()
