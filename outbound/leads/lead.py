"""Somebody on a list, and a line that is not."""

from __future__ import annotations

import msgspec

from outbound.leads.numbers import Number

HIGHEST_PRIORITY = 100
"""Of a line of a list."""
PROMISED = 1000
"""Priority of a lead that was promised a call, beyond any that a list can give: it frees from consent and
frequency, so nobody gets it by a column of a file."""


class Lead(msgspec.Struct, frozen=True, kw_only=True):
    """One good line of a list.  All of it is personal."""

    line: int
    """In the file, from 1 on."""
    number: Number
    name: str = ""
    language: str = ""
    zone: str = ""
    """Time zone (IANA); '': by the number."""
    consent: str = ""
    """Where the consent comes from."""
    segment: str = ""
    """Kind of lead: answers are foreseen for each by itself."""
    priority: int = 0
    """The highest is dialled first."""
    more: dict[str, str] = {}
    """Other columns, by their names."""


class Refused(msgspec.Struct, frozen=True):
    """A line that is not taken."""

    line: int
    why: str
    """Without the number: it may be shown to anybody."""
