"""The parts of an expression.  Each knows how to come to its value; none can fail or loop."""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from callflow.expressions.values import Lookup, Value, as_bool, as_number, as_text, bounded, equal

if TYPE_CHECKING:
    from collections.abc import Callable


class Node(ABC):
    """A part of an expression."""

    @abstractmethod
    def value(self, lookup: Lookup) -> Value:
        """Come to the value."""


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A value as written."""

    written: Value

    def value(self, lookup: Lookup) -> Value:  # noqa: ARG002
        """Give it."""
        return self.written


@dataclass(frozen=True, slots=True)
class Name(Node):
    """What the call knows under a name; empty when it knows nothing."""

    name: str

    def value(self, lookup: Lookup) -> Value:
        """Look it up."""
        return lookup(self.name) or ""


@dataclass(frozen=True, slots=True)
class Listing(Node):
    """Values in brackets."""

    items: tuple[Node, ...]

    def value(self, lookup: Lookup) -> Value:
        """Come to each."""
        return tuple([item.value(lookup) for item in self.items])


@dataclass(frozen=True, slots=True)
class Either(Node):
    """``a or b``."""

    parts: tuple[Node, ...]

    def value(self, lookup: Lookup) -> Value:
        """Stop at the first that holds."""
        return any(as_bool(part.value(lookup)) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Both(Node):
    """``a and b``."""

    parts: tuple[Node, ...]

    def value(self, lookup: Lookup) -> Value:
        """Stop at the first that does not hold."""
        return all(as_bool(part.value(lookup)) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Not(Node):
    """``not a``."""

    part: Node

    def value(self, lookup: Lookup) -> Value:
        """Turn it round."""
        return not as_bool(self.part.value(lookup))


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """``a == b`` and its like.  An order between things that are no numbers does not hold."""

    left: Node
    sign: str
    right: Node

    def value(self, lookup: Lookup) -> Value:
        """Compare."""
        return _SIGNS[self.sign](self.left.value(lookup), self.right.value(lookup))


def _within(value: Value, values: Value) -> bool:
    if isinstance(values, tuple):
        return any(equal(value, one) for one in values)
    return as_text(value) in as_text(values)


def _in_order(sign: Callable[[Any, Any], bool]) -> Callable[[Value, Value], bool]:
    """Order two numbers, or two dates or times as texts of one shape (``2026-12-24``, ``18:05``)."""

    def holds(left: Value, right: Value) -> bool:
        one, other = as_number(left), as_number(right)
        if one is not None and other is not None:
            return sign(one, other)
        if one is None and other is None and isinstance(left, str) and isinstance(right, str):
            return bool(left) and len(left) == len(right) and sign(left, right)
        return False

    return holds


def _between_texts(sign: Callable[[str, str], bool]) -> Callable[[Value, Value], bool]:
    return lambda left, right: sign(as_text(left), as_text(right))


_SIGNS: dict[str, Callable[[Value, Value], bool]] = {
    "==": equal,
    "!=": lambda left, right: not equal(left, right),
    "in": _within,
    "not in": lambda left, right: not _within(left, right),
    "<": _in_order(operator.lt),
    "<=": _in_order(operator.le),
    ">": _in_order(operator.gt),
    ">=": _in_order(operator.ge),
    "starts with": _between_texts(str.startswith),
    "ends with": _between_texts(str.endswith),
    "contains": _between_texts(operator.contains),
}


@dataclass(frozen=True, slots=True)
class Calculation(Node):
    """``a + b`` and its like, for numbers; the empty text where one side is none."""

    left: Node
    sign: str
    right: Node

    def value(self, lookup: Lookup) -> Value:
        """Calculate."""
        left, right = as_number(self.left.value(lookup)), as_number(self.right.value(lookup))
        if left is None or right is None or (not right and self.sign in "/%"):
            return ""
        return bounded(_ARITHMETIC[self.sign](left, right))


_ARITHMETIC: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": operator.mod,
}


@dataclass(frozen=True, slots=True)
class Call(Node):
    """``length(order)`` and its like."""

    name: str
    given: tuple[Node, ...]

    def value(self, lookup: Lookup) -> Value:
        """Call the function."""
        return FUNCTIONS[self.name](*(part.value(lookup) for part in self.given))


def _length(value: Value) -> Value:
    return Decimal(len(as_text(value)))


def _first(value: Value, count: Value) -> Value:
    return as_text(value)[: _whole(count)]


def _last(value: Value, count: Value) -> Value:
    whole = _whole(count)
    return as_text(value)[-whole:] if whole else ""


def _whole(count: Value) -> int:
    number = as_number(count)
    return max(0, int(number)) if number is not None else 0


def _round(value: Value) -> Value:
    number = as_number(value)
    return "" if number is None else bounded(number.to_integral_value())


def _known(value: Value) -> Value:
    return as_text(value) != ""


def _or_else(value: Value, otherwise: Value) -> Value:
    return value if as_text(value) else otherwise


FUNCTIONS: dict[str, Callable[..., Value]] = {
    "length": _length,
    "first": _first,
    "last": _last,
    "round": _round,
    "known": _known,
    "otherwise": _or_else,
}
"""Functions by name."""


ARITY: dict[str, int] = {"length": 1, "first": 2, "last": 2, "round": 1, "known": 1, "otherwise": 2}
"""How many values each function takes."""
