"""Voice quality: how alike successive periods are.

Jitter and shimmer are those of two neighbouring periods of each voiced hop (Titze, *Principles of Voice
Production*, 1994): |T₂ − T₁| / mean(T) and |20 log₁₀(A₂/A₁)|.  Periods are found by the correlation of the
wave with itself one period on, to a fraction of a sample.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from emotion.voice.hops import HOP, RATE, Floats, windows

if TYPE_CHECKING:
    from numpy.typing import NDArray

_AROUND = 4
"""A period is sought so many samples around the one that the pitch gives."""
_LONGEST = 110
"""Samples of the longest period."""


@dataclass(frozen=True)
class Quality:
    """Of each hop, shape (hops,); NaN where it is not voiced or was passed over."""

    jitter: Floats
    """Share of the period."""
    shimmer_db: Floats


def quality(samples: Floats, hz: Floats, every: int = 4) -> Quality:
    """Measure each ``every``-th hop that is voiced; ``hz``: fundamental frequency, shape (hops,)."""
    jitter, shimmer = np.full(len(hz), np.nan), np.full(len(hz), np.nan)
    voiced = np.flatnonzero(hz[::every] > 0) * every
    if not len(voiced):
        return Quality(jitter, shimmer)
    lags = np.rint(RATE / hz[voiced]).astype(np.intp)
    at = voiced * HOP
    # both neighbours at once: a call of numpy costs more than what is reckoned here
    periods, power = _periods(samples, np.concatenate((at, at + lags)), np.concatenate((lags, lags)))
    first, second = periods.reshape(2, -1)
    one, two = power.reshape(2, -1)
    kept = ~(np.isnan(first) | np.isnan(second))
    jitter[voiced] = np.abs(second - first) / (0.5 * (first + second))
    shimmer[voiced[kept]] = np.abs(10 * np.log10((two[kept] + 1e-9) / (one[kept] + 1e-9)))
    return Quality(jitter, shimmer)


def _periods(samples: Floats, at: NDArray[np.intp], lags: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Give each period in samples, NaN where the wave has no like one period on, and its power."""
    inside = np.arange(min(_LONGEST, int(lags.max())))
    within = (inside < lags[:, None]).astype(float)
    # one period alone: with parts of the next, a long and a short one would be told as two that are even
    template = samples[at[:, None] + inside] * within
    power = np.vecdot(template, template)
    reach = np.arange(-_AROUND - 1, _AROUND + 2)
    later = samples[(at + lags + reach[0])[:, None] + np.arange(len(inside) + len(reach) - 1)]
    # all shifts at once: (hops, shifts, length)
    alike = np.vecdot(windows(later, len(inside), len(reach), 1), template[:, None])
    own = np.vecdot(windows(later**2, len(inside), len(reach), 1), within[:, None])
    alike /= np.sqrt(power[:, None] * own) + 1e-9
    best = alike[:, 1:-1].argmax(axis=1) + 1
    rows = np.arange(len(at))
    before, here, after = alike[rows, best - 1], alike[rows, best], alike[rows, best + 1]
    bend = before - 2 * here + after
    peak = (bend < -1e-12) & (here >= before) & (here >= after) & (here > 0.5)
    shift = 0.5 * (before - after) / np.where(bend < -1e-12, bend, -1.0)
    return np.where(peak, lags + reach[best] + shift, np.nan), power
