"""The kinds in which a value can be spoken, and their options."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from callflow.near import near_name
from callflow.spoken import english, mandarin
from callflow.spoken.currencies import CURRENCIES
from callflow.spoken.shapes import amount_of, day_of, number_of, time_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MOST_CHARACTERS = 40
"""Digits and letters that are read out at most."""

_LANGUAGES: dict[str, Any] = {"en": english, "zh": mandarin, "cmn": mandarin}
_READ_ONE_BY_ONE = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ+")


class SpokenError(ValueError):
    """A kind, its option or its language can't be spoken: what is wrong (no full stop), and the remedy."""

    def __init__(self, message: str, remedy: str, near: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.near = near


class Kind(NamedTuple):
    """A way of speaking a value: ``money CNY``."""

    name: str
    option: str = ""

    def __str__(self) -> str:
        return f"{self.name} {self.option}".strip()


class _Way(NamedTuple):
    options: tuple[str, ...]
    """The first one is what an absent option means."""
    words: Callable[[Any, str, str], list[str] | None]
    vocabulary: Callable[[Any, str], Iterable[str]]


def _digits(grammar: Any, value: str, _: str) -> list[str] | None:
    return _one_by_one(grammar.digit, value)


def _phone(grammar: Any, value: str, _: str) -> list[str] | None:
    return _one_by_one(grammar.phone_digit, value)


def _one_by_one(name: Callable[[str], str], value: str) -> list[str] | None:
    characters = [one for one in value.upper()[: 4 * MOST_CHARACTERS] if one in _READ_ONE_BY_ONE]
    return [name(one) for one in characters[:MOST_CHARACTERS]] or None


def _number(grammar: Any, value: str, option: str) -> list[str] | None:
    number = number_of(value)
    if number is not None:
        words: list[str] = grammar.number_words(number)
        return words
    bare = value.strip()
    return _digits(grammar, bare, option) if bare.isascii() and bare.isdigit() else None


def _money(grammar: Any, value: str, code: str) -> list[str] | None:
    amount = amount_of(value, whole_units=CURRENCIES[code].whole)
    return None if amount is None else grammar.money_words(amount, code)


def _date(grammar: Any, value: str, option: str) -> list[str] | None:
    day = day_of(value)
    return None if day is None else grammar.date_words(day, short=option == "short")


def _time(grammar: Any, value: str, option: str) -> list[str] | None:
    time = time_of(value)
    return None if time is None else grammar.time_words(time, hours=int(option))


KINDS: dict[str, _Way] = {
    "digits": _Way((), _digits, lambda grammar, _: grammar.digit_vocabulary()),
    "phone": _Way((), _phone, lambda grammar, _: grammar.phone_vocabulary()),
    "number": _Way((), _number, lambda grammar, _: grammar.number_vocabulary()),
    "money": _Way(tuple(CURRENCIES), _money, lambda grammar, code: grammar.money_vocabulary(code)),
    "date": _Way(
        ("long", "short"), _date, lambda grammar, option: grammar.date_vocabulary(short=option == "short")
    ),
    "time": _Way(("12", "24"), _time, lambda grammar, option: grammar.time_vocabulary(hours=int(option))),
}
"""Kinds by name, each with its options."""


def kind_of(name: str, option: str = "") -> Kind:
    """Check a kind and its option.  Raises :class:`SpokenError`."""
    way = KINDS.get(name)
    if way is None:
        raise SpokenError(
            f'there is no way to speak called "{name[:40]}"',
            f"There are: {', '.join(KINDS)}.",
            near_name(name, KINDS),
        )
    if not way.options and option:
        raise SpokenError(f'"{name}" takes no "{option[:40]}"', "Remove it.")
    if name == "money" and not option:
        raise SpokenError("it is not said in which currency", "Write a code after it, such as CNY or EUR.")
    if option and option not in way.options:
        raise SpokenError(
            f'"{option[:40]}" is not possible for {name}',
            f"Write one of: {', '.join(way.options)}.",
            near_name(option, way.options),
        )
    return Kind(name, option or (way.options[0] if way.options else ""))


def speakable(language: str) -> bool:
    """Tell whether values can be spoken in a language."""
    return language.partition("-")[0] in _LANGUAGES


def fragments(kind: Kind, value: str, language: str) -> list[str] | None:
    """Give what to play for a value, in order; None when the value is not of the kind.

    Every fragment is one of :func:`vocabulary`.  Raises KeyError for a language that is not
    :func:`speakable`.
    """
    return KINDS[kind.name].words(_LANGUAGES[language.partition("-")[0]], value, kind.option)


@lru_cache(maxsize=256)
def vocabulary(kind: Kind, language: str) -> tuple[str, ...]:
    """Give every fragment that a kind may need in a language.

    Raises :class:`SpokenError` for a language that is not :func:`speakable`.
    """
    if not speakable(language):
        raise SpokenError(
            f'{kind.name} can\'t be spoken in "{language}"',
            "Values are spoken in en and zh; write a text or a recording without it.",
        )
    grammar = _LANGUAGES[language.partition("-")[0]]
    return tuple(dict.fromkeys(KINDS[kind.name].vocabulary(grammar, kind.option)))
