"""Answers: what is foreseen of a lead, and learnt from outcomes."""

from __future__ import annotations

import json
import math
import random
import time

import numpy as np
import pytest

from outbound.answers import model as model_module
from outbound.answers.features import (
    MOST_ATTEMPTS,
    Features,
    History,
    features_of,
    segment_of,
    third_of,
)
from outbound.answers.intercept import MOST_LOGIT, Intercept
from outbound.answers.model import MOST, AnswerModel
from tests.outbound.answering import AFTERNOON, DAY, EVENING, MORNING, NEW, chance, taught

# ── features ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("hour", "third"), [(0, 0), (12, 0), (13, 1), (16, 1), (17, 2), (23, 2)])
def test_a_day_has_three_thirds(hour: int, third: int) -> None:
    assert third_of(hour) == third


def test_a_new_lead_has_no_numbers_of_its_own() -> None:
    assert features_of("x", NEW, MORNING).numbers == (0.0, 0.0, 0.0)


def test_a_leads_answers_count_with_the_prior_that_is_documented() -> None:
    history = History.of([(9, True), (10, False), (18, False)])
    prior = math.log(0.3 / 0.7)
    own, here, attempts = features_of("x", history, MORNING).numbers
    assert own == pytest.approx(math.log((1 + 1.2) / (2 + 2.8)) - prior)
    assert here == pytest.approx(math.log((1 + 0.9) / (1 + 2.1)) - prior)
    assert attempts == pytest.approx(3 / 5)
    _, evening, _ = features_of("x", history, EVENING).numbers
    assert evening == pytest.approx(math.log(0.9 / (1 + 2.1)) - prior)


def test_a_history_grows_as_if_it_had_been_counted_at_once() -> None:
    made = [(9, True), (14, False), (20, True), (14, True)]
    history = NEW
    for hour, answered in made:
        history = history.after(hour, answered=answered)
    assert history == History.of(made) == History((1, 2, 1), (1, 1, 1))


def test_very_many_attempts_say_no_more_than_many() -> None:
    _, _, attempts = features_of("x", History((400, 0, 0), (0, 0, 0)), MORNING).numbers
    assert attempts == MOST_ATTEMPTS / 5


def test_a_segment_is_the_lists_own_or_the_numbers_kind() -> None:
    assert segment_of("gold", "GB", mobile=True) == "gold"
    kinds = {segment_of("", land, mobile=mobile) for land in ("GB", "FR") for mobile in (True, False)}
    assert len(kinds) == 4


# ── learning ─────────────────────────────────────────────────────────────────────────────────────


def test_rates_by_segment_and_hour_are_learnt() -> None:
    rates = {("a", MORNING): 0.1, ("a", EVENING): 0.5, ("b", MORNING): 0.4, ("b", EVENING): 0.2}
    model = taught(rates, 8000)
    for (segment, moment), rate in rates.items():
        assert chance(model, segment, moment) == pytest.approx(rate, abs=0.05)


def test_a_segment_that_is_new_begins_with_the_hours_of_all() -> None:
    model = taught({(name, at): 0.1 + 0.4 * (at is EVENING) for name in "ab" for at in (MORNING, EVENING)})
    assert chance(model, "new", EVENING) > 1.5 * chance(model, "new", MORNING)


def test_who_answered_before_answers_again() -> None:
    dice, model = random.Random(1), AnswerModel()
    leads = [[0.1 if place % 2 else 0.6, NEW] for place in range(400)]
    for _ in range(6000):
        lead = dice.choice(leads)
        rate, history = lead
        assert isinstance(history, History)
        answered = dice.random() < rate  # type: ignore[operator]
        model.learn(features_of("x", history, MORNING), answered)
        lead[1] = history.after(10, answered=answered)
    ready, shy = History((4, 0, 0), (3, 0, 0)), History((4, 0, 0), (0, 0, 0))
    assert chance(model, "x", MORNING, ready) > 2 * chance(model, "x", MORNING, shy)


def settled(seed: int, rate: float, attempts: int) -> tuple[AnswerModel, random.Random]:
    """Give a model that has known one rate for long, so that AdaGrad's steps have become small."""
    dice, model = random.Random(seed), AnswerModel()
    for _ in range(attempts):
        model.learn(features_of("x", NEW, dice.choice(DAY)), dice.random() < rate)
    return model, dice


def test_a_rate_that_halves_is_followed_at_once() -> None:
    errors = []
    for seed in range(5):
        model, dice = settled(seed, 0.4, 20_000)
        for _ in range(500):
            model.learn(features_of("x", NEW, dice.choice(DAY)), dice.random() < 0.2)
        errors.append(np.mean([chance(model, "x", moment) for moment in DAY]) - 0.2)
    assert abs(np.mean(errors)) < 0.03
    assert max(map(abs, errors)) < 0.08


def test_a_rate_that_stays_is_not_shaken() -> None:
    said = []
    model, dice = settled(3, 0.3, 20_000)
    for _ in range(5000):
        features = features_of("x", NEW, dice.choice(DAY))
        said.append(model.chance(features))
        model.learn(features, dice.random() < 0.3)
    assert np.std(said) < 0.02  # a constant step of 0.035 alone: 0.026


@pytest.mark.parametrize("answered", [True, False])
def test_nothing_drives_it_out_of_bounds(answered: bool) -> None:
    model, history = AnswerModel(), History((1000, 0, 0), (1000 * answered, 0, 0))
    features = features_of("x", history, MORNING)
    for _ in range(20_000):
        model.learn(features, answered)
    assert max(abs(weight) for weight, _ in model.snapshot()["weights"].values()) <= MOST
    for _ in range(20):
        model.learn(features, not answered)
    assert 0 < model.chance(features) < 1


def test_a_weight_stops_at_its_bound() -> None:
    model = AnswerModel()
    kept = model.snapshot() | {"weights": {"hour 10": [MOST, 1.0], "day 1": [-MOST, 1.0]}}
    model = AnswerModel.restore(kept)
    model.learn(Features(("hour 10",), (0.0, 0.0, 0.0)), answered=True)
    model.learn(Features(("day 1",), (0.0, 0.0, 0.0)), answered=False)
    assert {name: weight for name, (weight, _) in model.snapshot()["weights"].items()} == {
        "hour 10": MOST, "day 1": -MOST,
    }  # fmt: skip


def test_a_column_of_names_taken_for_the_segment_fills_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_module, "MOST_NAMES", 100)
    model = AnswerModel()
    for place in range(1000):
        model.learn(features_of(f"lead {place}", NEW, MORNING), answered=False)
    assert len(model.snapshot()["weights"]) == 100
    assert chance(model, "lead 999", MORNING) < 0.2  # what all have in common is learnt all the same


def test_it_goes_on_after_a_restart_as_if_there_had_been_none() -> None:
    model = taught({("a", MORNING): 0.2, ("b|c", EVENING): 0.6}, 500)
    again = AnswerModel.restore(json.loads(json.dumps(model.snapshot())))
    history = History((2, 0, 1), (1, 0, 0))
    for answered in (True, False, True):
        for segment, moment in (("a", MORNING), ("b|c", EVENING), ("new", AFTERNOON)):
            features = features_of(segment, history, moment)
            assert again.chance(features) == pytest.approx(model.chance(features), rel=1e-12)
            model.learn(features, answered)
            again.learn(features, answered)
    assert again.learnt == model.learnt == 509


def test_a_snapshot_is_not_what_goes_on_learning() -> None:
    model = taught({("a", MORNING): 0.2}, 50)
    kept = json.dumps(snapshot := model.snapshot())
    model.learn(features_of("a", NEW, MORNING), answered=True)
    assert json.dumps(snapshot) == kept


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"version": 7}, "version 7"),
        ({"numbers": [[0.0, 1.0]]}, "3 numbers"),
        ({"weights": {"hour 9": [math.nan, 1.0]}}, "'hour 9'"),
        ({"weights": {"hour 9": [0.1, 0.0]}}, "'hour 9'"),
        ({"weights": [1]}, "not a snapshot"),
        ({"intercept": {"levels": [0.0], "weights": [1.0]}}, "3 levels"),
        ({"intercept": {"levels": [0.0] * 3, "weights": [0.0] * 3}}, "positive"),
        ({"intercept": {}}, "not a snapshot"),
    ],
)
def test_a_bad_snapshot_is_refused(change: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        AnswerModel.restore(AnswerModel().snapshot() | change)


def test_an_intercept_has_bounds() -> None:
    intercept = Intercept()
    for _ in range(200_000):
        intercept.learn(-30.0, answered=True)
    assert intercept.logit == pytest.approx(MOST_LOGIT)
    for _ in range(100):
        intercept.learn(30.0, answered=False)
    assert math.isfinite(intercept.logit)


def test_an_update_is_cheap() -> None:
    model, features = AnswerModel(), features_of("x", History((1, 1, 0), (1, 0, 0)), MORNING)
    took = []
    for _ in range(5):
        began = time.thread_time()
        for _ in range(2000):
            model.learn(features, answered=False)
        took.append(time.thread_time() - began)
    assert min(took) / 2000 < 20e-6  # about 6 µs; other things run on this machine
