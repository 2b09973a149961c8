"""Answers: what is foreseen of a lead, learnt from outcomes, told apart from luck, and put to use."""

from __future__ import annotations

import json
import math
import random
import time

import numpy as np
import pytest

from outbound.answers import model as model_module
from outbound.answers.best_hour import best_hour
from outbound.answers.calibration import (
    RunningCalibration,
    auc,
    ece,
    ece_of_luck,
    log_loss,
    reliability,
)
from outbound.answers.features import (
    MOST_ATTEMPTS,
    Features,
    History,
    Moment,
    features_of,
    segment_of,
    third_of,
)
from outbound.answers.intercept import MOST_LOGIT, Intercept
from outbound.answers.model import MOST, AnswerModel
from outbound.answers.order import Candidate, chances_by_hour, order
from outbound.answers.prices import bids_for, prices

NEW = History()
MORNING, AFTERNOON, EVENING = Moment(1, 10), Moment(1, 14), Moment(1, 18)
DAY = tuple(Moment(1, hour) for hour in range(9, 21))


def taught(rates: dict[tuple[str, Moment], float], rounds: int = 4000, seed: int = 1) -> AnswerModel:
    """Give a model that has seen new leads answer at these rates."""
    dice, model, kinds = random.Random(seed), AnswerModel(), list(rates)
    for _ in range(rounds):
        segment, moment = dice.choice(kinds)
        model.learn(features_of(segment, NEW, moment), dice.random() < rates[segment, moment])
    return model


def chance(model: AnswerModel, segment: str, moment: Moment, history: History = NEW) -> float:
    return model.chance(features_of(segment, history, moment))


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


# ── calibration ──────────────────────────────────────────────────────────────────────────────────


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


# ── when, and who first ──────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def split() -> AnswerModel:
    """Early risers and night owls."""
    rates: dict[tuple[str, Moment], float] = {}
    for segment, hours in (("early", range(9, 13)), ("late", range(17, 21))):
        rates |= {(segment, at): 0.6 if at.hour in hours else 0.1 for at in DAY}
    return taught(rates, 20_000)


def test_the_best_hour_is_the_likeliest_of_those_left(split: AnswerModel) -> None:
    early, late = (best_hour(split, segment, NEW, DAY) for segment in ("early", "late"))
    assert early is not None
    assert late is not None
    assert early.moment.hour < 13
    assert late.moment.hour >= 17
    assert DAY[late.place] == late.moment
    assert late.chance == chance(split, "late", late.moment)
    left = best_hour(split, "early", NEW, DAY[8:])
    assert left is not None
    assert left.moment.hour >= 17
    assert best_hour(split, "early", NEW, ()) is None


def test_the_earliest_of_equal_hours_is_best() -> None:
    found = best_hour(AnswerModel(), "x", NEW, DAY)
    assert found is not None
    assert found.place == 0


def test_the_best_hour_knows_the_leads_own_third() -> None:
    kept = AnswerModel().snapshot()
    kept["numbers"][1] = [0.5, 1.0]
    found = best_hour(AnswerModel.restore(kept), "x", History((2, 2, 2), (0, 2, 0)), DAY)
    assert found is not None
    assert found.moment.hour == 13


def of(segments: str, moments: tuple[Moment | None, ...] = DAY) -> list[Candidate]:
    names = {"e": "early", "l": "late"}
    return [Candidate(names[letter], NEW, moments) for letter in segments]


def test_whose_best_hour_is_now_goes_first(split: AnswerModel) -> None:
    told = order(split, of("lele"), [1] * len(DAY))
    assert told.places.tolist() == [1, 3, 0, 2]
    assert order(split, of("lele", DAY[-1:]), [1]).places.tolist() == [0, 2, 1, 3]


@pytest.fixture(scope="module")
def personal(split: AnswerModel) -> AnswerModel:
    """The same, with weight on a lead's own answers."""
    kept = split.snapshot()
    kept["numbers"] = [[0.5, 1.0], [0.3, 1.0], [-0.2, 1.0]]
    return AnswerModel.restore(kept)


def test_who_can_wait_does_though_likelier(personal: AnswerModel) -> None:
    """A night owl that answers in the afternoon too, and an early riser whose hours are over."""
    afternoon = DAY[4:]
    owl = Candidate("late", History((0, 3, 0), (0, 3, 0)), afternoon)
    riser = Candidate("early", NEW, afternoon)
    told = order(personal, [owl, riser], [1] * len(afternoon))
    assert told.chances[0] > 1.5 * told.chances[1]
    assert told.places.tolist() == [1, 0]
    assert order(personal, [owl, riser], [1]).places.tolist() == [0, 1]  # no lines later: the likelier first


def test_nobody_waits_for_an_hour_with_few_lines(personal: AnswerModel) -> None:
    afternoon = DAY[4:]
    owls = [Candidate("late", History((0, 3, 0), (0, 3, 0)), afternoon) for _ in range(20)]
    candidates = [Candidate("early", NEW, afternoon), *owls]
    assert order(personal, candidates, [1.0] * 4 + [20.0] * 4).places[0] == 0
    assert order(personal, candidates, [1.0] * 4 + [0.5, 0.0, 1.0, 0.0]).places[0] != 0


def test_a_window_that_closes_is_known(split: AnswerModel) -> None:
    """The same people in two zones: for one of them the evening can't be waited for."""
    closing = Candidate("late", NEW, DAY[4:6])
    waiting = Candidate("late", NEW, DAY[4:])
    lunch = Candidate("late", NEW, (DAY[4], *[None] * 7))
    told = order(split, [waiting, closing, lunch], [1.0] * 8)
    assert told.places[-1] == 0


def test_the_value_is_the_chance_less_the_gain_of_waiting(split: AnswerModel) -> None:
    """Enough lines for all: prices are zero, and what is left is the regret."""
    told = order(split, of("el"), [10.0] * len(DAY))
    by_hour = chances_by_hour(split, of("el"), len(DAY))
    assert told.values == pytest.approx(by_hour[0] - by_hour[1:].max(axis=0))


def test_all_at_once_is_as_one_by_one(personal: AnswerModel) -> None:
    history = History((3, 2, 1), (1, 2, 0))
    candidates = [
        Candidate("early", history, DAY),
        Candidate("late", NEW, DAY[3:]),
        Candidate("new", history, (DAY[0], None, DAY[2])),
    ]
    by_hour = chances_by_hour(personal, candidates, len(DAY))
    for place, candidate in enumerate(candidates):
        for hour in range(len(DAY)):
            moment = candidate.moments[hour] if hour < len(candidate.moments) else None
            said = (
                -np.inf if moment is None else chance(personal, candidate.segment, moment, candidate.history)
            )
            assert by_hour[hour, place] == pytest.approx(said)


def test_equal_leads_stay_as_they_were_given(split: AnswerModel) -> None:
    for lines in ([1.0] * 12, [0.0] * 12, [], [100.0]):
        assert order(split, of("eeeee"), lines).places.tolist() == [0, 1, 2, 3, 4]
    assert order(split, [], [1.0]).places.tolist() == []


def test_who_may_not_be_called_now_is_no_candidate(split: AnswerModel) -> None:
    for moments in ((), (None, *DAY[1:])):
        with pytest.raises(ValueError, match="now"):
            order(split, of("e", moments), [1.0] * 12)


@pytest.mark.parametrize("lines", [20, 60, 100, 150])
def test_dialling_by_the_prices_is_nearly_the_best_there_is(lines: int) -> None:
    """Any prices bound from above what can be had (weak duality): it must come close to that bound."""
    dice = np.random.default_rng(4)
    chances = 1 / (1 + np.exp(-dice.normal(-1, 0.6, (6, 600)) - np.linspace(-0.4, 0.4, 6)[:, None]))
    cost = prices(chances, [lines] * 6)
    bound = lines * cost.sum() + np.maximum((chances - cost[:, None]).max(axis=0), 0).sum()
    had, left = 0.0, np.arange(600)
    for hour in range(6):
        some = chances[hour:, left]
        now = prices(some, [lines] * len(some))
        values = bids_for(0, some, some - now[:, None])
        first = np.argsort(-values, kind="stable")[:lines]
        first = first[values[first] >= 0]  # below 0, waiting brings more
        had += some[0, first].sum()
        left = np.delete(left, first)
    assert 0.985 * bound < had <= bound + 1e-9


def test_an_hour_with_a_line_for_everybody_costs_nothing() -> None:
    chances = np.array([[0.2, 0.3, 0.4], [0.5, 0.1, 0.2]])
    assert prices(chances, [3, 3]).tolist() == [0, 0]
    assert prices(chances, [0, 3])[0] == np.inf


def test_5000_leads_are_ordered_quickly(split: AnswerModel) -> None:
    dice = random.Random(1)
    candidates = [
        Candidate(f"s{dice.randrange(30)}", History((dice.randrange(3), 1, 0), (0, 1, 0)), DAY[place % 3 :])
        for place in range(5000)
    ]
    took = []
    for _ in range(3):
        began = time.thread_time()
        order(split, candidates, [200.0] * len(DAY))
        took.append(time.thread_time() - began)
    assert min(took) < 0.1  # about 0.02 s; other things run on this machine
