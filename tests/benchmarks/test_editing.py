"""The benchmark of dialplans must notice a lost save, a torn call, a key that is not answered."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from benchmarks.big_site import ANSWER_HZ, QUESTION_HZ, site_text, write_site
from benchmarks.dialplans import FAULTS, TARGETS, summary
from benchmarks.edits import BREAK, Save, outcome
from benchmarks.machine import spread_ms
from benchmarks.measuring_caller import linear
from benchmarks.pressing_caller import any_sound, tone_of
from ivr.installed import stages_and_sections
from ivr.load import Source, load, load_folder
from records import events as e
from records.events import Recorded

if TYPE_CHECKING:
    from pathlib import Path

    from records.events import AnyEvent

SECOND = 1_795_000_000


def recorded(at: float, event: AnyEvent) -> Recorded:
    when = datetime.fromtimestamp(SECOND + at, UTC)
    return Recorded(site="s", node="n", stream="main", seq=1, epoch=1, at=when, event=event)


def live(at: float, version: str) -> Recorded:
    return recorded(at, e.SiteLoaded(version=version, files=[], who="watch", how="saved"))


def refused(at: float) -> Recorded:
    return recorded(at, e.SiteRefused(version="x", who="watch", errors=1, first="a"))


def entered(at: float, call: str, version: str) -> Recorded:
    return recorded(
        at, e.StepEntered(call=call, menu="m", step=0, kind="play", version=version, line=1, file="f")
    )


def saves(*given: tuple[float, bool]) -> list[Save]:
    return [Save(SECOND + at, good) for at, good in given]


def test_saves_that_count() -> None:
    told = outcome(
        saves((0, True), (5, False), (10, True)), [live(0.7, "b"), refused(5.2), live(11.5, "c")], []
    )
    assert (told["live_s"], told["refused_s"], told["reload_max_s"]) == ([0.7, 1.5], [0.2], 1.5)
    assert told["never_counted"] == 0


@pytest.mark.parametrize(
    "events",
    [[], [refused(0.5)], [live(5.1, "late")], [live(-1.0, "before")]],
    ids=["nothing", "wrongly refused", "after the next save", "before"],
)
def test_saves_that_do_not_count(events: list[Recorded]) -> None:
    told = outcome(saves((0, True), (5, False)), [*events, refused(5.5)], [])
    assert told["never_counted"] == 1


def test_a_call_on_two_versions_is_noticed() -> None:
    events = [entered(0, "1", "a"), live(0.5, "b"), entered(1, "1", "a"), entered(1, "2", "b")]
    assert outcome(saves((0, True)), events, [])["calls_on_two_versions"] == 0
    told = outcome(saves((0, True)), [*events, entered(2, "1", "b")], [])
    assert (told["calls_on_two_versions"], told["versions_in_use"]) == (1, 2)


def test_the_loop_is_looked_at_while_and_apart_from_reloading() -> None:
    worst = [(0, 5.0, 1), (10, 30.0, 2), (11, 9.0, 3), (20, 7.0, 4)]
    lag = [(SECOND + second, late, cpu) for second, late, cpu in worst]
    told = outcome(saves((10.5, True)), [live(10.9, "b")], lag)
    assert told["loop_late_reloading_ms"] == spread_ms([0.03, 0.009])
    assert told["loop_late_otherwise_ms"] == spread_ms([0.005, 0.007])
    assert told["loop_cpu_otherwise_ms"]["max"] == 4.0


def mu_law(hz: float) -> bytes:
    """20 ms of a tone at a quarter of full scale."""
    wanted = [8000 * math.sin(2 * math.pi * hz * n / 8000) for n in range(160)]
    return bytes(min(range(256), key=lambda code: abs(linear(code) - sample)) for sample in wanted)


def test_the_answer_is_told_from_the_question() -> None:
    holds = tone_of(ANSWER_HZ)
    assert holds(mu_law(ANSWER_HZ))
    assert not holds(mu_law(QUESTION_HZ))
    assert not holds(b"\xff" * 160)
    assert any_sound(mu_law(QUESTION_HZ))
    assert not any_sound(b"\xff" * 160)


def test_the_big_site_is_in_order_and_each_edition_is_another(tmp_path: Path) -> None:
    file = write_site(tmp_path, 30)
    stages, sections = stages_and_sections()
    loaded = load_folder(tmp_path, stages, sections)
    assert loaded.problems == ()
    assert loaded.site is not None
    assert len(loaded.site.numbers) == 4
    texts = {site_text(30, edition=number) for number in range(4)}
    assert len(texts) == 4
    assert file.read_text() in texts
    for text in texts:
        assert load([Source("s.yaml", tmp_path, text.encode())], stages, sections).site is not None
        broken = text.replace(BREAK, "        timeuot: 9s")
        assert load([Source("s.yaml", tmp_path, broken.encode())], stages, sections).site is None


def test_every_figure_with_a_target_is_in_the_summary() -> None:
    spread = {"p50": 1.0, "p95": 2.0, "max": 3.0}
    told = summary(
        {
            "check": {"command_s": 1.0},
            "interpreter_steps_per_s": 200_000,
            "edits": {
                "reload_max_s": 1.0,
                "loop_late_reloading_ms": spread,
                "calls_on_two_versions": 0,
                "never_counted": 1,
            },
            "load": {"lost": 0, "double_offers": 0, "non_terminal": 0},
            "keys": {"spoken_after_question_ms": spread, "tone_into_question_ms": spread},
        }
    )
    assert set(TARGETS) <= set(told)
    assert [name for name in FAULTS if told[name]] == ["never_counted"]
