"""Recordings as files: written whole or not at all, for their owner alone; and whether they are silent."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from telephony.wav import pcm_of

if TYPE_CHECKING:
    from pathlib import Path

QUIET_RMS = 200.0
"""Of 32,767 (-44 dBFS): what is nowhere louder for :data:`_WINDOW_S` is silence, or a quiet line."""
_WINDOW_S = 0.2


def is_silent(sound: bytes) -> bool:
    """Tell whether nobody said anything in a WAV file.  Raises :class:`telephony.wav.WavError`."""
    import numpy as np  # noqa: PLC0415 - slow to import, and of no use before the first recording

    rate, pcm = pcm_of(sound)
    window = int(rate * _WINDOW_S)
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.float32)
    if len(samples) < window:
        return True
    windows = samples[: len(samples) // window * window].reshape(-1, window)
    return bool(np.sqrt((windows**2).mean(axis=1)).max() < QUIET_RMS)


def keep_file(home: Path, folder: str, name: str, sound: bytes) -> tuple[str, float]:
    """Write a WAV file and give its path below ``home``, and its length in seconds.

    Raises OSError, and :class:`telephony.wav.WavError`.
    """
    rate, pcm = pcm_of(sound)
    path = home / folder / name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(sound)
        file.flush()
        os.fsync(file.fileno())
    partial.rename(path)
    return f"{folder}/{name}", round(len(pcm) / 2 / rate, 2)


def delete_file(path: Path) -> None:
    """Delete a recording; one that is gone is fine."""
    path.unlink(missing_ok=True)
