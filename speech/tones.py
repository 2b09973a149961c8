"""Is a tone in this audio, and how loud?  Used to prove that two parties heard each other."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]

_FULL_SCALE = 32768.0
_WINDOW_S = 0.1
_HALF_BAND_HZ = 25.0  # the main lobe of a Hann window of 0.1 s, and some clock drift
_SILENCE_DB = -120.0


def tone(hz: float, seconds: float, rate: int = 8000, level_db: float = -12.0) -> Samples:
    """Make a sine of ``hz`` Hz at ``level_db`` dB below full scale: int16 mono, ``seconds * rate`` long."""
    times = np.arange(round(seconds * rate)) / rate
    wave = np.sin(2 * np.pi * hz * times) * 10 ** (level_db / 20) * (_FULL_SCALE - 1)
    return wave.astype(np.int16)


def tone_level(samples: Samples | bytes, rate: int, hz: float) -> float:
    """Give the level of ``hz`` (±25 Hz) over all of ``samples``, in dB; a full-scale sine has 0 dB.

    ``samples`` are mono int16, as an array of shape (n,) or as little-endian bytes; ``rate`` is in Hz.
    Silence, or less than 0.1 s, gives -120.
    """
    in_band, _ = _powers(samples, rate, hz)
    mean = float(in_band.mean()) if in_band.size else 0.0
    return _decibels(mean)


def has_tone(
    samples: Samples | bytes,
    rate: int,
    hz: float,
    *,
    seconds: float = 0.3,
    level_db: float = -45.0,
    share: float = 0.5,
) -> bool:
    """Tell whether ``hz`` stands out for at least ``seconds`` in all.

    A tenth of a second counts when the tone's level in it is at least ``level_db`` (dB below full scale)
    and it carries at least ``share`` of the power, so that music or noise is not mistaken for a tone.
    """
    in_band, total = _powers(samples, rate, hz)
    floor = 10 ** (level_db / 10) / 2
    heard = (in_band >= floor) & (in_band >= share * total)
    return bool(heard.sum() * _WINDOW_S >= seconds - 1e-9)


def _powers(
    samples: Samples | bytes, rate: int, hz: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Give for every 0.1 s the power in the band around ``hz`` and the power of all (1.0 = full scale²)."""
    data = np.frombuffer(samples, dtype="<i2") if isinstance(samples, bytes) else samples
    length = round(rate * _WINDOW_S)
    count = len(data) // length
    frames = data[: count * length].reshape(count, length).astype(np.float64) / _FULL_SCALE
    window = np.hanning(length)
    spectrum = np.abs(np.fft.rfft(frames * window, axis=1)) ** 2
    spectrum *= 2 / (length * (window**2).sum())  # Parseval: the sum over bins is the mean square
    bins = np.fft.rfftfreq(length, 1 / rate)
    band = np.abs(bins - hz) <= _HALF_BAND_HZ
    return spectrum[:, band].sum(axis=1), spectrum.sum(axis=1)


def _decibels(mean_square: float) -> float:
    """Turn a sine's mean square into dB of its amplitude below full scale."""
    if mean_square * 2 <= 10 ** (_SILENCE_DB / 10):
        return _SILENCE_DB
    return float(10 * np.log10(mean_square * 2))
