"""What was said of answers, told apart from luck."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from outbound.answers.calibration import (
    RunningCalibration,
    auc,
    ece,
    ece_of_luck,
    log_loss,
    reliability,
)


def test_right_chances_err_by_luck_alone() -> None:
    dice = np.random.default_rng(1)
    said = dice.uniform(0.05, 0.6, (40, 3000))
    found = [ece(row, dice.random(3000) < row) for row in said]
    assert np.mean(found) == pytest.approx(np.mean([ece_of_luck(row) for row in said]), rel=0.07)


def test_wrong_chances_err_by_as_much_as_they_are_wrong() -> None:
    dice = np.random.default_rng(2)
    truth = dice.uniform(0.1, 0.5, 100_000)
    assert ece(truth + 0.1, dice.random(100_000) < truth) == pytest.approx(0.1, abs=0.005)


def test_bins_are_of_equal_size_and_in_order() -> None:
    said = np.linspace(0.01, 0.99, 31)
    table = reliability(said[::-1], said[::-1] > 0.5)
    assert sum(each.count for each in table) == 31
    assert {each.count for each in table} == {2, 3}
    assert [each.said for each in table] == sorted(each.said for each in table)
    assert (table[0].observed, table[-1].observed) == (0, 1)
    assert reliability([], []) == []
    assert len(reliability([0.5, 0.6], [True, False])) == 2


def test_auc_is_the_share_of_pairs_in_the_right_order() -> None:
    said, answered = [0.1, 0.3, 0.3, 0.8, 0.5], [False, False, True, True, False]
    pairs = [(y > n) + 0.5 * (y == n) for y in (0.3, 0.8) for n in (0.1, 0.3, 0.5)]
    assert auc(said, answered) == pytest.approx(np.mean(pairs))
    assert auc([0.2, 0.9], [True, True]) == 0.5


def test_log_loss_is_the_mean_surprise() -> None:
    assert log_loss([0.25, 0.8], [True, False]) == pytest.approx(-(math.log(0.25) + math.log(0.2)) / 2)
    assert log_loss([], []) == 0
    assert math.isfinite(log_loss([0.0], [True]))


def test_as_many_chances_as_outcomes() -> None:
    with pytest.raises(ValueError, match="2 chances, but 1"):
        ece([0.1, 0.2], [True])


def test_a_running_calibration_looks_at_the_latest_and_survives_a_restart() -> None:
    running = RunningCalibration(100)
    for place in range(500):
        running.note(0.9 if place < 400 else 0.25, place % 4 == 0)
    again = RunningCalibration.restore(json.loads(json.dumps(running.snapshot())))
    for each in (running, again):
        assert len(each) == 100
        assert each.ece(1) == pytest.approx(0)
        assert each.auc() == 0.5
        assert each.ece_of_luck() > 0.05
        assert sum(row.count for row in each.table()) == 100
        assert each.log_loss() == pytest.approx(-(0.25 * math.log(0.25) + 0.75 * math.log(0.75)))
    again.note(0.5, True)
    assert len(again) == 100
    for bad in (
        {},
        {"kept": 3, "chances": [0.1], "answered": "2"},
        {"kept": 3, "chances": [], "answered": "1"},
    ):
        with pytest.raises(ValueError):  # noqa: PT011 - whatever is wrong with it
            RunningCalibration.restore(bad)
