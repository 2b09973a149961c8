"""An expression: a condition such as ``tier == "gold" and queue.cards.ready > 0``."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from callflow.expressions.nodes import Name
from callflow.expressions.values import as_bool, as_text

if TYPE_CHECKING:
    from callflow.expressions.nodes import Node
    from callflow.expressions.values import Lookup, Value

_NAME = re.compile(r"[a-z_]\w{0,99}(\.\w{1,99})?", re.ASCII)
_WORDS = frozenset({"not", "yes", "no", "true", "false"})
"""What begins an expression and is no name."""


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
    if _NAME.fullmatch(text) and text not in _WORDS:
        return Expression(text, Name(text), frozenset({text}))
    # who writes names alone, as most texts do, does not pay for the parser: 90 ms
    from callflow.expressions.grammar import names_in, parse_node  # noqa: PLC0415

    node = parse_node(text)
    return Expression(text, node, names_in(node))
