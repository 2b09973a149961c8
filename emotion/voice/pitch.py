"""Fundamental frequency and voicing, by the autocorrelation of each window.

The method is Boersma's (*Accurate short-term analysis of the fundamental frequency and the harmonics-to-noise
ratio of a sampled sound*, 1993): the autocorrelation of the windowed signal divided by that of the window.
It finds the fundamental of a telephone voice although a line that begins at 300 Hz has cut it off.  In place
of a search for the best path, candidates an octave off are told from the right one by the voice's own middle.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from emotion.voice.hops import AT_ONCE, RATE, Floats, windows

if TYPE_CHECKING:
    from numpy.typing import NDArray

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
_FROM, _TO = int(RATE / HIGHEST_HZ), int(RATE / LOWEST_HZ) + 2
_FFT = 432
"""At least LENGTH + _TO, so that no lag wraps round, and of small primes, which is fast."""
_HANN = np.hanning(LENGTH + 2)[1:-1]


def _autocorrelation(cut: Floats) -> Floats:
    """Give that of each row at the lags 0 to _TO, times the window, shape (n, LENGTH) → (n, _TO + 1).

    The mean of a row counts as silence.
    """
    own = np.empty((len(cut), _TO + 1))
    most = min(len(cut), AT_ONCE)
    # numpy takes twice as long where it has to add the zeros itself
    padded, bins = np.zeros((most, _FFT)), np.empty((most, _FFT // 2 + 1), dtype=np.complex128)
    back = np.empty((most, _FFT))
    for at in range(0, len(cut), AT_ONCE):
        some = cut[at : at + AT_ONCE]
        these = slice(len(some))
        into = padded[these, :LENGTH]
        np.subtract(some, np.add.reduce(some, axis=1, keepdims=True) / LENGTH, out=into)
        into *= _HANN
        spectrum = np.fft.rfft(padded[these], out=bins[these])
        spectrum *= spectrum.conj()
        own[at : at + AT_ONCE] = np.fft.irfft(spectrum, _FFT, out=back[these])[:, : _TO + 1]
    return own


_OF_WINDOW = np.fft.irfft(np.abs(np.fft.rfft(_HANN, _FFT)) ** 2)[: _TO + 1]
_OF_WINDOW = _OF_WINDOW / _OF_WINDOW[0]
_STRUCK_OUT = -1.0
_OCTAVE_COSTS = _OCTAVE_COST * np.log2(np.arange(_FROM, _TO) / _FROM)


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
    own = _autocorrelation(windows(samples, LENGTH, hops))
    power = own[:, 0].copy()
    own *= (1 / np.maximum(power, 1e-9))[:, None]
    own /= _OF_WINDOW
    lags, is_peak = _candidates(own)
    every, rows = np.arange(hops), np.arange(hops)[:, None]
    before, here, after = own[rows, lags - 1], own[rows, lags], own[rows, lags + 1]
    apart, bend = before - after, before - 2 * here + after
    bent = bend < -1e-12
    shift = np.clip(np.where(bent, 0.5 * apart / np.where(bent, bend, -1.0), 0.0), -0.5, 0.5)
    hz = RATE / (lags + shift)
    strength = np.clip(here - 0.25 * apart * shift, 0.0, 1.0)
    worth = np.where(is_peak, strength - _OCTAVE_COST * np.log2(HIGHEST_HZ / hz), -1.0)
    if middle_hz <= 0:
        first = worth.argmax(axis=1)
        sure = strength[every, first] > 0.8
        middle_hz = float(np.median(hz[every, first][sure])) if sure.sum() >= 5 else 0.0
    if middle_hz > 0:
        worth -= _AWAY_COST * np.maximum(np.abs(np.log2(hz / middle_hz)) - _NEAR, 0.0)
    best = worth.argmax(axis=1)
    found, strong = hz[every, best], strength[every, best]
    strong = np.where(is_peak[every, best] & (power > 1e-7), strong, 0.0)
    return Pitch(np.where(strong >= VOICED, found, 0.0), strong)


def _candidates(own: Floats) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Give the lags of the peaks that are worth most, shape (hops, _CANDIDATES), and which of them are any.

    To take the best and strike it out, four times, is faster than to sort.
    """
    here = own[:, _FROM:_TO]
    peak = (here > own[:, _FROM - 1 : _TO - 1]) & (here >= own[:, _FROM + 1 : _TO + 1])
    worth = np.where(peak, here - _OCTAVE_COSTS, _STRUCK_OUT)
    every = np.arange(len(own))
    best = np.empty((len(own), _CANDIDATES), dtype=np.intp)
    most = np.empty((len(own), _CANDIDATES))
    for k in range(_CANDIDATES):
        best[:, k] = at = worth.argmax(axis=1)
        most[:, k] = worth[every, at]
        worth[every, at] = _STRUCK_OUT
    return best + _FROM, most > _STRUCK_OUT
