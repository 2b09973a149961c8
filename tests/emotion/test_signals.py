"""Signals do not flicker, come soon enough, hold and fade in silence; alarms need lasting anger."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion.detector import Heard
from emotion.signals import (
    DWELL_S,
    SENSITIVITIES,
    AlarmTerms,
    Levels,
    Noted,
    Sensitivity,
    Signals,
    State,
)
from tests.emotion.seconds import second, silent

if TYPE_CHECKING:
    from collections.abc import Iterable

HOURS = 3


def told(seconds: Iterable[Heard], signals: Signals | None = None) -> list[Noted]:
    signals = signals or Signals()
    return [one for heard in seconds for one in signals.take(heard)]


def voice(*parts: tuple[int, dict[str, float]]) -> list[Heard]:
    """So many seconds of each; of nothing for silence."""
    made: list[Heard] = []
    for seconds, what in parts:
        for _ in range(seconds):
            at_s = len(made) + 1.0
            made.append(second(at_s, **what) if what else silent(at_s))
    return made


CALM: dict[str, float] = {"anger": 0.05}
ANGRY = {"anger": 0.95, "arousal": 1.5}


def test_calm_then_angry_is_told_within_six_seconds() -> None:
    calm, angry = told(voice((10, CALM), (8, ANGRY)))
    assert (calm.signal, angry.signal) == ("calm", "angry")
    assert calm.at_s <= 6
    assert 10 < angry.at_s <= 16
    assert angry.trend == "rising"
    assert angry.evidence[0][0] == "pitch"
    assert angry.confidence == pytest.approx(0.8)


def test_who_is_angry_from_the_first_word_is_told_of_within_six_seconds() -> None:
    first = told(voice((6, ANGRY)))[0]
    assert (first.signal, first.at_s) == ("angry", 3.0)


def test_one_angry_second_is_nothing() -> None:
    assert [one.signal for one in told(voice((10, CALM), (1, ANGRY), (10, CALM)))] == ["calm"]


def test_it_takes_more_to_become_angry_than_to_stay_so() -> None:
    between = {"anger": 0.65}
    up, down = SENSITIVITIES["normal"].angry
    assert down < between["anger"] < up
    assert told(voice((20, between)))[0].signal == "raised"
    after = told(voice((5, ANGRY), (60, between)))
    assert {one.signal for one in after} == {"angry"}


def test_arousal_raises_and_sadness_distresses() -> None:
    assert told(voice((5, {"arousal": 2.0})))[0].signal == "raised"
    assert told(voice((16, {"distress": 0.9})))[-1].signal == "distressed"
    assert {one.signal for one in told(voice((10, {"distress": 0.9})))} == {"calm"}  # no baseline yet
    assert told(voice((5, {"distress": 0.9, "anger": 0.9})))[0].signal == "angry"


def test_anger_that_ends_is_taken_back() -> None:
    assert [one.signal for one in told(voice((8, ANGRY), (15, CALM)))][-1] == "calm"


def test_silence_holds_the_state_and_its_confidence_fades() -> None:
    signals = Signals()
    first, *renewed = told(voice((5, ANGRY), (60, {})), signals)
    assert signals.state == "angry"
    assert [one.signal for one in renewed] == ["angry"] * len(renewed)
    assert len(renewed) >= 1
    assert [one.confidence for one in (first, *renewed)] == sorted(
        (one.confidence for one in (first, *renewed)), reverse=True
    )
    assert renewed[-1].confidence < 0.1
    assert signals.confidence < 0.02


def test_silence_alone_says_nothing() -> None:
    assert told(voice((100, {}))) == []
    assert told(voice((2, ANGRY), (100, {}))) == []


@pytest.mark.parametrize("sensitivity", get_args(Sensitivity))
def test_the_more_sensitive_the_sooner(sensitivity: Sensitivity) -> None:
    names: list[Sensitivity] = ["low", "normal", "high"]
    heard = {"low": 0.9, "normal": 0.8, "high": 0.65}
    level = heard[sensitivity]
    angry = [name for name in names if told(voice((5, {"anger": level})), Signals(name))[0].signal == "angry"]
    assert angry == names[names.index(sensitivity) :]


def test_levels_are_entered_above_where_they_are_left() -> None:
    for levels in SENSITIVITIES.values():
        assert isinstance(levels, Levels)
        for name in levels.__struct_fields__:
            enter, stay = getattr(levels, name)
            assert enter > stay


# ── alarms ───────────────────────────────────────────────────────────────────────────────────────


def alarms(noted: list[Noted]) -> list[float]:
    return [one.at_s for one in noted if one.alarm_s]


def test_anger_that_lasts_alarms_once() -> None:
    noted = told(voice((120, ANGRY)))
    [at_s] = alarms(noted)
    assert 20 <= at_s <= 24
    assert next(one for one in noted if one.alarm_s).alarm_s == pytest.approx(20)


def test_anger_with_pauses_adds_up_within_the_minute() -> None:
    bursts = [(6, ANGRY), (4, {})] * 6
    assert len(alarms(told(voice(*bursts)))) == 1
    rarely = [(6, ANGRY), (24, {})] * 10
    assert alarms(told(voice(*rarely))) == []


def test_who_calms_down_and_rages_again_alarms_again() -> None:
    assert len(alarms(told(voice((40, ANGRY), (90, CALM), (40, ANGRY))))) == 2


def test_the_terms_of_an_alarm_are_the_site_s() -> None:
    terms = AlarmTerms(angry_s=8, within_s=30)
    [at_s] = alarms(told(voice((20, ANGRY)), Signals("normal", terms)))
    assert 8 <= at_s <= 12


def test_raised_voices_do_not_alarm() -> None:
    assert alarms(told(voice((300, {"arousal": 3.0, "anger": 0.5})))) == []


# ── anything at all ──────────────────────────────────────────────────────────────────────────────

anything = st.builds(
    Heard,
    at_s=st.just(0.0),
    speech=st.booleans(),
    anger=st.floats(0, 1),
    distress=st.floats(0, 1),
    arousal=st.floats(-3, 3),
    confidence=st.floats(0, 1),
    evidence=st.just(()),
)


def check(noted: list[Noted], seconds: float) -> None:
    for one in noted:
        assert one.signal in get_args(State)
        assert 0 <= one.confidence <= 1
        assert -3 <= one.value <= 3
        assert one.trend in {"rising", "steady", "falling"}
    changed = [
        one
        for before, one in pairwise([None, *noted])
        if one and (before is None or before.signal != one.signal)
    ]
    assert all(two.at_s - one.at_s >= DWELL_S for one, two in pairwise(changed))
    assert len(changed) <= seconds / DWELL_S + 1


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(anything, st.floats(0.2, 3)), max_size=300), st.sampled_from(get_args(Sensitivity)))
def test_any_seconds_give_bounded_signals(parts: list[tuple[Heard, float]], sensitivity: Sensitivity) -> None:
    at_s, seconds = 0.0, []
    for heard, gap in parts:
        at_s += gap
        seconds.append(
            Heard(at_s, heard.speech, heard.anger, heard.distress, heard.arousal, heard.confidence, ())
        )
    check(told(seconds, Signals(sensitivity)), at_s)


def test_three_hours_to_and_fro_stay_within_what_is_kept_of_a_call() -> None:
    parts = [(7, ANGRY), (7, CALM)] * (HOURS * 3600 // 14)
    noted = told(voice(*parts), Signals("high", AlarmTerms(5, 10)))
    check(noted, HOURS * 3600)
    assert len(noted) <= 200
    assert noted[-1].at_s > 2 * 3600


def test_numbers_that_are_none_and_times_that_go_back_are_passed_over() -> None:
    signals = Signals()
    told(voice((5, CALM)), signals)
    nan = float("nan")
    assert signals.take(second(6.0, anger=nan)) == []
    assert signals.take(second(3.0, **ANGRY)) == []
    assert signals.take(second(nan, **ANGRY)) == []
    assert told([second(at) for at in (7.0, 8.0)], signals) == []
