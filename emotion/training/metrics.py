"""How good a classifier's answers are.

Pure.  Probabilities have the shape (n, classes); true classes and answers, numbers of classes, (n,).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Whole = NDArray[np.intp]

BINS = 15
NOTHING = float("nan")
"""What is not defined: an AUC of one class, a recall of none."""


def confusion(truth: Whole, answers: Whole, classes: int) -> Whole:
    """Count, shape (classes, classes): row the true class, column the answer."""
    return np.bincount(truth * classes + answers, minlength=classes * classes).reshape(classes, classes)


def uar(truth: Whole, answers: Whole, classes: int) -> float:
    """Give the unweighted average recall: the mean, over the classes that occur, of the share answered right.

    Schuller, Steidl and Batliner, *The Interspeech 2009 emotion challenge*: chance is 1 ÷ classes, however
    frequent they are.  Not defined of one class alone.
    """
    table = confusion(truth, answers, classes)
    totals = table.sum(axis=1)
    there = totals > 0
    return float((table.diagonal()[there] / totals[there]).mean()) if there.sum() > 1 else NOTHING


def auc(positive: NDArray[np.bool_], scores: Floats) -> float:
    """Give the probability that one of the class scores higher than one that is not; ties are halves.

    By mean ranks (Mann and Whitney 1947; Hanley and McNeil 1982).  Not defined where one of both is lacking.
    """
    yes = int(positive.sum())
    no = len(positive) - yes
    if not yes or not no:
        return NOTHING
    _, where, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[where]
    return float((ranks[positive].sum() - yes * (yes + 1) / 2) / (yes * no))


def mean_auc(truth: Whole, probabilities: Floats) -> float:
    """Give the AUC of the second of two classes; of more, the mean over each class against the rest."""
    classes = probabilities.shape[1]
    which = [1] if classes == 2 else range(classes)
    each = [auc(truth == number, probabilities[:, number]) for number in which]
    known = [value for value in each if value == value]  # noqa: PLR0124 - not those that are not defined
    return float(np.mean(known)) if known else NOTHING


def ece(truth: Whole, probabilities: Floats, weights: Floats | None = None, bins: int = BINS) -> float:
    """Give the expected calibration error: the mean of \\|said − happened\\|, over bins of equally many.

    Of two classes it is about the probability of the second; of more, about that of the answer (Naeini,
    Cooper and Hauskrecht 2015; Guo et al. 2017; bins as in Nguyen and O'Connor 2015).  ``weights``, shape
    (n,): how much each counts.  Of few answers it is well above 0 by luck alone.
    """
    if not len(truth):
        return NOTHING
    if probabilities.shape[1] == 2:
        said, happened = probabilities[:, 1], (truth == 1).astype(np.float64)
    else:
        said, happened = probabilities.max(axis=1), (truth == probabilities.argmax(axis=1)).astype(np.float64)
    heavy = np.ones(len(truth)) if weights is None else weights
    # by rank, equal ones together: the order in which they come must not matter
    _, where, counts = np.unique(said, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - counts / 2
    bin_of = (middle * min(bins, len(said)) / len(said)).astype(np.intp)[where]
    apart = np.bincount(bin_of, weights=heavy * (said - happened))
    return float(np.abs(apart).sum() / heavy.sum())
