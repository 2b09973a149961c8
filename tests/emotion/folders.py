"""Makes tiny corpora: folders of each published layout, with sound in them."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def hum(rate: int = 8000, seconds: float = 0.2, hz: float = 200.0) -> NDArray[np.int16]:
    """Give a tone at half of full scale."""
    when = np.arange(int(rate * seconds)) / rate
    return (16384 * np.sin(2 * np.pi * hz * when)).astype(np.int16)


def wav(data: bytes, *, rate: int = 8000, encoding: int = 1, bits: int = 16, channels: int = 1) -> bytes:
    """Give a WAV file of any format."""
    block = channels * bits // 8
    form = struct.pack("<HHIIHH", encoding, channels, rate, rate * block, block, bits)
    parts = b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(parts) + 4) + b"WAVE" + parts


def put(root: Path, name: str, data: bytes | None = None) -> Path:
    """Write a file of a corpus; a tone where nothing else is given."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(wav(hum().tobytes()) if data is None else data)
    return path


def voice(speaker: int, *, angry: bool, take: int, seconds: float = 1.2) -> NDArray[np.int16]:
    """Give something like a voice at 8 kHz: syllables of harmonics; higher, brighter, livelier when angry."""
    dice = np.random.default_rng([speaker, angry, take])
    when = np.arange(int(8000 * seconds)) / 8000
    base = (110.0 + 9 * speaker) * (1.5 if angry else 1.0) * dice.uniform(0.95, 1.05)
    sweep = (0.25 if angry else 0.08) * np.sin(2 * np.pi * dice.uniform(1.5, 3) * when)
    phase = 2 * np.pi * np.cumsum(base * (1 + sweep)) / 8000
    tilt = (0.8 if angry else 1.6) + dice.normal(0, 0.05)
    harmonics = np.arange(1.0, int(3500 / (base * 1.3)))
    wave = (harmonics**-tilt) @ np.sin(np.outer(harmonics, phase))
    syllables = np.clip(np.sin(2 * np.pi * 4 * when) + 0.6, 0, None)
    wave = wave * syllables + dice.normal(0, 0.003, len(when))
    loud: NDArray[np.int16] = (wave / np.abs(wave).max() * dice.uniform(4000, 20000)).astype(np.int16)
    return loud


def speakers(root: Path, takes: int = 4, pitch: int = 0) -> Path:
    """Make a folder in EMO-DB's layout: ten speakers, each angry and not."""
    for number, speaker in enumerate(("03", "08", "09", "10", "11", "12", "13", "14", "15", "16")):
        for take in range(takes):
            for letter, angry in (("W", True), ("N", False)):
                sound = voice(number + pitch, angry=angry, take=take)
                put(root, f"wav/{speaker}a01{letter}{'abcdefgh'[take]}.wav", wav(sound.tobytes()))
    return root


NAMES: dict[str, tuple[str, ...]] = {
    "ravdess": ("Actor_01/03-01-05-01-01-01-01.wav", "Actor_02/03-01-06-02-02-02-02.wav"),
    "crema-d": ("AudioWAV/1001_DFA_ANG_XX.wav", "AudioWAV/1002_IEO_HAP_HI.wav"),
    "emodb": ("wav/03a01Wa.wav", "wav/16b10Nb.wav"),
    "esd": ("0011/Angry/0011_000351.wav", "0001/Neutral/train/0001_000001.wav"),
    "casia": ("wangzhe/angry/201.wav", "ZhaoZuoxiang/Neutral/250.wav"),
    "banglaser": ("Actor_01/03-01-03-02-03-01-01.wav", "Actor_34/03-01-05-01-01-03-34.wav"),
}


def corpus(root: Path, layout: str) -> Path:
    """Make a folder of a layout."""
    for name in NAMES[layout]:
        put(root, name)
    return root
