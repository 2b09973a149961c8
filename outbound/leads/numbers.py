"""Which numbers a list may have: possible ones of the campaign's countries that cost and alarm nobody."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import phonenumbers
from phonenumbers import PhoneNumberType, shortnumberinfo

if TYPE_CHECKING:
    from collections.abc import Collection

LONGEST = 40
_LONGEST_EMERGENCY = 10
"""Signs; none has more than 6 digits, and asking is dear.  Written longer, they are too short to be taken."""
_SHORTENED = re.compile(r"[0-9][.,][0-9]+[eE][+-]?[0-9]+")
_AS_TEXT = re.compile(r'="([^"]*)"')
_DEAR = {
    PhoneNumberType.PREMIUM_RATE: "a premium number",
    PhoneNumberType.SHARED_COST: "a number that costs the one who is called",
    PhoneNumberType.PAGER: "a pager",
    PhoneNumberType.VOICEMAIL: "a voicemail's number",
    PhoneNumberType.UAN: "a company's number for all of its places",
}


_TOO_SHORT, _TOO_LONG = "too short for a telephone number", "too long for a telephone number"
_UNREADABLE = {
    phonenumbers.NumberParseException.INVALID_COUNTRY_CODE: "there is no such country code",
    phonenumbers.NumberParseException.TOO_SHORT_NSN: _TOO_SHORT,
    phonenumbers.NumberParseException.TOO_SHORT_AFTER_IDD: _TOO_SHORT,
    phonenumbers.NumberParseException.TOO_LONG: _TOO_LONG,
}


class Number(NamedTuple):
    """A number that may be in a list."""

    e164: str
    country: str
    """ISO 3166, two letters."""
    mobile: bool


class NumberError(Exception):
    """A text is no number that may be called; the message says why, without the number."""


def read_number(text: str, home: str, countries: Collection[str]) -> Number:
    """Read a number as people write it; ``home``: the country of those without an international prefix.

    Raises NumberError.
    """
    bare = text.strip().replace("\N{NO-BREAK SPACE}", " ")
    if written := _AS_TEXT.fullmatch(bare):  # how spreadsheets keep leading zeros
        bare = written[1].strip()
    if not bare:
        raise NumberError("there is no number")
    if _SHORTENED.fullmatch(bare):
        raise NumberError(
            "a spreadsheet has shortened the number: format its column as text and export again"
        )
    if len(bare) > LONGEST:
        raise NumberError(f"a number has no {len(bare)} signs")
    if len(bare) <= _LONGEST_EMERGENCY and shortnumberinfo.is_emergency_number(bare, home):
        raise NumberError("an emergency number")
    try:
        parsed = phonenumbers.parse(bare, home)
    except phonenumbers.NumberParseException as error:
        raise NumberError(_UNREADABLE.get(error.error_type, "not a telephone number")) from None
    if parsed.extension:
        raise NumberError("a number with an extension: nobody dials on")
    country = phonenumbers.region_code_for_number(parsed) or ""
    if not country.isalpha() or not phonenumbers.is_valid_number_for_region(parsed, country):
        raise NumberError(_why_impossible(parsed))
    if country not in countries:
        raise NumberError(f"a number of {country}; the list is for {', '.join(sorted(countries))}")
    kind = phonenumbers.number_type(parsed)
    if kind in _DEAR:
        raise NumberError(_DEAR[kind])
    e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return Number(e164, country, kind == PhoneNumberType.MOBILE)


def _why_impossible(parsed: phonenumbers.PhoneNumber) -> str:
    match phonenumbers.is_possible_number_with_reason(parsed):
        case phonenumbers.ValidationResult.TOO_SHORT | phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
            return _TOO_SHORT
        case phonenumbers.ValidationResult.TOO_LONG:
            return _TOO_LONG
        case _:
            return "no number that was ever given to anybody"
