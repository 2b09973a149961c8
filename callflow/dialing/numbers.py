"""Telephone numbers, and how they are compared."""

from __future__ import annotations

import re
from functools import lru_cache

SPACERS = str.maketrans("", "", " -().")
_NUMBER = re.compile(r"\+?\d{1,20}", re.ASCII)


def bare_number(text: str) -> str:
    """Strip a number of what people put between its digits; empty when it is none."""
    bare = text.translate(SPACERS)
    return bare if _NUMBER.fullmatch(bare) else ""


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
    import phonenumbers  # noqa: PLC0415 - slow to import; a check of a dialplan has no use for it

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
    import phonenumbers  # noqa: PLC0415 - slow to import; a check of a dialplan has no use for it

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
    import phonenumbers  # noqa: PLC0415 - slow to import; a check of a dialplan has no use for it

    return code in phonenumbers.SUPPORTED_REGIONS
