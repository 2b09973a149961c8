"""What a line is worth at each hour to come: the shadow prices of putting leads to hours.

Each lead is dialled at most once in the window, each hour has so many lines, and the sum of the chances is to
be the largest: a transport problem, whose dual is the set of prices at which as many leads want each hour as
there are lines, each lead wanting the hour at which its chance less the price is greatest, if any is above 0
(Koopmans and Beckmann 1957).  The prices are found hour by hour: with the others as they are, the price of
n lines is the n-th highest bid, and a lead bids what the hour brings it more than its best other choice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

SWEEPS = 3
"""More change the order hardly: prices are a forecast, too."""


def prices(chances: Array, lines: Sequence[float]) -> Array:
    """Give the price of a line by hour, in answers.

    ``chances``: by hour (rows) and lead, −inf when it may not be called; ``lines``: by hour.
    """
    hours, leads = chances.shape
    counts = [int(min(max(0.0, each), leads)) for each in lines]
    found = np.full(hours, _of_any(chances, sum(counts)))
    surplus = chances - found[:, None]
    for _ in range(SWEEPS):
        for hour in reversed(range(hours)):
            bids = bids_for(hour, chances, surplus)
            found[hour] = _lowest_served(bids, counts[hour])
            surplus[hour] = chances[hour] - found[hour]
    return found


def bids_for(hour: int, chances: Array, surplus: Array) -> Array:
    """Give, by lead, what an hour brings more than the best other choice; not to be dialled is one, worth 0.

    ``surplus``: chances less prices.  The row of the hour itself is overwritten.
    """
    surplus[hour] = -np.inf
    bids: Array = chances[hour] - np.maximum(surplus.max(axis=0), 0.0)
    return bids


def _of_any(chances: Array, lines: int) -> float:
    """Give the price if all lines were of one kind: sweeps from here on end soon, from 0 on they creep."""
    return _lowest_served(chances.max(axis=0), lines)


def _lowest_served(bids: Array, lines: int) -> float:
    """Give the bid that just gets a line; nothing is to be paid when there are enough for all."""
    if lines >= len(bids):
        return 0.0
    if not lines:
        return np.inf
    place = len(bids) - lines
    return max(0.0, float(np.partition(bids, place)[place]))
