"""When waiting callers hear something, and what is said of the wait: the pure part, over time."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acd.announcements import NEXT, WAITS, announcement
from acd.core.announcing import (
    APART_S,
    BEYOND,
    STEPS_S,
    Plan,
    Told,
    comfort_is_heard,
    next_slot,
    what_to_tell,
)
from callflow.prompt import Prompt

SINCE = 1_000.0


def heard(plan: Plan, until: float, *, busy: tuple[float, float] = (0.0, 0.0)) -> list[str]:
    """Give what is heard in ``until`` seconds, as ``12 announcement``; nothing begins while ``busy``."""
    announced = comforted = 0.0
    out = []
    while (slot := next_slot(plan, SINCE, announced, comforted)) is not None and slot.at <= SINCE + until:
        now = slot.at - SINCE
        if busy[0] <= now < busy[1]:
            now = busy[1]
        if slot.comfort is None:
            out.append(f"{now:g} announcement")
            announced = SINCE + now
        else:
            if now == slot.at - SINCE:
                out.append(f"{now:g} comfort {slot.comfort}")
            comforted = SINCE + now
    return out


def test_announcements_come_first_and_then_every_so_often() -> None:
    assert heard(Plan(first_s=15.0, every_s=45.0), 120.0) == [
        "15 announcement",
        "60 announcement",
        "105 announcement",
    ]


def test_comfort_messages_come_in_turn_and_never_near_an_announcement() -> None:
    assert heard(Plan(comfort_every_s=30.0), 95.0) == ["30 comfort 0", "60 comfort 1", "90 comfort 2"]
    assert heard(Plan(first_s=15.0, every_s=45.0, comfort_every_s=30.0), 130.0) == [
        "15 announcement",
        "30 comfort 0",
        "60 announcement",
        "90 comfort 2",
        "105 announcement",
        "120 comfort 3",
    ]


def test_what_was_due_while_a_phone_rang_is_told_after_it_and_once() -> None:
    plan = Plan(first_s=15.0, every_s=45.0, comfort_every_s=30.0)
    assert heard(plan, 130.0, busy=(50.0, 70.0)) == [
        "15 announcement",
        "30 comfort 0",
        "70 announcement",
        "90 comfort 2",
        "105 announcement",
        "120 comfort 3",
    ]
    assert heard(plan, 110.0, busy=(50.0, 100.0)) == ["15 announcement", "30 comfort 0", "100 announcement"]


def test_nothing_is_heard_where_nothing_is_defined() -> None:
    assert next_slot(Plan(), SINCE, 0.0, 0.0) is None


def test_comfort_messages_that_always_meet_announcements_are_never_heard() -> None:
    assert comfort_is_heard(Plan(first_s=15.0, every_s=45.0, comfort_every_s=30.0))
    assert comfort_is_heard(Plan(first_s=15.0, every_s=45.0))
    never = Plan(first_s=45.0, every_s=45.0, comfort_every_s=45.0)
    assert not comfort_is_heard(never)
    assert [what.split()[1] for what in heard(never, 200.0)] == ["announcement"] * 4


times = st.floats(10.0, 600.0)


@settings(deadline=None)
@given(first=st.floats(0.0, 300.0), every=times, comfort=times, at=st.floats(0.0, 5_000.0))
def test_it_always_goes_on_from_any_time(first: float, every: float, comfort: float, at: float) -> None:
    plan = Plan(first_s=first, every_s=every, comfort_every_s=comfort)
    announced = comforted = SINCE + at
    for _ in range(20):
        slot = next_slot(plan, SINCE, announced, comforted)
        assert slot is not None
        if slot.comfort is None:
            assert announced < slot.at <= announced + 1.5 * every or slot.at == SINCE + first
            announced = max(slot.at, announced + 0.001)
        else:
            assert slot.at > comforted - 1e-3
            comforted = slot.at
            nearest = round((slot.at - SINCE - first) / every)
            gap = abs(slot.at - SINCE - first - max(0, nearest) * every)
            assert gap >= min(APART_S, every / 2) - 1e-6


@pytest.mark.parametrize(
    ("p80", "told_until", "told"),
    [
        (None, 0.0, Told()),
        (5.0, 0.0, Told(60.0)),
        (60.0, 0.0, Told(60.0)),
        (60.1, 0.0, Told(120.0)),
        (200.0, 0.0, Told(300.0)),
        (1_801.0, 0.0, Told(BEYOND)),
        # told to be answered within 5 minutes, 45 s ago
        (200.0, SINCE + 255.0, Told()),
        (170.0, SINCE + 255.0, Told(180.0)),
        (256.0, SINCE + 255.0, Told(300.0, longer=True)),
        (5_000.0, SINCE + 255.0, Told(BEYOND, longer=True)),
        (None, SINCE + 255.0, Told()),
        # that time is over
        (30.0, SINCE - 1.0, Told(60.0, longer=True)),
    ],
)
def test_a_wait_that_was_told_stands(p80: float | None, told_until: float, told: Told) -> None:
    assert what_to_tell(p80, told_until, SINCE) == told


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0.0, 3_000.0), st.floats(1.0, 300.0)), max_size=20))
def test_nobody_is_told_of_a_later_end_without_being_told_so(estimates: list[tuple[float, float]]) -> None:
    now, told_until = SINCE, 0.0
    for p80, passed in estimates:
        told = what_to_tell(p80, told_until, now)
        assert told.within_s == 0 or told.within_s >= p80, "never less than it is"
        if told.within_s and not told.longer and told_until:
            assert now + told.within_s <= told_until
        if told_until and now + p80 > told_until:
            assert told.longer, "what can't be kept is taken back"
        if told.within_s:
            told_until = 0.0 if told.within_s == BEYOND else now + told.within_s
        now += passed


def _nothing(name: str) -> None:
    del name


def test_every_wait_has_a_sentence_in_both_languages() -> None:
    assert set(WAITS) == {*STEPS_S, BEYOND}
    said = {language: {prompt.shown(language) for prompt in WAITS.values()} for language in ("en", "zh")}
    assert all(len(texts) == len(WAITS) for texts in said.values())


def test_an_announcement_is_put_together() -> None:
    assert announcement(0, Told(), _nothing, "en") is None
    said = announcement(12, Told(300.0, longer=True), _nothing, "en")
    assert said is not None
    assert said.shown("en") == (
        "You are number twelve in line. We are sorry: it takes longer than we told you. "
        "We expect to answer your call within five minutes."
    )
    assert not said.open
    mandarin = announcement(2, Told(120.0), _nothing, "zh")
    assert mandarin is not None
    assert mandarin.shown("zh") == "您当前排在第 二 位。 预计两分钟之内为您接听。"
    assert announcement(1, Told(), _nothing, "zh") == Prompt(parts=(NEXT,))
