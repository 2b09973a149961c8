"""The sound of a file as a telephone line would bring it: 8 kHz, mono, through μ-law."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import soxr

from telephony.g711 import a_law_decode, mu_law_decode, mu_law_encode
from telephony.wav import MU_LAW, PCM, WavError, WavFormat, read_format

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

RATE = 8000
"""Hz."""
_FLOAT, _A_LAW = 3, 6
_FULL = 32_768.0
_READABLE = {(PCM, 8), (PCM, 16), (PCM, 24), (PCM, 32), (_FLOAT, 32), (_FLOAT, 64), (_A_LAW, 8), (MU_LAW, 8)}


class SoundError(ValueError):
    """A file whose sound can't be used; the message says why, and the remedy."""


def check(path: Path) -> WavFormat:
    """Read a file's header alone.  Raises :class:`SoundError`."""
    try:
        form = read_format(path)
    except WavError as error:
        raise SoundError(f"{error}; make one of it: sox IN OUT.wav") from None
    except OSError as error:
        raise SoundError(f"it can't be read: {error.strerror or error}") from None
    if (form.encoding, form.bits) not in _READABLE or not form.channels:
        raise SoundError(f"it is {form}; make 16-bit PCM of it: sox IN -b 16 -e signed OUT.wav")
    if form.rate < RATE:
        raise SoundError(f"it has {form.rate} samples a second; a telephone line has {RATE}")
    if form.size < form.channels * form.bits // 8:
        raise SoundError("it holds no sound")
    return form


def read(path: Path) -> NDArray[np.int16]:
    """Give a file's sound at 8 kHz, shape (samples,), mixed to mono, band-limited and through μ-law.

    Raises :class:`SoundError`.
    """
    form = check(path)
    try:
        with path.open("rb") as file:
            file.seek(form.offset)
            data = file.read(form.size)
    except OSError as error:
        raise SoundError(f"it can't be read: {error.strerror or error}") from None
    wave = _decoded(data, form).mean(axis=1)
    if not np.isfinite(wave).all():
        raise SoundError("some of its samples are no numbers")
    if not wave.any():
        raise SoundError("it holds nothing but silence")
    if form.rate != RATE:
        wave = soxr.resample(wave, form.rate, RATE, quality="HQ")
    return telephone(wave)


def telephone(wave: NDArray[np.float64]) -> NDArray[np.int16]:
    """Pass samples of ±1 at 8 kHz, shape (n,), through μ-law; what is louder is cut off."""
    pcm = np.clip(np.rint(wave * _FULL), -_FULL, _FULL - 1).astype(np.int16)
    return mu_law_decode(mu_law_encode(pcm))


def _decoded(data: bytes, form: WavFormat) -> NDArray[np.float64]:
    """Give samples of ±1, shape (frames, channels)."""
    width = form.bits // 8
    frames = len(data) // (width * form.channels)
    data = data[: frames * width * form.channels]
    match form.encoding, form.bits:
        case (1, 8):
            flat = np.frombuffer(data, np.uint8).astype(np.float64) / 128 - 1
        case (1, 24):
            # the lowest of four bytes stays empty
            wide = np.zeros((frames * form.channels, 4), np.uint8)
            wide[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
            flat = wide.view("<i4").ravel() / 2.0**31
        case (1, bits):
            flat = np.frombuffer(data, f"<i{width}") / 2.0 ** (bits - 1)
        case (3, _):
            flat = np.frombuffer(data, f"<f{width}").astype(np.float64)
        case (6, _):
            flat = a_law_decode(np.frombuffer(data, np.uint8)) / _FULL
        case _:
            flat = mu_law_decode(np.frombuffer(data, np.uint8)) / _FULL
    return flat.reshape(frames, form.channels)
