"""Pacing: what is learnt of durations, what is foreseen from it, and how many lines follow."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from outbound.pacing.adaptive import Adaptive
from outbound.pacing.budget import FEW, Budget
from outbound.pacing.durations import Hazards, Learnt, Lognormal
from outbound.pacing.floor import Floor
from outbound.pacing.outlook import GRACE_S, Outlook
from outbound.pacing.port import FixedRatio, Progressive
from outbound.pacing.threshold import MOST_LOG, RAMP_S, SPENT, ThresholdPacer, nobody_free, rate_for

LIKELY = [0.4] * 100


def learnt(worth: float = 1e6) -> Learnt:
    """Durations that are known so well that nothing changes them."""
    return Learnt(
        Lognormal(150.0, 0.9), Lognormal(20.0, 0.6), Lognormal(9.0, 0.6, delay=2.5), Lognormal(30.0, 0.4),
        ring_s=30.0, worth=worth,
    )  # fmt: skip


def draw(of: Lognormal, dice: random.Random) -> float:
    variance = math.log(1 + of.cv**2)
    return of.delay + dice.lognormvariate(math.log(of.mean) - variance / 2, math.sqrt(variance))


# ── durations ────────────────────────────────────────────────────────────────────────────────────


def test_before_anything_is_seen_the_prior_holds() -> None:
    prior = Lognormal(150.0, 0.9)
    survival = Hazards(prior, bin_s=1.0, longest_s=1800.0).survival()
    edges = np.arange(len(survival), dtype=np.float64)
    assert survival == pytest.approx(1 - prior.cdf(edges), abs=0.002)


def test_what_is_seen_outweighs_a_wrong_prior() -> None:
    dice, truth = random.Random(1), Lognormal(60.0, 0.5)
    hazards = Hazards(Lognormal(200.0, 0.9), bin_s=1.0, longest_s=1800.0)
    for _ in range(3000):
        hazards.ended(draw(truth, dice))
    edges = np.arange(0, 300.0)
    assert np.abs(hazards.survival()[:300] - (1 - truth.cdf(edges))).max() < 0.03


def test_those_that_were_cut_short_count_as_long_as_they_lasted() -> None:
    """Half of the talks are only known to have lasted 30 s: the others' share must not be halved by them."""
    dice, truth = random.Random(2), Lognormal(60.0, 0.5)
    hazards = Hazards(Lognormal(60.0, 0.5), bin_s=1.0, longest_s=600.0, worth=1.0)
    for _ in range(4000):
        seconds = draw(truth, dice)
        if dice.random() < 0.5 and seconds > 30:
            hazards.went_on(30.0)
        else:
            hazards.ended(seconds)
    assert hazards.survival()[60] == pytest.approx(float(1 - truth.cdf(np.array([60.0]))[0]), abs=0.03)


def test_what_was_learnt_can_be_forgotten() -> None:
    hazards = Hazards(Lognormal(60.0, 0.5), bin_s=1.0, longest_s=600.0)
    for _ in range(1000):
        hazards.ended(20.0)
    hazards.forget(0.99)
    for _ in range(100):
        hazards.ended(100.0)
    assert hazards.survival()[50] > 0.7


# ── outlook ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("elapsed", [0.0, 40.0, 150.0, 500.0])
def test_when_somebody_who_talks_will_be_free_is_as_simulated(elapsed: float) -> None:
    dice, known = random.Random(3), learnt()
    outlook = Outlook(known)
    talk, wrap_up = Lognormal(150.0, 0.9), Lognormal(20.0, 0.6)
    left = [
        seconds - elapsed + draw(wrap_up, dice)
        for seconds in (draw(talk, dice) for _ in range(60_000))
        if seconds > elapsed
    ]
    mean, variance, _ = outlook.supply(Floor(now=0, idle=0, talking=np.array([elapsed])))
    for horizon, foreseen, spread in zip(outlook.horizons, mean, variance, strict=True):
        share = sum(seconds <= horizon + GRACE_S for seconds in left) / len(left)
        assert foreseen == pytest.approx(share, abs=0.006)
        assert spread == pytest.approx(foreseen * (1 - foreseen))


@pytest.mark.parametrize("size", [2, 6, 40])
def test_the_chance_that_nobody_is_free_is_nearly_the_exact_one(size: int) -> None:
    """Exact: by convolution of everybody's own chance."""
    dice = random.Random(size)
    for _ in range(50):
        free = [dice.random() ** 2 for _ in range(size)]
        answered = [dice.random() * 0.5 for _ in range(size)]
        excess = [1.0]  # probabilities of A − F, from −size on
        for share in free:
            excess = [
                share * (excess[at] if at < len(excess) else 0) + (1 - share) * (excess[at - 1] if at else 0)
                for at in range(len(excess) + 1)
            ]
        for share in answered:
            excess = [
                (1 - share) * (excess[at] if at < len(excess) else 0) + share * (excess[at - 1] if at else 0)
                for at in range(len(excess) + 1)
            ]
        exact = sum(excess[size:])
        moments = [
            sum(answered) - sum(free),
            sum(share * (1 - share) for share in free + answered),
            sum(share * (1 - share) * (1 - 2 * share) for share in answered)
            - sum(share * (1 - share) * (1 - 2 * share) for share in free),
        ]
        near = nobody_free(*([moment] for moment in moments))
        assert near == pytest.approx(exact, abs={2: 0.03, 6: 0.02, 40: 0.01}[size])


def test_a_line_that_has_rung_for_long_will_hardly_be_answered() -> None:
    outlook = Outlook(learnt())
    ringing = [
        outlook.demand(Floor(now=0, idle=0, ringing=np.array([elapsed]), chances=np.array([0.4])))[0]
        for elapsed in (0.0, 5.0, 20.0)
    ]
    assert ringing[0] == pytest.approx(0.4 * np.array([1 / 6, 1 / 2, 5 / 6]), abs=0.02)
    assert (ringing[1] > ringing[0])[:2].all()
    assert (ringing[2] < 0.12).all()


def test_how_far_a_silent_line_is_one_that_will_be_answered_is_by_bayes() -> None:
    outlook, chances, elapsed = Outlook(learnt()), np.array([0.4, 0.7]), np.array([9.0, 14.0])
    answer, no_answer = Lognormal(9.0, 0.6, delay=2.5), Lognormal(30.0, 0.4)
    silent = chances * (1 - answer.cdf(elapsed)) + (1 - chances) * (1 - no_answer.cdf(elapsed))
    mean, variance, third = outlook.demand(Floor(now=0, idle=0, ringing=elapsed, chances=chances))
    for place, horizon in enumerate(outlook.horizons):
        share = chances * (answer.cdf(elapsed + horizon) - answer.cdf(elapsed)) / silent
        assert mean[place] == pytest.approx(share.sum(), abs=1e-3)
        assert variance[place] == pytest.approx((share * (1 - share)).sum(), abs=1e-3)
        assert third[place] == pytest.approx((share * (1 - share) * (1 - 2 * share)).sum(), abs=1e-3)


def test_idle_agents_and_waiting_callers_are_certain() -> None:
    outlook = Outlook(learnt())
    floor = Floor(now=0, idle=3, waiting=2)
    assert outlook.supply(floor).tolist() == [[3, 3, 3], [0, 0, 0], [0, 0, 0]]
    assert outlook.demand(floor).tolist() == [[2, 2, 2], [0, 0, 0], [0, 0, 0]]


# ── pacers ───────────────────────────────────────────────────────────────────────────────────────


def ringing(count: int, chance: float = 0.4) -> dict[str, object]:
    return {"ringing": np.full(count, 3.0), "chances": np.full(count, chance)}


def test_progressive_dials_one_line_for_each_idle_agent() -> None:
    pacer = Progressive()
    assert pacer.lines(Floor(now=0, idle=5), LIKELY) == 5
    assert pacer.lines(Floor(now=0, idle=5, waiting=1, **ringing(2)), LIKELY) == 2  # type: ignore[arg-type]
    assert pacer.lines(Floor(now=0, idle=1, **ringing(2)), LIKELY) == 0  # type: ignore[arg-type]
    assert pacer.lines(Floor(now=0, idle=5), LIKELY[:3]) == 3


def test_a_fixed_ratio_dials_so_many() -> None:
    assert FixedRatio(2.5).lines(Floor(now=0, idle=2, **ringing(1)), LIKELY) == 4  # type: ignore[arg-type]


def paced(floor: Floor, pacer: ThresholdPacer | None = None) -> int:
    pacer = pacer or ThresholdPacer(learnt(), Budget())
    pacer.lines(Floor(now=floor.now - RAMP_S, idle=0), [])
    return pacer.lines(floor, LIKELY)


def test_the_first_minute_is_progressive() -> None:
    pacer, others = ThresholdPacer(learnt(), Budget()), np.full(30, 1.0)
    assert pacer.lines(Floor(now=0, idle=20, talking=others), LIKELY) == 20
    assert pacer.lines(Floor(now=RAMP_S, idle=20, talking=others), LIKELY) > 25
    pacer.ramp()
    assert pacer.lines(Floor(now=RAMP_S + 1, idle=20, talking=others), LIKELY) == 20


def test_when_many_stand_idle_without_a_line_it_begins_carefully_again() -> None:
    """As when hours open, or a trunk is back: one wrong guess of the chances would drop hundreds."""
    pacer, others = ThresholdPacer(learnt(), Budget()), np.full(10, 1.0)
    pacer.lines(Floor(now=0.0, idle=0), [])
    assert pacer.lines(Floor(now=RAMP_S, idle=10, talking=others), LIKELY) > 12
    for second in range(1, 3):  # nobody can be called
        assert pacer.lines(Floor(now=RAMP_S + second, idle=20), []) == 0
    assert pacer.lines(Floor(now=RAMP_S + 3, idle=20), LIKELY) == 20
    assert pacer.lines(Floor(now=RAMP_S + 62, idle=10, talking=others), LIKELY) == 10
    assert pacer.lines(Floor(now=RAMP_S + 63, idle=10, talking=others), LIKELY) > 12


def test_it_dials_ahead_of_those_who_will_soon_be_free() -> None:
    nobody = Floor(now=100.0, idle=0, talking=np.full(30, 1.0))
    soon = Floor(now=100.0, idle=0, wrapping=np.full(30, 20.0))
    assert paced(nobody) == 0
    assert paced(soon) > 10


def test_nothing_is_dialled_for_nobody() -> None:
    assert paced(Floor(now=100.0, idle=0)) == 0


def test_likelier_leads_are_dialled_fewer_at_a_time() -> None:
    floor = Floor(now=100.0, idle=10, wrapping=np.full(20, 15.0))
    pacer = ThresholdPacer(learnt(), Budget())
    pacer.lines(Floor(now=0, idle=0), [])
    assert pacer.lines(floor, [0.2] * 200) > 1.5 * pacer.lines(floor, [0.6] * 200)


def test_drops_lower_the_threshold_and_connections_raise_it_by_their_share() -> None:
    """At the aim the two balance: α of a drop's step for each connection, 1 − α for each drop."""
    budget = Budget()
    pacer = ThresholdPacer(learnt(), budget)
    first = pacer.threshold
    assert first == pytest.approx(0.6 * budget.aim)
    pacer.dropped(10)
    assert math.log(pacer.threshold / first) == pytest.approx(-rate_for(10) * (1 - budget.aim))
    for _ in range(round((1 - budget.aim) / budget.aim)):
        pacer.connected(10)
    assert pacer.threshold == pytest.approx(first, rel=0.01)


def test_a_spent_budget_holds_the_threshold_down() -> None:
    budget = Budget()
    pacer = ThresholdPacer(learnt(), budget)
    for _ in range(10_000):
        pacer.connected(10)
    assert pacer.threshold == pytest.approx(math.exp(MOST_LOG))
    for number in range(60):
        budget.answered(dropped=number % 30 == 0)
    assert budget.spent
    assert pacer.threshold == SPENT
    pacer.connected(10)  # nor does it come back at once
    for _ in range(1000):
        budget.answered(dropped=False)
    assert not budget.spent
    assert pacer.threshold < 0.031


def test_over_the_cap_it_is_progressive_whatever_the_model_says() -> None:
    budget = Budget()
    pacer = ThresholdPacer(learnt(), budget)
    pacer.lines(Floor(now=0.0, idle=0), [])
    floor = Floor(now=RAMP_S + 1.0, idle=3, talking=np.full(3, 1.0))
    nobody_answers = [1e-9] * 50
    for number in range(100):
        budget.answered(dropped=number < 6)  # luck allows 3 + 2·√3
    assert (budget.spent, budget.over) == (True, False)
    assert pacer.lines(floor, nobody_answers) == 50
    budget.answered(dropped=True)
    assert budget.over
    assert pacer.lines(floor, nobody_answers) == 3
    budget.new_day()  # today is clean, the window is not
    assert pacer.lines(floor, nobody_answers) == 3
    for _ in range(50):
        budget.answered(dropped=False)
    assert not budget.over
    assert pacer.lines(floor, nobody_answers) == 50


def test_with_enough_answers_nothing_is_luck() -> None:
    budget = Budget()
    for number in range(1000):
        budget.answered(dropped=number < 30)
    assert not budget.over
    budget.answered(dropped=True)
    assert budget.over


@pytest.mark.parametrize(
    ("staff", "rate"), [(1, 0.3), (5, 0.3), (10, 0.15), (55, 0.055), (300, 0.02), (900, 0.02)]
)
def test_one_outcome_counts_less_on_a_large_floor(staff: int, rate: float) -> None:
    assert rate_for(staff) == pytest.approx(rate, rel=0.02)


def test_the_classic_level_rises_while_agents_are_idle_and_falls_over_the_cap() -> None:
    budget = Budget()
    pacer = Adaptive(budget)
    for second in range(31):
        pacer.lines(Floor(now=float(second), idle=5, talking=np.full(5, 30.0)), LIKELY)
    assert pacer.level == pytest.approx(1.5**2)
    for number in range(100):
        budget.answered(dropped=number < 5)
    for second in range(31, 47):
        pacer.lines(Floor(now=float(second), idle=5, talking=np.full(5, 30.0)), LIKELY)
    assert pacer.level == 1.0


def test_the_classic_level_begins_anew_each_day_and_tapers_by_what_is_left_of_it() -> None:
    budget = Budget()
    for number in range(100):
        budget.answered(dropped=number < 5)
    pacer = Adaptive(budget, mode="tapered", day_s=36_000.0)
    half = {"idle": 5, "talking": np.full(5, 30.0)}
    pacer.lines(Floor(now=0.0, **half), LIKELY)  # type: ignore[arg-type]
    for day in range(2):
        pacer.level = 2.0
        pacer.lines(Floor(now=day * 36_000.0 + 9_000.0, **half), LIKELY)  # type: ignore[arg-type]
        assert pacer.level == pytest.approx(2.0 * 1.5 * 0.75)
        pacer.lines(Floor(now=(day + 1) * 36_000.0, **half), LIKELY)  # type: ignore[arg-type]
        assert pacer.level == 1.0


# ── budget ───────────────────────────────────────────────────────────────────────────────────────


def test_few_answers_say_nothing() -> None:
    budget = Budget()
    for _ in range(FEW - 1):
        budget.answered(dropped=True)
    assert not budget.spent
    budget.answered(dropped=True)
    assert budget.spent


def test_today_counts_on_its_own() -> None:
    budget = Budget()
    for _ in range(10_000):
        budget.answered(dropped=False)
    budget.new_day()
    for number in range(40):
        budget.answered(dropped=number == 0)
    assert budget.spent  # a second one of 41 would be 4.9 % of today, 0.02 % of the window


def test_the_window_counts_on_its_own_and_forgets() -> None:
    budget = Budget(window_days=3)
    for number in range(1000):
        budget.answered(dropped=number % 20 == 0)
    budget.new_day()
    for _ in range(100):
        budget.answered(dropped=False)
    assert budget.spent  # today is clean, three days are not
    budget.new_day()
    assert budget.spent
    budget.new_day()
    for _ in range(100):
        budget.answered(dropped=False)
    assert not budget.spent
