"""A standardiser, a logistic regression of two classes or more, and its calibration; numpy alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class Calibration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What makes a score a probability, learnt on speakers whom the scores' model had not heard.

    ``temperature``: scores times ``slope``, which is 1 ÷ T (Guo et al., *On calibration of modern neural
    networks*, ICML 2017).  ``platt``: two classes, ``slope`` · score + ``offset`` (Platt 1999).
    """

    kind: Literal["none", "temperature", "platt"] = "none"
    slope: float = 1.0
    offset: float = 0.0


class Linear(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A classifier as its numbers; :meth:`ready` makes one that reckons."""

    classes: tuple[str, ...]
    mean: tuple[float, ...]
    """Of each feature where it was trained."""
    scale: tuple[float, ...]
    """Standard deviation there."""
    weights: tuple[tuple[float, ...], ...]
    """A row for each class; for two classes one row: the log odds of the second."""
    bias: tuple[float, ...]
    limit: float
    """So many standard deviations from the mean are the most that a feature counts for."""
    calibration: Calibration = Calibration()

    def __post_init__(self) -> None:
        rows = 1 if len(self.classes) == 2 else len(self.classes)
        if len(self.classes) < 2 or len(set(self.classes)) < len(self.classes):
            raise ValueError(f"two different classes at least, not {', '.join(self.classes) or 'none'}")
        if len(self.weights) != rows or len(self.bias) != rows:
            raise ValueError(f"{len(self.classes)} classes need {rows} rows of weights and as many biases")
        if {len(self.mean), *map(len, self.weights)} != {len(self.scale)}:
            raise ValueError("mean, scale and weights are not of the same number of features")
        numbers = np.array([*self.mean, *self.bias, *sum(self.weights, ()), *self.scale, self.limit])
        if not np.isfinite(numbers).all() or min((*self.scale, self.limit)) <= 0:
            raise ValueError("some number is none, or a scale or the limit is not above 0")

    def ready(self) -> LinearModel:
        """Give what reckons with it."""
        return LinearModel(self)


class LinearModel:
    """Gives the probability of each class; see :class:`Linear`."""

    def __init__(self, written: Linear) -> None:
        self.written = written
        self._mean, self._scale = np.array(written.mean), np.array(written.scale)
        self._weights, self._bias = np.array(written.weights), np.array(written.bias)

    @property
    def classes(self) -> tuple[str, ...]:
        """Their names, in the order of the columns of :meth:`probabilities`."""
        return self.written.classes

    def standardised(self, features: Floats) -> Floats:
        """Give features in standard deviations from the mean, shape as it comes.

        Within the limit; what could not be measured (NaN) counts as the mean.
        """
        limit = self.written.limit
        within: Floats = np.clip((features - self._mean) / self._scale, -limit, limit)
        return np.nan_to_num(within, nan=0.0)

    def scores(self, features: Floats) -> Floats:
        """Give the scores before calibration, shape (n, d) → (n, classes): log odds but for a constant.

        Raises ``ValueError`` when there are more or fewer features than weights.
        """
        if features.ndim != 2 or features.shape[1] != len(self._mean):
            raise ValueError(f"features of shape {features.shape}, not (n, {len(self._mean)})")
        scores = self.standardised(features) @ self._weights.T + self._bias
        return np.concatenate([np.zeros_like(scores), scores], axis=1) if len(self.classes) == 2 else scores

    def probabilities(self, features: Floats) -> Floats:
        """Give the probability of each class, shape (n, d) → (n, classes); each row's sum is 1."""
        return calibrated(self.scores(features), self.written.calibration)


def calibrated(scores: Floats, calibration: Calibration) -> Floats:
    """Turn scores, shape (n, classes), into probabilities."""
    logits = scores * calibration.slope
    if calibration.kind == "platt":
        logits[:, 1] += calibration.offset
    logits -= logits.max(axis=1, keepdims=True)
    odds = np.exp(logits)
    shares: Floats = odds / odds.sum(axis=1, keepdims=True)
    return shares
