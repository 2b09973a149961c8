"""Mandarin: 两千零五, 一百一十, 十二元五角, 二零二六年十二月二十四日星期四."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callflow.spoken.currencies import CURRENCIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from callflow.spoken.shapes import Amount, Day, Number, Time

_DIGITS = "零一二三四五六七八九"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_WEEKDAYS = tuple(f"星期{name}" for name in "一二三四五六日")
_TWO = "两"
"""二 before a measure word, and before 百 千 万 亿."""
_GROUPS = ((10**8, "亿"), (10**4, "万"))


def _tens(number: int, *, inside: bool) -> str:
    """Write 1 to 99; ten is 一十 inside a number, 十 at its beginning."""
    tens, units = divmod(number, 10)
    if not tens:
        return _DIGITS[units]
    first = "" if tens == 1 and not inside else _DIGITS[tens]
    return f"{first}十{_DIGITS[units] if units else ''}"


BELOW_HUNDRED = tuple(_tens(number, inside=False) if number else _DIGITS[0] for number in range(100))
"""零 to 九十九."""


# ── digits ───────────────────────────────────────────────────────────────────────────────────────


def digit(character: str) -> str:
    """Name a digit, a letter, or the plus of a phone number."""
    if character == "+":
        return "加"
    return character if character in _LETTERS else _DIGITS[int(character)]


def phone_digit(character: str) -> str:
    """Name a digit of a phone number, where 1 is 幺."""
    return "幺" if character == "1" else digit(character)


def digit_vocabulary() -> Iterator[str]:
    """Give every name of :func:`digit`."""
    yield from (*_DIGITS, *_LETTERS, "加")


def phone_vocabulary() -> Iterator[str]:
    """Give every name of :func:`phone_digit`."""
    yield from digit_vocabulary()
    yield "幺"


# ── numbers ──────────────────────────────────────────────────────────────────────────────────────


def whole(number: int) -> list[str]:
    """Say a whole number below 10¹²."""
    if number == 0:
        return [_DIGITS[0]]
    words: list[str] = []
    zero = False
    for scale, name in _GROUPS:
        count, number = divmod(number, scale)
        if count:
            words += _linked(words, zero or count < 1000)
            words += [_TWO] if count == 2 else _below_ten_thousand(count, inside=bool(words))
            words.append(name)
            zero = False
        else:
            zero = bool(words)
    if number:
        words += _linked(words, zero or number < 1000)
        words += _below_ten_thousand(number, inside=bool(words))
    return words


def _linked(words: list[str], gap: bool) -> list[str]:
    return [_DIGITS[0]] if words and gap else []


def _below_ten_thousand(number: int, *, inside: bool) -> list[str]:
    words: list[str] = []
    thousands, number = divmod(number, 1000)
    if thousands:
        words.append(f"{_TWO if thousands == 2 else _DIGITS[thousands]}千")
    hundreds, number = divmod(number, 100)
    if hundreds:
        words.append(f"{_TWO if hundreds == 2 else _DIGITS[hundreds]}百")
    if number:
        if (words and number < 10) or (thousands and not hundreds):
            words.append(_DIGITS[0])
        words.append(_tens(number, inside=inside or bool(words)))
    return words


def number_words(number: Number) -> list[str]:
    """Say a number."""
    words = ["负"] if number.negative else []
    words += whole(number.whole)
    if number.decimals:
        words += ["点", *(_DIGITS[int(one)] for one in number.decimals)]
    return words


def counted(number: int) -> list[str]:
    """Say a number before a measure word: 两元, 十二元."""
    return [_TWO] if number == 2 else whole(number)


def whole_vocabulary() -> Iterator[str]:
    """Give every fragment of :func:`whole` and :func:`counted`."""
    yield from BELOW_HUNDRED
    yield from (_tens(number, inside=True) for number in range(10, 20))
    for count in range(1, 10):
        name = _TWO if count == 2 else _DIGITS[count]
        yield from (f"{name}百", f"{name}千")
    yield from (_TWO, *(name for _, name in _GROUPS))


def number_vocabulary() -> Iterator[str]:
    """Give every fragment of :func:`number_words`."""
    yield from whole_vocabulary()
    yield from ("负", "点")


# ── money ────────────────────────────────────────────────────────────────────────────────────────


def money_words(amount: Amount, code: str) -> list[str]:
    """Say an amount: 十二元五角, 十二元零五分, 十二美元五十美分."""
    currency = CURRENCIES[code]
    words = ["负"] if amount.negative else []
    if amount.units or not amount.cents:
        words += [*counted(amount.units), currency.unit_zh]
    if not amount.cents:
        return words
    if not currency.jiao:
        return [*words, *counted(amount.cents), currency.cent_zh]
    jiao, fen = divmod(amount.cents, 10)
    if jiao:
        words.append(f"{_TWO if jiao == 2 else _DIGITS[jiao]}角")
    elif amount.units:
        words.append(_DIGITS[0])
    if fen:
        words.append(f"{_TWO if fen == 2 else _DIGITS[fen]}{currency.cent_zh}")
    return words


def money_vocabulary(code: str) -> Iterator[str]:
    """Give every fragment of :func:`money_words`."""
    currency = CURRENCIES[code]
    yield from whole_vocabulary()
    yield from ("负", currency.unit_zh)
    if currency.jiao:
        for count in range(1, 10):
            name = _TWO if count == 2 else _DIGITS[count]
            yield from (f"{name}角", f"{name}{currency.cent_zh}")
    elif not currency.whole:
        yield currency.cent_zh


# ── dates and times ──────────────────────────────────────────────────────────────────────────────


def date_words(day: Day, *, short: bool) -> list[str]:
    """Say a day: 二 零 二 六 年 十二月 二十四日 星期四."""
    middle = [f"{BELOW_HUNDRED[day.month]}月", f"{BELOW_HUNDRED[day.day]}日"]
    if short:
        return middle
    return [*(_DIGITS[int(one)] for one in str(day.year)), "年", *middle, _WEEKDAYS[day.weekday]]


def date_vocabulary(*, short: bool) -> Iterator[str]:
    """Give every fragment of :func:`date_words`."""
    yield from (f"{BELOW_HUNDRED[month]}月" for month in range(1, 13))
    yield from (f"{BELOW_HUNDRED[day]}日" for day in range(1, 32))
    if not short:
        yield from (*_DIGITS, "年", *_WEEKDAYS)


_PARTS_OF_DAY = ((0, "凌晨"), (6, "上午"), (12, "中午"), (13, "下午"), (19, "晚上"))


def time_words(time: Time, *, hours: int) -> list[str]:
    """Say a time of day: 下午 六点 零五分, or 十八点 零五分."""
    words = []
    hour = time.hour
    if hours == 12:
        words.append(next(name for since, name in reversed(_PARTS_OF_DAY) if hour >= since))
        hour = hour - 12 if hour > 12 else hour
    words.append(f"{_TWO if hour == 2 else BELOW_HUNDRED[hour]}点")
    words.append(_minute(time.minute))
    return words


def _minute(minute: int) -> str:
    if minute == 0:
        return "整"
    return f"{_DIGITS[0] if minute < 10 else ''}{BELOW_HUNDRED[minute]}分"


def time_vocabulary(*, hours: int) -> Iterator[str]:
    """Give every fragment of :func:`time_words`."""
    for hour in range(24 if hours == 24 else 13):
        yield f"{_TWO if hour == 2 else BELOW_HUNDRED[hour]}点"
    yield from (_minute(minute) for minute in range(60))
    if hours == 12:
        yield from (name for _, name in _PARTS_OF_DAY)
