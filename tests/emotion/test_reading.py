"""Corpora become a table; what can't be heard or measured is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from emotion.corpora.folder import load
from emotion.training.reading import measure
from tests.emotion.folders import corpus, hum, put, wav

if TYPE_CHECKING:
    from pathlib import Path


def loudness(samples: np.ndarray) -> np.ndarray:
    """Give length and level; nothing of what is short."""
    return np.array([len(samples), np.abs(samples).max()]) if len(samples) > 800 else np.full(2, np.nan)


def test_what_is_heard_is_measured_and_the_rest_told(tmp_path: Path) -> None:
    corpus(tmp_path, "emodb")
    put(tmp_path, "wav/08a01Wa.wav", wav(bytes(8000)))
    put(tmp_path, "wav/09a01Wa.wav", wav(hum(seconds=0.05).tobytes()))
    told: list[tuple[int, int]] = []
    table, troubles = measure([load(tmp_path)], loudness, told=lambda done, of: told.append((done, of)))
    assert table.speakers.tolist() == ["emodb_03", "emodb_16"]
    assert table.emotions.tolist() == ["anger", "neutral"]
    assert table.features[:, 0].tolist() == [1600, 1600]
    assert {trouble.name.rpartition("/")[2]: trouble.why for trouble in troubles} == {
        "08a01Wa.wav": "it holds nothing but silence",
        "09a01Wa.wav": "there is too little voice in it to measure",
    }
    assert told[-1] == (4, 4)


def test_only_what_is_asked_for_is_measured_and_through_the_line(tmp_path: Path) -> None:
    corpus(tmp_path, "emodb")
    table, _ = measure(
        [load(tmp_path)],
        loudness,
        emotions={"neutral"},
        spoil=lambda samples: samples[: len(samples) // 2 + 1],
    )
    assert table.speakers.tolist() == ["emodb_16"]
    assert table.features[:, 0].tolist() == [801]


def test_nothing_to_measure_is_an_empty_table(tmp_path: Path) -> None:
    corpus(tmp_path, "emodb")
    table, troubles = measure([load(tmp_path)], loudness, emotions={"fear"})
    assert (len(table), troubles) == (0, [])
