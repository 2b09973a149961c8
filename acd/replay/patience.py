"""How long callers would have waited: known of those who gave up, estimated for the others.  Pure.

An answered caller's patience is *censored*: more than the wait, nothing else is known.  It is drawn from the
Kaplan–Meier estimate of the day, given that it is more than the wait: S(t) = Π (1 − d/n) over the times at
which d of the n who still waited gave up (Kaplan and Meier, 1958).  Beyond the last time at which anybody
gave up, and with few who did, patience is taken as exponential with the day's hazard: those who gave up ÷
seconds waited by all.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from math import inf, log
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

FEW = 10
"""With fewer who gave up there is no curve, only a hazard."""


class Patience:
    """The day's estimate, from (seconds waited, gave up) of each caller."""

    def __init__(self, waits: Iterable[tuple[float, bool]]) -> None:
        waits = sorted(waits)
        gave_up = sum(gone for _, gone in waits)
        waited = sum(seconds for seconds, _ in waits)
        self.hazard = gave_up / waited if waited else 0.0
        """Per second."""
        self._times: list[float] = []
        self._left: list[float] = []
        """Share that still waits after the time of the same index."""
        if gave_up >= FEW:
            self._estimate(waits)

    def _estimate(self, waits: list[tuple[float, bool]]) -> None:
        share = 1.0
        for index, (seconds, gone) in enumerate(waits):
            if gone:
                share *= 1 - 1 / (len(waits) - index)
                self._times.append(seconds)
                self._left.append(share)

    def survival(self, seconds: float) -> float:
        """Give the share of callers whose patience is more than that."""
        index = bisect_right(self._times, seconds)
        return self._left[index - 1] if index else 1.0

    def draw(self, waited: float, random: Random) -> float:
        """Draw a patience of more than what was waited, in seconds; infinite where nobody gave up."""
        goal = (1 - random.random()) * self.survival(waited)
        # the first time at which no more than that share still waits
        index = bisect_left([-share for share in self._left], -goal) if self._left else 0
        if index < len(self._left) and goal > 0:
            return max(waited, self._times[index])
        last = max(waited, self._times[-1] if self._times else 0.0)
        reached = self.survival(last)
        if not self.hazard:
            return inf
        if reached <= 0 or goal <= 0:
            return last
        return last + log(reached / goal) / self.hazard
