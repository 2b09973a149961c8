"""Reading WAV files that may still be written to: their header's lengths are not to be trusted."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class WavError(ValueError):
    """Not a WAV file of mono 16 bit PCM."""


def pcm_of(data: bytes) -> tuple[int, bytes]:
    """Give the rate (samples a second) and the PCM (mono, signed 16 bit, little-endian) of a WAV file.

    Everything after the start of the audio counts as audio when the header says 0 or more than there is.
    Raises :class:`WavError`.
    """
    if len(data) < 12 or data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise WavError("not a WAV file")
    rate, at = 0, 12
    while at + 8 <= len(data):
        kind, length = data[at : at + 4], struct.unpack_from("<I", data, at + 4)[0]
        body = at + 8
        if kind == b"fmt ":
            form, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", data, body)
            if (form, channels, bits) != (1, 1, 16):
                raise WavError(f"format {form}, {channels} channels, {bits} bits: not mono 16 bit PCM")
        elif kind == b"data":
            pcm = data[body : body + length] if 0 < length <= len(data) - body else data[body:]
            return rate, pcm[: len(pcm) // 2 * 2]
        at = body + length + length % 2
    return rate or 8000, b""


def write_wav(path: Path, pcm: bytes, rate: int = 8000) -> Path:
    """Write mono 16 bit PCM (little-endian) as a WAV file and give its path."""
    header = struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        *(b"RIFF", 36 + len(pcm), b"WAVE", b"fmt ", 16, 1, 1, rate, rate * 2, 2, 16, b"data", len(pcm)),
    )
    path.write_bytes(header + pcm)
    return path
