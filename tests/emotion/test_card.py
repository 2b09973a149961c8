"""The model card is about the model that is shipped, and its figures have the form that is measured."""

from __future__ import annotations

import re

import pytest

from benchmarks.emotion_card import JUDGED, PAGE, identity, tables, written
from emotion.commands.common import OURS, SHIPPED
from emotion.models.written import decode
from emotion.training.report import Figure, Row, TaskReport

CARD = PAGE.read_text("utf-8")


def test_the_page_is_about_the_shipped_model() -> None:
    for line in identity(SHIPPED.read_bytes()):
        assert line in CARD.splitlines(), "run: python -m benchmarks.emotion_card --write"


def test_the_page_has_figures_with_intervals_by_corpus_and_sex_of_what_was_not_heard() -> None:
    figures = CARD.partition("<!-- figures")[2].partition("<!-- end -->")[0]
    interval = r"1?\.\d{3} \(1?\.\d{3}–1?\.\d{3}\)"
    for title in JUDGED.values():
        part = figures.partition(f"**{title}**")[2].partition("**")[0]
        rows = re.findall(
            rf"^\| (.+?) \| \d+ \| \d+ \| {interval} \| {interval} \| {interval} \|$", part, re.MULTILINE
        )
        assert {"all", "corpus banglaser", "corpus ravdess", "sex f", "sex m"} <= set(rows), title
    heard = {one.name for one in decode(SHIPPED.read_bytes(), OURS).card.sources}
    assert not [name for name in heard if f"corpus {name}" in figures]


def test_what_acted_speech_can_t_say_is_said() -> None:
    assert "about 77 in 100" in CARD
    assert "acted" in CARD
    assert "(emotion-model-card.md)" in (PAGE.parent / "emotion.md").read_text("utf-8")


def test_rows_are_written_between_their_marks_alone() -> None:
    row = Row("all", "all", 20, 4, *[Figure(0.8765, 0.8, 1.0)] * 4)
    [*_, line] = tables([TaskReport("four_own", ("a", "b"), (row,), ())])
    assert line == "| all | 20 | 4 | .876 (.800–1.000) | .876 (.800–1.000) | .876 (.800–1.000) |"
    page = "before\n<!-- x: how -->\nold\n<!-- end -->\nafter\n"
    new = written(page, "x", [r"\1 new"])
    assert new == "before\n<!-- x: how -->\n\\1 new\n<!-- end -->\nafter\n"
    with pytest.raises(ValueError, match="0 places for y"):
        written(page, "y", [])


def test_another_model_would_be_noticed() -> None:
    data = SHIPPED.read_bytes()
    assert identity(data) != identity(data + b" ")
