"""Cutting sound into hops: one analysis window every 10 ms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE = 8000
HOP = 80
"""Samples between windows: 10 ms."""
HOPS_A_SECOND = RATE // HOP
SPAN = 344
"""Samples that all the measures of one hop need from its beginning on: 43 ms."""

Floats = NDArray[np.float64]


def windows(samples: Floats, length: int, count: int, at: int = 0) -> Floats:
    """Give a view, shape (count, length): row k begins at sample ``at + k · HOP``.

    Raises ``ValueError`` when there are too few samples.
    """
    return np.lib.stride_tricks.sliding_window_view(samples, length)[at::HOP][:count]


def hops_in(samples: int) -> int:
    """Give how many hops so many samples are enough for."""
    return max(0, (samples - SPAN) // HOP + 1)
