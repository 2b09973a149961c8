"""The detector on synthetic voices, with the shipped model: bounded, whatever comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion.detector import Detector, Heard, shipped
from emotion.features import GROUPS, NAMES
from tests.emotion.sounds import RATE, Floats, harmonics, noise, samples, syllables

if TYPE_CHECKING:
    from collections.abc import Callable


def heard(sound: Floats, piece: int = 160) -> list[Heard]:
    detector, at = Detector(), samples(sound)
    return [one for k in range(0, len(at), piece) for one in detector.feed(at[k : k + piece])]


def bounded(one: Heard) -> bool:
    return (
        0 <= one.anger <= 1
        and 0 <= one.distress <= 1
        and -3 <= one.arousal <= 3
        and 0 <= one.confidence <= 1
        and (one.speech or not (one.anger or one.distress or one.arousal or one.confidence or one.evidence))
    )


def voice(seconds: float, hz: float, falls_db: float, rate: float = 4.0) -> Floats:
    swell = 0.1 + np.sin(np.pi * rate * np.arange(int(seconds * RATE)) / RATE) ** 2
    glide = hz * 2 ** (0.1 * np.sin(2 * np.pi * 0.7 * np.arange(int(seconds * RATE)) / RATE))
    return np.asarray(harmonics(glide, seconds, falls_db=falls_db) * swell + noise(seconds) / 60) / 2


def test_each_second_of_speech_is_judged_and_silence_is_not() -> None:
    found = heard(np.concatenate((voice(4, 120, 9), np.zeros(5 * RATE), voice(3, 120, 9))))
    assert [one.at_s for one in found] == [float(k) for k in range(1, 13)]
    assert [one.speech for one in found] == [True] * 6 + [False] * 3 + [True] * 3
    assert all(map(bounded, found))
    assert {name for name, _ in found[3].evidence} == set(GROUPS)


def test_a_voice_that_rises_and_brightens_is_a_change_against_its_own_baseline() -> None:
    found = heard(np.concatenate((voice(12, 110, 12), voice(5, 190, 5, 6.0))))
    before, after = found[11], found[-1]
    assert abs(before.arousal) < 0.6
    assert after.arousal > before.arousal + 1
    assert after.anger > before.anger


@pytest.mark.parametrize("gain", [0.25, 4.0])
def test_a_line_whose_gain_doubles_twice_in_the_middle_changes_nothing(gain: float) -> None:
    calm = voice(20, 120, 9) / 4
    louder = calm.copy()
    louder[10 * RATE :] *= gain
    for one, other in zip(heard(calm), heard(louder), strict=True):
        if not 10 < one.at_s <= 13:  # the step itself is in those windows
            assert other.anger == pytest.approx(one.anger, abs=0.05)
            assert other.arousal == pytest.approx(one.arousal, abs=0.4)


def test_sound_that_never_came_is_counted_in_and_cuts_the_window() -> None:
    detector = Detector()
    speech = samples(voice(3, 120, 9))
    assert [one.at_s for one in detector.feed(speech)] == [1.0, 2.0, 3.0]
    detector.missed(2.5)
    assert [one.at_s for one in detector.feed(speech)] == [6.5, 7.5, 8.5]


def test_the_colour_of_a_line_is_not_strange_and_how_no_voice_moves_is() -> None:
    usual = np.array(shipped()._ready["anger_neutral"].written.mean)
    apart = 4 * np.array(shipped()._ready["anger_neutral"].written.scale)

    def moved(*endings: str) -> float:
        which = np.array([name.endswith(endings) and not name.endswith("slope") for name in NAMES])
        return shipped().strangeness(np.where(which, usual + apart, usual)[None])

    assert moved(*(f"mfcc{k}" for k in range(1, 13)), "tilt", "alpha_db", "rate", "pitch") < 0.1
    assert moved("_range", "_spread", "_move") > 3.4


def test_the_shipped_model_says_where_it_comes_from() -> None:
    assert shipped() is shipped()
    assert shipped().has_own


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["silence", "full", "noise", "voice", "clipped", "one"]), st.integers(1, 30_000)
        ),
        max_size=6,
    ),
    st.integers(1, 5000),
)
@settings(max_examples=30, deadline=None)
def test_any_sound_at_all_gives_bounded_judgements(parts: list[tuple[str, int]], piece: int) -> None:
    made: dict[str, Callable[[int], Floats]] = {
        "silence": np.zeros,
        "full": lambda n: np.full(n, 1.0),
        "noise": lambda n: noise(n / RATE + 0.001)[:n] * 30,
        "voice": lambda n: syllables(n / RATE + 0.001, 4.0)[:n],
        "clipped": lambda n: np.sign(syllables(n / RATE + 0.001, 4.0)[:n]),
        "one": lambda _: np.ones(1),
    }
    sound = np.concatenate([np.zeros(0), *(made[kind](count) for kind, count in parts)])
    found = heard(sound, max(piece, 80))
    assert len(found) == len(sound) // RATE
    assert all(map(bounded, found))
