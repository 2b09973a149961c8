"""Whether to believe a probability: does what is said to happen in 30 % of the cases happen in 30 %?"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

BINS = 15
KEPT = 5000
"""The latest outcomes that a running calibration looks at."""
_LEAST = 1e-12


@dataclass(frozen=True, slots=True)
class Bin:
    """Attempts of about one chance."""

    said: float
    """The mean of their chances."""
    observed: float
    """The share that was answered."""
    count: int
    luck: float
    """How far the two are apart on average (standard deviation) if every chance is right."""


def reliability(chances: ArrayLike, answered: ArrayLike, bins: int = BINS) -> list[Bin]:
    """Give the table: bins of equal size, the least likely first; fewer when there are fewer attempts."""
    said, happened = _pair(chances, answered)
    order = np.argsort(said, kind="stable")
    parts = np.array_split(order, min(bins, len(order))) if len(order) else []
    return [
        Bin(
            said=float(said[part].mean()),
            observed=float(happened[part].mean()),
            count=len(part),
            luck=float(np.sqrt((said[part] * (1 - said[part])).sum()) / len(part)),
        )
        for part in parts
    ]


def ece(chances: ArrayLike, answered: ArrayLike, bins: int = BINS) -> float:
    """Give the expected calibration error: the mean of \\|said − observed\\| over all attempts, by bins.

    Equal-size bins (Nguyen and O'Connor 2015).  It is never zero: compare with :func:`ece_of_luck`.
    """
    table = reliability(chances, answered, bins)
    return _mean([abs(each.said - each.observed) for each in table], table)


def ece_of_luck(chances: ArrayLike, bins: int = BINS) -> float:
    """Give the ECE to be expected of chances that are all right: what remains is the dice's.

    The mean of the absolute value of a normal variable is √(2/π) of its standard deviation.
    """
    table = reliability(chances, np.zeros(len(np.asarray(chances))), bins)
    return _mean([math.sqrt(2 / math.pi) * each.luck for each in table], table)


def auc(chances: ArrayLike, answered: ArrayLike) -> float:
    """Give the probability that one who answered had the higher chance than one who did not; ties are halves.

    By mean ranks (Mann and Whitney 1947).  0.5 when nobody or everybody answered.
    """
    said, happened = _pair(chances, answered)
    _, where, counts = np.unique(said, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[where]
    yes = int(happened.sum())
    no = len(happened) - yes
    if not yes or not no:
        return 0.5
    return float((ranks[happened > 0].sum() - yes * (yes + 1) / 2) / (yes * no))


def log_loss(chances: ArrayLike, answered: ArrayLike) -> float:
    """Give the mean of −log of the probability of what happened (nats); 0 of nothing."""
    said, happened = _pair(chances, answered)
    if not len(said):
        return 0.0
    right = np.where(happened > 0, said, 1 - said)
    return float(-np.log(np.maximum(right, _LEAST)).mean())


class RunningCalibration:
    """The latest outcomes, to be shown while a campaign runs."""

    def __init__(self, kept: int = KEPT) -> None:
        self._latest: deque[tuple[float, bool]] = deque(maxlen=kept)

    def __len__(self) -> int:
        return len(self._latest)

    def outcomes(self) -> list[bool]:
        """Give whether somebody answered, the oldest first."""
        return self._columns()[1]

    def note(self, chance: float, answered: bool) -> None:
        """Take note of an outcome and of the chance that was reckoned with when it was dialled."""
        self._latest.append((chance, answered))

    def table(self, bins: int = BINS) -> list[Bin]:
        """Give the reliability table."""
        return reliability(*self._columns(), bins)

    def ece(self, bins: int = BINS) -> float:
        """Give the expected calibration error."""
        return ece(*self._columns(), bins)

    def ece_of_luck(self, bins: int = BINS) -> float:
        """Give what it would be by luck alone: of few outcomes, a lot."""
        return ece_of_luck(self._columns()[0], bins)

    def auc(self) -> float:
        """Give how well those who answer are told from those who do not."""
        return auc(*self._columns())

    def log_loss(self) -> float:
        """Give the mean surprise (nats)."""
        return log_loss(*self._columns())

    def snapshot(self) -> dict[str, Any]:
        """Give all of it, for JSON: 100 kB at most."""
        return {
            "kept": self._latest.maxlen,
            "chances": [round(chance, 4) for chance, _ in self._latest],
            "answered": "".join("01"[answered] for _, answered in self._latest),
        }

    @classmethod
    def restore(cls, kept: Mapping[str, Any]) -> RunningCalibration:
        """Make one of a snapshot; ValueError when it is none."""
        try:
            made = cls(int(kept["kept"]))
            pairs = zip(map(float, kept["chances"]), map("01".index, kept["answered"]), strict=True)
            made._latest.extend((chance, bool(answered)) for chance, answered in pairs)
        except (KeyError, TypeError) as wrong:
            raise ValueError(f"not a snapshot of a calibration: {wrong!r}") from wrong
        return made

    def _columns(self) -> tuple[list[float], list[bool]]:
        return [chance for chance, _ in self._latest], [answered for _, answered in self._latest]


def _pair(chances: ArrayLike, answered: ArrayLike) -> tuple[Array, Array]:
    said, happened = np.asarray(chances, float), np.asarray(answered, float)
    if said.shape != happened.shape:
        raise ValueError(f"{len(said)} chances, but {len(happened)} outcomes")
    return said, happened


def _mean(values: Sequence[float], table: Sequence[Bin]) -> float:
    total = sum(each.count for each in table)
    return sum(value * each.count for value, each in zip(values, table, strict=True)) / max(1, total)
