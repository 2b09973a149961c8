"""The dialer's benchmark: its world is the one meant, and what it says of pacing holds for a day."""

from __future__ import annotations

import pytest

from benchmarks.dialer import PROGRESSIVE_ROW, SMALL, UNDER_OPTIMUM, in_small_world, missed, run, wrong_world
from benchmarks.dialing_world import World


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
