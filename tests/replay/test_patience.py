"""Patience that was only seen in part is estimated rightly."""

from __future__ import annotations

from math import exp, inf
from random import Random

import pytest

from acd.replay.patience import Patience


def test_the_curve_is_that_of_kaplan_and_meier() -> None:
    """Worked by hand: 12 callers, two of whom were answered on the way."""
    waits = [(float(n), n not in {3, 7}) for n in range(1, 13)]
    curve = Patience(waits)
    assert curve.survival(0.5) == 1.0
    assert curve.survival(2) == pytest.approx(11 / 12 * 10 / 11)
    assert curve.survival(3) == curve.survival(2), "an answer is no loss"
    assert curve.survival(4) == pytest.approx(10 / 12 * 8 / 9)
    assert curve.survival(12) == 0.0
    assert curve.hazard == pytest.approx(10 / 78)


def test_draws_have_the_distribution_of_those_who_were_not_answered() -> None:
    """Patience with mean 100 s, seen only until an answer after 0 to 200 s."""
    draw = Random(1)
    waits = []
    for _ in range(6000):
        patience, answer = draw.expovariate(1 / 100), 200 * draw.random()
        waits.append((min(patience, answer), patience < answer))
    curve = Patience(waits)
    for seconds in (20.0, 80.0, 150.0):
        assert curve.survival(seconds) == pytest.approx(exp(-seconds / 100), abs=0.025)
    more = [curve.draw(50.0, draw) for _ in range(6000)]
    assert min(more) >= 50.0
    assert sum(more) / len(more) == pytest.approx(150, abs=6), "without a memory: 100 s more"


def test_few_who_gave_up_give_a_hazard_and_none_gives_patience_without_end() -> None:
    draw = Random(2)
    few = Patience([(100.0, True)] * 3 + [(100.0, False)] * 27)
    drawn = [few.draw(40.0, draw) for _ in range(5000)]
    assert sum(drawn) / len(drawn) == pytest.approx(1040, rel=0.05)
    assert Patience([(10.0, False)]).draw(10.0, draw) == inf
    assert Patience([]).draw(0.0, draw) == inf
