"""Logistic regression of standardised features, calibrated on speakers that it was not fitted to."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, ClassVar

import msgspec
import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from emotion.models.classifier import Calibration, Classifier, Reckoner, calibrated
from emotion.training.folds import TooFew, parted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from emotion.training.recipe import Examples

    Floats = NDArray[np.float64]

_LEAST_SCALE = 1e-9
_SLOPES = np.geomspace(0.05, 5.0, 400)
"""Where the best temperature is looked for: 1 ÷ T, in steps of 1.2 %."""


class Logistic:
    """L2-regularised, multinomial where there are more than two classes."""

    name: ClassVar[str] = "logistic"

    inner: ClassVar[int] = 5
    """Folds by which the scores for the calibration are made."""

    def __init__(self, strength: float = 0.01, limit: float = 5.0, seed: int = 1) -> None:
        self.strength = strength
        """C of scikit-learn: the inverse of the penalty."""
        self.limit = limit
        """In standard deviations; see :class:`Classifier`."""
        self.seed = seed

    @property
    def described(self) -> str:
        """See :attr:`Recipe.described`."""
        return (
            f"{self.name} regression, L2, C = {self.strength:g}; features standardised, "
            f"within ±{self.limit:g} sd; calibrated on speakers held out in {self.inner} folds"
        )

    def fit(self, examples: Examples) -> Reckoner:
        """See :meth:`Recipe.fit`."""
        # so little is reckoned at a time that threads wait for each other ten times as long as they work
        with threadpool_limits(1):
            return self._calibrated(examples)

    def _calibrated(self, examples: Examples) -> Reckoner:
        lacking = [
            name for number, name in enumerate(examples.names) if not (examples.classes == number).any()
        ]
        if lacking:
            raise TooFew(f"there is no example of {', '.join(lacking)}")
        written = self.fitted(examples, np.arange(len(examples.classes)))
        held_out, scores = self._scores_held_out(examples)
        calibration = _calibration(scores, examples.classes[held_out], examples.weights[held_out])
        return Reckoner(msgspec.structs.replace(written, calibration=calibration))

    def fitted(self, examples: Examples, rows: NDArray[np.intp]) -> Classifier:
        """Fit it to some rows; the calibration comes afterwards."""
        features, weights = examples.features[rows], examples.weights[rows]
        mean, scale = _moments(features, weights)
        standard = np.nan_to_num(np.clip((features - mean) / scale, -self.limit, self.limit), nan=0.0)
        model = LogisticRegression(C=self.strength, max_iter=2000)
        with warnings.catch_warnings():
            warnings.simplefilter("error", ConvergenceWarning)
            model.fit(standard, examples.classes[rows], sample_weight=weights)
        return Classifier(
            classes=examples.names,
            mean=tuple(mean.tolist()),
            scale=tuple(scale.tolist()),
            weights=tuple(map(tuple, model.coef_.tolist())),
            bias=tuple(model.intercept_.tolist()),
            limit=self.limit,
        )

    def _scores_held_out(self, examples: Examples) -> tuple[NDArray[np.intp], Floats]:
        """Give rows, and scores of each by a model that has not heard its speaker."""
        rows: list[NDArray[np.intp]] = []
        scores: list[Floats] = []
        for train, test in parted(examples.classes, examples.speakers, self.inner, self.seed):
            if len(np.unique(examples.classes[train])) == len(examples.names):
                rows.append(test)
                scores.append(self.fitted(examples, train).ready().scores(examples.features[test]))
        if not rows:
            raise TooFew(
                "some class is spoken by one speaker alone, so that there is nobody to calibrate it on"
            )
        return np.concatenate(rows), np.concatenate(scores)


def _moments(features: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Give the mean and the standard deviation of each column, of what could be measured (not NaN)."""
    known = np.where(np.isnan(features), 0.0, weights[:, None])
    total = np.maximum(known.sum(axis=0), 1e-12)
    values = np.nan_to_num(features, nan=0.0)
    mean = (known * values).sum(axis=0) / total
    return mean, np.maximum(np.sqrt((known * (values - mean) ** 2).sum(axis=0) / total), _LEAST_SCALE)


def _calibration(scores: Floats, classes: NDArray[np.intp], weights: Floats) -> Calibration:
    """Find the calibration of least log loss."""
    if scores.shape[1] == 2:
        platt = LogisticRegression(C=np.inf, max_iter=2000)
        platt.fit(scores[:, 1:], classes, sample_weight=weights)
        slope = max(float(platt.coef_[0, 0]), float(_SLOPES[0]))  # never turned round by a few bad folds
        return Calibration("platt", slope, float(platt.intercept_[0]))

    def loss(slope: float) -> float:
        right = calibrated(scores, Calibration("temperature", slope))[np.arange(len(classes)), classes]
        return float(-(weights * np.log(np.maximum(right, 1e-12))).sum())

    return Calibration("temperature", float(min(_SLOPES, key=loss)))
