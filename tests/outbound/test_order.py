"""When a lead is best dialled, and whom to dial first."""

from __future__ import annotations

import random
import time

import numpy as np
import pytest

from outbound.answers.best_hour import best_hour
from outbound.answers.features import (
    History,
    Moment,
)
from outbound.answers.model import AnswerModel
from outbound.answers.order import Candidate, chances_by_hour, order
from outbound.answers.prices import bids_for, prices
from tests.outbound.answering import DAY, NEW, chance, taught


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
