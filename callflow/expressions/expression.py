"""An expression: a condition such as ``tier == "gold" and queue.cards.ready > 0``."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from callflow.expressions.values import as_bool, as_text

if TYPE_CHECKING:
    from callflow.expressions.nodes import Node
    from callflow.expressions.values import Lookup, Value


class Expression:
    """A checked expression.  Equal to another with the same text."""

    __slots__ = ("_node", "names", "source")

    def __init__(self, source: str, node: Node, names: frozenset[str]) -> None:
        self.source = source
        """As written."""
        self.names = names
        """Every name that it reads."""
        self._node = node

    def value(self, lookup: Lookup) -> Value:
        """Come to the value; never raises, whatever the names hold."""
        return self._node.value(lookup)

    def text(self, lookup: Lookup) -> str:
        """Give the value as a call keeps it; empty for what is not known."""
        return as_text(self._node.value(lookup))

    def holds(self, lookup: Lookup) -> bool:
        """Tell whether it counts as yes: neither empty nor 0 nor no."""
        return as_bool(self._node.value(lookup))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and other.source == self.source

    def __hash__(self) -> int:
        return hash(self.source)

    def __repr__(self) -> str:
        return f"Expression({self.source!r})"

    def __str__(self) -> str:
        return self.source


@lru_cache(maxsize=8192)
def parse(text: str) -> Expression:
    """Read an expression.  Raises :class:`callflow.expressions.ExpressionError`."""
    # what is written before the first expression is read costs nobody the parser's 60 ms
    from callflow.expressions.grammar import names_in, parse_node  # noqa: PLC0415

    node = parse_node(text)
    return Expression(text, node, names_in(node))
