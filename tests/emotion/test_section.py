"""The section ``emotion:`` of a site: what is wrong is told with its place; agents need a written reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emotion.live.section import EmotionDefinition
from ivr.installed import stages_and_sections
from ivr.load import load_files

if TYPE_CHECKING:
    from pathlib import Path

    from ivr.load import Loaded

SITE = """
site: A
time_zone: UTC
languages: [en]
numbers: {"2000": main}
skills: [sales]
queues:
  sales: {needs: {sales: 3}}
listeners:
  emotion: {menus: yes}
menus:
  main:
    - if: heard.emotion.signal == "angry" and heard.emotion.angry_calls_today >= 1
      then: sales
      else: hangup
  sales:
    - queue: sales
"""
GOOD = """emotion:
  sensitivity: high
  alarm: {angry: 10s, within: 30s}
  words: no
  overlap: yes
  suggestions:
    angry: {en: "Breathe.", de: "Atmen."}
  agents: no
"""


def check(tmp_path: Path, written: str, *more: str) -> Loaded:
    files = []
    for number, text in enumerate((SITE + written, *more)):
        files.append(tmp_path / f"{number}.yaml")
        files[-1].write_text(text, "utf-8")
    stages, sections = stages_and_sections()
    return load_files(files, stages, sections)


def test_a_good_one_has_no_problems(tmp_path: Path) -> None:
    loaded = check(tmp_path, GOOD)
    assert loaded.problems == ()
    assert loaded.site is not None
    definition = loaded.site.sections["emotion"]["emotion"]
    assert isinstance(definition, EmotionDefinition)
    assert definition.alarm.within == 30
    assert definition.overlap


@pytest.mark.parametrize(
    ("line", "written", "problem"),
    [
        (19, "emotion: {sensitivity: loud}", "'low', 'normal' or 'high'"),
        (19, "emotion: {sensitivty: low}", 'Did you mean "sensitivity"?'),
        (19, "emotion: {alarm: {angry: 2s}}", "too short for an alarm"),
        (19, "emotion: {alarm: {angry: 50s, within: 40s}}", "don't fit into 40 s"),
        (19, "emotion: {alarm: {within: 20m}}", "10m or less"),
        (19, 'emotion: {suggestions: {agnry: {en: "x"}}}', "'angry'"),
        (19, "emotion: {suggestions: {angry: {}}}", "no language is given"),
        (19, "emotion: {agents: yes}", "only for a written reason"),
        (19, "emotion: {agents: {on: yes, reason: because}}", "at least 20 characters"),
        (19, "emotion: yes", "pairs of key and value"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, line: int, written: str, problem: str) -> None:
    loaded = check(tmp_path, "\n" + written)
    assert loaded.site is None
    [first, *_] = [str(one) for one in loaded.problems if "error" in str(one)]
    assert problem in first
    assert f"0.yaml:{line}:" in first


def test_agents_with_a_reason_are_told_of_at_each_check(tmp_path: Path) -> None:
    loaded = check(tmp_path, 'emotion: {agents: {on: yes, reason: "fatigue of dispatchers on nights"}}')
    assert loaded.site is not None
    [notice] = map(str, loaded.problems)
    assert "warning: agents' emotions are inferred here" in notice
    assert "fatigue of dispatchers on nights" in notice
    assert "art. 5(1)(f)" in notice


def test_two_files_can_t_both_say_it(tmp_path: Path) -> None:
    loaded = check(tmp_path, GOOD, GOOD)
    assert any("is written in" in str(one) for one in loaded.problems)


def test_the_count_of_calls_needs_the_section(tmp_path: Path) -> None:
    loaded = check(tmp_path, "")
    assert any("angry_calls_today" in str(one) for one in loaded.problems)
