"""Speech rate and pauses (who speaks while the other does: :mod:`emotion.overlap`)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emotion.voice.hops import HOPS_A_SECOND, Floats

Flags = NDArray[np.bool_]

RANGE_DB = 25.0
"""Speech is what is so much below the loudest twentieth, or louder."""
FLOOR_DB = -62.0
"""Below that is silence, whatever the rest is."""
DIP_DB = 2.0
"""De Jong and Wempe 2009: what lies between two syllables is so much softer than either."""
_SMOOTH = np.hanning(7)[1:-1] / np.hanning(7)[1:-1].sum()


def active(level_db: Floats) -> Flags:
    """Tell in which hops somebody speaks; the same at every gain above the floor."""
    if not len(level_db):
        return np.zeros(0, dtype=bool)
    place = 0.95 * (len(level_db) - 1)
    below = int(place)
    # between its two neighbours, as numpy's own percentile does, which takes ten times as long
    least = np.partition(level_db, below)[below:]
    loud = least[0] + (place - below) * ((least[1:].min() if len(least) > 1 else least[0]) - least[0])
    return np.asarray(level_db >= max(loud - RANGE_DB, FLOOR_DB))


def nuclei(level_db: Floats, voiced: Flags) -> int:
    """Count syllable nuclei: voiced peaks of the level between dips of 2 dB (de Jong and Wempe 2009)."""
    if len(level_db) < 5:
        return 0
    smooth = np.convolve(level_db, _SMOOTH, mode="same")
    inner = smooth[1:-1]
    peaks = np.flatnonzero((inner > smooth[:-2]) & (inner >= smooth[2:])) + 1
    found, last = 0, -1
    levels = smooth.tolist()  # one by one a list's numbers are reached sooner
    for peak in peaks.tolist():
        dip = min(levels[max(last, 0) : peak + 1])
        if levels[peak] - dip >= DIP_DB:
            found += bool(voiced[peak])
            last = peak
        elif last < 0 or levels[peak] > levels[last]:
            last = peak
    return found


@dataclass(frozen=True)
class Runs:
    """Stretches of hops that are all true."""

    count: int
    mean_s: float
    longest_s: float


def runs(flags: Flags) -> Runs:
    """Find them."""
    padded = np.zeros(len(flags) + 2, dtype=np.int8)
    padded[1:-1] = flags
    edges = np.flatnonzero(padded[1:] != padded[:-1])
    lengths = (edges[1::2] - edges[::2]) / HOPS_A_SECOND
    if not len(lengths):
        return Runs(0, 0.0, 0.0)
    return Runs(len(lengths), float(lengths.mean()), float(lengths.max()))
