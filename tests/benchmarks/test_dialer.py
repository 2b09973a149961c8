"""The dialer's benchmark: its world is the one meant, and what it says of pacing holds for a day."""

from __future__ import annotations

import json
import math
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from benchmarks import dialing_parts, dialing_world
from benchmarks.dialer import PROGRESSIVE_ROW, SMALL, UNDER_OPTIMUM, missed, wrong_world
from benchmarks.dialing_parts import Asked, Kept
from benchmarks.dialing_ways import in_small_world, run
from benchmarks.dialing_world import Campaign, World
from outbound.pacing.threshold import ThresholdPacer


def test_ours_keeps_agents_busier_under_the_cap() -> None:
    (progressive,) = run("progressive", World(30), 1, 1, {}).utilisation
    ours = run("threshold", World(30), 1, 1, {})
    assert 100 * progressive == pytest.approx(PROGRESSIVE_ROW[30], abs=3)
    assert ours.utilisation[0] > progressive + 0.1
    assert 0.01 < ours.drop_rate[0] <= 0.03


def test_many_who_leave_at_once_are_not_dialled_for() -> None:
    stays, leaves = (run("threshold", World(10, leave_at_noon=share), 1, 1, {}) for share in (0.0, 0.5))
    assert leaves.answers < 0.85 * stays.answers
    assert leaves.drop_rate[0] <= 0.03


def test_a_small_world_is_paced_nearly_at_its_optimum() -> None:
    told = in_small_world(SMALL[1], 0.027)
    assert told["optimum"] == pytest.approx(86.92, abs=0.01)
    assert -0.001 <= told["gap"] <= UNDER_OPTIMUM


def test_it_fails_where_it_should() -> None:
    row = {"utilisation": 85.0, "days_over_cap": 0}
    told = {
        "utilisation": {10: 85.0}, "classic_in_hindsight": {10: {"utilisation": 83.0}},
        "known": {10: {"utilisation": 87.5}},
        "days_over_cap": 2, "hard_worlds": {"x": row | {"days_over_cap": 1}},
        "small_worlds": [{"agents": 5, "gap": 0.3}], "decision_p99_ms": 1.2, "short": False,
        "progressive": {10: {"utilisation": 74.0}},
    }  # fmt: skip
    words = "; ".join(missed(told))
    for part in (
        "85.0 % at 10 agents, less than 86", "over the classic way", "under known durations",
        "2 days over the cap", "x: 1 days", "0.3 points under the optimum", "takes 1.2 ms",
    ):  # fmt: skip
        assert part in words
    assert "74.0 %, not 76.4" in wrong_world(told)[0]


# ── leads are reckoned when they are looked at ───────────────────────────────────────────────────


class Eager(Campaign):
    """One that reckons all leads that it shows, whether they are looked at or not."""

    def leads(self, count: int) -> list[float]:
        return list(super().leads(count))


def test_a_day_is_the_same_to_the_last_digit_whenever_leads_are_reckoned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dialing_world, "DAY_S", 3600.0)
    lazy, eager = (of(World(30), ThresholdPacer, 7) for of in (Campaign, Eager))
    assert [lazy.day(), lazy.day()] == [eager.day(), eager.day()]
    assert (lazy.estimate, lazy.dice.getstate()) == (eager.estimate, eager.dice.getstate())


def test_of_the_next_leads_only_what_is_known_is_shown() -> None:
    campaign = Campaign(World(5, bias=0.5), ThresholdPacer, 1)
    campaign.leads(9)
    shown = campaign.leads(4)
    assert (len(shown), len(campaign.ahead)) == (4, 9)
    known, whole = zip(*campaign.ahead, strict=True)
    logits = [math.log(chance / (1 - chance)) for chance in shown]
    assert logits == pytest.approx([campaign.estimate + 0.5 + each for each in known[:4]])
    assert [shown[0], shown[1], shown[2], shown[-1]] == list(shown) == shown[:9]
    assert shown[1:3] == list(shown)[1:3]
    with pytest.raises(IndexError):
        shown[4]
    campaign.logit = 0.3  # for a pacer that is told the truth
    logits = [math.log(chance / (1 - chance)) for chance in campaign.leads(4)]
    assert logits == pytest.approx([0.3 + each for each in whole[:4]])


# ── parts are kept ───────────────────────────────────────────────────────────────────────────────


class Here:
    """Runs what it is given at once, and counts."""

    def __init__(self) -> None:
        self.ran = 0

    def submit(self, work: Any, *given: Any) -> Future[Any]:
        self.ran += 1
        future: Future[Any] = Future()
        future.set_result(work(*given))
        return future


def asked_for(path: Path | None, days: int = 20) -> tuple[dict[str, Any], Here, Kept, list[str]]:
    here, kept, said = Here(), Kept(path), list[str]()
    asked = Asked(here, kept, said.append, progress=True)  # type: ignore[arg-type]
    row, small = asked.ask("five", "progressive", World(5), days), asked.small_world(SMALL[0], 0.027)
    return {"row": row(), "small": small()}, here, kept, said


def test_parts_that_are_kept_are_not_run_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(dialing_world, "DAY_S", 300.0)
    path = tmp_path / "parts.jsonl"
    told, first, _, said = asked_for(path)
    assert first.ran == 3
    assert "five, campaign 2 of 2" in said[1]
    again, second, kept, _ = asked_for(path)
    assert (again, second.ran, len(kept), kept.stale) == (told, 0, 3, 0)
    more, third, *_ = asked_for(path, days=30)
    assert (third.ran, more["row"]["days"], told["row"]["days"]) == (1, 30, 20)
    assert asked_for(None)[1].ran == 3


def test_parts_of_other_code_or_cut_off_are_run_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(dialing_world, "DAY_S", 300.0)
    path = tmp_path / "parts.jsonl"
    asked_for(path)
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], "[]", lines[1], lines[2][:40]]))
    _, ran, kept, _ = asked_for(path)
    assert (ran.ran, len(kept), kept.stale) == (1, 2, 2)
    assert json.loads(path.read_text().splitlines()[-1]) == json.loads(lines[2])  # on a line of its own
    monkeypatch.setattr(dialing_parts, "code_hash", lambda: "another")
    _, ran, kept, _ = asked_for(path)
    assert (ran.ran, len(kept), kept.stale) == (3, 0, 5)


def test_what_a_part_comes_out_of_is_in_the_hash(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = dialing_parts.code_hash()
    other = tmp_path / "dialing_world.py"
    other.write_text(Path(dialing_world.__file__).read_text() + "# other\n")
    monkeypatch.setattr(dialing_world, "__file__", str(other))
    assert dialing_parts.code_hash() != before
