"""YAML is read as written, and nothing that can be fed to the loader breaks it."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr import yaml_tree as y
from ivr.load import Source, load
from tests.ivr.parts import SECTIONS, STAGES
from tests.ivr.traces import PLACE


def tree(text: str) -> y.Mapping:
    found, problems = y.parse(text.encode(), "t.yaml")
    assert not problems
    assert found is not None
    return found


@pytest.mark.parametrize(
    "text", ["10:30", "0123", "no", "yes", "null", "~", "1e3", "0x1F", "2026-12-31", "1_000", ".5", "="]
)
def test_scalars_stay_as_written(text: str) -> None:
    value = tree(f"a: {text}\n").get("a")
    assert value == y.Scalar(text, quoted=False, file="t.yaml", line=1, column=4)


def test_quotes_and_places_are_kept() -> None:
    root = tree("a:\n  \"*\": 'x'\n  b: [one, two]\n")
    inner = root.get("a")
    assert isinstance(inner, y.Mapping)
    (star, value), (_, items) = inner.items
    assert (star.text, star.quoted, star.line, star.column) == ("*", True, 2, 3)
    assert isinstance(value, y.Scalar)
    assert value.quoted
    assert isinstance(items, y.Sequence)
    assert [(item.line, item.column) for item in items.items] == [(3, 7), (3, 12)]


def test_an_alias_stands_for_what_it_names() -> None:
    root = tree("a: &x {say: Hello}\nb: *x\n")
    assert root.get("a") == root.get("b")


def test_a_byte_order_mark_is_no_problem() -> None:
    found, problems = y.parse("\ufeffa: b\n".encode(), "t.yaml")
    assert found is not None
    assert not problems


def test_a_huge_file_is_refused_at_once() -> None:
    _, problems = y.parse(b"a" * (y.MAX_BYTES + 1), "t.yaml")
    assert [problem.message for problem in problems] == ["the file is too large (4.2 MB)"]


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "- " * 100_000, "{a: " * 100_000, "&a " * 1000, "? " * 10_000]
)
def test_deep_nesting_is_refused(text: str) -> None:
    found, problems = y.parse(text.encode(), "t.yaml")
    assert found is None
    assert problems


GOOD = (PLACE.parent.parent / "dialplans" / "demo.yaml").read_bytes()
NOISE = [
    b"*",
    b"#",
    b": ",
    b"- ",
    b"\t",
    b"\n",
    b'"',
    b"[",
    b"{",
    b"}",
    b"&a ",
    b"*a",
    b"\xff",
    b"\x00",
    b"!!x ",
    b"<<: ",
    b"---\n",
    b"%",
    b"|",
    b">",
    b"@",
    "请".encode(),
]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, len(GOOD)), st.integers(0, 12), st.sampled_from(NOISE)),
        min_size=1,
        max_size=6,
    )
)
def test_a_mutated_dialplan_gives_problems_or_a_site(changes: list[tuple[int, int, bytes]]) -> None:
    content = bytearray(GOOD)
    for at, length, noise in changes:
        content[at : at + length] = noise
    loaded = load([Source("t.yaml", PLACE, bytes(content))], STAGES, SECTIONS)
    assert (loaded.site is not None) or loaded.problems
    lines = bytes(content).count(b"\n") + 2 + bytes(content).count(b"\r")
    for problem in loaded.problems:
        assert problem.message
        assert 1 <= problem.line <= lines
        assert problem.column >= 1
        assert "Traceback" not in problem.message


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=string.printable + "请按\u0085\u2028", max_size=80))
def test_any_text_gives_problems_or_a_tree(text: str) -> None:
    found, problems = y.parse(text.encode(), "t.yaml")
    assert found is not None or problems
