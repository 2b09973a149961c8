"""Words beside the voice: they raise and lower, fade, and make nothing of silence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion.fusion import HALF_LIFE_S, Opinion, fused, later, opinion
from emotion.words.lists import lexicon
from tests.emotion.seconds import second, silent

ANGRY = "This is ridiculous, I have been waiting for two hours!"
TAKEN_BACK = "No, I am not angry at all, it is just a question I have"


def said(text: str, sentiment: float | None = None, at_s: float = 0.0) -> Opinion | None:
    known = lexicon("en")
    assert known is not None
    return opinion(known.find(text), sentiment, at_s)


def sure(text: str, sentiment: float | None = None) -> Opinion:
    found = said(text, sentiment)
    assert found is not None
    return found


def test_complaints_speak_for_anger_and_what_is_taken_back_against_it() -> None:
    assert sure(ANGRY).anger > 0.5
    assert sure(TAKEN_BACK).anger < 0
    assert said("my address is another one now") is None
    assert said("hm") is None


def test_sentiment_counts_where_no_phrase_does() -> None:
    plain = "my address is another one now"
    assert sure(plain, -0.8).anger == pytest.approx(0.4)
    assert sure(plain, 0.8).anger == pytest.approx(-0.4)
    assert sure(ANGRY, 0.9).anger == sure(ANGRY).anger  # courteous sarcasm


def test_few_words_are_less_sure() -> None:
    assert sure("this is ridiculous").confidence < sure(ANGRY).confidence == 1.0


def test_words_raise_and_lower() -> None:
    voice = second(1.0, anger=0.5)
    assert fused(voice, sure(ANGRY)).anger > 0.8
    assert fused(voice, sure(TAKEN_BACK)).anger < 0.3
    assert fused(voice, None) == voice


def test_agreement_makes_surer_and_contradiction_less_so() -> None:
    loud = second(1.0, anger=0.9, confidence=0.5)
    assert fused(loud, sure(ANGRY)).confidence > 0.5
    assert fused(loud, sure(TAKEN_BACK)).confidence < 0.5


def test_words_fade() -> None:
    words = sure(ANGRY)
    shift = [fused(second(at, anger=0.5), words).anger - 0.5 for at in (1.0, 1 + HALF_LIFE_S, 60.0)]
    assert shift == sorted(shift, reverse=True)
    assert shift[-1] < 0.02


def test_without_a_voice_words_tell_nothing() -> None:
    assert fused(silent(1.0), sure(ANGRY)) == silent(1.0)


def test_an_aside_does_not_wipe_out_a_complaint() -> None:
    rage, polite = Opinion(0.9, 1.0, 0.0), Opinion(-0.2, 1.0, 2.0)
    assert later(rage, polite, 2.0) is rage
    much_later = Opinion(-0.2, 1.0, 40.0)
    assert later(rage, much_later, 40.0) is much_later
    assert later(None, polite, 2.0) is polite
    assert later(rage, None, 2.0) is rage


shares = st.floats(0, 1)
times = st.floats(0, 1e4)


@given(times, shares, shares, st.builds(Opinion, st.floats(-1, 1), shares, times))
def test_it_stays_within_bounds(at_s: float, anger: float, confidence: float, words: Opinion) -> None:
    made = fused(second(at_s, anger=anger, confidence=confidence), words)
    assert 0 <= made.anger <= 1
    assert 0 <= made.confidence <= 1
    if words.at_s <= at_s and 0.001 <= anger <= 0.999:
        assert (made.anger - anger) * words.anger >= -1e-9
