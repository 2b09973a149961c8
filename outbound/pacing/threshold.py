"""The default: dial on while hardly any of those who answer would be without an agent.

At three horizons the agents who will be free, F, are held against the calls that will have been answered,
A. The next lead is dialled while the mean over the horizons of P(A ≥ F), which is the probability that one
more answer would find nobody, stays below a threshold θ, which is moved by what really happens, so that
drops stay at the aim α: log θ += η·α after a connection, −= η·(1 − α) after a drop.  Both come from this
project's study of policies: within 0.13 points of the exact optimum where that can be computed.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np

from outbound.pacing.outlook import GRACE_S, Outlook
from outbound.pacing.port import progressive

if TYPE_CHECKING:
    from collections.abc import Sequence

    from outbound.pacing.budget import Budget
    from outbound.pacing.durations import Array, Learnt
    from outbound.pacing.floor import Floor

LEAST_LOG, MOST_LOG = -6.0, math.log(0.7)
SPENT_LOG = math.log(0.03)
"""While the budget is spent, the threshold does not rise above it."""
SPENT = 0.004
"""What is used meanwhile: nearly progressive.  Over the cap it is progressive outright."""
FIRST_SHARE = 0.6
"""The first threshold, as a share of the aim."""
RAMP_S = 60.0
"""So long after a start one line for each idle agent is all."""
MANY = 0.5
"""When more than this share of the agents are idle without a line for them, dialling begins anew, as after a
start: hours open, a trunk is back, callers have been served.  Lines for them all at once would be hundreds on
one guess of how many answer; where it is wrong, a large floor drops hundreds of people in a minute."""
OUTLOOK_S = 60.0
"""How long tables made of the learnt durations are used."""
_RATES = ((5, 0.3), (10, 0.15), (30, 0.1), (100, 0.03), (300, 0.02))
_SQRT2, _SQRT2PI = math.sqrt(2), math.sqrt(2 * math.pi)
_OF_LESS = np.array([[-1.0], [1.0], [-1.0]])
"""How the moments of what is taken away count: means and third moments against, variances in addition."""


def rate_for(staff: int) -> float:
    """Give η, how far one outcome moves the threshold; between the known sizes by a line in logarithms."""
    if staff <= _RATES[0][0]:
        return _RATES[0][1]
    for (few, at_few), (many, at_many) in itertools.pairwise(_RATES):
        if staff <= many:
            share = math.log(staff / few) / math.log(many / few)
            return math.exp(math.log(at_few) + share * math.log(at_many / at_few))
    return _RATES[-1][1]


class ThresholdPacer:
    """See the module."""

    def __init__(
        self,
        learnt: Learnt,
        budget: Budget,
        *,
        first: float | None = None,
        grace_s: float = GRACE_S,
        ramp_s: float = RAMP_S,
    ) -> None:
        """``first``: the threshold to begin with; ``grace_s``: how long an answered call may wait."""
        self._learnt = learnt
        self._budget = budget
        self._grace_s = grace_s
        self._ramp_s = ramp_s
        self._log = math.log(FIRST_SHARE * budget.aim if first is None else first)
        self._outlook: Outlook | None = None
        self._outlook_at = 0.0
        self._since: float | None = None

    @property
    def threshold(self) -> float:
        """θ, as it is used now."""
        theta = math.exp(self._log)
        return min(theta, SPENT) if self._budget.spent else theta

    def ramp(self) -> None:
        """Begin carefully again: after a pause, or when many agents have come at once."""
        self._since = None

    def lines(self, floor: Floor, leads: Sequence[float]) -> int:
        """See :class:`~outbound.pacing.port.Pacer`."""
        if self._since is None or floor.idle - floor.on_the_way > MANY * floor.staff:
            self._since = floor.now
        allowed = progressive(floor, leads)
        if not floor.staff or floor.now - self._since < self._ramp_s or self._budget.over:
            return allowed  # whatever the chances are taken for, nobody is dropped by this
        outlook = self._tables(floor.now)
        free, wanted = self._supply(outlook, floor), outlook.demand(floor)
        excess, spread, skew = (wanted + free * _OF_LESS).tolist()
        threshold, count = self.threshold, 0
        for chance in leads:
            if count >= allowed and nobody_free(excess, spread, skew) > threshold:
                break
            for place, share in enumerate(outlook.at_once):
                answered = chance * share
                variance = answered * (1 - answered)
                excess[place] += answered
                spread[place] += variance
                skew[place] += variance * (1 - 2 * answered)
            count += 1
        return count

    def connected(self, floor_staff: int) -> None:
        """See :class:`~outbound.pacing.port.Pacer`."""
        self._move(rate_for(floor_staff) * self._budget.aim)

    def dropped(self, floor_staff: int) -> None:
        """See :class:`~outbound.pacing.port.Pacer`."""
        self._move(-rate_for(floor_staff) * (1 - self._budget.aim))

    def _supply(self, outlook: Outlook, floor: Floor) -> Array:
        return outlook.supply(floor)

    def _move(self, by: float) -> None:
        most = SPENT_LOG if self._budget.spent else MOST_LOG
        self._log = min(max(self._log + by, LEAST_LOG), most)

    def _tables(self, now: float) -> Outlook:
        if self._outlook is None or now - self._outlook_at >= OUTLOOK_S:
            self._outlook, self._outlook_at = Outlook(self._learnt, self._grace_s), now
        return self._outlook


def nobody_free(excess: list[float], variance: list[float], third: list[float]) -> float:
    """Give the mean over the horizons of P(A ≥ F).

    By the refined normal approximation of a sum of independent events, Φ(x) + γ·(1 − x²)·φ(x) ÷ 6 with
    continuity correction (Volkova 1996): on a small floor, skewness γ matters.
    """
    total = 0.0
    for mean, spread, skew in zip(excess, variance, third, strict=True):
        if spread < 1e-9:
            total += mean >= -1e-9
            continue
        deviation = math.sqrt(spread)
        x = (-0.5 - mean) / deviation
        below = 0.5 * (1 + math.erf(x / _SQRT2))
        below += skew / (spread * deviation) * (1 - x * x) * math.exp(-x * x / 2) / _SQRT2PI / 6
        total += 1 - min(max(below, 0.0), 1.0)
    return total / len(excess)
