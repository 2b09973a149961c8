"""Recordings of one person, calm and angry, put together; from EMO-DB, where it is at hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from emotion.corpora.sound import RATE, read
from telephony.wav import write_wav

if TYPE_CHECKING:
    from numpy.typing import NDArray

EMODB = Path(__file__).resolve().parents[3] / "shared" / "data" / "speech" / "emodb"
CALM, ANGRY = "N", "W"
needs_emodb = pytest.mark.skipif(not EMODB.is_dir(), reason=f"EMO-DB is not at {EMODB}")


def speech(speaker: str, emotion: str, seconds: float, gain: float = 1.0) -> NDArray[np.int16]:
    """Give sentences of a speaker with short pauses, over again where there are too few."""
    files = sorted(EMODB.glob(f"{speaker}???{emotion}?.wav"))
    assert files, f"EMO-DB has no {emotion} of speaker {speaker} here"
    parts: list[NDArray[np.int16]] = []
    while sum(map(len, parts)) < seconds * RATE:
        sound = read(files[len(parts) // 2 % len(files)])
        parts += [np.clip(sound * gain, -32768, 32767).astype(np.int16), np.zeros(1600, np.int16)]
    return np.concatenate(parts)[: int(seconds * RATE)]


def recording(path: Path, *parts: NDArray[np.int16]) -> Path:
    return write_wav(path, np.concatenate(parts).tobytes())
