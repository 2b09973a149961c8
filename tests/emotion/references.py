"""Slow ways to the same numbers, by other methods and with scipy: what the features are held against.

Nothing of :mod:`emotion` is used.  A row for each hop, as there: hop k begins at sample 80·k.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import fft, signal

RATE, HOP = 8000, 80
Floats = NDArray[np.float64]


def pitch(sound: Floats, hops: int) -> tuple[Floats, Floats]:
    """Give F0 (Hz) and strength (0 to 1) of 40 ms from each hop on.

    The normalised cross-correlation of a wave with itself some lag on (Talkin, *A robust algorithm for pitch
    tracking*, 1995), lag by lag, not windowed; of lags that are nearly as good the shortest, so that two
    periods are not taken for one.
    """
    length, lags = 320, np.arange(16, 108)
    padded = np.concatenate((sound, np.zeros(length + lags[-1])))
    hz, strength = np.zeros(hops), np.zeros(hops)
    for hop in range(hops):
        here = padded[hop * HOP : hop * HOP + length]
        here = here - here.mean()
        alike = np.zeros(len(lags))
        for place, lag in enumerate(lags):
            there = padded[hop * HOP + lag : hop * HOP + lag + length]
            there = there - there.mean()
            alike[place] = here @ there / np.sqrt((here @ here) * (there @ there) + 1e-9)
        peaks, _ = signal.find_peaks(alike)
        if not len(peaks) or alike[peaks].max() <= 0:
            continue
        best = next(peak for peak in peaks if alike[peak] >= 0.92 * alike[peaks].max())
        hz[hop], strength[hop] = RATE / lags[best], alike[best]
    return hz, strength


def power(sound: Floats, hops: int) -> tuple[Floats, Floats]:
    """Give the frequencies (Hz) and the power of 32 ms, shape (hops, bins)."""
    window = signal.windows.hann(256)
    found = [np.abs(fft.rfft(sound[hop * HOP : hop * HOP + 256] * window)) ** 2 for hop in range(hops)]
    return np.asarray(fft.rfftfreq(256, 1 / RATE)), np.array(found)


def cepstrum(sound: Floats, hops: int) -> Floats:
    """Give mel cepstrum 1 to 12 of 22 bands from 200 to 3,700 Hz, dB, shape (hops, 12).

    Mel by O'Shaughnessy's formula; triangles of equal area; the orthonormal cosine transform.
    """
    hz, found = power(sound, hops)
    lowest, highest = 2595 * np.log10(1 + np.array((200, 3700)) / 700)
    edges = 700 * (10 ** (np.linspace(lowest, highest, 24) / 2595) - 1)
    bands = np.array([np.interp(hz, edges[at : at + 3], (0, 1, 0)) for at in range(22)])
    mean = found @ (bands / bands.sum(axis=1, keepdims=True)).T
    return np.asarray(fft.dct(10 * np.log10(mean + 1e-12), type=2, norm="ortho")[:, 1:13])


def tilt(sound: Floats, hops: int) -> Floats:
    """Give the slope of each hop's spectrum from 200 to 3,700 Hz, dB an octave, by least squares."""
    hz, found = power(sound, hops)
    band = (hz >= 200) & (hz < 3700)
    octaves, levels = np.log2(hz[band]), 10 * np.log10(found[:, band] + 1e-12)
    return np.array([np.polyfit(octaves, one, 1)[0] for one in levels])
