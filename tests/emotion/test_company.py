"""What is trained on has others in the background, and never the voice of whoever is held out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from emotion.corpora.company import VOICES, Company, companies
from emotion.corpora.folder import load
from emotion.corpora.utterance import Utterance
from emotion.training.evaluation import held_out, train
from emotion.training.folds import leave_corpus_out, leave_speakers_out
from emotion.training.reading import measure
from emotion.training.recipes.logistic import Logistic
from emotion.training.table import pose
from emotion.training.tasks import TASKS
from tests.emotion import voices
from tests.emotion.folders import corpus

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from emotion.training.recipe import Examples
    from emotion.training.table import Table

    Samples = np.ndarray[Any, np.dtype[np.int16]]


def said(corpus_: str, speaker: str, number: int) -> Utterance:
    return Utterance(f"{speaker}/{number}.wav", corpus_, f"{corpus_}_{speaker}", "en", "anger")


def test_company_is_one_other_speaker_of_the_same_corpus() -> None:
    everything = [said(name, who, k) for name in ("one", "two") for who in "abcd" for k in range(9)]
    found = companies(everything)
    for each, there in zip(everything, found, strict=True):
        assert there.speaker != each.speaker
        assert len(set(there.said)) == VOICES
        assert {(everything[at].corpus, everything[at].speaker) for at in there.said} == {
            (each.corpus, there.speaker)
        }
    assert len({there.speaker for there in found}) == 8
    assert found == companies(everything)


def test_who_is_alone_in_a_corpus_has_none() -> None:
    assert companies([said("one", "a", 1), said("two", "b", 1)]) == [Company("", ())] * 2


def test_reading_gives_the_company_as_the_last_line(tmp_path: Path) -> None:
    corpus(tmp_path, "emodb")
    behind: list[int] = []

    def crowd(samples: Samples, others: Sequence[Samples]) -> Samples:
        behind.append(len(others))
        return samples[:1000]

    def length(samples: Samples) -> np.ndarray:
        return np.array([float(len(samples))])

    table, _ = measure([load(tmp_path)], length, lines=[lambda samples: samples[:900]], crowd=crowd)
    assert table.company is not None
    assert table.spoilt is not None
    assert table.company.tolist() == table.speakers[::-1].tolist() == ["emodb_16", "emodb_03"]
    assert table.spoilt[:, :, 0].tolist() == [[900, 1000]] * 2
    assert behind == [1, 1]


class Spy(Logistic):
    """Keeps what it is trained on."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Examples] = []

    def fit(self, examples: Examples) -> Any:
        self.seen.append(examples)
        return super().fit(examples)


def marked() -> Table:
    """Give a table with one line more, in which the last feature is the number of who is behind."""
    heard = voices.table(speakers=6, each=3)
    names = np.unique(heard.speakers)
    dice = np.random.default_rng(5)
    company = np.array([dice.choice([name for name in names if name != who]) for who in heard.speakers])
    spoilt = heard.features.copy()
    spoilt[:, -1] = 1000 + np.searchsorted(names, company)
    return replace(heard, spoilt=spoilt[:, None], company=company)


def test_nobody_who_is_held_out_is_heard_in_the_background() -> None:
    heard = marked()
    names = np.unique(heard.speakers)
    posed = pose(TASKS["anger_neutral"], heard)
    for fold in (*leave_speakers_out(posed), *leave_corpus_out(posed)):
        spy = Spy()
        held_out(posed, [fold], spy)
        last = spy.seen[0].features[:, -1]
        behind = {str(names[int(number) - 1000]) for number in last[last > 500]}
        assert behind
        assert not behind & set(posed.table.speakers[fold.test].tolist())
    spy = Spy()
    train(posed, spy)
    assert (spy.seen[0].features[:, -1] > 500).sum() == len(posed.table)


def test_nor_is_one_heard_against_them() -> None:
    """Who is behind the other lines of a speaker is part of their baseline."""
    heard = marked()
    posed = pose(TASKS["anger_neutral_own"], heard)
    [fold, *_] = leave_speakers_out(posed)
    away = set(posed.table.speakers[fold.test].tolist())
    assert heard.spoilt is not None
    assert heard.company is not None
    louder = heard.spoilt.copy()
    louder[np.isin(heard.company, sorted(away))] *= 1000
    models = [
        train(pose(TASKS["anger_neutral_own"], each).rows(fold.train), Logistic())
        for each in (heard, replace(heard, spoilt=louder))
    ]
    assert models[0].written == models[1].written
