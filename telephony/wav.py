"""WAV files: what one holds, its samples even while it is still written to, and writing one."""

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


class WavError(ValueError):
    """No WAV file, or none of a wanted format; the message says why."""


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


def wav_header(length: int, rate: int = 8000) -> bytes:
    """Give the header of a file with ``length`` bytes of mono 16 bit PCM."""
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        *(b"RIFF", 36 + length, b"WAVE", b"fmt ", 16, PCM, 1, rate, rate * 2, 2, 16, b"data", length),
    )


def write_wav(path: Path, pcm: bytes, rate: int = 8000) -> Path:
    """Write mono 16 bit PCM (little-endian) as a WAV file and give its path."""
    path.write_bytes(wav_header(len(pcm), rate) + pcm)
    return path
