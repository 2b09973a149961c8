"""The answers benchmark: its world is the one meant, a short run meets the goals, misses are told."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from benchmarks.answering_world import FIRST_HOUR, HOURS, THIRDS, Attempts, Leads
from benchmarks.answers import FULL, judged, missed
from outbound.answers.features import third_of


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    run = [sys.executable, "-m", "benchmarks.answers", "--short", "--json"]
    done = subprocess.run(run, capture_output=True, text=True, check=True, timeout=120)
    (line,) = done.stdout.splitlines()
    return json.loads(line)  # type: ignore[no-any-return]


def test_answers_are_foreseen_as_well_as_they_can_be(told: dict[str, Any]) -> None:
    """A short run judges 15,000: luck alone makes an ECE of 0.011."""
    assert told["ece"] < told["ece_of_luck"] + 0.006
    assert told["auc_gap"] < 0.1
    assert told["log_loss"] < told["attainable"]["log_loss"] + 0.003
    assert told["truth_log_loss"] < told["attainable"]["log_loss"] < told["log_loss"]
    assert told["us_per_update"] < 30  # other things run on this machine


def test_an_answer_rate_that_halves_is_followed(told: dict[str, Any]) -> None:
    assert told["ece_after_halving"] < told["halved"]["ece_of_luck"] + 0.006
    assert told["halved"]["ece_just_after"] < 0.035
    assert abs(told["halved"]["next_1500_too_high_by"]) < 0.04
    assert told["jumping"]["ece"] < told["jumping"]["ece_of_luck"] + 0.01


def test_its_order_brings_more_answers(told: dict[str, Any]) -> None:
    gain = told["order_gain"]
    assert gain["1.0"] > 0.06
    assert gain["0.5"] > 0.2
    assert gain["0.2"] > 0.35
    for row in told["ordering"].values():
        assert row["truth"] > row["ours"] > row["likeliest"] > row["random"]


def test_the_world_is_the_one_meant() -> None:
    """Figures of the truth, on the last 30 %, that were measured apart from this code."""
    attempts = Attempts.drawn(FULL.leads, FULL.attempts, 1)
    told = judged(attempts.truth, attempts)
    assert told["auc"] == pytest.approx(0.708, abs=0.006)
    assert told["log_loss"] == pytest.approx(0.523, abs=0.006)
    assert attempts.answered.mean() == pytest.approx(attempts.truth.mean(), abs=0.004)


def test_an_attempt_knows_how_many_there_were_before() -> None:
    attempts = Attempts.drawn(5, 40, 2)
    seen = [0] * 5
    for lead, earlier in zip(attempts.lead.tolist(), attempts.earlier.tolist(), strict=True):
        assert earlier == seen[lead]
        seen[lead] += 1


def test_the_logit_is_the_one_that_is_written_down() -> None:
    leads = Leads(np.array([1, 3]), np.array([0.5, 0.0]), np.array([2, 0]))
    evening, saturday = np.array([9, 9]), np.array([5, 5])
    logit = leads.open_logit(np.array([0, 1]), evening, saturday, np.array([2, 0]))
    assert logit == pytest.approx([-1.15 + 0.35 * 1.8 + 0.35 - 0.16, -1.15 + 0.35 * 0.1 + 0.25])
    chance = leads.chance(np.array([0, 1]), evening, saturday, np.array([2, 0]))
    assert np.log(chance / (1 - chance)) - logit == pytest.approx([0.5 + 0.6, 0.0])


def test_the_thirds_of_the_world_are_those_of_the_model() -> None:
    for hour in range(HOURS):
        assert third_of(FIRST_HOUR + hour) == hour // (HOURS // THIRDS)


def test_halving_changes_the_second_half_alone() -> None:
    attempts = Attempts.drawn(100, 1000, 3)
    halved = attempts.halved()
    assert halved.truth[:500] == pytest.approx(attempts.truth[:500])
    assert halved.truth[500:] == pytest.approx(attempts.truth[500:] / 2)
    assert halved.answered[500:].sum() < 0.75 * attempts.answered[500:].sum()


def test_it_fails_where_it_should() -> None:
    good = {"ece": 0.006, "auc_gap": 0.08, "us_per_update": 8.0, "order_ms": 20.0}
    assert missed(good) == []
    words = "; ".join(missed({"ece": 0.011, "auc_gap": 0.091, "us_per_update": 11.0, "order_ms": 51.0}))
    for part in ("ece 0.011", "auc_gap 0.091", "us_per_update 11.0", "order_ms 51.0"):
        assert part in words
