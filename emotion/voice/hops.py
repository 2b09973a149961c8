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

AT_ONCE = 20
"""Hops of which windows are transformed at once.  An array of more than 128 KiB may be fresh memory from the
system each time, which can take longer than all the reckoning; a second in five parts stays well below."""

Floats = NDArray[np.float64]


def windows(samples: Floats, length: int, count: int, step: int = HOP) -> Floats:
    """Give a view, shape (…, count, length): row k begins at sample ``k · step`` of the last axis.

    ``samples`` must lie in memory in order.  Raises ``TypeError`` or ``ValueError`` when they are too few.
    numpy's own ``sliding_window_view`` does the same and takes five times as long for it.
    """
    size = samples.itemsize
    shape = (*samples.shape[:-1], count, length)
    return np.ndarray(shape, samples.dtype, samples, strides=(*samples.strides[:-1], step * size, size))


def hops_in(samples: int) -> int:
    """Give how many hops so many samples are enough for."""
    return max(0, (samples - SPAN) // HOP + 1)
