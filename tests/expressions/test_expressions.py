"""The language of conditions: what expressions come to, and what is said of those that can't be read."""

import pickle
import re
from collections.abc import Callable
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callflow.expressions import ExpressionError, parse, parse_template
from callflow.expressions.expression import _NAME
from callflow.expressions.grammar import GRAMMAR, names_in, parse_node

T = TypeVar("T")

GRAMMAR_WORDS = {*re.findall(r'"([a-z]+)"', GRAMMAR)}

FACTS = {
    "tier": "gold", "x": "2", "code": "007", "caller.number": "+4930123", "queue.cards.wait": "130",
    "order": "0123456789", "empty": "", "no_vip": "no", "day": "2026-12-24", "time": "09:30",
}  # fmt: skip

VALUES = [
    ('tier == "gold"', "yes"),
    ("tier == 'silver'", "no"),
    ('tier != "silver"', "yes"),
    ("code == 7", "yes"),
    ('code == "7"', "no"),
    ("tier == 7", "no"),
    ("queue.cards.wait > 2m", "yes"),
    ("queue.cards.wait > 2m30s", "no"),
    ("x in [1, 2, 3]", "yes"),
    ('tier in ["silver", "gold"]', "yes"),
    ('tier not in ["silver", "gold"]', "no"),
    ('"ol" in tier', "yes"),
    ('caller.number starts with "+49"', "yes"),
    ('caller.number ends with "9"', "no"),
    ('tier contains "ol"', "yes"),
    ("-3 + 4 * 2 - 1", "4"),
    ("(1 + 2) * 3 % 5", "4"),
    ("1 / 4", "0.25"),
    ("0.1 + 0.2 == 0.3", "yes"),
    ("x / 0", ""),
    ("tier + 1", ""),
    ("missing + 1", ""),
    ("missing < 5", "no"),
    ("tier < 5", "no"),
    ("x < 10", "yes"),
    ('day < "2026-12-31"', "yes"),
    ('time >= "09:00" and time < "17:30"', "yes"),
    ('"9" < "10"', "yes"),
    ("not missing", "yes"),
    ("not no_vip", "yes"),
    ("no_vip == no", "yes"),
    ("tier or missing", "yes"),
    ("missing or empty", "no"),
    ("not tier == \"gold\" or x == 2 and missing", "no"),
    ("length(order) == 10", "yes"),
    ("last(order, 4)", "6789"),
    ("first(order, 3)", "012"),
    ("last(order, 0)", ""),
    ("round(2.5)", "2"),
    ("known(tier)", "yes"),
    ('otherwise(missing, "none")', "none"),
    ("999999999999999 + 1", ""),
    ("yes", "yes"),
    ("android == 1", "no"),
    ("1h", "3600"),
]  # fmt: skip

REFUSED = [
    ("", 1, "an expression is expected"),
    ("tier = 3", 6, "a single ="),
    ("(a", 3, "bracket ( is not closed"),
    ("[a", 3, "bracket [ is not closed"),
    ("a ==", 5, "ends too early"),
    ('x == "abc', 6, "quotation mark is not closed"),
    ("a b", 3, "can't stand here"),
    ("a && b", 3, "& means nothing"),
    ("a || b", 3, "| means nothing"),
    ("!a", 1, "! means nothing"),
    ("lenght(x)", 1, "no function"),
    ("length()", 1, "takes 1 value"),
    ("a == 0123", 6, "can't begin with 0"),
    ("1 < 2 < 3", 7, "can't stand here"),
    ("a == 5 apples", 8, "can't stand here"),
    ("1234567890123456", 1, "too many digits"),
    ("(" * 30 + "a", 32, "not closed"),
    ("not " * 50 + "a", 1, "nested"),
    ("a +" * 50 + "a", 1, "nested"),
    ("x" * 1001, 1, "longer than"),
    ("__import__('os')", 1, "no function"),
    ("a.__class__", 1, ""),
    ("a; b", 2, "can't stand here"),
    ("a\x00b", 2, "can't stand here"),
    ("中 文", 3, "can't stand here"),
]


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_values(text: str, value: str) -> None:
    expression = parse(text)
    assert expression.text(FACTS.get) == value
    again = pickle.loads(pickle.dumps(expression))  # noqa: S301 - our own
    assert again == expression
    assert again.text(FACTS.get) == value


@pytest.mark.parametrize(("text", "column", "told"), REFUSED)
def test_what_can_not_be_read(text: str, column: int, told: str) -> None:
    if text == "a.__class__":  # a name like any other: nothing of Python is behind it
        assert parse(text).text(FACTS.get) == ""
        return
    with pytest.raises(ExpressionError) as raised:
        parse(text)
    assert told in raised.value.message
    assert raised.value.column == column
    assert raised.value.remedy.endswith(".")


def test_names() -> None:
    assert parse('a.b == "c" and not length(d) in [e, 1]').names == {"a.b", "d", "e"}
    assert parse("hours.my-office.state - x").names == {"hours.my-office.state", "x"}


@given(st.from_regex(_NAME, fullmatch=True) | st.sampled_from(sorted(GRAMMAR_WORDS)))
def test_a_name_alone_is_what_the_grammar_says(text: str) -> None:
    def node_of(read: Callable[[str], object]) -> object:
        try:
            return read(text)
        except ExpressionError as error:
            return str(error)

    assert node_of(lambda text: parse(text)._node) == node_of(parse_node)
    assert tried(lambda text: parse(text).names, text) == tried(lambda text: names_in(parse_node(text)), text)


TEMPLATES = [
    ("plain", "plain"),
    ("a{tier}b", "agoldb"),
    ("{{{x}}}", "{2}"),
    ("{x + 1}", "3"),
    ("{caller.number|url}", "%2B4930123"),
    ("{caller.number|digits}", "4930123"),
    ("{order|masked}", "******6789"),
    ("{tier|upper}{tier|lower}", "GOLDgold"),
    ('{"}"|url}', "%7D"),
    ("{'a|b'}", "a|b"),
    ("{missing}", ""),
    ("{1.005|money}", "1.01"),
    ("{tier|money}", "gold"),
    ('{tier|json}', '"gold"'),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), TEMPLATES)
def test_templates(text: str, value: str) -> None:
    assert parse_template(text).text(FACTS.get) == value


@pytest.mark.parametrize(
    ("text", "column", "told"),
    [("a {", 3, "not closed"), ("a }", 3, "no { before"), ("{a|}", 3, "nothing stands after"),
     ("{}", 2, "an expression is expected"), ("ab {a = 1}", 7, "a single ="), ("x {a|urll}", 3, "urll"),
     ("x" * 8001, 1, "longer than")],
)  # fmt: skip
def test_templates_that_can_not_be_read(text: str, column: int, told: str) -> None:
    with pytest.raises(ExpressionError) as raised:
        parse_template(text)
    assert told in raised.value.message
    assert raised.value.column == column
    assert raised.value.remedy


# ── whatever is written ──────────────────────────────────────────────────────────────────────────

pieces = st.sampled_from(
    ["tier", "x", "a.b", "queue.q-1.length", "==", "!=", "<", "<=", ">", ">=", "in", "not", "and", "or",
     "contains", "starts with", "ends with", "(", ")", "[", "]", ",", "+", "-", "*", "/", "%", "1", "0.5",
     "2m30s", "007", '"text"', "'", '"', "length(", "last(x,2)", "yes", "no", ".", "=", "中", "\n", " ", "e9"]
)  # fmt: skip
texts = st.one_of(st.text(max_size=60), st.lists(pieces, max_size=30).map(" ".join))
facts = st.dictionaries(
    st.sampled_from(["tier", "x", "a.b"]),
    st.one_of(st.text(max_size=20), st.integers().map(str), st.floats().map(str), st.just("1e999999")),
)


def tried(read: Callable[[str], T], text: str) -> T | None:
    """Read a text, or see that it is refused in good order."""
    try:
        return read(text)
    except ExpressionError as error:
        refused = error
    assert refused.message
    assert 1 <= refused.column <= len(text) + 1
    return None


@settings(max_examples=1000, deadline=None)
@given(texts, facts)
def test_any_text_is_read_or_refused_and_never_fails_in_a_call(text: str, known: dict[str, str]) -> None:
    expression = tried(parse, text)
    if expression is not None:
        assert isinstance(expression.text(known.get), str)
        assert expression.holds(known.get) in {True, False}


@settings(max_examples=1000, deadline=None)
@given(st.one_of(texts, st.lists(st.one_of(pieces, st.sampled_from("{}|")), max_size=20).map("".join)), facts)
def test_any_template_is_read_or_refused(text: str, known: dict[str, str]) -> None:
    template = tried(parse_template, text)
    if template is not None:
        assert isinstance(template.text(known.get), str)
