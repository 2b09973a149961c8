"""Classes told apart two by two, by which of the voices that were learnt from a voice is near to."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import msgspec
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FINEST = 127
"""Features are kept in so many steps from the mean to the limit: one byte each."""
EVEN = 0.1
"""A pair that is won by less of the margin that training asks for has less of a vote."""


class Kernel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A support vector machine with radial kernel for each pair of classes (Cortes and Vapnik 1995)."""

    gamma: float
    """A voice at the distance r, in standard deviations, counts exp(−gamma · r²)."""
    voices: bytes
    """Features of those that were learnt from, one after another: a signed byte each, in steps of 1/127 of
    the classifier's limit (base64 in the file)."""
    weights: tuple[tuple[float, ...], ...]
    """A row for each pair of classes, (0, 1), (0, 2), … (1, 2), …: what a voice counts for the first."""
    bias: tuple[float, ...]
    """Of each pair."""
    share: float
    """What a pair that is won adds to the score."""

    def fits(self, features: int, classes: int) -> bool:
        """Tell whether its numbers fit each other, and these features and classes."""
        pairs = classes * (classes - 1) // 2
        count, rest = divmod(len(self.voices), features)
        return (
            not rest
            and {len(row) for row in self.weights} == {count}
            and (pairs == len(self.weights) == len(self.bias))
        )


class Nearness:
    """Reckons with a :class:`Kernel`."""

    def __init__(self, written: Kernel, features: int, classes: int, limit: float) -> None:
        self._voices = (np.frombuffer(written.voices, np.int8) * np.float32(limit / FINEST)).reshape(
            -1, features
        )
        self._lengths = (self._voices**2).sum(axis=1)
        self._gamma = np.float32(written.gamma)
        self._weights = np.array(written.weights, np.float32).T
        self._bias = np.array(written.bias, np.float32)
        wins = np.zeros((len(written.bias), classes))
        for pair, (one, other) in enumerate(itertools.combinations(range(classes), 2)):
            wins[pair, one], wins[pair, other] = written.share, -written.share
        self._wins = wins

    def margins(self, standard: Floats) -> NDArray[np.float32]:
        """Give by how much the first class of each pair wins, standardised features (n, d) → (n, pairs)."""
        here = standard.astype(np.float32)
        squares = self._lengths + (here**2).sum(axis=1)[:, None] - 2 * (here @ self._voices.T)
        return np.asarray(np.exp(-self._gamma * squares) @ self._weights + self._bias)

    def scores(self, standard: Floats) -> Floats:
        """Give what is added to each class' score, shape (n, d) → (n, classes).

        Each pair has a vote (Knerr, Personnaz and Dreyfus 1990), which is whole but where it is nearly even.
        """
        return np.asarray(np.clip(self.margins(standard) / EVEN, -1.0, 1.0) @ self._wins)
