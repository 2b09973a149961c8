"""Words beside the voice: what a caller said raises or lowers how angry they sound.

Pure.  The two are taken to be independent, so that their log odds add up; the words' fade with the seconds.
Words alone make no signal: they shift what the voice tells, and there must be a voice.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from emotion.detector import Heard
    from emotion.words.phrases import Said

ODDS = 2.5
"""Log odds that words of full weight and confidence are worth: angry rather than not, 12 to 1."""
HALF_LIFE_S = 8.0
_SENTIMENT, _TAKEN_BACK = 0.5, 0.5
"""What a sentiment weighs: courtesy is no proof of calm; and phrases that were taken back."""
_FULL_WORDS = 8
"""With fewer words one is less sure."""


class Opinion(msgspec.Struct, frozen=True):
    """What words say of anger."""

    anger: float
    """−1, they speak against it, to 1, for it; 0: nothing found, which says nothing."""
    confidence: float
    """0 to 1."""
    at_s: float
    """When they were said."""

    def strength(self, at_s: float) -> float:
        """Give how much they still count, 0 to 1."""
        return self.confidence * math.pow(0.5, max(0.0, at_s - self.at_s) / HALF_LIFE_S)


def opinion(said: Said | None, sentiment: float | None, at_s: float) -> Opinion | None:
    """Judge phrases that were found, and the sentiment (−1 bad to 1 good) where one is known.

    None where they tell nothing.  Phrases that were taken back ("I am not angry") speak against anger.
    """
    if said is None:
        return None
    good = _SENTIMENT * (sentiment or 0.0)
    bad = max(said.score, -good)
    if said.evidence and all(found.negated for found in said.evidence):
        anger = -max(_TAKEN_BACK, good)
    else:
        anger = bad if bad > 0 else -good
    return Opinion(anger, min(1.0, said.words / _FULL_WORDS), at_s) if anger else None


def later(before: Opinion | None, new: Opinion | None, at_s: float) -> Opinion | None:
    """Give what counts from now on: the new words, unless what was said before still says more."""
    if before is None or new is None:
        return new or before
    more = abs(before.anger) * before.strength(at_s) > abs(new.anger) * new.strength(at_s)
    return before if more else new


def fused(heard: Heard, words: Opinion | None) -> Heard:
    """Let words count for a second of a voice; one without a voice is given back as it is."""
    if words is None or not heard.speech or heard.at_s < words.at_s:
        return heard
    strength = words.strength(heard.at_s)
    before = min(max(heard.anger, 0.001), 0.999)
    odds = math.log(before / (1 - before)) + ODDS * words.anger * strength
    anger = 1 / (1 + math.exp(-odds))
    agree = (words.anger > 0) == (heard.anger >= 0.5)
    weight = 0.5 * strength * abs(words.anger)
    sure = 1 - (1 - heard.confidence) * (1 - weight) if agree else heard.confidence * (1 - weight)
    return msgspec.structs.replace(heard, anger=anger, confidence=sure)
