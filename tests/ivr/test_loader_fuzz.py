"""Mutated dialplans and expressions: a site, or problems with places; ``make proof`` tries 100,000."""

import random

from benchmarks.fuzzing import Dialplans, expression, try_expression

ROUNDS = 1000


def test_dialplans() -> None:
    dice, plans = random.Random(2), Dialplans()
    found = [bool(plans.try_one(plans.mutated(dice), dice)) for _ in range(ROUNDS)]
    assert 0 < sum(found) < ROUNDS  # some are broken, some are not


def test_expressions() -> None:
    dice = random.Random(2)
    read = sum(try_expression(expression(dice), dice) for _ in range(ROUNDS))
    assert ROUNDS / 10 < read < ROUNDS * 9 / 10
