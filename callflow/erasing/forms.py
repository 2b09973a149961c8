"""The ways in which trunks show one number, so that all of them are found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callflow.dialing.numbers import bare_number, country_of, e164

if TYPE_CHECKING:
    from collections.abc import Iterable


class WrongNumber(ValueError):  # noqa: N818 - named for what is wrong
    """A number that is none, or may be several people's; the text says what to do."""


def forms_of(number: str, countries: Iterable[str], dialed_in: str = "") -> tuple[str, ...]:
    """Give every way in which trunks of ``countries`` (ISO 3166) may show a number, the number itself first.

    ``+46708123456`` is shown so, as ``46708123456``, in Sweden as ``0708123456``, in Germany as
    ``0046708123456``.  A number in national form is understood as dialed in ``dialed_in``, else in whichever
    of the countries.  One of no numbering plan (an extension, a short code) has only itself.  Raises
    WrongNumber.
    """
    bare = bare_number(number)
    if not bare:
        raise WrongNumber(f"{number[:40]!r} is no number: digits, with + before a country code")
    known = tuple(dict.fromkeys(countries))
    dialed = (dialed_in,) if dialed_in else known or ("",)
    whole = {found for country in dialed if (found := e164(bare, country)).startswith("+")}
    if len(whole) > 1:
        ways = " or ".join(sorted(whole))
        raise WrongNumber(f"this may be {ways}: write it with its country code")
    if not whole:
        if bare.startswith("+"):
            raise WrongNumber(f"{bare} is no number of any country")
        return (bare,)
    [found] = whole
    return tuple(dict.fromkeys([bare, found, found.removeprefix("+"), *_local(found, known)]))


def _local(found: str, countries: Iterable[str]) -> Iterable[str]:
    """Give a number as it is dialed in each country."""
    import phonenumbers  # noqa: PLC0415 - slow to import

    parsed = phonenumbers.parse(found)
    for country in countries:
        if not country:
            continue
        if country_of(found, country) == country:
            written = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
            yield bare_number(written)
            yield str(phonenumbers.national_significant_number(parsed))
        yield bare_number(phonenumbers.format_out_of_country_calling_number(parsed, country))
