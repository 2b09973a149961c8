"""Values: everything a call knows is text; a comparison says whether it is meant as a number.

Arithmetic is exact decimal arithmetic within :data:`MOST_DIGITS` digits before the point; what leaves that
range, or is no number, is the empty text, so that an expression can never fail during a call.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Decimal

Lookup = Callable[[str], str | None]
"""Gives the text of a name, None for one that is not known (yet)."""

Value = str | Decimal | bool | tuple["Value", ...]
"""What an expression comes to; tuples are the lists of ``in``."""

MOST_DIGITS = 15
_PLACES = Decimal("0.000000001")
_LIMIT = Decimal(10) ** MOST_DIGITS
_NUMBER = re.compile(rf"\s*[+-]?\d{{1,{MOST_DIGITS}}}(?:\.\d{{1,9}})?\s*", re.ASCII)
_is_number = _NUMBER.fullmatch
_TRUE = frozenset({"yes", "true"})
_UNTRUE = frozenset({"", "no", "false", "0"})


def as_number(value: Value) -> Decimal | None:
    """Give the number that a value is or shows, else None."""
    if isinstance(value, str):
        return Decimal(value.strip()) if _is_number(value) else None
    return value if isinstance(value, Decimal) else None


def bounded(number: Decimal) -> Value:
    """Round to 9 places; the empty text for a number out of range."""
    if not number.is_finite() or abs(number) >= _LIMIT:
        return ""
    return number.quantize(_PLACES, rounding=ROUND_HALF_EVEN).normalize()


def as_text(value: Value) -> str:
    """Write a value as a call keeps it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return ", ".join(map(as_text, value))


def as_bool(value: Value) -> bool:
    """Tell whether a value counts as yes: neither empty nor 0 nor no."""
    if isinstance(value, str):
        return value.strip().lower() not in _UNTRUE
    return bool(value)


def equal(left: Value, right: Value) -> bool:
    """Compare: as numbers where one side is a number, as yes or no where one is, else as texts."""
    if isinstance(left, bool) or isinstance(right, bool):
        return _truth(left) is _truth(right)
    if isinstance(left, Decimal) or isinstance(right, Decimal):
        one, other = as_number(left), as_number(right)
        return one is not None and one == other
    return left == right


def _truth(value: Value) -> bool | None:
    """Give what a value says as yes or no, None for what says neither."""
    if isinstance(value, bool):
        return value
    text = as_text(value).strip().lower()
    return True if text in _TRUE else False if text in _UNTRUE else None
