"""The short-time spectrum: loudness, tilt, balance, formant regions, cepstrum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emotion.voice.hops import AT_ONCE, RATE, Floats, windows

LENGTH = 256
"""Samples of a window: 32 ms."""
MELS, COEFFICIENTS = 22, 13
LOWEST_HZ, HIGHEST_HZ = 200.0, 3700.0
"""What every telephone line lets through."""
_HANN = np.hanning(LENGTH)  # its side lobes fall fast enough for the tilt of a soft voice
_WINDOW = _HANN * 2 / _HANN.sum()  # so that a tone's bin is the square of its amplitude
_BINS = np.fft.rfftfreq(LENGTH, 1 / RATE)
_ALL = slice(*np.searchsorted(_BINS, (LOWEST_HZ, HIGHEST_HZ)).tolist())
_HZ = _BINS[_ALL]
_TWO_K = int(np.searchsorted(_HZ, 2000))


def _mel(hz: Floats) -> Floats:
    return np.asarray(2595 * np.log10(1 + hz / 700))


def _filters() -> Floats:
    """Give triangles, evenly spaced in mel, shape (bins, MELS) (Davis and Mermelstein 1980)."""
    edges = np.linspace(_mel(np.array(LOWEST_HZ)), _mel(np.array(HIGHEST_HZ)), MELS + 2)
    hz = 700 * (10 ** (edges / 2595) - 1)
    rise = (_HZ[:, None] - hz[:-2]) / (hz[1:-1] - hz[:-2])
    fall = (hz[2:] - _HZ[:, None]) / (hz[2:] - hz[1:-1])
    made = np.clip(np.minimum(rise, fall), 0.0, None)
    return np.asarray(made / made.sum(axis=0))


def _cosines() -> Floats:
    """Give the orthonormal cosine transform, shape (MELS, COEFFICIENTS − 1), without its constant."""
    at = (np.arange(MELS)[:, None] + 0.5) * np.arange(1, COEFFICIENTS) * np.pi / MELS
    return np.asarray(np.cos(at) * np.sqrt(2 / MELS))


def _within(low: float, high: float) -> Floats:
    """Give 1 for the bins of a band, else 0."""
    return ((low <= _HZ) & (high > _HZ)).astype(float)


_COSINES = _cosines()
_FIRST, _SECOND = _within(250, 1000), _within(1000, 2400)
_SUMS = np.column_stack(
    (
        *(_filters(), np.ones(len(_HZ)), _within(LOWEST_HZ, 1000), _within(1000, HIGHEST_HZ)),
        *(_FIRST, _SECOND, _HZ, _FIRST * _HZ, _SECOND * _HZ),
    )
)
"""All sums over bins at once, which is faster than one by one, shape (bins, MELS + 8): the mel bands; the
whole band, its parts below and above 1 kHz, the regions of two formants; three of these weighed by Hz."""
_TINY = 1e-10


COLUMNS = ("alpha_db", "hammarberg_db", "tilt", "centroid_hz", "flux", "first_hz", "second_hz")
"""What the first columns of a :class:`Spectrum` are:

- power above 1 kHz against that below, dB: the alpha ratio;
- strongest bin below 2 kHz against the strongest above, dB (Hammarberg et al. 1980);
- slope of the log spectrum over the band, dB an octave;
- centre of the power over the band, Hz;
- change of the log mel spectrum's shape since the hop before, dB, root mean square;
- centre of the power between 250 and 1,000 Hz, where the first formant is, Hz;
- the same of 1,000 to 2,400 Hz.
"""
ALPHA, FIRST = COLUMNS.index("alpha_db"), COLUMNS.index("first_hz")


@dataclass(frozen=True)
class Spectrum:
    """Of each hop; nothing but ``level_db`` changes with the gain of the line."""

    level_db: Floats
    """Power between 200 and 3,700 Hz against full scale, shape (hops,)."""
    columns: Floats
    """Shape (hops, len(COLUMNS) + 12): the COLUMNS, then mel cepstrum 1 to 12 of 22 bands, dB."""


_OCTAVES = np.log2(_HZ / 1000)
_OCTAVES = (_OCTAVES - _OCTAVES.mean()) / ((_OCTAVES - _OCTAVES.mean()) ** 2).sum()


def _db(power: Floats) -> Floats:
    return np.asarray(10 * np.log10(power + _TINY))


def _power(cut: Floats) -> Floats:
    """Give the power of each bin of the band, shape (hops, LENGTH) → (hops, bins)."""
    power = np.empty((len(cut), len(_HZ)))
    most = min(len(cut), AT_ONCE)
    weighed, bins = np.empty((most, LENGTH)), np.empty((most, LENGTH // 2 + 1), dtype=np.complex128)
    for at in range(0, len(cut), AT_ONCE):
        some = cut[at : at + AT_ONCE]
        np.multiply(some, _WINDOW, out=weighed[: len(some)])
        found = np.fft.rfft(weighed[: len(some)], out=bins[: len(some)])[:, _ALL]
        power[at : at + AT_ONCE] = found.real**2 + found.imag**2
    return power


def spectrum(samples: Floats, hops: int, before: Floats | None = None) -> tuple[Spectrum, Floats]:
    """Measure ``hops`` windows of 32 ms; samples within ±1.

    Returns the log mel spectrum too, dB, shape (hops, MELS): its last row is the next call's ``before``.
    """
    power = _power(windows(samples, LENGTH, hops))
    sums = power @ _SUMS
    in_db = _db(sums[:, : MELS + 3])
    mel_db, (total_db, low_db, high_db) = in_db[:, :MELS], in_db[:, MELS:].T
    shape = mel_db - mel_db.mean(axis=1, keepdims=True)
    moves = np.diff(shape, axis=0, prepend=shape[:1] if before is None or not len(before) else before[-1:])
    columns = np.empty((hops, len(COLUMNS) + COEFFICIENTS - 1))
    columns[:, 0] = high_db - low_db
    columns[:, 1] = _db(power[:, :_TWO_K].max(axis=1)) - _db(power[:, _TWO_K:].max(axis=1))
    columns[:, 2] = _db(power) @ _OCTAVES
    columns[:, [3, 5, 6]] = sums[:, -3:] / (sums[:, [MELS, MELS + 3, MELS + 4]] + _TINY)
    columns[:, 4] = np.sqrt((moves**2).mean(axis=1))
    columns[:, len(COLUMNS) :] = mel_db @ _COSINES
    return Spectrum(total_db, columns), shape
