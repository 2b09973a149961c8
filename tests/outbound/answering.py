"""Leads that answer, for the tests of the answer model."""

from __future__ import annotations

import random

from outbound.answers.features import (
    History,
    Moment,
    features_of,
)
from outbound.answers.model import AnswerModel

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
