"""Who speaks when the other does: against the shape of the whole talk, in bounded memory, live and drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callflow.listening.said import curves_of, detail_of
from emotion.live import listener as module
from emotion.live.listener import EmotionListener, Terms
from emotion.live.picture import picture
from emotion.overlap import LATELY_S, MOST_POINTS, NAMES, Overlaps
from speech.stretches import FRAME, RATE, Speech
from speech.talk_shape import shape
from telephony.media import Frame
from tests.emotion.seconds import second
from tests.emotion.test_listener import Scripted, about, scripted
from tests.emotion.test_picture import BEGAN, CALL, CURVES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speech.talk_shape import Side

__all__ = ["scripted"]

LATE_FRAMES = 480
"""Of the agent's side, 9.6 s, on a machine that is too busy."""
Verdicts = list[bool]


def spoken(*parts: tuple[float, float], seconds: float) -> Verdicts:
    """Give the verdicts on a side that speaks from … to …, in seconds."""
    return [any(begin <= at / 50 < end for begin, end in parts) for at in range(int(seconds * 50))]


def both(caller: Verdicts, agent: Verdicts, late: int = 5) -> Iterator[tuple[Side, int, bool]]:
    """Give the frames of both sides, the agent's so many later."""
    for place in range(max(len(caller), len(agent) + late)):
        if place < len(caller):
            yield "caller", place * FRAME, caller[place]
        if 0 <= place - late < len(agent):
            yield "agent", (place - late) * FRAME, agent[place - late]


def heard(caller: Verdicts, agent: Verdicts, late: int = 5) -> Overlaps:
    found = Overlaps()
    for side, at, voiced in both(caller, agent, late):
        found.take(side, at, voiced=voiced)
    return found


def test_who_breaks_in_how_often_and_for_how_long() -> None:
    caller = spoken((0, 4), (9, 12), (20, 20.3), (30, 31), seconds=40)
    agent = spoken((2, 5), (8, 10.5), (19, 22), (35, 36), seconds=40)
    found = heard(caller, agent)
    assert found.told() == {
        "overlap_s": pytest.approx(2 + 1.5 + 0.3, abs=0.05),
        "overlaps": 3,
        "broke_in": 1,  # at 9 s; "mhm" at 20 s was no interruption
        "broken_in_on": 1,  # at 2 s
    }
    columns = found.columns()
    assert tuple(columns) == NAMES
    assert columns["overlap_at_s"] == pytest.approx([2, 9, 20], abs=0.05)
    assert columns["overlap_s"] == pytest.approx([2, 1.5, 0.3], abs=0.05)
    assert columns["overlap_by"] == [-1, 1, 0]


def test_of_a_caller_with_whom_nobody_talked_it_says_nothing() -> None:
    found = heard(spoken((0, 10), seconds=20), [])
    assert found.told() == {}
    assert found.columns() == {}


def test_what_nobody_would_notice_is_no_overlap_but_time() -> None:
    found = heard(spoken((0, 2), seconds=5), spoken((1.92, 4), seconds=5))
    assert found.told() == {"overlap_s": 0.08, "overlaps": 0, "broke_in": 0, "broken_in_on": 0}
    assert found.columns() == {}


def test_lately_is_half_a_minute_also_while_both_still_speak() -> None:
    found, told = Overlaps(), []
    caller, agent = spoken((5, 60), seconds=60), spoken((0, 7), (50, 60), seconds=60)
    for side, at, voiced in both(caller, agent):
        found.take(side, at, voiced=voiced)
        if side == "agent" and at % RATE == 0:
            told.append(found.lately(at / RATE))
    assert told[6] == pytest.approx((1.0, 1), abs=0.1)
    assert told[30] == pytest.approx((2.0, 1), abs=0.1)
    assert told[int(7 + LATELY_S) + 1] == (0, 0)
    assert told[59] == pytest.approx((9.0, 0), abs=0.1)


sides = st.lists(st.tuples(st.booleans(), st.integers(1, 150)), max_size=25).map(
    lambda runs: [voiced for voiced, length in runs for _ in range(length)]
)


@given(sides, sides, st.sampled_from([0, 5, LATE_FRAMES]))
@settings(max_examples=80, deadline=None)
def test_in_pieces_it_comes_to_what_the_shape_of_the_whole_says(
    caller: Verdicts, agent: Verdicts, late: int
) -> None:
    whole: dict[Side, Speech] = {"caller": Speech(), "agent": Speech()}
    for side, at, voiced in both(caller, agent, late):
        whole[side].take(at, voiced=voiced)
    expected = shape(whole["caller"].finish(), whole["agent"].finish(), 1e6)
    found = heard(caller, agent, late)
    told = found.told()
    if not agent:
        assert told == {}
        return
    assert told["overlap_s"] == pytest.approx(expected.overlap_s, abs=0.006)
    assert told["broke_in"] == expected.caller_interruptions
    assert told["broken_in_on"] == expected.agent_interruptions
    assert sum(found.columns().get("overlap_s", [])) <= expected.overlap_s + 0.01 * told["overlaps"]


def test_three_hours_of_mhm_stay_small() -> None:
    found = Overlaps()
    for place in range(3 * 3600 * 50):
        # the agent never stops, the caller says something for 0.2 s each second, once for longer
        long = place // 50 == 5000 and place % 50 < 25
        found.take("caller", place * FRAME, voiced=place % 50 < 10 or long)
        found.take("agent", place * FRAME, voiced=True)
    assert sum(len(one.so_far()) for one in found._speech.values()) < 40
    assert found.told()["overlaps"] == 3 * 3600
    columns = curves_of(found.columns())
    assert {len(points) for points in columns.values()} == {MOST_POINTS}
    assert (5000.0, 0.5) in zip(columns["overlap_at_s"], columns["overlap_s"], strict=True)


# ── in the listener ──────────────────────────────────────────────────────────────────────────────


def talk(one: EmotionListener, caller: Verdicts, agent: Verdicts) -> list[Any]:
    sound = {True: b"\x01" * 2 * FRAME, False: bytes(2 * FRAME)}
    return [
        signal
        for side, at, voiced in both(caller, agent)
        for signal in one.feed(side, Frame(at, sound[voiced]))
    ]


@pytest.fixture
def loud(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take for speech what is no silence."""
    monkeypatch.setattr(module, "detector", lambda: lambda pcm, _rate: any(pcm))


@pytest.mark.usefixtures("loud")
def test_it_stands_beside_what_is_told_of_the_caller(scripted: type[Scripted]) -> None:
    EmotionListener.follow(Terms(overlap=True))
    assert EmotionListener.sides == ("caller", "agent")
    one = EmotionListener(about())
    told = talk(one, spoken((6, 20), seconds=60), spoken((0, 10), seconds=60))
    assert {signal.side for signal in told} == {"caller"}
    details = [detail_of(signal) for signal in told]
    assert details[0]["overlap_s"] == 0
    facts = one.result(60.0)
    assert (facts["overlap_s"], facts["broke_in"], facts["broken_in_on"]) == (4, 1, 0)
    curves = curves_of(one.curves())
    assert curves["overlap_by"] == [1]
    assert len(curves["anger"]) == int(facts["heard_s"])


@pytest.mark.usefixtures("loud")
def test_a_signal_says_how_both_spoke_just_before(scripted: type[Scripted]) -> None:
    scripted.says = lambda at: second(at, anger=0.05 if at < 15 else 0.95)
    EmotionListener.follow(Terms(overlap=True))
    told = talk(EmotionListener(about()), spoken((6, 40), seconds=40), spoken((0, 10), seconds=40))
    angry = next(signal for signal in told if signal.signal == "angry")
    assert (angry.detail["overlap_s"], angry.detail["broke_in"]) == (4, 1)


@pytest.mark.usefixtures("loud")
def test_the_agent_s_voice_is_not_measured_for_it(scripted: type[Scripted]) -> None:
    EmotionListener.follow(Terms(overlap=True))
    one = EmotionListener(about())
    assert talk(one, [], spoken((0, 30), seconds=30)) == []
    assert [detector.given for detector in scripted.made] == [0]  # the caller's, who said nothing
    assert one.result(30.0) == {
        "seconds": 30, "heard_s": 0, "speech_s": 0,
        "overlap_s": 0, "overlaps": 0, "broke_in": 0, "broken_in_on": 0,
    }  # fmt: skip


def test_left_out_it_hears_the_caller_alone(scripted: type[Scripted]) -> None:
    EmotionListener.follow(Terms())
    one = EmotionListener(about())
    told = talk(one, spoken((0, 20), seconds=20), spoken((0, 20), seconds=20))
    assert EmotionListener.sides == ("caller",)
    assert all("overlap_s" not in signal.detail for signal in told)
    assert "overlap_s" not in one.result(20.0)
    assert not set(NAMES) & set(one.curves())


def test_the_picture_marks_where_both_spoke() -> None:
    marks: dict[str, list[float]] = {
        "overlap_at_s": [21.0, 30.0, 40.0], "overlap_s": [1.0, 2.0, 0.2], "overlap_by": [1.0, -1.0, 0.0]
    }  # fmt: skip
    svg = "{http://www.w3.org/2000/svg}"
    root = ET.fromstring(picture("c", CALL, CURVES | marks, BEGAN))  # noqa: S314 - our own
    marked = [one for one in root.iter(f"{svg}rect") if one.get("class")]
    drawn = [one for one in marked if one.findtext(f"{svg}title")]
    assert len(marked) == len(drawn) + 2, "what the marks mean is told below"
    assert [one.get("class") for one in drawn] == ["broke-in", "broken-in-on", "overlap"]
    assert [one.findtext(f"{svg}title") for one in drawn] == [
        "both speak for 1.0 s: the caller broke in",
        "both speak for 2.0 s: the caller was broken in on",
        "both speak for 0.2 s",
    ]
    widths = [float(one.get("width", 0)) for one in drawn]
    assert widths[1] == pytest.approx(2 * widths[0], abs=0.2)
    assert "both speak" not in picture("c", CALL, CURVES, BEGAN)
