"""Texts with values in them: ``https://crm.example/?phone={caller.number|url}``.

``{expression}`` stands for its value, ``{expression|filter argument}`` for what the filter makes of it;
``{{`` and ``}}`` are braces that are meant.
"""

from __future__ import annotations

import json
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from callflow.expressions.errors import ExpressionError
from callflow.expressions.expression import Expression, parse
from callflow.expressions.values import as_number
from callflow.near import near_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from callflow.expressions.values import Lookup

MOST_CHARACTERS = 8000


class Hole:
    """A value's place in a text: what it is, and what is to be made of it."""

    __slots__ = ("argument", "column", "expression", "filter")

    def __init__(self, expression: Expression, name: str, argument: str, column: int) -> None:
        self.expression = expression
        self.filter = name
        """Name after the ``|``, empty when there is none."""
        self.argument = argument
        self.column = column
        """Where ``{`` stands in the text, from 1."""


class Template:
    """A checked text with holes."""

    __slots__ = ("names", "parts", "source")

    def __init__(self, source: str, parts: tuple[str | Hole, ...]) -> None:
        self.source = source
        """As written."""
        self.parts = parts
        """Texts (braces undoubled) and :class:`Hole`\\ s, in order."""
        self.names = frozenset().union(*(hole.expression.names for hole in self.holes))
        """Every name that it reads."""

    @property
    def holes(self) -> tuple[Hole, ...]:
        """The values' places."""
        return tuple(part for part in self.parts if isinstance(part, Hole))

    def text(self, lookup: Lookup) -> str:
        """Fill the holes in; what is not known is empty.  Never raises."""
        return "".join([part if isinstance(part, str) else _filled(part, lookup) for part in self.parts])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Template) and other.source == self.source

    def __hash__(self) -> int:
        return hash(self.source)

    def __repr__(self) -> str:
        return f"Template({self.source!r})"

    def __str__(self) -> str:
        return self.source


def _filled(hole: Hole, lookup: Lookup) -> str:
    text = hole.expression.text(lookup)
    return FILTERS[hole.filter](text, hole.argument) if hole.filter else text


# ── filters ──────────────────────────────────────────────────────────────────────────────────────


def _url(text: str, _: str) -> str:
    return quote(text, safe="")


def _digits(text: str, _: str) -> str:
    return "".join(character for character in text if character in "0123456789")


def _money(text: str, currency: str) -> str:
    number = as_number(text)
    if number is None:
        return text
    places = Decimal(1) if currency == "JPY" else Decimal("0.01")
    return f"{number.quantize(places, rounding=ROUND_HALF_UP):f}"


def _masked(text: str, _: str) -> str:
    return "*" * max(0, len(text) - 4) + text[-4:] if len(text) > 4 else "*" * len(text)


def _json(text: str, _: str) -> str:
    return json.dumps(text, ensure_ascii=False)


FILTERS: dict[str, Callable[[str, str], str]] = {
    "url": _url,
    "digits": _digits,
    "money": _money,
    "masked": _masked,
    "json": _json,
    "upper": lambda text, _: text.upper(),
    "lower": lambda text, _: text.lower(),
}
"""Filters of texts by name: ``(text, argument) -> text``.  What is spoken has kinds of its own."""


# ── reading ──────────────────────────────────────────────────────────────────────────────────────


@lru_cache(maxsize=8192)
def parse_template(text: str) -> Template:
    """Read a text with holes.  Raises :class:`ExpressionError`, for unknown filters too."""
    template = parse_with(text)
    for hole in template.holes:
        if hole.filter and hole.filter not in FILTERS:
            raise unknown_filter(hole, FILTERS)
    return template


def unknown_filter(
    hole: Hole, known: dict[str, object] | dict[str, Callable[[str, str], str]]
) -> ExpressionError:
    """Make the error for a hole whose filter (or kind) is none of ``known``."""
    near = near_name(hole.filter, known)
    hint = f'Did you mean "{near}"? ' if near else ""
    return ExpressionError(
        f'"{hole.filter[:40]}" after | means nothing here',
        hole.column,
        f"{hint}There are: {', '.join(sorted(known))}.",
    )


def parse_with(text: str) -> Template:
    """Read a text with holes whose filters are somebody else's business."""
    if len(text) > MOST_CHARACTERS:
        raise ExpressionError(f"this text is longer than {MOST_CHARACTERS} characters", 1, "Shorten it.")
    parts: list[str | Hole] = []
    plain: list[str] = []
    at = 0
    while at < len(text):
        if text.startswith(("{{", "}}"), at):
            plain.append(text[at])
            at += 2
        elif text[at] == "{":
            if plain:
                parts.append("".join(plain))
                plain = []
            hole, at = _hole(text, at)
            parts.append(hole)
        elif text[at] == "}":
            raise ExpressionError("} has no { before it", at + 1, 'Write "}}" if a brace is meant.')
        else:
            plain.append(text[at])
            at += 1
    if plain:
        parts.append("".join(plain))
    return Template(text, tuple(parts))


def _hole(text: str, start: int) -> tuple[Hole, int]:
    """Read the hole that opens at ``start``; give it and the index after its ``}``."""
    quote_mark, bar, at = "", -1, start + 1
    while at < len(text):
        character = text[at]
        if quote_mark:
            quote_mark = "" if character == quote_mark else quote_mark
        elif character in "\"'" and bar < 0:
            quote_mark = character
        elif character == "|" and bar < 0:
            bar = at
        elif character == "}":
            break
        at += 1
    else:
        raise ExpressionError(
            "this { is not closed", start + 1, 'Close it with }, or write "{{" for a brace.'
        )
    end = bar if bar >= 0 else at
    try:
        expression = parse(text[start + 1 : end])
    except ExpressionError as error:
        raise ExpressionError(error.message, start + 1 + error.column, error.remedy) from None
    name, _, argument = text[bar + 1 : at].strip().partition(" ") if bar >= 0 else ("", "", "")
    if bar >= 0 and not name:
        raise ExpressionError("nothing stands after |", bar + 1, "Write a filter's name, or remove the |.")
    return Hole(expression, name, argument.strip(), start + 1), at + 1
