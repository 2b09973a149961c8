"""Who talks in the background of what models are trained on: one other speaker of the same corpus.

One, so that what a model is trained on can be kept free of whoever is held out; of the same corpus, so that a
corpus that is held out is heard nowhere.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emotion.corpora.utterance import Utterance

VOICES = 6
"""So many utterances of theirs are heard at once."""


class Company(NamedTuple):
    """Who is heard behind an utterance."""

    speaker: str
    """Empty: nobody, there is no other one."""
    said: tuple[int, ...]
    """Numbers of utterances."""


def companies(utterances: Sequence[Utterance], seed: int = 1) -> list[Company]:
    """Give each utterance its company; what chance decides goes by the file's name."""
    said: dict[str, dict[str, list[int]]] = {}
    for number, each in enumerate(utterances):
        said.setdefault(each.corpus, {}).setdefault(each.speaker, []).append(number)
    return [_company(each, said[each.corpus], seed) for each in utterances]


def _company(utterance: Utterance, said: dict[str, list[int]], seed: int) -> Company:
    others = sorted(said.keys() - {utterance.speaker})
    if not others:
        return Company("", ())
    dice = np.random.default_rng([seed, zlib.crc32(utterance.name.encode())])
    speaker = others[dice.integers(len(others))]
    theirs = said[speaker]
    chosen = dice.choice(len(theirs), size=min(VOICES, len(theirs)), replace=False)
    return Company(speaker, tuple(theirs[number] for number in chosen.tolist()))
