"""Who is held out: speakers or whole corpora, never single utterances.

An utterance of a speaker, or of a microphone, that was trained on would be recognised for its voice.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from emotion.training.table import Posed, Texts, Whole


class TooFew(ValueError):  # noqa: N818 - named for what is lacking
    """There are too few speakers, corpora or classes; the message says which."""


@dataclass(frozen=True)
class Fold:
    """Rows of a table."""

    name: str
    train: Whole
    test: Whole


def leave_speakers_out(posed: Posed, count: int = 5, seed: int = 1) -> list[Fold]:
    """Give ``count`` folds that share no speaker, with about as much of each class of each corpus in each.

    Fewer when there are fewer speakers.  Raises :class:`TooFew`.
    """
    table = posed.table
    return [
        Fold(f"speakers, part {number}", train, test)
        for number, (train, test) in enumerate(parted(posed.strata, table.speakers, count, seed), 1)
    ]


def parted(strata: Whole, speakers: Texts, count: int, seed: int) -> list[tuple[Whole, Whole]]:
    """Give rows to train on and rows held out, ``count`` times or less: apart by speaker, strata balanced.

    Raises :class:`TooFew`.
    """
    from sklearn.model_selection import StratifiedGroupKFold  # noqa: PLC0415 - an extra

    heads, most = len(np.unique(speakers)), int(np.bincount(strata).max(initial=0))
    if min(heads, most) < 2:
        raise TooFew(f"{heads} speakers say {len(strata)} files; to hold one out takes two of each at least")
    parts = StratifiedGroupKFold(min(count, heads, most), shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        # a class of a small corpus may have fewer rows than there are folds: dealt out as far as it goes
        warnings.filterwarnings("ignore", message="The least populated class")
        return [(train, test) for train, test in parts.split(strata, strata, speakers) if len(test)]


def leave_corpus_out(posed: Posed) -> list[Fold]:
    """Give a fold for each corpus, tested with all others trained on.  Raises :class:`TooFew`."""
    corpora = posed.table.corpora
    names = np.unique(corpora)
    if len(names) < 2:
        raise TooFew(f"there is one corpus, {', '.join(names)}; to hold one out name two folders at least")
    return [
        Fold(str(name), np.flatnonzero(corpora != name), np.flatnonzero(corpora == name)) for name in names
    ]
