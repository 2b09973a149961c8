"""How long talks, wrap-ups and ringing last: learnt as hazards, from a prior on.

A hazard is the share of those that have lasted so long which end in the next bin.  It is estimated as (ends
+ w·S₀·h₀) ÷ (exposures + w·S₀), the mean of a beta posterior whose prior is worth ``w`` durations of the
lognormal with survival S₀ and hazard h₀; so any shape is learnt, and little data does not mislead.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

PRIOR_WORTH = 20.0
_LEAST = 1e-6
_SQRT2 = math.sqrt(2)


class Distribution(Protocol):
    """What durations are thought to be before any was seen."""

    def cdf(self, edges: Array) -> Array:
        """Give the probability of having ended by each of the times (seconds)."""


@dataclass(frozen=True, slots=True)
class Lognormal:
    """A lognormal distribution by its mean (seconds) and coefficient of variation, after a delay."""

    mean: float
    cv: float
    delay: float = 0.0

    def cdf(self, edges: Array) -> Array:
        """Give the probability of having ended by each of the times."""
        variance = math.log(1 + self.cv**2)
        location = math.log(self.mean) - variance / 2
        past = np.maximum(edges - self.delay, 0)
        with np.errstate(divide="ignore"):
            standard = (np.log(past) - location) / math.sqrt(variance)
        return np.array([0.5 * (1 + math.erf(each / _SQRT2)) for each in standard])


class Hazards:
    """One kind of duration, learnt from those that were seen."""

    def __init__(
        self, prior: Distribution, *, bin_s: float, longest_s: float, worth: float = PRIOR_WORTH
    ) -> None:
        """``longest_s``: where the last bin ends; what lasts longer ends there."""
        self.bin_s = bin_s
        bins = math.ceil(longest_s / bin_s)
        left = 1 - prior.cdf(np.arange(bins + 1, dtype=np.float64) * bin_s)
        weight = worth * np.maximum(left[:-1], _LEAST)
        self._ends = weight * np.clip(1 - left[1:] / np.maximum(left[:-1], _LEAST), _LEAST, 1)
        self._exposures = weight.copy()

    def ended(self, seconds: float) -> None:
        """Learn from one that is over."""
        place = min(int(seconds / self.bin_s), len(self._ends) - 1)
        self._exposures[: place + 1] += 1
        self._ends[place] += 1

    def went_on(self, seconds: float) -> None:
        """Learn from one that was cut short and would have lasted longer than this."""
        self._exposures[: min(int(seconds / self.bin_s), len(self._ends))] += 1

    def forget(self, share: float) -> None:
        """Let what was learnt (and the prior) count so much less."""
        self._ends *= 1 - share
        self._exposures *= 1 - share

    def snapshot(self) -> dict[str, list[float]]:
        """Give what was learnt, the prior included, for JSON."""
        return {"ends": np.round(self._ends, 4).tolist(), "exposures": np.round(self._exposures, 4).tolist()}

    def restore(self, kept: Mapping[str, Sequence[float]]) -> None:
        """Take what :meth:`snapshot` gave; raises ValueError for another number of bins."""
        ends, exposures = np.array(kept["ends"], float), np.array(kept["exposures"], float)
        if ends.shape != self._ends.shape or exposures.shape != self._ends.shape:
            raise ValueError(f"{len(ends)} bins of durations, not {len(self._ends)}")
        self._ends, self._exposures = np.maximum(ends, 0), np.maximum(exposures, _LEAST)

    def survival(self) -> Array:
        """Give the share that lasts to each edge of the bins, from 1 at zero on; one more than bins."""
        return np.concatenate(([1.0], np.cumprod(1 - self._ends / self._exposures)))


class Learnt:
    """The durations that pacing reckons with."""

    def __init__(
        self,
        talk: Distribution,
        wrap_up: Distribution,
        answer: Distribution,
        no_answer: Distribution,
        *,
        ring_s: float,
        worth: float = PRIOR_WORTH,
    ) -> None:
        """``ring_s``: how long a line may ring; ``worth``: of the prior, in durations."""
        self.talk = Hazards(talk, bin_s=1.0, longest_s=1800.0, worth=worth)
        self.wrap_up = Hazards(wrap_up, bin_s=1.0, longest_s=600.0, worth=worth)
        self.answer = Hazards(answer, bin_s=0.25, longest_s=ring_s, worth=worth)
        """Seconds to the answer, of those who answer."""
        self.no_answer = Hazards(no_answer, bin_s=0.25, longest_s=ring_s, worth=worth)
        """Seconds to the end, of those who do not."""

    def snapshot(self) -> dict[str, dict[str, list[float]]]:
        """Give all four, for JSON."""
        return {name: hazards.snapshot() for name, hazards in self._all().items()}

    def restore(self, kept: Mapping[str, Mapping[str, Sequence[float]]]) -> None:
        """Take what :meth:`snapshot` gave; raises ValueError or KeyError for what does not fit."""
        for name, hazards in self._all().items():
            hazards.restore(kept[name])

    def _all(self) -> dict[str, Hazards]:
        return {
            "talk": self.talk, "wrap_up": self.wrap_up, "answer": self.answer, "no_answer": self.no_answer,
        }  # fmt: skip


def first_guess(ring_s: float) -> Learnt:
    """Give what is reckoned with before anything was seen; ``ring_s``: how long a line may ring."""
    return Learnt(
        Lognormal(120.0, 1.0),
        Lognormal(30.0, 0.8),
        Lognormal(10.0, 0.5, delay=2.0),
        Lognormal(30.0, 0.5),
        ring_s=ring_s + 5,
    )
