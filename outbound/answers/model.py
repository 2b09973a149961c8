"""The probability that somebody answers: logistic regression, learnt from one outcome after another.

Each weight moves by η·g ÷ √(ε + Σ g²), g being the slope of the log-likelihood (AdaGrad; Duchi, Hazan and
Singer 2011): a segment that is rarely seen still learns quickly, one seen for long hardly moves.  What moves
all leads at once is :class:`~outbound.answers.intercept.Intercept`'s.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from outbound.answers.features import NUMBERS, names_of
from outbound.answers.intercept import Intercept

if TYPE_CHECKING:
    from collections.abc import Mapping

    from outbound.answers.features import Features, Moment

RATE = 0.05
"""η."""
FIRST_SQUARES = 1.0
"""ε: the first steps are no longer than η times the slope."""
MOST = 3.0
"""No weight goes beyond it, whatever is shown: a factor of 20 in the odds."""
MOST_NAMES = 50_000
"""When so many are known, others are not learnt: a column of names, perhaps, was taken for the segment."""
VERSION = 1


class AnswerModel:
    """See the module."""

    def __init__(self) -> None:
        self._weights: dict[str, list[float]] = {}
        """Name → its weight, and the sum of its squared slopes."""
        self._numbers = [[0.0, FIRST_SQUARES] for _ in range(NUMBERS)]
        self._intercept = Intercept()
        self.learnt = 0
        """Outcomes so far."""

    @property
    def number_weights(self) -> tuple[float, float, float]:
        """The weights of :attr:`Features.numbers <outbound.answers.features.Features.numbers>`."""
        own, third, attempts = self._numbers
        return own[0], third[0], attempts[0]

    def chance(self, features: Features) -> float:
        """Give the probability that this attempt is answered."""
        logit = self._intercept.logit + self._named(features.names) + self._of_numbers(features.numbers)
        return 1 / (1 + math.exp(-logit))

    def common(self, segment: str, moment: Moment) -> float:
        """Give the logit of a new lead of this segment at this moment."""
        return self._intercept.logit + self._named(names_of(segment, moment))

    def learn(self, features: Features, answered: bool) -> None:
        """Take note of what came of an attempt; ``features`` as they were when it was made."""
        cells = self._cells(features.names)
        rest = self._of_numbers(features.numbers)
        for cell in cells:
            rest += cell[0]
        slope = answered - 1 / (1 + math.exp(-rest - self._intercept.logit))
        self._intercept.learn(rest, answered)
        squared, step, sqrt = slope * slope, RATE * slope, math.sqrt
        for cell in cells:
            cell[1] += squared
            moved = cell[0] + step / sqrt(cell[1])
            cell[0] = moved if -MOST < moved < MOST else math.copysign(MOST, moved)
        for cell, value in zip(self._numbers, features.numbers, strict=True):
            if value:
                cell[1] += squared * value * value
                moved = cell[0] + step * value / sqrt(cell[1])
                cell[0] = moved if -MOST < moved < MOST else math.copysign(MOST, moved)
        self.learnt += 1

    def snapshot(self) -> dict[str, Any]:
        """Give all that was learnt, for JSON."""
        return {
            "version": VERSION,
            "learnt": self.learnt,
            "intercept": self._intercept.snapshot(),
            "numbers": [list(cell) for cell in self._numbers],
            "weights": {name: list(cell) for name, cell in self._weights.items()},
        }

    @classmethod
    def restore(cls, kept: Mapping[str, Any]) -> AnswerModel:
        """Make a model of a snapshot; ValueError says what is wrong with one that can't be used."""
        if kept.get("version") != VERSION:
            raise ValueError(f"an answer model of version {kept.get('version')!r}, not {VERSION}")
        made = cls()
        try:
            if len(kept["numbers"]) != NUMBERS:
                raise ValueError(f"an answer model has {NUMBERS} numbers, not {len(kept['numbers'])}")
            made.learnt = int(kept["learnt"])
            made._intercept = Intercept.restored(**kept["intercept"])
            made._numbers = [_cell(str(place), cell) for place, cell in enumerate(kept["numbers"])]
            made._weights = {str(name): _cell(name, cell) for name, cell in kept["weights"].items()}
        except (KeyError, TypeError, AttributeError) as wrong:
            raise ValueError(f"not a snapshot of an answer model: {wrong!r}") from wrong
        return made

    def _of_numbers(self, numbers: tuple[float, float, float]) -> float:
        first, second, last = numbers
        own, third, attempts = self._numbers
        return own[0] * first + third[0] * second + attempts[0] * last

    def _cells(self, names: tuple[str, ...]) -> list[list[float]]:
        """Give what is known of each name, from now on of new ones too while there is room."""
        weights = self._weights
        try:
            return [weights[name] for name in names]
        except KeyError:
            for name in names:
                if name not in weights and len(weights) < MOST_NAMES:
                    weights[name] = [0.0, FIRST_SQUARES]
            return [weights[name] for name in names if name in weights]

    def _named(self, names: tuple[str, ...]) -> float:
        weights, total = self._weights, 0.0
        for name in names:
            cell = weights.get(name)
            if cell is not None:
                total += cell[0]
        return total


def _cell(name: str, kept: list[float]) -> list[float]:
    weight, squares = map(float, kept)
    if not (math.isfinite(weight) and math.isfinite(squares) and squares >= FIRST_SQUARES):
        raise ValueError(f"the weight of {name!r} is no number, or its slopes are not")
    return [min(max(weight, -MOST), MOST), squares]
