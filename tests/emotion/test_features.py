"""Features against synthetic voices of known truth, and whatever else comes over a line."""

from __future__ import annotations

import gc
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion import features
from emotion.features import NAMES, Features, Window, measured, of_speech
from emotion.voice.rhythm import FLOOR_DB, RANGE_DB, active, runs
from tests.emotion.sounds import RATE, Floats, harmonics, noise, pulses, samples, syllables


def told(sound: Floats) -> dict[str, float]:
    return dict(zip(NAMES, of_speech(samples(sound)), strict=True))


@pytest.mark.parametrize("hz", [85.0, 110.0, 165.0, 220.0, 330.0, 450.0])
def test_pitch(hz: float) -> None:
    assert 100 * 2 ** (told(harmonics(hz, 1.5))["pitch"] / 12) == pytest.approx(hz, rel=0.01)


@pytest.mark.parametrize("hz", [100.0, 140.0])
def test_the_pitch_of_a_line_that_begins_at_300_hz(hz: float) -> None:
    assert 100 * 2 ** (told(harmonics(hz, 1.5, first=4))["pitch"] / 12) == pytest.approx(hz, rel=0.01)


def test_a_glide_of_an_octave_in_two_seconds() -> None:
    glide = told(harmonics(120 * 2 ** (np.arange(2 * RATE) / (2 * RATE)), 2.0))
    assert glide["pitch_slope"] == pytest.approx(6.0, abs=0.1)  # semitones a second
    assert glide["pitch_rise"] == pytest.approx(6.0, abs=0.3)
    assert glide["pitch_fall"] == pytest.approx(0.0, abs=0.3)
    assert glide["pitch_range"] == pytest.approx(0.9 * 12, abs=0.4)
    still = told(harmonics(170.0, 2.0))
    assert still["pitch_range"] < 0.05
    assert abs(still["pitch_slope"]) < 0.05


@pytest.mark.parametrize("ratio_db", [5.0, 10.0, 20.0])
def test_harmonicity_is_the_ratio_of_tone_to_noise(ratio_db: float) -> None:
    tone, hiss = harmonics(150.0, 3.0), noise(3.0)
    hiss *= np.sqrt((tone**2).mean() / (hiss**2).mean() / 10 ** (ratio_db / 10))
    assert told(0.5 * (tone + hiss))["harmonicity"] == pytest.approx(ratio_db, abs=2.0)


def test_noise_has_no_pitch() -> None:
    heard = measured(samples(noise(3.0)))
    assert (heard.hz > 0).mean() < 0.02
    assert np.isnan(of_speech(samples(noise(3.0)))).all()


@pytest.mark.parametrize("share", [0.005, 0.02, 0.04])
def test_jitter(share: float) -> None:
    """Periods in turn longer and shorter than the middle, so that neighbours differ by the share."""
    periods = 60.0 * (1 + share / 2 * np.resize([1.0, -1.0], 260))
    heard = told(pulses(periods, np.ones(260)))
    assert np.exp(heard["jitter"]) - 1e-3 == pytest.approx(share, rel=0.15)
    assert heard["shimmer"] < 0.1


@pytest.mark.parametrize("db", [0.5, 2.0])
def test_shimmer(db: float) -> None:
    loud = 10 ** (np.resize([db / 40, -db / 40], 260)) * 0.7
    heard = told(pulses(np.full(260, 60.0), loud))
    assert heard["shimmer"] == pytest.approx(db, rel=0.15)
    assert np.exp(heard["jitter"]) - 1e-3 < 0.003


@pytest.mark.parametrize("rate", [3.0, 5.0])
def test_speech_rate(rate: float) -> None:
    assert told(syllables(3.0, rate))["rate"] == pytest.approx(rate, abs=0.4)


def test_pauses() -> None:
    speech, pause = harmonics(150.0, 1.0), np.zeros(RATE // 2)
    heard = told(np.concatenate((speech, pause, speech)))
    assert heard["pause_share"] == pytest.approx(0.2, abs=0.03)
    assert heard["voiced_share"] > 0.95
    assert heard["voiced_runs"] == pytest.approx(2 / 2.5, abs=0.05)
    assert heard["voiced_run"] == pytest.approx(1.0, abs=0.05)


def test_tilt_and_balance() -> None:
    soft, pressed = told(harmonics(110.0, 2.0, falls_db=12.0)), told(harmonics(110.0, 2.0, falls_db=6.0))
    assert pressed["tilt"] - soft["tilt"] == pytest.approx(6.0, abs=1.0)  # dB an octave
    assert pressed["alpha_db"] > soft["alpha_db"] + 5
    assert pressed["hammarberg_db"] < soft["hammarberg_db"] - 5
    assert pressed["centroid_hz"] > soft["centroid_hz"] + 100


def test_effort_is_told_by_what_grows_with_the_level() -> None:
    louder = np.linspace(-10, 10, 3 * RATE)
    gain = 10 ** (louder / 20) / 4
    assert told(harmonics(150.0, 3.0) * gain)["effort_pitch"] == pytest.approx(0, abs=0.01)
    # half a semitone for each dB
    raised = told(harmonics(260 * 2 ** (louder / 24), 3.0) * gain)
    assert raised["effort_pitch"] == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("gain_db", [-12.0, 12.0])
def test_the_gain_of_the_line_changes_nothing(gain_db: float) -> None:
    voice = (syllables(3.0, 4.0, 180.0) + noise(3.0) / 50) / 2
    heard, again = told(voice), told(voice * 10 ** (gain_db / 20))
    for name in NAMES:
        assert again[name] == pytest.approx(heard[name], rel=0.02, abs=0.25, nan_ok=True), name


def test_each_name_once_and_in_one_group() -> None:
    assert len(set(NAMES)) == len(NAMES) == sum(map(len, features.GROUPS.values()))


# ── as a stream ──────────────────────────────────────────────────────────────────────────────────


@given(st.lists(st.integers(40, 4000), min_size=1, max_size=8), st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_a_stream_in_any_pieces_gives_the_numbers_of_the_whole(pieces: list[int], seed: int) -> None:
    sound = samples(syllables(4.0, 4.0, 120.0 + seed) + noise(4.0, seed) / 10)
    found: list[Window] = []
    stream, at = Features(), 0
    while at < len(sound):
        for piece in pieces:
            found += stream.feed(sound[at : at + piece])
            at += piece
    assert [window.at_s for window in found] == [1.0, 2.0, 3.0, 4.0]
    assert found[2].values is not None
    assert found[2].values == pytest.approx(of_speech(sound[: 3 * RATE]), rel=1e-9, abs=1e-9, nan_ok=True)


def test_a_pause_says_nothing_and_speech_after_it_does() -> None:
    stream = Features()
    sound = np.concatenate((syllables(3.0, 4.0), np.zeros(5 * RATE), syllables(3.0, 4.0)))
    said = [window.values is not None for window in stream.feed(samples(sound))]
    assert said == [True] * 5 + [False] * 3 + [True] * 3


def test_minutes_need_no_more_memory_than_seconds() -> None:
    second = samples(syllables(1.0, 4.0) + noise(1.0) / 20)
    stream = Features()
    for _ in range(10):
        list(stream.feed(second))
    tracemalloc.start()

    def held(seconds: int) -> int:
        for _ in range(seconds):
            list(stream.feed(second))
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    try:
        assert held(60) + 20_000 > held(120)
    finally:
        tracemalloc.stop()


def test_a_second_is_reckoned_in_pieces_that_the_memory_at_hand_is_enough_for() -> None:
    """Large arrays come from the system anew each time, which took longer than the reckoning."""
    second = samples(syllables(1.0, 4.0) + noise(1.0) / 20)
    stream = Features()
    list(stream.feed(np.tile(second, 4)))
    tracemalloc.start()
    try:
        list(stream.feed(second))
        assert tracemalloc.get_traced_memory()[1] < 800_000
    finally:
        tracemalloc.stop()


@given(st.integers(1, 320), st.floats(1, 100), st.integers(0, 99))
def test_speech_is_told_by_the_percentile_that_numpy_gives(hops: int, down_to: float, seed: int) -> None:
    level_db = -down_to * np.random.default_rng(seed).random(hops)
    least = max(np.percentile(level_db, 95) - RANGE_DB, FLOOR_DB)
    sure = np.abs(level_db - least) > 1e-9
    assert (active(level_db) == (level_db >= least))[sure].all()


def test_stretches_of_voice_are_found_at_the_ends_too() -> None:
    found = runs(np.array([True, True, False, True, False, False, True]))
    assert found.count == 3
    assert found.longest_s == pytest.approx(0.02)
    assert found.mean_s == pytest.approx(0.04 / 3)
    assert runs(np.zeros(5, dtype=bool)).count == 0


@given(
    st.one_of(
        st.binary(max_size=64).map(lambda raw: np.frombuffer(raw[: len(raw) // 2 * 2], dtype="<i2")),
        st.tuples(st.sampled_from([0, 1, -1, 32767, -32768]), st.integers(0, 20_000)).map(
            lambda one: np.full(one[1], one[0], dtype=np.int16)
        ),
        st.tuples(st.integers(0, 2**32 - 1), st.integers(1, 40_000), st.floats(0, 1e5)).map(
            lambda one: samples(
                np.random.default_rng(one[0]).standard_normal(one[1]) * one[2] / 32767
            )
        ),
    )
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_any_sound_at_all_gives_finite_numbers_or_none(sound: np.ndarray) -> None:
    values = of_speech(sound)
    unvoiced = [NAMES.index(name) for name in ("unvoiced_alpha", "unvoiced_level", "jitter", "shimmer")]
    assert values.shape == (len(NAMES),)
    assert np.isnan(values).all() or np.isfinite(np.delete(values, unvoiced)).all()
    for window in Features().feed(sound):
        assert window.values is None or np.isfinite(np.delete(window.values, unvoiced)).all()
        assert 0 <= window.voiced_s <= window.speech_s <= 3.0
