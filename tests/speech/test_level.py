"""Prompts come out at telephone level, without clipping, beginning at once."""

import numpy as np
import pytest

from speech.level import ACTIVE_DB, PEAK_DB, active_rms, limit, telephone
from speech.tones import tone


def decibels(value: float) -> float:
    return float(20 * np.log10(value))


@pytest.mark.parametrize("level", [-40.0, -20.0, -3.0])
@pytest.mark.parametrize("rate", [8000, 22050, 48000])
def test_level_and_rate(level: float, rate: int) -> None:
    pcm = telephone(tone(440, 1.0, rate, level).tobytes(), rate)
    wave = np.frombuffer(pcm, "<i2") / 32768
    assert len(wave) == pytest.approx(8000, abs=40)
    assert decibels(active_rms(wave)) == pytest.approx(ACTIVE_DB, abs=0.5)


def test_silence_at_both_ends_is_cut_and_pauses_within_are_kept() -> None:
    quiet = np.zeros(8000, np.int16)
    wave = np.concatenate([quiet, tone(440, 0.5), quiet, tone(440, 0.5), quiet])
    pcm = telephone(wave.tobytes(), 8000)
    assert len(pcm) / 2 / 8000 == pytest.approx(2.0 + 0.01 + 0.15, abs=0.02)
    assert np.abs(np.frombuffer(pcm, "<i2")[:160]).max() > 1000


def test_peaks_are_rounded_off_not_cut_off() -> None:
    wave = np.sin(np.arange(8000) / 3) * 0.1
    wave[4000] = 3.0
    limited = limit(wave)
    assert decibels(np.abs(limited).max()) == pytest.approx(PEAK_DB, abs=0.1)
    assert np.allclose(limited[:3900], wave[:3900])
    assert np.allclose(limited[4100:], wave[4100:])


@pytest.mark.parametrize("pcm", [b"", b"\0", b"\0\0" * 4000])
def test_nothing_and_silence_stay_that(pcm: bytes) -> None:
    assert not any(telephone(pcm, 8000))
