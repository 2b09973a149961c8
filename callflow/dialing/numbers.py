"""Telephone numbers as an admin writes them, and as they are compared."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated, Any

import phonenumbers
from pydantic import BeforeValidator, WithJsonSchema

from callflow.values import told

ANY_INTERNATIONAL = "+*"
_SPACERS = str.maketrans("", "", " -().")
_NUMBER = re.compile(r"\+?\d{1,20}", re.ASCII)
_PATTERN = re.compile(r"\+?\d{1,20}\*?|\+\*", re.ASCII)


def bare_number(text: str) -> str:
    """Strip a number of what people put between its digits; empty when it is none."""
    bare = text.translate(_SPACERS)
    return bare if _NUMBER.fullmatch(bare) else ""


def _pattern(value: Any) -> str:
    bare = value.translate(_SPACERS) if isinstance(value, str) else ""
    if not _PATTERN.fullmatch(bare):
        raise told(
            "pattern",
            f'"{str(value)[:40]}" is neither a number nor the begin of numbers',
            'Write "+86 21 6666 0000", or "+86 21 *" for all numbers that begin so.',
        )
    return bare


def _number(value: Any) -> str:
    bare = bare_number(value) if isinstance(value, str) else ""
    if not bare:
        raise told("number", f'"{str(value)[:40]}" is no phone number', "Write digits, with a + before them.")
    return bare


Pattern = Annotated[
    str, BeforeValidator(_pattern), WithJsonSchema({"type": "string", "pattern": r"^[-+0-9 ().]+\*?$"})
]
"""A number, or the begin of numbers with ``*`` after it."""
PhoneNumber = Annotated[
    str, BeforeValidator(_number), WithJsonSchema({"type": "string", "pattern": r"^[-+0-9 ().]+$"})
]


def fits(number: str, pattern: str) -> bool:
    """Tell whether a bare number is the pattern's, or begins as it says."""
    return number.startswith(pattern[:-1]) if pattern.endswith("*") else number == pattern


def weight(pattern: str) -> tuple[bool, int]:
    """Sort patterns: a whole number tells more than a begin, a longer begin more than a shorter one."""
    return (not pattern.endswith("*"), len(pattern))


@lru_cache(maxsize=4096)
def e164(bare: str, home: str) -> str:
    """Give a bare number with its country code, ``+862166660000``.

    ``home`` is the country (ISO 3166) in which it is dialed; ``0044…`` is understood as people there dial it.
    A number that is not one of that country's plan, such as 110, stays as it is.  Empty for one that has a
    country code and can't be anybody's: too long, too short, or of no country.
    """
    try:
        parsed = phonenumbers.parse(bare, home or None)
    except phonenumbers.NumberParseException:
        return "" if bare.startswith("+") else bare
    if bare.startswith("+"):
        good = phonenumbers.is_possible_number(parsed)
    else:
        good = phonenumbers.is_valid_number(parsed)
    if good:
        return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return "" if bare.startswith("+") else bare


@lru_cache(maxsize=4096)
def country_of(number: str, home: str) -> str:
    """Give the ISO 3166 code of the country that a bare number belongs to, empty when nobody knows."""
    try:
        parsed = phonenumbers.parse(number, home or None)
    except phonenumbers.NumberParseException:
        return "" if number.startswith("+") else home
    found = phonenumbers.region_code_for_number(parsed) or phonenumbers.region_code_for_country_code(
        parsed.country_code or 0
    )
    return "" if found in {None, "ZZ"} else str(found)


def known_country(code: str) -> bool:
    """Tell whether there is a numbering plan for a country."""
    return code in phonenumbers.SUPPORTED_REGIONS
