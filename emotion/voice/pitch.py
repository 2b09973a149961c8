"""Fundamental frequency and voicing, by the autocorrelation of each window.

The method is Boersma's (*Accurate short-term analysis of the fundamental frequency and the harmonics-to-noise
ratio of a sampled sound*, 1993): the autocorrelation of the windowed signal divided by that of the window.
It finds the fundamental of a telephone voice although a line that begins at 300 Hz has cut it off.  In place
of a search for the best path, candidates an octave off are told from the right one by the voice's own middle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emotion.voice.hops import RATE, Floats, windows

LENGTH = 320
"""Samples of a window: 40 ms, three periods of the lowest voice."""
LOWEST_HZ, HIGHEST_HZ = 75.0, 500.0
VOICED = 0.5
"""Strength from which on a hop is voiced."""
_CANDIDATES = 4
_OCTAVE_COST = 0.05
"""For each octave further down, so that of two equal peaks the higher pitch wins (Boersma: 0.01 to 0.05)."""
_AWAY_COST, _NEAR = 0.25, 0.9
"""For each octave away from the voice's middle, beyond nine tenths: a raised voice goes so far."""
_FFT = 512
_FROM, _TO = int(RATE / HIGHEST_HZ), int(RATE / LOWEST_HZ) + 2
_HANN = np.hanning(LENGTH + 2)[1:-1]
_OF_WINDOW = np.fft.irfft(np.abs(np.fft.rfft(_HANN, _FFT)) ** 2)[: _TO + 1]
_OF_WINDOW = _OF_WINDOW / _OF_WINDOW[0]


@dataclass(frozen=True)
class Pitch:
    """Of each hop."""

    hz: Floats
    """Fundamental frequency, shape (hops,); 0 where it is not voiced."""
    strength: Floats
    """Share of the power that is periodic, 0 to 1."""


def pitch(samples: Floats, hops: int, middle_hz: float = 0.0) -> Pitch:
    """Measure ``hops`` windows of 40 ms; samples within ±1.

    ``middle_hz``: the voice's median so far, as far as it is known; 0: not yet.
    """
    if hops == 0:
        return Pitch(np.zeros(0), np.zeros(0))
    cut = windows(samples, LENGTH, hops)
    cut = (cut - cut.mean(axis=1, keepdims=True)) * _HANN
    spectrum = np.fft.rfft(cut, _FFT)
    own = np.fft.irfft(spectrum.real**2 + spectrum.imag**2, _FFT)[:, : _TO + 1]
    power = own[:, :1]
    own = own / np.maximum(power, 1e-9) / _OF_WINDOW
    middle = own[:, _FROM:_TO]
    peak = (middle > own[:, _FROM - 1 : _TO - 1]) & (middle >= own[:, _FROM + 1 : _TO + 1])
    lags = np.arange(_FROM, _TO)
    worth = np.where(peak, middle - _OCTAVE_COST * np.log2(lags / _FROM), -1.0)
    best = np.argpartition(-worth, _CANDIDATES, axis=1)[:, :_CANDIDATES]
    rows = np.arange(hops)[:, None]
    before, here, after = own[rows, best + _FROM - 1], middle[rows, best], own[rows, best + _FROM + 1]
    bend = before - 2 * here + after
    shift = np.where(bend < -1e-12, 0.5 * (before - after) / np.where(bend < -1e-12, bend, -1.0), 0.0)
    shift = np.clip(shift, -0.5, 0.5)
    hz = RATE / (lags[best] + shift)
    strength = np.clip(here - 0.25 * (before - after) * shift, 0.0, 1.0)
    worth = np.where(worth[rows, best] > -1.0, strength - _OCTAVE_COST * np.log2(HIGHEST_HZ / hz), -1.0)
    first = worth.argmax(axis=1)
    flat = np.arange(hops)
    if middle_hz <= 0:
        sure = strength[flat, first] > 0.8
        middle_hz = float(np.median(hz[flat, first][sure])) if sure.sum() >= 5 else 0.0
    if middle_hz > 0:
        away = np.maximum(np.abs(np.log2(hz / middle_hz)) - _NEAR, 0.0)
        first = (worth - _AWAY_COST * away).argmax(axis=1)
    found, strong = hz[flat, first], strength[flat, first]
    strong = np.where((worth[flat, first] > -1.0) & (power[:, 0] > 1e-7), strong, 0.0)
    return Pitch(np.where(strong >= VOICED, found, 0.0), strong)
