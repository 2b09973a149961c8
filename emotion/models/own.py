"""A caller's own baseline: what they sound like otherwise, against which a change is told.

Voices differ more from each other than moods do.  Features against the speaker's own mean and spread tell
moods apart that raw features can't (per-speaker normalisation; Busso et al., *Iterative feature
normalization scheme for automatic emotion detection from speech*, IEEE Transactions on Affective Computing
4(4), 2013).  Nobody says what mood the baseline was spoken in: it is all that was heard of the speaker.
"""

from __future__ import annotations

from functools import cached_property

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MEAN_WEIGHT, SPREAD_WEIGHT = 1.0, 4.0
"""So many windows of a speaker's own weigh as much as what speakers are like in general."""
_LEAST = 1e-9


class Prior(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """What speakers are like in general, each feature."""

    mean: tuple[float, ...]
    variance: tuple[float, ...]
    """Within a speaker."""

    def __post_init__(self) -> None:
        if len(self.mean) != len(self.variance) or not np.isfinite([*self.mean, *self.variance]).all():
            raise ValueError(
                "mean and variance are not of the same number of features, or some number is none"
            )

    @cached_property
    def arrays(self) -> tuple[Floats, Floats]:
        """Give mean and variance, each of shape (d,)."""
        return np.array(self.mean), np.array(self.variance)


class Sums(msgspec.Struct, frozen=True):
    """Windows that were added up; each array has shape (d,)."""

    count: Floats
    total: Floats
    squares: Floats

    @classmethod
    def of(cls, windows: Floats) -> Sums:
        """Add windows up, shape (n, d); NaN does not count."""
        known = ~np.isnan(windows)
        values = np.where(known, windows, 0.0)
        return cls(known.sum(axis=0).astype(float), values.sum(axis=0), (values**2).sum(axis=0))

    def plus(self, other: Sums, sign: float = 1.0) -> Sums:
        """Add others, or with −1 take them away."""
        return Sums(
            self.count + sign * other.count,
            self.total + sign * other.total,
            self.squares + sign * other.squares,
        )

    def against(self, values: Floats, prior: Prior) -> Floats:
        """Give features, shape (d,), as standard deviations from the speaker's own mean.

        Mean and variance are those that the sums and the prior give together (maximum a posteriori with
        conjugate priors; Gauvain and Lee, IEEE Transactions on Speech and Audio Processing 2(2), 1994).
        """
        of_all, within = prior.arrays
        mean = (self.total + MEAN_WEIGHT * of_all) / (self.count + MEAN_WEIGHT)
        scatter = np.maximum(self.squares - 2 * mean * self.total + self.count * mean**2, 0.0)
        variance = (scatter + SPREAD_WEIGHT * within) / (self.count + SPREAD_WEIGHT)
        return np.asarray((values - mean) / np.sqrt(variance + _LEAST))


def prior_of(features: Floats, speakers: NDArray[np.str_]) -> Prior:
    """Give what speakers are like, each weighing the same; features of shape (n, d), speakers (n,)."""
    each = [features[speakers == speaker] for speaker in np.unique(speakers)]
    means, variances = [], []
    for windows in each:
        sums = Sums.of(windows)
        known = np.maximum(sums.count, 1.0)
        mean = np.where(sums.count > 0, sums.total / known, np.nan)
        means.append(mean)
        variances.append(np.where(sums.count > 1, sums.squares / known - mean**2, np.nan))
    mean, variance = _mean(np.array(means)), _mean(np.array(variances))
    return Prior(tuple(mean.tolist()), tuple(np.maximum(variance, _LEAST).tolist()))


def _mean(rows: Floats) -> Floats:
    """Give the mean of each column's known values, 0 where none is known."""
    known = ~np.isnan(rows)
    return np.asarray(np.where(known, rows, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1))


def against_others(features: Floats, speakers: NDArray[np.str_], prior: Prior) -> Floats:
    """Give each row against all the other rows of its speaker, shape (n, d) → (n, d)."""
    out = np.empty_like(features)
    for speaker in np.unique(speakers):
        rows = np.flatnonzero(speakers == speaker)
        everything = Sums.of(features[rows])
        for row in rows:
            others = everything.plus(Sums.of(features[row : row + 1]), -1.0)
            out[row] = others.against(features[row], prior)
    return out
