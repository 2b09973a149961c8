"""Writes the WAV files that Asterisk plays: 8 kHz mono, 16-bit PCM, complete or not there at all."""

from __future__ import annotations

import os
import tempfile
from array import array
from pathlib import Path

from speech.synthesis import RATE
from telephony.wav import MU_LAW, WavError, WavFormat, read_format, wav_header


def write_wav(target: Path, pcm: bytes) -> None:
    """Write 16-bit little-endian samples to ``target``; another process never sees half a file.

    Raises OSError.
    """
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".new-", suffix=".wav")
    made = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(wav_header(len(pcm), RATE) + pcm)
            file.flush()
            os.fsync(file.fileno())
        made.chmod(0o644)
        made.replace(target)
    except BaseException:
        made.unlink(missing_ok=True)
        raise


def convert_recording(source: Path, target: Path) -> None:
    """Put a checked recording (16-bit PCM or μ-law, 8 kHz mono) where Asterisk can play it.

    Raises :class:`WavError` for any other format, and OSError.
    """
    form = read_format(source)
    if not form.playable:
        raise WavError(f"it is {form}")
    write_wav(target, _samples(source, form))


def _samples(source: Path, form: WavFormat) -> bytes:
    with source.open("rb") as file:
        file.seek(form.offset)
        data = file.read(form.size)
    if form.encoding != MU_LAW:
        return data[: len(data) // 2 * 2]
    return array("h", (_LINEAR[byte] for byte in data)).tobytes()


def _expand(byte: int) -> int:
    """Turn a μ-law byte into a 16-bit sample (ITU-T G.711)."""
    byte = ~byte & 0xFF
    magnitude = (((byte & 0x0F) << 3) + 0x84) << ((byte & 0x70) >> 4)
    return 0x84 - magnitude if byte & 0x80 else magnitude - 0x84


_LINEAR = tuple(_expand(byte) for byte in range(256))
