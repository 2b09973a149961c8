"""A tone is found where it is and nowhere else, at its level."""

import numpy as np
import pytest

from speech.tones import has_tone, tone, tone_level


@pytest.mark.parametrize("hz", [440, 1000, 1234.5])
@pytest.mark.parametrize("level", [-6.0, -20.0, -40.0])
def test_level_of_a_sine_is_its_level(hz: float, level: float) -> None:
    assert tone_level(tone(hz, 1.0, level_db=level), 8000, hz) == pytest.approx(level, abs=0.7)


def test_a_tone_is_found_at_its_frequency_only() -> None:
    heard = tone(440, 0.5)
    assert has_tone(heard, 8000, 440)
    assert not has_tone(heard, 8000, 1000)
    assert tone_level(heard, 8000, 1000) < -50


def test_a_short_tone_among_silence_is_found_by_its_length() -> None:
    quiet = np.zeros(8000, dtype=np.int16)
    heard = np.concatenate([quiet, tone(440, 0.4), quiet])
    assert has_tone(heard, 8000, 440, seconds=0.3)
    assert not has_tone(heard, 8000, 440, seconds=0.6)


def test_noise_and_silence_have_no_tone() -> None:
    noise = (np.random.default_rng(7).normal(size=16000) * 3000).astype(np.int16)
    assert not has_tone(noise, 8000, 440)
    assert not has_tone(np.zeros(16000, dtype=np.int16), 8000, 440)
    assert tone_level(np.zeros(16000, dtype=np.int16), 8000, 440) == -120


def test_bytes_and_too_little_audio() -> None:
    assert has_tone(tone(440, 1.0).tobytes(), 8000, 440)
    assert not has_tone(b"", 8000, 440)
    assert tone_level(tone(440, 0.05), 8000, 440) == -120


def test_two_tones_at_once_are_both_found_with_a_smaller_share() -> None:
    both = (tone(440, 1.0, level_db=-15) + tone(1000, 1.0, level_db=-15)).astype(np.int16)
    assert has_tone(both, 8000, 440, share=0.3)
    assert has_tone(both, 8000, 1000, share=0.3)
