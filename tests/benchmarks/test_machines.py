"""The benchmark of machines runs, its bound is exact, and a target that is missed is named."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from benchmarks import machines
from benchmarks.greetings import Greetings, a_law, mu_law, tone
from benchmarks.greetings_voices import MEASURING_ONLY, Voice, recorded, voices
from telephony.programs import ProgramMissing, find_program

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.greetings_voices import Wave

needs_recordings = pytest.mark.skipif(
    not (machines.SPEECH / "labels.csv").is_file(), reason=f"no recorded speech in {machines.SPEECH}"
)


def espeak_there() -> bool:
    try:
        find_program("espeak-ng")
    except ProgramMissing:
        return False
    return True


needs_speech = pytest.mark.skipif(
    not espeak_there() and not (machines.SPEECH / "labels.csv").is_file(),
    reason="neither recorded speech nor espeak-ng: run make tools",
)


@needs_speech
def test_it_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["machines", "--json", "--short"])
    monkeypatch.setattr(machines, "SHORT", machines.Size(60, 25, 10))
    assert machines.main() == 0
    told = json.loads(capsys.readouterr().out)
    assert told["simulated"] is True
    assert (told["people"], told["machines"]) == (60, 25)
    assert told["people_as_machines"] <= 2
    assert told["verdict_max_s"] <= 1.5
    assert told["beep_found"] > 0.7
    assert set(told["harder_worlds"]) == set(machines.HARDER)


def test_without_speech_it_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.argv", ["machines", "--short", "--speech", str(tmp_path)])
    monkeypatch.setattr("benchmarks.greetings_voices.spoken", lambda split: [])
    assert machines.main() == 2
    assert "make tools" in capsys.readouterr().err


@needs_recordings
def test_no_voice_is_in_both_splits_and_none_of_those_for_measuring_only_in_design() -> None:
    design, evaluation = ({voice.name for voice in recorded(s, machines.SPEECH)} for s in machines.SEEDS)
    assert design
    assert not design & evaluation
    assert not [name for name in design if name.startswith(tuple(MEASURING_ONLY))]
    assert [name for name in evaluation if name.startswith(tuple(MEASURING_ONLY))]


@pytest.mark.skipif(not espeak_there(), reason="espeak-ng is not there: run make tools")
def test_spoken_voices_are_in_one_split_only() -> None:
    design, evaluation = ({voice.name for voice in voices(split, None)} for split in machines.SEEDS)
    assert design
    assert not design & evaluation


@pytest.mark.parametrize(
    ("hits", "of", "bound"), [(0, 1000, 0.0029912), (1, 1000, 0.0047350), (5, 50, 0.1989)]
)
def test_the_bound_is_the_exact_one(hits: int, of: int, bound: float) -> None:
    share = machines.upper_bound(hits, of)
    assert share == pytest.approx(bound, rel=0.01)
    at_most = sum(math.comb(of, k) * share**k * (1 - share) ** (of - k) for k in range(hits + 1))
    assert at_most == pytest.approx(0.05, abs=1e-6)
    assert machines.upper_bound(3, 3) == 1.0


def test_a_target_missed_is_named() -> None:
    good = {"people_as_machines_upper95": 0.004, "verdict_max_s": 1.5}
    assert machines.missed(good) == []
    (words,) = machines.missed(good | {"people_as_machines_upper95": 0.0061})
    assert "0.61%" in words
    assert "1.52 s" in machines.missed(good | {"verdict_max_s": 1.52})[0]


def babble(seconds: float, seed: int) -> Voice:
    """Somebody who says noise."""
    sound = np.random.default_rng(seed).normal(0, 0.15, round(seconds * 8000))
    return Voice(f"noise {seed}", True, [sound[:3000]], [sound[:8000]], [sound], [sound], [sound])


def test_greetings_are_what_they_say_and_the_same_dice_make_the_same() -> None:
    first, second = (Greetings([babble(3.0, 1), babble(2.0, 2)], seed=5) for _ in range(2))
    for kind in first._world.people:
        one, same = first.person(kind), second.person(kind)
        assert one == same
        assert one.person
        assert one.beep_s is None
        assert all(len(pcm) == 320 for _, pcm in one.frames)
    for kind in first._world.machines:
        one = first.machine(kind)
        assert one == second.machine(kind)
        assert (one.beep_s is not None) == (kind in {"own voice", "network's voicemail"})
        assert one.frames[-1][0] / 8000 > 3.0


@pytest.mark.parametrize("codec", [mu_law, a_law])
def test_quantising_is_as_coarse_as_g711(codec: Callable[[Wave], Wave]) -> None:
    wave = tone(440, 1.0, -10)
    error = codec(wave) - wave
    decibels = 10 * np.log10((wave**2).sum() / (error**2).sum())
    assert 35 < decibels < 42
    assert len(np.unique(codec(np.linspace(-1, 1, 10_000)))) <= 255
