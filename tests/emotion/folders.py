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
