"""Whatever the file, its sound comes out as a telephone line would bring it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from emotion.corpora.sound import RATE, SoundError, read
from telephony.g711 import mu_law_decode, mu_law_encode
from tests.emotion.folders import hum, put, wav

if TYPE_CHECKING:
    from pathlib import Path


def level(samples: np.ndarray, hz: float) -> float:
    """Give how much of a frequency there is, dB below a full-scale tone."""
    when = np.arange(len(samples)) / RATE
    wave = samples / 32768 * np.hanning(len(samples)) * 2
    return float(20 * np.log10(max(1e-9, 2 * abs(np.mean(wave * np.exp(-2j * np.pi * hz * when))))))


def a_law(samples: np.ndarray) -> bytes:
    from telephony.g711 import a_law_decode

    values = a_law_decode(np.arange(256, dtype=np.uint8)).astype(int)
    return bytes(int(np.abs(values - sample).argmin()) for sample in samples.astype(int))


TONE = hum()
FORMATS = {
    "8": wav(((TONE.astype(int) >> 8) + 128).astype(np.uint8).tobytes(), bits=8),
    "16": wav(TONE.tobytes()),
    "24": wav((TONE.astype("<i4") << 8).view(np.uint8).reshape(-1, 4)[:, :3].tobytes(), bits=24),
    "32": wav((TONE.astype("<i4") << 16).tobytes(), bits=32),
    "float": wav((TONE / 32768).astype("<f4").tobytes(), encoding=3, bits=32),
    "double": wav((TONE / 32768).astype("<f8").tobytes(), encoding=3, bits=64),
    "mu-law": wav(mu_law_encode(TONE).tobytes(), encoding=7, bits=8),
    "a-law": wav(a_law(TONE), encoding=6, bits=8),
    "stereo": wav(np.stack([TONE, TONE], axis=1).tobytes(), channels=2),
}


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_every_format_gives_the_same_sound(tmp_path: Path, form: str) -> None:
    samples = read(put(tmp_path, "a.wav", FORMATS[form]))
    assert samples.dtype == np.int16
    assert len(samples) == len(TONE)
    error = samples.astype(float) - TONE
    assert 10 * np.log10(np.mean(TONE.astype(float) ** 2) / np.mean(error**2)) > 30  # G.711 has about 37 dB


@pytest.mark.parametrize("rate", [16_000, 22_050, 44_100, 48_000])
def test_what_a_line_does_not_carry_is_gone_and_does_not_come_back_as_something_else(
    tmp_path: Path, rate: int
) -> None:
    both = hum(rate, 0.5, 1000.0) // 2 + hum(rate, 0.5, 5000.0) // 2
    samples = read(put(tmp_path, "a.wav", wav(both.tobytes(), rate=rate)))
    assert len(samples) == pytest.approx(RATE / 2, abs=2)
    assert level(samples, 1000.0) == pytest.approx(-12, abs=0.5)
    assert level(samples, 3000.0) < -50  # where 5 kHz would fold to


def test_channels_are_mixed(tmp_path: Path) -> None:
    left = np.stack([TONE, np.zeros_like(TONE)], axis=1)
    samples = read(put(tmp_path, "a.wav", wav(left.tobytes(), channels=2)))
    assert level(samples, 200.0) == pytest.approx(-12, abs=0.5)


def test_the_sound_has_the_values_of_mu_law_alone(tmp_path: Path) -> None:
    samples = read(put(tmp_path, "a.wav", wav(hum(16_000).tobytes(), rate=16_000)))
    assert set(samples.tolist()) <= set(mu_law_decode(np.arange(256, dtype=np.uint8)).tolist())


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (wav(bytes(400)), "nothing but silence"),
        (wav(np.array([0.1, np.nan], "<f4").tobytes(), encoding=3, bits=32), "no numbers"),
        (b"RIFF", "no WAV file"),
        (wav(b"\1", bits=16), "holds no sound"),
    ],
)
def test_sound_that_is_none(tmp_path: Path, data: bytes, words: str) -> None:
    with pytest.raises(SoundError, match=words):
        read(put(tmp_path, "a.wav", data))


def test_a_loud_file_is_cut_off_not_wrapped(tmp_path: Path) -> None:
    loud = np.array([2.0, -2.0] * 100, "<f4")
    samples = read(put(tmp_path, "a.wav", wav(loud.tobytes(), encoding=3, bits=32)))
    assert samples[:2].tolist() == [32124, -32124]
