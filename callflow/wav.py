"""What a WAV file holds, read from its header."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

PCM = 1
MU_LAW = 7
_EXTENSIBLE = 0xFFFE
_NAMES = {
    PCM: "PCM",
    3: "floating point",
    6: "A-law",
    MU_LAW: "μ-law",
    0x11: "ADPCM",
    0x31: "GSM",
    0x55: "MP3",
}


class WavError(Exception):
    """The file is no WAV file; the message says why."""


class WavFormat(msgspec.Struct, frozen=True):
    """The format of a WAV file's sound, and where its samples lie."""

    encoding: int
    """1 PCM, 7 μ-law, …"""
    channels: int
    rate: int
    """Hz."""
    bits: int
    """Per sample."""
    offset: int
    """First byte of the samples."""
    size: int
    """Bytes of samples that are really there."""

    @property
    def seconds(self) -> float:
        """Length of the sound."""
        return self.size / max(1, self.channels * self.rate * self.bits // 8)

    @property
    def playable(self) -> bool:
        """True for what telephony can use as it is: 8 kHz mono, 16-bit PCM or 8-bit μ-law."""
        return (
            self.channels == 1
            and self.rate == 8000
            and (self.encoding, self.bits) in {(PCM, 16), (MU_LAW, 8)}
        )

    def __str__(self) -> str:
        channels = {1: "mono", 2: "stereo"}.get(self.channels, f"{self.channels} channels")
        encoding = _NAMES.get(self.encoding, f"encoding {self.encoding}")
        return f"{self.rate:,} Hz, {channels}, {self.bits}-bit {encoding}"


def read_format(path: Path) -> WavFormat:
    """Read a WAV file's header.  Raises :class:`WavError`, or OSError when it can't be read."""
    with path.open("rb") as file:
        length = path.stat().st_size
        head = file.read(12)
        if len(head) < 12 or head[:4] != b"RIFF" or head[8:] != b"WAVE":
            raise WavError("it is no WAV file")
        form: tuple[int, int, int, int] | None = None
        while len(header := file.read(8)) == 8:
            name, size = struct.unpack("<4sI", header)
            if name == b"fmt " and size >= 16:
                body = file.read(size + size % 2)
                if len(body) < 16:
                    raise WavError("its header is cut off")
                encoding, channels, rate, _, _, bits = struct.unpack("<HHIIHH", body[:16])
                if encoding == _EXTENSIBLE and len(body) >= 26:
                    encoding = struct.unpack("<H", body[24:26])[0]
                form = (encoding, channels, rate, bits)
            elif name == b"data":
                if form is None:
                    raise WavError("its header lacks the format")
                offset = file.tell()
                return WavFormat(*form, offset=offset, size=min(size, length - offset))
            else:
                file.seek(size + size % 2, 1)
    raise WavError("it holds no sound")
