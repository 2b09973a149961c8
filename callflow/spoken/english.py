"""English: two thousand and five; Thursday, the twenty-fourth of December."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callflow.spoken.currencies import CURRENCIES, Currency

if TYPE_CHECKING:
    from collections.abc import Iterator

    from callflow.spoken.shapes import Amount, Day, Number, Time

_SMALL = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
BELOW_HUNDRED = (*_SMALL, *(t if not u else f"{t}-{_SMALL[u]}" for t in _TENS for u in range(10)))
"""zero to ninety-nine."""
_SCALES = ((10**9, "billion"), (10**6, "million"), (10**3, "thousand"))
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_ORDINALS = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
]
_ORDINALS += [f"twenty-{ordinal}" for ordinal in _ORDINALS[:9]] + ["thirtieth", "thirty-first"]
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


# ── digits ───────────────────────────────────────────────────────────────────────────────────────


def digit(character: str) -> str:
    """Name a digit, a letter, or the plus of a phone number."""
    if character == "+":
        return "plus"
    return character if character in _LETTERS else _SMALL[int(character)]


def digit_vocabulary() -> Iterator[str]:
    """Give every name of :func:`digit`."""
    yield from (*_SMALL[:10], *_LETTERS, "plus")


phone_digit = digit
phone_vocabulary = digit_vocabulary


# ── numbers ──────────────────────────────────────────────────────────────────────────────────────


def whole(number: int) -> list[str]:
    """Say a whole number below 10¹²."""
    if number == 0:
        return [BELOW_HUNDRED[0]]
    words: list[str] = []
    for scale, name in _SCALES:
        count, number = divmod(number, scale)
        if count:
            words += [*_below_thousand(count), name]
    if number:
        if words and number < 100:
            words[-1] += " and"
        words += _below_thousand(number)
    return words


def _below_thousand(number: int) -> list[str]:
    hundreds, rest = divmod(number, 100)
    if not hundreds:
        return [BELOW_HUNDRED[rest]]
    if not rest:
        return [f"{BELOW_HUNDRED[hundreds]} hundred"]
    return [f"{BELOW_HUNDRED[hundreds]} hundred and", BELOW_HUNDRED[rest]]


def number_words(number: Number) -> list[str]:
    """Say a number."""
    words = ["minus"] if number.negative else []
    words += whole(number.whole)
    if number.decimals:
        words += ["point", *(_SMALL[int(one)] for one in number.decimals)]
    return words


def whole_vocabulary() -> Iterator[str]:
    """Give every fragment of :func:`whole`."""
    yield from BELOW_HUNDRED
    for count in range(1, 10):
        yield from (f"{BELOW_HUNDRED[count]} hundred", f"{BELOW_HUNDRED[count]} hundred and")
    for _, name in _SCALES:
        yield from (name, f"{name} and")


def number_vocabulary() -> Iterator[str]:
    """Give every fragment of :func:`number_words`."""
    yield from whole_vocabulary()
    yield from ("minus", "point")


# ── money ────────────────────────────────────────────────────────────────────────────────────────


def money_words(amount: Amount, code: str) -> list[str]:
    """Say an amount: twelve dollars and fifty cents."""
    currency = CURRENCIES[code]
    words = ["minus"] if amount.negative else []
    if amount.units or not amount.cents:
        words += [*whole(amount.units), currency.one if amount.units == 1 else currency.many]
    if amount.cents:
        if amount.units:
            words[-1] += " and"
        words += [BELOW_HUNDRED[amount.cents], currency.cent if amount.cents == 1 else currency.cents]
    return words


def money_vocabulary(code: str) -> Iterator[str]:
    """Give every fragment of :func:`money_words`."""
    yield from whole_vocabulary()
    yield "minus"
    yield from _units(CURRENCIES[code])


def _units(currency: Currency) -> Iterator[str]:
    yield from (currency.one, currency.many)
    if not currency.whole:
        yield from (f"{currency.one} and", f"{currency.many} and", currency.cent, currency.cents)


# ── dates and times ──────────────────────────────────────────────────────────────────────────────


def date_words(day: Day, *, short: bool) -> list[str]:
    """Say a day: Thursday, the twenty-fourth of, December, twenty twenty-six."""
    middle = [f"the {_ORDINALS[day.day - 1]} of", _MONTHS[day.month - 1]]
    return middle if short else [f"{_WEEKDAYS[day.weekday]},", *middle, *_year(day.year)]


def _year(year: int) -> list[str]:
    century, rest = divmod(year, 100)
    if year < 1000 or year % 1000 < 10:
        return whole(year)
    if rest == 0:
        return [BELOW_HUNDRED[century], "hundred"]
    return (
        [BELOW_HUNDRED[century], BELOW_HUNDRED[rest]]
        if rest >= 10
        else [BELOW_HUNDRED[century], "oh", _SMALL[rest]]
    )


def date_vocabulary(*, short: bool) -> Iterator[str]:
    """Give every fragment of :func:`date_words`."""
    yield from (f"the {ordinal} of" for ordinal in _ORDINALS)
    yield from _MONTHS
    if not short:
        yield from (f"{weekday}," for weekday in _WEEKDAYS)
        yield from ("hundred", "oh")
        yield from whole_vocabulary()


def time_words(time: Time, *, hours: int) -> list[str]:
    """Say a time of day: six oh five p.m., or eighteen oh five."""
    if hours == 24:
        return [BELOW_HUNDRED[time.hour], *(_minute(time.minute) if time.minute else ["hundred hours"])]
    if time.minute == 0 and time.hour in {0, 12}:
        return ["noon" if time.hour else "midnight"]
    half = "p.m." if time.hour >= 12 else "a.m."
    return [BELOW_HUNDRED[(time.hour + 11) % 12 + 1], *(_minute(time.minute) if time.minute else []), half]


def _minute(minute: int) -> list[str]:
    return [BELOW_HUNDRED[minute] if minute >= 10 else f"oh {_SMALL[minute]}"]


def time_vocabulary(*, hours: int) -> Iterator[str]:
    """Give every fragment of :func:`time_words`."""
    yield from BELOW_HUNDRED[:60]
    yield from (f"oh {_SMALL[minute]}" for minute in range(1, 10))
    yield from ("hundred hours",) if hours == 24 else ("noon", "midnight", "a.m.", "p.m.")
