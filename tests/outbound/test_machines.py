"""People and machines are told apart by what is heard; the truth of each sound is known."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outbound.machines.beep import BeepFinder, Outcome
from outbound.machines.port import FRAME, LATEST_S, RATE, Detector, Verdict
from outbound.machines.shape import shape
from outbound.machines.timing import Timing
from outbound.machines.tones import Ear, Tones

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Wave = NDArray[np.float64]


def noise(seconds: float, level: float = 20.0) -> Wave:
    return np.random.default_rng(1).normal(0, level, round(seconds * RATE))


def tone(hz: float, seconds: float, level: float = 4000.0) -> Wave:
    return level * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE)


def speech(seconds: float, level: float = 4000.0) -> Wave:
    """A voice: pulses of a throat that rises and falls, through three resonances, a syllable each 0.2 s."""
    times = np.arange(round(seconds * RATE)) / RATE
    pitch = 120 + 25 * np.sin(2 * np.pi * 1.3 * times)
    phase = np.cumsum(pitch) / RATE
    wave = np.zeros(len(times))
    for number in range(1, 26):
        hz = number * 120
        loud = sum(1 / (1 + ((hz - of) / 120) ** 2) for of in (500, 1400, 2400))
        wave += loud * np.sin(2 * np.pi * number * phase)
    syllables = 0.65 + 0.35 * np.cos(2 * np.pi * 5 * times)
    spoken: Wave = level * syllables * wave / np.abs(wave).max()
    return spoken


def line(*parts: Wave) -> Wave:
    wave = np.concatenate(parts)
    return wave + noise(len(wave) / RATE)[: len(wave)]


def frames(wave: Wave) -> Iterator[tuple[int, bytes]]:
    pcm = np.clip(wave, -32768, 32767).astype("<i2")
    for at in range(0, len(pcm) - FRAME + 1, FRAME):
        yield at, pcm[at : at + FRAME].tobytes()


def verdict(wave: Wave) -> Verdict:
    detector: Detector = Timing.create()
    given = [told for at, pcm in frames(wave) if (told := detector.feed(at, pcm)) is not None]
    if not given:
        given = [told for told in (detector.expire(LATEST_S),) if told is not None]
    assert len(given) == 1  # it says so once
    assert detector.verdict is given[0]
    assert given[0].at_s <= 1.5
    assert given[0].greeting_over_s <= given[0].at_s
    return given[0]


def beep(wave: Wave, begin_s: float = 0.0, longest_s: float = 30.0) -> Outcome | None:
    finder = BeepFinder(begin_s, longest_s)
    given = [told for at, pcm in frames(wave) if (told := finder.feed(at, pcm)) is not None]
    assert len(given) <= 1
    return given[0] if given else None


# ── people ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("begin", [0.1, 0.3, 0.5])
@pytest.mark.parametrize("length", [0.25, 0.5])
def test_a_hello_and_then_silence_is_a_person(begin: float, length: float) -> None:
    told = verdict(line(noise(begin), speech(length), noise(2.0)))
    assert (told.kind, told.what, told.to_agent) == ("human", "speech", True)
    assert told.at_s == pytest.approx(begin + length + 0.45, abs=0.1)
    assert told.greeting_over_s == pytest.approx(begin + length, abs=0.08)


def test_nobody_who_speaks_is_unsure_and_the_clock_runs_from_the_verdict() -> None:
    told = verdict(line(noise(3.0)))
    assert (told.kind, told.what, told.to_agent) == ("unsure", "silence", True)
    assert told.at_s == told.greeting_over_s == LATEST_S


@pytest.mark.parametrize("begin", [0.3, 0.6, 1.0])
def test_a_long_greeting_after_a_moment_may_be_a_firm_so_it_goes_to_an_agent(begin: float) -> None:
    told = verdict(line(noise(begin), speech(3.0)))
    assert (told.kind, told.to_agent) == ("unsure", True)
    assert told.greeting_over_s == LATEST_S  # it goes on: the true end is later


def test_who_pauses_is_no_machine() -> None:
    assert verdict(line(noise(0.1), speech(0.7), noise(0.25), speech(3.0))).kind == "unsure"


def test_the_last_of_the_ringing_does_not_make_a_firm_a_machine() -> None:
    ringing = tone(440, 0.4, 3000) + tone(480, 0.4, 3000)
    assert verdict(line(ringing, speech(3.0))).to_agent
    assert verdict(line(tone(425, 0.4), speech(3.0))).to_agent


def test_the_beep_of_a_key_before_a_long_greeting_is_not_its_beginning() -> None:
    assert verdict(line(tone(1000, 0.2), noise(0.1), speech(3.0))).to_agent


def test_a_voice_far_off_is_not_the_beginning_of_the_one_near() -> None:
    assert verdict(line(speech(0.5, level=400), speech(3.0))).to_agent


def test_a_click_is_no_word() -> None:
    assert verdict(line(noise(0.3), 8000 * np.ones(80), noise(2.0))).what == "silence"


def told_to_be_voiced(wave: Wave, voiced: set[int]) -> Verdict | None:
    """What is made of a wave when these of its frames are taken for speech."""
    numbers = iter(range(200))
    detector = Timing(lambda pcm, rate: next(numbers) in voiced)
    for at, pcm in frames(wave):
        detector.feed(at, pcm)
    return detector.verdict


def test_noise_that_is_taken_for_speech_at_first_is_no_greeting() -> None:
    told = told_to_be_voiced(noise(2.0, 200.0), set(range(8)))
    assert told is not None
    assert told.kind == "unsure"
    told = told_to_be_voiced(line(speech(0.16), noise(2.0)), set(range(8)))
    assert told is not None
    assert told.kind == "human"


def test_a_gap_between_sounds_at_the_verdict_does_not_end_the_greeting() -> None:
    for last, over_s in ((72, LATEST_S), (65, 1.3)):
        told = told_to_be_voiced(line(noise(0.5), speech(2.0)), set(range(25, last)))
        assert told is not None
        assert told.greeting_over_s == pytest.approx(over_s)


# ── machines ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("begin", [0.06, 0.1, 0.16])
def test_who_speaks_on_from_the_first_moment_is_a_machine(begin: float) -> None:
    told = verdict(line(noise(begin), speech(5.0)))
    assert (told.kind, told.what, told.to_agent) == ("machine", "speech", False)
    assert told.at_s == LATEST_S
    assert told.figures["begin_s"] <= 0.18
    assert "begin_s" in told.evidence


@pytest.mark.parametrize(
    "pitches", [(950, 1400, 1800), (985.2, 1428.5, 1776.7), (913.8, 1370.6, 1776.7), (913.8, 1428.5, 1776.7)]
)
@pytest.mark.parametrize("length", [0.276, 0.33, 0.38])
def test_a_networks_three_tones_are_a_machine(pitches: tuple[float, ...], length: float) -> None:
    told = verdict(line(noise(0.2), *(tone(hz, length) for hz in pitches), noise(1.0)))
    assert (told.kind, told.what) == ("machine", "sit")
    assert told.at_s < 0.2 + 2 * length


def test_three_tones_in_another_order_are_none() -> None:
    other = verdict(line(noise(0.2), tone(1800, 0.33), tone(1400, 0.33), tone(950, 0.33), noise(1.0)))
    assert other.to_agent


def test_a_fax_machine_is_known_by_either_tone() -> None:
    answers = verdict(line(noise(0.5), tone(2100, 3.0)))
    calls = verdict(line(noise(0.3), tone(1100, 0.5), noise(3.0)))
    assert (answers.kind, answers.what) == (calls.kind, calls.what) == ("machine", "fax")
    assert verdict(line(noise(0.5), tone(2200, 3.0))).to_agent


@pytest.mark.parametrize("pitches", [(425.0,), (440.0, 480.0), (400.0, 450.0)])
def test_ringing_that_goes_on_is_a_machine_and_its_last_tail_is_not(pitches: tuple[float, ...]) -> None:
    def rings(seconds: float) -> Wave:
        return sum((tone(hz, seconds, 3000) for hz in pitches), np.zeros(round(seconds * RATE)))

    told = verdict(line(rings(2.0)))
    assert (told.kind, told.what) == ("machine", "ringing")
    assert verdict(line(rings(0.5), noise(2.0))).to_agent


# ── what comes over the wire ─────────────────────────────────────────────────────────────────────


def test_nothing_at_all_gives_a_verdict_in_time() -> None:
    detector = Timing.create()
    assert detector.expire(1.49) is None
    told = detector.expire(4.0)
    assert told is not None
    assert (told.kind, told.at_s) == ("unsure", LATEST_S)
    assert detector.expire(5.0) is None


def test_a_phone_that_sends_nothing_while_its_owner_is_silent_is_a_person_all_the_same() -> None:
    detector = Timing.create()
    for at, pcm in frames(line(noise(0.1), speech(0.4))):
        assert detector.feed(at, pcm) is None
    told = detector.feed(round(1.2 * RATE), next(frames(noise(0.02)))[1])
    assert told is not None
    assert told.kind == "human"
    assert told.greeting_over_s == pytest.approx(0.5, abs=0.08)


def test_lost_frames_neither_make_a_machine_nor_a_late_verdict() -> None:
    dice = random.Random(1)
    for wave, wanted in (
        (line(noise(0.3), speech(0.4), noise(2.0)), "human"),
        (line(noise(0.5), speech(3.0)), "unsure"),
        (line(noise(0.1), speech(3.0)), "machine"),
    ):
        detector = Timing.create()
        told = [
            one
            for at, pcm in frames(wave)
            if dice.random() > 0.05 and (one := detector.feed(at, pcm)) is not None
        ]
        assert [one.kind for one in told] == [wanted]
        assert told[0].at_s <= LATEST_S


def test_frames_of_the_past_and_twice_the_same_change_nothing() -> None:
    wave = line(noise(0.3), speech(0.4), noise(2.0))
    detector, told = Timing.create(), []
    for at, pcm in frames(wave):
        told += [detector.feed(at, pcm), detector.feed(at, pcm), detector.feed(max(0, at - 8 * FRAME), pcm)]
    assert [one for one in told if one] == [verdict(wave)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(-500, 20_000), st.binary(max_size=700)), max_size=60), st.booleans())
def test_garbage_never_makes_a_machine_nor_an_error(sent: list[tuple[int, bytes]], sort: bool) -> None:
    detector, finder = Timing.create(), BeepFinder(longest_s=2.0)
    for at, pcm in sorted(sent) if sort else sent:
        detector.feed(at, pcm)
        finder.feed(at, pcm)
    detector.expire(LATEST_S)
    finder.expire(2.0)
    assert detector.verdict is not None
    assert detector.verdict.to_agent
    assert detector.verdict.at_s <= LATEST_S
    assert finder.outcome is not None


@pytest.mark.parametrize("level", [30.0, 1000.0, 60_000.0])
def test_noise_of_any_level_is_no_machine(level: float) -> None:
    assert verdict(noise(2.0, level)).to_agent


def test_it_keeps_no_more_than_a_second_and_a_half() -> None:
    detector = Timing.create()
    for at, pcm in frames(line(noise(0.5), speech(20.0))):
        detector.feed(at, pcm)
    assert len(detector._levels) == len(detector._voiced) == 75


# ── shape ────────────────────────────────────────────────────────────────────────────────────────


def test_the_figures_are_those_of_what_was_spoken() -> None:
    voiced = [False] * 10 + [True] * 20 + [False] * 15 + [True] * 10 + [False] * 5
    heard = shape([-20.0 if one else -60.0 for one in voiced], voiced)
    assert heard.begin_s == pytest.approx(0.2)
    assert heard.end_s == pytest.approx(1.1)
    assert heard.first_s == pytest.approx(0.4)
    assert heard.speech_s == pytest.approx(0.6)
    assert heard.pause_s == pytest.approx(0.3)
    assert heard.quiet_s == pytest.approx(0.1)
    assert (heard.bursts, heard.level_db, heard.over_noise_db) == (2, -20.0, 40.0)


def test_what_is_far_quieter_than_the_speech_is_none() -> None:
    assert shape([-50.0] * 20 + [-20.0] * 20, [True] * 40).begin_s == pytest.approx(0.4)


# ── tones and the beep ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("hz", [350.0, 440.0, 1000.3, 1777.0, 2100.0])
def test_a_tones_pitch_and_length_are_known(hz: float) -> None:
    ear, tones, over = Ear(), Tones(), []
    for at, pcm in frames(line(noise(0.214), tone(hz, 0.25), noise(0.5))):
        over.append(tones.take(at / RATE, ear.hear(pcm)))
    (heard,) = [one for one in over if one]
    assert heard.hz == pytest.approx(hz, abs=2)
    assert heard.end_s == pytest.approx(0.464, abs=0.003)
    assert heard.seconds == pytest.approx(0.25, abs=0.02)


@pytest.mark.parametrize("hz", [400.0, 1000.0, 1950.0])
@pytest.mark.parametrize("length", [0.15, 0.5, 2.0])
def test_the_beep_is_found_and_its_end_is_right(hz: float, length: float) -> None:
    told = beep(line(speech(3.0), noise(0.5), tone(hz, length), noise(1.0)))
    assert told is not None
    assert told.kind == "beep"
    assert told.ended_s == pytest.approx(3.5 + length, abs=0.01)
    assert told.at_s == pytest.approx(told.ended_s + 0.3, abs=0.04)
    assert f"{hz:.0f} Hz" in told.evidence


@pytest.mark.parametrize(
    "wave",
    [
        line(speech(6.0)),
        line(noise(1.0), tone(1000, 0.05), noise(1.0)),
        line(noise(1.0), tone(1000, 0.5), speech(2.0)),
        line(noise(1.0), tone(250, 0.5), noise(1.0)),
        line(noise(1.0), tone(2100, 0.5), noise(1.0)),
        line(noise(1.0), tone(697, 0.2) + tone(1209, 0.2), noise(1.0)),
        line(noise(0.8), tone(950, 0.33), tone(1400, 0.33), tone(1800, 0.33), noise(1.0)),
        line(noise(1.0), *(tone(hz, 0.2) for hz in (660, 880, 550)), noise(1.0)),
    ],
    ids=["speech", "too short", "speech follows", "too low", "fax", "a key", "a network's tones", "a melody"],
)
def test_what_is_no_beep(wave: Wave) -> None:
    assert beep(wave) is None


def test_of_several_beeps_the_last_counts() -> None:
    short = [part for _ in range(3) for part in (tone(1000, 0.15), noise(0.2))]
    told = beep(line(noise(1.0), *short, tone(1000, 0.6), noise(1.0)))
    assert told is not None
    assert told.ended_s == pytest.approx(1.0 + 3 * 0.35 + 0.6, abs=0.01)


def test_a_beep_before_the_waiting_began_is_none() -> None:
    assert beep(line(noise(0.5), tone(1000, 0.4), noise(2.0)), begin_s=1.5) is None


def test_a_lost_frame_does_not_lose_the_beep_and_a_line_without_frames_after_it_is_silence() -> None:
    finder, told = BeepFinder(), []
    for at, pcm in frames(line(noise(0.5), tone(1000, 0.5))):
        if at != round(0.7 * RATE):
            told.append(finder.feed(at, pcm))
    told.append(finder.feed(round(2.0 * RATE), next(frames(noise(0.02)))[1]))
    (one,) = [outcome for outcome in told if outcome]
    assert one.kind == "beep"
    assert one.ended_s == pytest.approx(1.0, abs=0.01)
    assert "for 0.50 s" in one.evidence


def test_waiting_for_the_beep_has_an_end() -> None:
    told = beep(line(speech(6.0)), begin_s=1.5, longest_s=3.0)
    assert told is not None
    assert (told.kind, told.at_s) == ("none", 4.5)
    finder = BeepFinder(1.5, 3.0)
    assert finder.expire(4.4) is None
    assert finder.expire(4.5) == told
    assert finder.expire(9.0) is None
