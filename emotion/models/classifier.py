"""A classifier of two classes or more as its numbers, and its calibration; numpy alone.

A logistic regression of standardised features, and as many small networks beside it as a recipe likes: the
score is the mean of theirs.  Where there are more than two classes a kernel may add to it.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np

from emotion.models.kernel import Kernel, Nearness

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


class Net(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A network with one hidden layer of rectified units (ReLU)."""

    hidden: tuple[tuple[float, ...], ...]
    """A row of weights for each unit."""
    hidden_bias: tuple[float, ...]
    weights: tuple[tuple[float, ...], ...]
    """A row for each class; for two classes one row."""
    bias: tuple[float, ...]

    def fits(self, features: int, rows: int) -> bool:
        """Tell whether its layers fit each other, and these features and classes."""
        units = len(self.hidden)
        return (
            {features} == {len(row) for row in self.hidden}
            and {units} == {len(self.hidden_bias), *(len(row) for row in self.weights)}
            and rows == len(self.weights) == len(self.bias)
        )


class Classifier(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
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
    nets: tuple[Net, ...] = ()
    kernel: Kernel | None = None
    """Of more than two classes: adds to the mean of regression and networks."""
    calibration: Calibration = Calibration()

    def __post_init__(self) -> None:
        rows = 1 if len(self.classes) == 2 else len(self.classes)
        if len(self.classes) < 2 or len(set(self.classes)) < len(self.classes):
            raise ValueError(f"two different classes at least, not {', '.join(self.classes) or 'none'}")
        if len(self.weights) != rows or len(self.bias) != rows:
            raise ValueError(f"{len(self.classes)} classes need {rows} rows of weights and as many biases")
        if {len(self.mean), *map(len, self.weights)} != {len(self.scale)}:
            raise ValueError("mean, scale and weights are not of the same number of features")
        if not all(net.fits(len(self.mean), rows) for net in self.nets):
            raise ValueError("a network's layers do not fit each other, the features or the classes")
        if self.kernel and (len(self.classes) < 3 or not self.kernel.fits(len(self.mean), len(self.classes))):
            raise ValueError(
                "a kernel's voices and weights do not fit each other, the features or the classes"
            )
        nets = [(net.hidden_bias, net.bias, *net.hidden, *net.weights) for net in self.nets]
        rows_of_numbers = (self.mean, self.bias, *self.weights, self.scale, (self.limit,), *sum(nets, ()))
        if self.kernel:
            rows_of_numbers += (
                self.kernel.bias,
                *self.kernel.weights,
                (self.kernel.gamma, self.kernel.share),
            )
        if (
            not all(map(math.isfinite, itertools.chain(*rows_of_numbers)))
            or min((*self.scale, self.limit)) <= 0
        ):
            raise ValueError("some number is none, or a scale or the limit is not above 0")

    def ready(self) -> Reckoner:
        """Give what reckons with it."""
        return Reckoner(self)


class Reckoner:
    """Gives the probability of each class; see :class:`Classifier`."""

    def __init__(self, written: Classifier) -> None:
        self.written = written
        self._mean, self._scale = np.array(written.mean), np.array(written.scale)
        nets, rows = written.nets, len(written.bias)
        # regression and networks side by side: a score is two products, into all units and out of them
        self._linear = rows
        self._into = np.vstack([np.array(written.weights), *(np.array(net.hidden) for net in nets)]).T
        self._into_bias = np.concatenate([np.zeros(rows), *(np.array(net.hidden_bias) for net in nets)])
        out = np.hstack([np.eye(rows), *(np.array(net.weights) for net in nets)]) / (1 + len(nets))
        bias = np.sum([written.bias, *(net.bias for net in nets)], axis=0) / (1 + len(nets))
        if rows == 1:  # the first of two classes has a score of 0
            out, bias = np.vstack([np.zeros_like(out), out]), np.concatenate([np.zeros(1), bias])
        self._out, self._out_bias = out.T, bias
        self._near = written.kernel and Nearness(
            written.kernel, len(self._mean), len(written.classes), written.limit
        )

    @property
    def classes(self) -> tuple[str, ...]:
        """Their names, in the order of the columns of :meth:`probabilities`."""
        return self.written.classes

    def standardised(self, features: Floats) -> Floats:
        """Give features in standard deviations from the mean, shape as it comes.

        Within the limit; what could not be measured (NaN) counts as the mean.
        """
        limit = self.written.limit
        apart: Floats = (features - self._mean) / self._scale
        np.clip(apart, -limit, limit, out=apart)
        apart[np.isnan(apart)] = 0.0
        return apart

    def scores(self, features: Floats) -> Floats:
        """Give the scores before calibration, shape (n, d) → (n, classes): log odds but for a constant.

        Raises ``ValueError`` when there are more or fewer features than weights.
        """
        if features.ndim != 2 or features.shape[1] != len(self._mean):
            raise ValueError(f"features of shape {features.shape}, not (n, {len(self._mean)})")
        standard = self.standardised(features)
        units = standard @ self._into + self._into_bias
        hidden = units[:, self._linear :]
        np.maximum(hidden, 0.0, out=hidden)
        scores = np.asarray(units @ self._out + self._out_bias)
        return scores + self._near.scores(standard) if self._near else scores

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
