"""From corpora to a table: every file's sound is read and measured once."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from emotion.corpora.company import companies
from emotion.corpora.sound import SoundError, read
from emotion.corpora.utterance import EMOTIONS, Trouble
from emotion.training.table import Table, make_table

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from emotion.corpora.utterance import Corpus, Utterance

    Samples = NDArray[np.int16]
    Floats = NDArray[np.float64]

_KEPT = 500
"""So many voices for the background are kept read."""


def labelled(corpora: Sequence[Corpus], emotions: Collection[str]) -> Iterator[tuple[Corpus, Utterance]]:
    """Give what is labelled with one of these: nothing else teaches or judges."""
    return ((corpus, each) for corpus in corpora for each in corpus.utterances if each.emotion in emotions)


def measure(
    corpora: Sequence[Corpus],
    of_speech: Callable[[Samples], Floats],
    *,
    emotions: Collection[str] = EMOTIONS,
    spoil: Callable[[Samples], Samples] | None = None,
    lines: Sequence[Callable[[Samples], Samples]] = (),
    crowd: Callable[[Samples, Sequence[Samples]], Samples] | None = None,
    told: Callable[[int, int], None] | None = None,
) -> tuple[Table, list[Trouble]]:
    """Measure the labelled files of corpora, and tell which can't be.

    ``of_speech``: 8 kHz samples → the features, NaN for what can't be measured.  ``spoil`` is what a line
    does to them before, ``lines`` what bad lines do that are trained on beside it, ``crowd`` one more, with
    others in the background; ``emotions`` are those to measure.  ``told`` is called with how many files are
    done, and of how many.
    """
    wanted = list(labelled(corpora, emotions))
    behind = companies([each for _, each in wanted]) if crowd else []
    company: list[str] = []
    again = lru_cache(_KEPT)(_read_or_silence)
    utterances: list[Utterance] = []
    features: list[Floats] = []
    spoilt: list[list[Floats]] = []
    troubles: list[Trouble] = []
    for done, (corpus, each) in enumerate(wanted, 1):
        try:
            samples = read(corpus.path(each))
        except SoundError as error:
            troubles.append(Trouble(str(corpus.path(each)), str(error)))
        else:
            measured = of_speech(samples if spoil is None else spoil(samples))
            if np.isnan(measured).all():
                troubles.append(Trouble(str(corpus.path(each)), "there is too little voice in it to measure"))
            else:
                features.append(measured)
                spoilt.append([of_speech(line(samples)) for line in lines])
                utterances.append(each)
                if crowd:
                    there = behind[done - 1]
                    company.append(there.speaker)
                    others = [again(wanted[at][0].path(wanted[at][1])) for at in there.said]
                    spoilt[-1].append(of_speech(crowd(samples, others)))
        if told is not None:
            told(done, len(wanted))
    return make_table(utterances, features, spoilt, company), troubles


def _read_or_silence(path: Path) -> Samples:
    """Read a voice for the background; one that can't be read is told of when it is its own turn."""
    try:
        return read(path)
    except SoundError:
        return np.zeros(0, np.int16)
