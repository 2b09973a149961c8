"""From a synthesizer's sound to a telephone's: 8 kHz, at a steady level, without clipping."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import soxr

from speech.synthesis import RATE

Wave = npt.NDArray[np.float64]

ACTIVE_DB = -16.0
"""RMS of the parts in which somebody speaks, dB below full scale."""
PEAK_DB = -1.0
_SILENT_DB = -45.0
_FRAME = RATE // 50
_LEAD_S = 0.01
_TAIL_S = 0.15


def telephone(pcm: bytes, rate: int) -> bytes:
    """Resample to 8 kHz, cut silence at both ends, set the level.

    ``pcm`` are mono 16-bit little-endian samples at ``rate`` Hz, and so is the result at 8 kHz.
    """
    wave = np.frombuffer(pcm[: len(pcm) // 2 * 2], dtype="<i2").astype(np.float64) / 32768
    if rate != RATE:
        wave = soxr.resample(wave, rate, RATE, quality="HQ")
    limited = limit(levelled(trimmed(wave)))
    return (np.clip(limited, -1, 1) * 32767).round().astype("<i2").tobytes()


def active_rms(wave: Wave) -> float:
    """Give the RMS over the 20 ms frames that are not silent; 0 when all are."""
    count = len(wave) // _FRAME
    if count == 0:
        return 0.0
    power = (wave[: count * _FRAME].reshape(count, _FRAME) ** 2).mean(axis=1)
    active = power[power > 10 ** (_SILENT_DB / 10)]
    return float(np.sqrt(active.mean())) if active.size else 0.0


def levelled(wave: Wave) -> Wave:
    """Scale to :data:`ACTIVE_DB`; silence stays as it is."""
    rms = active_rms(wave)
    return wave * (10 ** (ACTIVE_DB / 20) / rms) if rms > 0 else wave


def trimmed(wave: Wave) -> Wave:
    """Cut silence before the first and after the last sound, so that a prompt begins at once."""
    loud = np.flatnonzero(np.abs(wave) > 10 ** (_SILENT_DB / 20))
    if not loud.size:
        return wave
    first = max(0, int(loud[0]) - round(_LEAD_S * RATE))
    return wave[first : int(loud[-1]) + round(_TAIL_S * RATE)]


def limit(wave: Wave) -> Wave:
    """Keep peaks below :data:`PEAK_DB` by a gain that dips smoothly around them (±5 ms)."""
    ceiling = 10 ** (PEAK_DB / 20)
    if not wave.size or float(np.abs(wave).max()) <= ceiling:
        return wave
    half = RATE // 200
    needed = np.minimum(1.0, ceiling / np.maximum(np.abs(wave), 1e-9))
    padded = np.pad(needed, 2 * half, constant_values=1.0)
    lowest = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1).min(axis=1)
    kernel = np.hanning(2 * half + 3)[1:-1]
    gain = np.convolve(lowest, kernel / kernel.sum(), mode="valid")
    return wave * gain
