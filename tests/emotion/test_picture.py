"""The picture of a call, what is watched, and that no figure of emotion is an agent's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args
from xml.etree import ElementTree as ET

import msgspec
import pytest

from acd.watch import lines, seen
from emotion.live.phases import rises, story
from emotion.live.picture import picture
from records import events as e
from records.folds.call_record import CallRecord
from records.folds.metrics import counters, figures

BEGAN = 1_800_000_000.0


def recorded(*parts: tuple[float, e.AnyEvent]) -> list[e.Recorded]:
    return [
        e.Recorded(
            site="s", node="n", stream="x", seq=seq, epoch=1,
            at=datetime.fromtimestamp(BEGAN + at, UTC), event=event,
        )
        for seq, (at, event) in enumerate(parts)
    ]  # fmt: skip


def noted(at_s: float, signal: str, side: str = "caller") -> tuple[float, e.AnyEvent]:
    event = e.SignalNoted(call="c", listener="emotion", talk="", signal=signal, side=side, at_s=at_s)
    return at_s, event


CALL = recorded(
    (0, e.CallAnswered(call="c")),
    noted(4, "calm"),
    (10, e.QueueEntered(call="c", queue="<cards>", priority=0, needs={}, position=1)),
    (20, e.CallConnected(offer="o", call="c", queue="<cards>", agent="1001", wait_s=10.0)),
    noted(24, "angry"),
    noted(25, "angry", "agent"),
    (30, e.EmotionAlarm(call="c", queue="q", listener="emotion", at_s=30, angry_s=20, confidence=1)),
    (50, e.CallEnded(call="c", outcome="completed", by="caller", cause="normal")),
)
CURVES = {
    "at_s": [1.0, 2.0, 3.0, 4.0, 5.0],
    "anger": [0.1, 0.2, 0.0, 0.7, 0.8],
    "arousal": [0.0, 0.0, 0.0, 9.0, 1.0],
    "distress": [0.0] * 5,
    "confidence": [0.5, 0.5, 0.0, 0.5, 0.5],
}


def test_it_tells_where_the_caller_was_and_what_was_noticed() -> None:
    told = story(CALL, BEGAN)
    assert told is not None
    assert [tuple(one) for one in told.phases] == [
        ("menu", 0, 10), ("wait: <cards>", 10, 20), ("talk with 1001", 20, 50),
    ]  # fmt: skip
    assert [tuple(one) for one in told.signals] == [("calm", 4, 24), ("angry", 24, 50)]
    assert told.alarms == (30,)
    assert story(CALL[1:], BEGAN) is None


def test_the_drawing_is_whole() -> None:
    root = ET.fromstring(picture("c", CALL, CURVES, BEGAN))  # noqa: S314 - our own
    texts = [one.text for one in root.iter("{http://www.w3.org/2000/svg}text")]
    for shown in ("phase", "signal", "anger", "arousal", "talk with 1001", "alarm", "0:00", "0:50"):
        assert shown in texts
    paths = [
        one.get("d", "")
        for one in root.iter("{http://www.w3.org/2000/svg}path")
        if one.get("class") == "anger"
    ]
    assert sum("L" in one for one in paths) == 2  # the second of which nothing is known is a gap
    height = float(root.get("height", 0))
    assert all(0 <= float(one.get("y", 0)) <= height for one in root.iter() if one.tag.endswith("text"))


def test_where_there_is_nothing_to_draw_it_says_why() -> None:
    with pytest.raises(ValueError, match="no curve is kept"):
        picture("c", CALL, {}, BEGAN)
    with pytest.raises(ValueError, match="never answered"):
        picture("c", CALL[1:], CURVES, BEGAN)


def test_rises_skip_what_is_not_known() -> None:
    known = [one > 0 for one in CURVES["confidence"]]
    assert list(rises(CURVES["at_s"], CURVES["anger"], known.__getitem__)) == [4.0]


def test_watching_one_agent_shows_their_caller_alone() -> None:
    agents = [
        {"number": number, "name": name, "state": "talking", "call": number, "skills": {}}
        for number, name in (("1001", "Ada"), ("1002", "Bo"))
    ]
    caller = {
        "call": "c", "queue": "cards", "agent": "1001", "signal": "angry", "confidence": 0.8,
        "trend": "rising", "at_s": 9, "angry_s": 20, "wording": "Breathe.",
    }  # fmt: skip
    told = {"notice": "agents are judged", "calls": [caller, caller | {"agent": "1002", "call": "d"}]}
    shown = list(lines(seen(agents, told, "1001")))
    assert shown == [
        "NOTICE agents are judged",
        "ALARM call c in cards: 20 s of anger",
        "1001 Ada: talking",
        "    the caller sounds angry↑ (confidence 80%)",
        "    Breathe.",
    ]


def test_no_figure_of_emotion_is_an_agent_s() -> None:
    about = ("emotion", "anger", "angry", "arousal", "distress")
    for module in (counters, figures):
        for kind in vars(module).values():
            if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
                assert not [name for name in kind.__struct_fields__ if any(word in name for word in about)]
    # of events with figures of a voice, only the hint names an agent: whom it was shown to
    named = [
        kind.__name__
        for kind in get_args(e.AnyEvent)
        if {"signal", "angry_s"} & set(kind.__struct_fields__) and "agent" in kind.__struct_fields__
    ]
    assert named == ["HintGiven"]
    assert "HintGiven" not in CallRecord.__struct_fields__
