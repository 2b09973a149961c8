"""What moves all leads of a campaign at once: an intercept that follows jumps and otherwise keeps still.

AdaGrad's steps shrink, and so they must, or the weights would never settle; but after 100,000 attempts they
would take thousands more to follow an answer rate that halves.  A constant step follows it, and shakes for
good: its variance is about half the step.  So three intercepts run side by side, each moved by its own step
× (answered − chance), and are weighted by how well each has foretold: their weight is multiplied by the
probability each gave to what happened, and a small share is dealt out anew each time, so that none dies out
(fixed share; Herbster and Warmuth, "Tracking the best expert", 1998).  Still times are left to the slow one,
and within a few hundred outcomes of a jump the quick one has taken over.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

FIRST_LOGIT = -0.6
"""A third of the calls are answered: reckoned with before anything was seen."""
STEPS = (0.001, 0.006, 0.035)
SHARE = 1e-4
"""Of the weight, dealt out anew at each outcome."""
MOST_LOGIT = 6.0
_FLOOR = 1e-9


class Intercept:
    """See the module."""

    __slots__ = ("_levels", "_weights", "logit")

    def __init__(self, first: float = FIRST_LOGIT) -> None:
        self._levels = [first] * len(STEPS)
        self._weights = [1 / len(STEPS)] * len(STEPS)
        self.logit = first
        """The mean of the three by their weights: what is reckoned with."""

    def learn(self, rest: float, answered: bool) -> None:
        """Take note of an outcome; ``rest``: the logit of the attempt without the intercept."""
        slow, middle, quick = self._levels
        one, two, three = self._weights
        exp = math.exp
        p, q, r = 1 / (1 + exp(-slow - rest)), 1 / (1 + exp(-middle - rest)), 1 / (1 + exp(-quick - rest))
        if answered:
            one, two, three = one * p, two * q, three * r
            slow, middle, quick = slow + _SLOW * (1 - p), middle + _MIDDLE * (1 - q), quick + _QUICK * (1 - r)
        else:
            one, two, three = one * (1 - p), two * (1 - q), three * (1 - r)
            slow, middle, quick = slow - _SLOW * p, middle - _MIDDLE * q, quick - _QUICK * r
        kept = (1 - SHARE) / (one + two + three + _FLOOR)
        one, two, three = one * kept + _DEALT, two * kept + _DEALT, three * kept + _DEALT
        self._weights = [one, two, three]
        self._levels = [slow, middle, quick]
        self.logit = (one * slow + two * middle + three * quick) / (one + two + three)
        if not -MOST_LOGIT < self.logit < MOST_LOGIT:
            self._levels = [_bounded(level) for level in self._levels]
            self.logit = _bounded(self.logit)

    def snapshot(self) -> dict[str, list[float]]:
        """Give all that it knows, for JSON."""
        return {"levels": list(self._levels), "weights": list(self._weights)}

    @classmethod
    def restored(cls, levels: Sequence[float], weights: Sequence[float]) -> Intercept:
        """Make one of what another knew; ValueError when that can't be."""
        if len(levels) != len(STEPS) or len(weights) != len(STEPS):
            raise ValueError(f"an intercept has {len(STEPS)} levels and weights")
        if not all(map(math.isfinite, [*levels, *weights])) or min(weights) < 0 or sum(weights) <= 0:
            raise ValueError("levels of an intercept are finite, weights positive")
        made = cls()
        made._levels = [_bounded(level) for level in levels]
        made._weights = [weight / sum(weights) for weight in weights]
        pairs = zip(made._levels, made._weights, strict=True)
        made.logit = sum(level * weight for level, weight in pairs)
        return made


_DEALT = SHARE / len(STEPS)
_SLOW, _MIDDLE, _QUICK = STEPS


def _bounded(logit: float) -> float:
    return min(max(logit, -MOST_LOGIT), MOST_LOGIT)
