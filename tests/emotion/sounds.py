"""Sounds of which the truth is known."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE = 8000
Floats = NDArray[np.float64]


def samples(sound: Floats) -> NDArray[np.int16]:
    return np.rint(np.clip(sound, -1, 1) * 32767).astype(np.int16)


def harmonics(hz: float | Floats, seconds: float, first: int = 1, falls_db: float = 6.0) -> Floats:
    """Give a complex tone up to 3.6 kHz whose harmonics, from ``first`` on, fall by so many dB an octave."""
    pitch = np.broadcast_to(np.asarray(hz, dtype=float), int(seconds * RATE))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    top = int(3600 / pitch.max())
    parts = [10 ** (-falls_db * np.log2(k) / 20) * np.sin(k * phase + k * k) for k in range(first, top + 1)]
    sound = np.sum(parts, axis=0)
    return np.asarray(0.3 * sound / np.abs(sound).max())


def pulses(periods: Floats, loud: Floats) -> Floats:
    """Give a train of glottal pulses: periods in samples (they needn't be whole), peaks in ``loud``."""
    at = np.cumsum(periods)
    n = np.arange(int(at[-1]) + 1)
    sound = np.zeros(len(n))
    for moment, peak in zip(at, loud, strict=True):
        near = slice(max(0, int(moment) - 40), int(moment) + 41)
        x = np.clip((n[near] - moment) / 8, -1, 1)
        sound[near] += peak * np.cos(np.pi * x / 2) ** 2  # 2 ms, of which little is above 1 kHz
    return np.asarray(0.5 * (sound - sound.mean()))


def noise(seconds: float, seed: int = 1) -> Floats:
    return 0.05 * np.random.default_rng(seed).standard_normal(int(seconds * RATE))


def syllables(seconds: float, rate: float, hz: float = 150.0) -> Floats:
    """Give a voice that swells ``rate`` times a second."""
    at = np.arange(int(seconds * RATE)) / RATE
    return np.asarray(harmonics(hz, seconds) * (0.05 + np.sin(np.pi * rate * at) ** 2))
