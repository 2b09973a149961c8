"""A logistic regression, which is steady, and small networks, which see what depends on what.

Where there are more than two classes, support vector machines beside them: they tell apart what is alike but
for a few who speak in a way of their own.
"""

from __future__ import annotations

import itertools
import warnings
from typing import TYPE_CHECKING, ClassVar

import msgspec
import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC

from emotion.models.classifier import Classifier, Net
from emotion.models.kernel import FINEST, Kernel
from emotion.training.recipes.logistic import Logistic

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from emotion.training.recipe import Examples

_UNITS, _NETS, _ROUNDS, _BATCH = 24, 2, 20, 128
_PENALTY, _RATE = 3.0, 3e-3
_NOISE = 0.7
"""Standard deviations of noise on every feature: as a penalty on steep answers (Bishop 1995)."""
_MOST_ROWS = 8000
_GAMMA, _COST, _SHARE = 0.02, 1.0, 0.7
"""Of the kernel; its votes spread nearly as far as the scores of the others together."""


class Mixed(Logistic):
    """Its score is the mean of a logistic regression's and those of networks trained on noisy draws."""

    name: ClassVar[str] = "mixed"
    inner: ClassVar[int] = 3

    @property
    def described(self) -> str:
        """See :attr:`Recipe.described`."""
        return (
            f"{self.name}: logistic regression (L2, C = {self.strength:g}) and {_NETS} networks of {_UNITS} "
            f"rectified units (L2 {_PENALTY:g}, noise of {_NOISE:g} sd on the features, {_ROUNDS} rounds); "
            "of more than two classes the votes of support vector machines beside them (radial kernel, "
            f"γ = {_GAMMA:g}, C = {_COST:g}, {_SHARE:g} a vote); "
            f"features standardised, within ±{self.limit:g} sd; calibrated on speakers held out in "
            f"{self.inner} folds"
        )

    def fitted(self, examples: Examples, rows: NDArray[np.intp]) -> Classifier:
        """Fit all of them to some rows."""
        linear = super().fitted(examples, rows)
        standard = linear.ready().standardised(examples.features[rows])
        classes, weights = examples.classes[rows], examples.weights[rows]
        nets = tuple(self._net(standard, classes, weights, self.seed + number) for number in range(_NETS))
        kernel = self._kernel(standard, classes, weights) if len(examples.names) > 2 else None
        return msgspec.structs.replace(linear, nets=nets, kernel=kernel)

    def _kernel(
        self, standard: NDArray[np.float64], classes: NDArray[np.intp], weights: NDArray[np.float64]
    ) -> Kernel:
        """Train one on rows as the file will hold them; of very many on some, or the file would grow huge."""
        if len(classes) > _MOST_ROWS:
            some = np.random.default_rng(self.seed).choice(len(classes), _MOST_ROWS, replace=False)
            standard, classes, weights = standard[some], classes[some], weights[some]
        steps = np.rint(standard * FINEST / self.limit).astype(np.int8)
        machine = SVC(C=_COST, gamma=_GAMMA).fit(steps * self.limit / FINEST, classes, sample_weight=weights)
        count, ends = machine.n_support_, np.cumsum(machine.n_support_)
        rows = np.zeros((len(machine.intercept_), len(machine.support_)))
        for pair, (one, other) in enumerate(itertools.combinations(range(len(count)), 2)):
            # as libsvm keeps them: of a class against each other class, that class itself left out
            for mine, theirs in ((one, other - 1), (other, one)):
                voices = slice(ends[mine] - count[mine], ends[mine])
                rows[pair, voices] = machine.dual_coef_[theirs, voices]
        return Kernel(
            gamma=_GAMMA,
            voices=steps[machine.support_].tobytes(),
            weights=tuple(map(tuple, rows.round(4).tolist())),
            bias=tuple(machine.intercept_.round(5).tolist()),
            share=_SHARE,
        )

    @staticmethod
    def _net(
        standard: NDArray[np.float64], classes: NDArray[np.intp], weights: NDArray[np.float64], seed: int
    ) -> Net:
        """Train one on rows drawn by their weights, each time with noise of its own."""
        dice = np.random.default_rng(seed)
        count = min(_MOST_ROWS, 4 * len(classes))
        drawn = dice.choice(len(classes), count, p=weights / weights.sum())
        noisy = standard[drawn] + _NOISE * dice.standard_normal((count, standard.shape[1]))
        net = MLPClassifier(
            (_UNITS,), alpha=_PENALTY, max_iter=_ROUNDS, learning_rate_init=_RATE,
            batch_size=min(_BATCH, count), random_state=seed,
        )  # fmt: skip
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # the rounds are few on purpose
            net.fit(noisy, classes[drawn])
        hidden, last = (layer.T.round(5).tolist() for layer in net.coefs_)
        hidden_bias, bias = (layer.round(5).tolist() for layer in net.intercepts_)
        return Net(tuple(map(tuple, hidden)), tuple(hidden_bias), tuple(map(tuple, last)), tuple(bias))
