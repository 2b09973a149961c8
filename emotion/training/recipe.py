"""What a recipe does: it makes a model of examples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from emotion.models.classifier import Classifier

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Examples:
    """What a model is fitted to; n rows."""

    features: Floats
    """Shape (n, d)."""
    classes: NDArray[np.intp]
    """Shape (n,): numbers of :attr:`names`."""
    names: tuple[str, ...]
    weights: Floats
    """Shape (n,): how much each counts."""
    speakers: NDArray[np.str_]
    """Shape (n,): whom to keep apart where a part is held back, as for calibration."""


class Model(Protocol):
    """What can be asked, and written to a file."""

    @property
    def written(self) -> Classifier:
        """Its numbers."""
        ...

    def probabilities(self, features: Floats) -> Floats:
        """Give the probability of each class, shape (n, d) → (n, classes)."""
        ...


class Recipe(Protocol):
    """One way to train.  The same examples give the same model."""

    name: ClassVar[str]

    @property
    def described(self) -> str:
        """Its name and settings, for the model's card."""
        ...

    def fit(self, examples: Examples) -> Model:
        """Make a model.  Raises :class:`~emotion.training.folds.TooFew`."""
        ...
