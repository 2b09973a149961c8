"""The grammar, as Lark reads it, and words for what it refuses."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedInput, UnexpectedToken, VisitError

from callflow.expressions.errors import ExpressionError
from callflow.expressions.nodes import (
    ARITY,
    Both,
    Calculation,
    Call,
    Comparison,
    Either,
    Listing,
    Literal,
    Name,
    Node,
    Not,
)
from callflow.expressions.values import MOST_DIGITS
from callflow.near import near_name

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_CHARACTERS = 1000
MOST_DEPTH = 40
"""Parts within parts."""

GRAMMAR = r"""
?start: either
?either: both ("or" both)*
?both: inverse ("and" inverse)*
?inverse: "not" inverse -> negation
        | comparison
?comparison: sum (sign sum)?
!sign: "==" | "!=" | "<=" | ">=" | "<" | ">" | "in" | "not" "in" | "contains"
     | "starts" "with" | "ends" "with"
?sum: product (PLUS_MINUS product)*
?product: atom (TIMES atom)*
?atom: "-" atom -> minus
     | NUMBER -> number
     | SPAN -> span
     | STRING -> text
     | ("yes" | "true") -> yes
     | ("no" | "false") -> no
     | NAME -> name
     | NAME "(" [either ("," either)*] ")" -> call
     | "[" [either ("," either)*] "]" -> listing
     | "(" either ")"
PLUS_MINUS: "+" | "-"
TIMES: "*" | "/" | "%"
NUMBER: /[0-9]+(\.[0-9]+)?(?![\w.])/
SPAN: /([0-9]+(\.[0-9]+)?(ms|s|m|h))+(?![\w.])/
STRING: /"[^"\n]*"|'[^'\n]*'/
NAME: /[^\W\d]\w*(\.[\w-]+(?=\.))*(\.\w+)?/
%ignore /[ \t\n\r]+/
"""
_UNIT_S = {"ms": Decimal("0.001"), "s": Decimal(1), "m": Decimal(60), "h": Decimal(3600)}
_QUOTES = "\"'"
_COMPARE = "Write one of ==, !=, <, <=, >, >=, in, not in, contains, starts with, ends with."


def parse_node(text: str) -> Node:
    """Read an expression.  Raises :class:`ExpressionError`."""
    if not text.strip():
        raise ExpressionError("an expression is expected here", 1, 'Write one, such as tier == "gold".')
    if len(text) > MOST_CHARACTERS:
        remedy = 'Keep a part of it in a variable: "set".'
        raise ExpressionError(f"this expression is longer than {MOST_CHARACTERS} characters", 1, remedy)
    try:
        # the tree is built from its leaves upward, so that no nesting exhausts the stack
        node: Node = _parser().parse(text)  # type: ignore[assignment]
    except VisitError as error:
        if isinstance(error.orig_exc, ExpressionError):
            raise error.orig_exc from None
        raise
    except UnexpectedInput as error:
        raise _refused(error, text) from None
    for depth, _ in _walk(node):
        if depth > MOST_DEPTH:
            remedy = 'Keep a part of it in a variable: "set".'
            raise ExpressionError(f"this is nested more than {MOST_DEPTH} deep", 1, remedy)
    return node


def names_in(node: Node) -> frozenset[str]:
    """Give every name that an expression reads."""
    return frozenset(one.name for _, one in _walk(node) if isinstance(one, Name))


def _walk(node: Node) -> Iterator[tuple[int, Node]]:
    """Give every part with its depth, without recursion."""
    ahead: list[tuple[int, Any]] = [(1, node)]
    while ahead:
        depth, one = ahead.pop()
        if isinstance(one, tuple):
            ahead.extend((depth, part) for part in one)
        elif isinstance(one, Node):
            yield depth, one
            ahead.extend((depth + 1, getattr(one, field.name)) for field in fields(one))  # type: ignore[arg-type]


@cache
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", maybe_placeholders=False, transformer=_Builder())


_SIGNS = {
    "=": ("a single = means nothing here", "To compare, write ==."),
    "&": ("& means nothing here", 'Write "and".'),
    "|": ("| means nothing here", 'Write "or".'),
    "!": ("! means nothing here", 'Write "not".'),
    '"': ("this quotation mark is not closed", 'Close it with ".'),
    "'": ("this quotation mark is not closed", "Close it with '."),
}


def _refused(error: UnexpectedInput, text: str) -> ExpressionError:
    token = error.token if isinstance(error, UnexpectedToken) else None
    if token is not None and token.type == "$END":
        return _too_short(text)
    at = min(max(0, error.pos_in_stream or 0), len(text) - 1)
    found = text[at]
    if token is not None and token.type in {"NAME", "NUMBER", "STRING", "SPAN"}:
        message, remedy = f'"{str(token)[:40].strip(_QUOTES)}" can\'t stand here', _COMPARE
    elif found in _SIGNS:
        message, remedy = _SIGNS[found]
    elif found.isdigit():
        message, remedy = "this is no number", "Put it into quotes if it is a text."
    else:
        message, remedy = f"{found} can't stand here", _COMPARE
    return ExpressionError(message, at + 1, remedy)


def _too_short(text: str) -> ExpressionError:
    end = len(text) + 1
    for opening, closing in ("()", "[]"):
        if text.count(opening) > text.count(closing):
            return ExpressionError(f"the bracket {opening} is not closed", end, f"Close it with {closing}.")
    return ExpressionError("the expression ends too early", end, "Write what is missing.")


@v_args(inline=True)
class _Builder(Transformer):  # type: ignore[type-arg]
    """Makes nodes of what the grammar found."""

    def either(self, *parts: Node) -> Node:
        return Either(parts)

    def both(self, *parts: Node) -> Node:
        return Both(parts)

    def negation(self, part: Node) -> Node:
        return Not(part)

    def comparison(self, left: Node, sign: str, right: Node) -> Node:
        return Comparison(left, sign, right)

    def sign(self, *words: Token) -> str:
        return " ".join(words)

    def sum(self, *parts: Any) -> Node:
        return _folded(parts)

    def product(self, *parts: Any) -> Node:
        return _folded(parts)

    def minus(self, part: Node) -> Node:
        return Calculation(Literal(Decimal(0)), "-", part)

    def number(self, token: Token) -> Node:
        if len(token.partition(".")[0]) > MOST_DIGITS or len(token.partition(".")[2]) > 9:
            raise ExpressionError(
                "this number has too many digits", _column(token), "Put it into quotes if it is a text."
            )
        # 0123 is a code: as a number it would lose its zero
        if len(token) > 1 and token.startswith("0") and not token.startswith("0."):
            raise ExpressionError(
                "a number can't begin with 0", _column(token), "Put it into quotes if it is a text."
            )
        return Literal(Decimal(token))

    def span(self, token: Token) -> Node:
        return Literal(_seconds(token))

    def text(self, token: Token) -> Node:
        return Literal(str(token)[1:-1])

    def yes(self) -> Node:
        return Literal(True)

    def no(self) -> Node:
        return Literal(False)

    def name(self, token: Token) -> Node:
        return Name(str(token))

    def listing(self, *items: Node) -> Node:
        return Listing(items)

    def call(self, token: Token, *given: Node) -> Node:
        name = str(token)
        if name not in ARITY:
            near = near_name(name, ARITY)
            hint = f'Did you mean "{near}"? ' if near else ""
            raise ExpressionError(
                f'there is no function "{name[:40]}"',
                _column(token),
                f"{hint}There are: {', '.join(sorted(ARITY))}.",
            )
        if len(given) != ARITY[name]:
            raise ExpressionError(
                f'"{name}" takes {ARITY[name]} value{"s" if ARITY[name] > 1 else ""}, not {len(given)}',
                _column(token),
                "See Conditions in docs/dialplan.md.",
            )
        return Call(name, given)


def _folded(parts: tuple[Any, ...]) -> Node:
    node: Node = parts[0]
    for sign, part in zip(parts[1::2], parts[2::2], strict=True):
        node = Calculation(node, str(sign), part)
    return node


def _column(token: Token) -> int:
    return (token.start_pos or 0) + 1


def _seconds(token: Token) -> Decimal:
    total, digits = Decimal(0), ""
    rest = str(token)
    while rest:
        digits = rest[: len(rest) - len(rest.lstrip("0123456789."))]
        rest = rest[len(digits) :]
        unit = rest[: len(rest) - len(rest.lstrip("msh"))]
        # the lexer has checked the shape; "ms" goes before "m" and "s"
        rest = rest[len(unit) :]
        if len(digits) > MOST_DIGITS:
            raise ExpressionError("this time is too long", _column(token), "Write a shorter one.")
        total += Decimal(digits) * _UNIT_S[unit]
    return total
