"""The benchmark of voice emotion: what counts as missed, what is taken when short, and that it runs."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from benchmarks import emotion, emotion_live
from emotion.corpora.utterance import Utterance
from emotion.detector import Heard
from tests.benchmarks.test_emotion_live import step

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FIGURES = {**emotion.LEAST, **emotion.MOST}
needs_data = pytest.mark.skipif(
    not (emotion.DATA / "labels.csv").is_file(), reason=f"there is no labelled speech at {emotion.DATA}"
)


@pytest.mark.parametrize("name", FIGURES)
def test_each_target_is_missed_by_a_little_and_held_by_nothing_more(name: str) -> None:
    assert emotion.missed(dict(FIGURES)) == []
    worse = FIGURES[name] + (-0.001 if name in emotion.LEAST else 0.001)
    [told] = emotion.missed({**FIGURES, name: worse})
    assert told.startswith(f"{name} ")


def test_short_takes_some_of_everybody_who_has_all_four_moods() -> None:
    def said(corpus: str, speaker: str, mood: str, take: int) -> Utterance:
        return Utterance(f"{corpus}/{speaker}{mood}{take}.wav", corpus, f"{corpus}_{speaker}", "en", mood)

    moods = ("anger", "neutral", "happy", "sad", "fear")
    every = [
        said(corpus, speaker, mood, take)
        for corpus in ("one", "two")
        for speaker in "abcdef"
        for mood in moods
        if (speaker, mood) != ("b", "sad")
        for take in range(6)
    ]
    chosen = emotion.few(every)
    assert {each.speaker for each in chosen} == {
        f"{corpus}_{who}" for corpus in ("one", "two") for who in "acd"
    }
    assert {each.emotion for each in chosen} == set(moods) - {"fear"}
    assert len(chosen) == 2 * 3 * 4 * 3
    assert emotion.few([each for each in every if each.emotion != "anger"]) == []


class Scripted:
    """A detector that hears anger from the tenth second on."""

    def __init__(self) -> None:
        self._given = 0

    def feed(self, samples: np.ndarray[Any, Any]) -> Iterator[Heard]:
        before, self._given = self._given, self._given + len(samples)
        if self._given // 8000 > before // 8000:
            at_s = float(self._given // 8000)
            yield Heard(at_s, speech=True, anger=0.95 if at_s > 10 else 0.05, confidence=0.9)


def test_alarms_and_hints_are_those_of_the_signals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emotion, "Detector", Scripted)
    seconds = np.zeros(8000, dtype=np.int16)
    told = emotion.alarms_on({"calm": np.tile(seconds, 9), "angry": np.tile(seconds, 60)})
    assert told["calm"] == {"minutes": 0.15, "alarms": 0, "angry": 0}
    assert (told["angry"]["alarms"], told["angry"]["angry"] > 0) == (1, True)
    moods = [("neutral", np.tile(seconds, 4))] * 3 + [("anger", np.tile(seconds, 10))] * 3
    hints = emotion.first_hints({"a": moods, "b": moods[:4]})
    assert hints["after_calm"]["told_before"] == 0
    for waits in (hints["after_calm"], hints["from_the_first_word"]):
        assert (waits["speakers"], waits["not_told"]) == (1, 0)
    assert 0 < hints["after_calm"]["p50_s"] < 6


def test_without_speech_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(emotion, "DATA", tmp_path / "nowhere")
    monkeypatch.setattr(sys, "argv", ["emotion"])
    with pytest.raises(SystemExit) as ended:
        emotion.main()
    assert ended.value.code == 2


@needs_data
def test_a_short_run_gives_every_figure() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks.emotion", "--short", "--json"],
        capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)
    assert told["short"] is True
    assert told.keys() >= FIGURES.keys()
    assert told["wrong"] == emotion.missed(told)
    for name in ("anger_neutral_uar", "anger_neutral_auc", "unseen_language_auc", "shipped_unseen_uar"):
        assert 0.5 < told[name] <= 1, name  # four speakers of a corpus are told better than by chance
    assert 0.25 < told["four_class_uar"] <= 1
    assert told["files"] > 90
    assert set(told["lines"]["anger_neutral_own"]) == {"clean", "white", "gsm"}
    assert set(told["tasks"]["four"]["unseen"]) == {"emodb", "banglaser", "ravdess"}
    assert told["streams_per_core"] > 10
    assert sum(one["minutes"] for one in told["neutral"].values()) > 1
    assert {"silence", "keys"} <= told["no_speech"].keys()


def test_the_live_part_is_beside_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def measured(**_: Any) -> dict[str, Any]:
        return {"live_streams": 20, "steps": [step()]}

    monkeypatch.setattr(emotion, "DATA", emotion.DATA.parent)
    monkeypatch.setattr(emotion, "run", lambda **_: dict(FIGURES))
    monkeypatch.setattr(emotion_live, "measure", measured)
    monkeypatch.setattr(sys, "argv", ["emotion", "--live", "--json"])
    monkeypatch.setattr(type(emotion.DATA), "is_dir", lambda _: True)
    with pytest.raises(SystemExit) as ended:
        emotion.main()
    assert ended.value.code == 0
    assert json.loads(capsys.readouterr().out)["live_streams"] == 20
