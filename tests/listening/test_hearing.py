"""What was noticed last of a call: for services, and for conditions in a dialplan, each use on record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from callflow import parts
from callflow.explaining import CallFile, story
from callflow.listening.story import ListeningStory
from callflow.protocol import CallFactSource, Hearing
from ivr.call_facts import CallFacts
from ivr.load import Source, load
from ivr.menu_run import MenuRun
from ivr.steps import Position, Site
from records import events as e
from tests.ivr.fakes import FakeCall
from tests.listening.house import Noting, Office, WholeCall, arrived, ends
from tests.listening.logs import SINCE, recorded

SITE = """
site: S
time_zone: UTC
languages: [en]
numbers: {"1": main}
listeners:
  voice_activity: {}
menus:
  main:
    - set: {mood: "{heard.voice_activity.signal}!"}
    - if: heard.voice_activity.signal == "dead_air" and heard.voice_activity.confidence > 0.8
      then: hangup
    - switch: heard.voice_activity.side
      cases: {caller: hangup}
    - if: mood == "!"
      then: [hangup: busy]
    - hangup
"""


def noted(
    signal: str = "dead_air", listener: str = "voice_activity", talk: str = "", **more: Any
) -> e.SignalNoted:
    return e.SignalNoted(
        call="c", listener=listener, talk=talk, signal=signal, side="caller", at_s=2.5, **more
    )


def began() -> e.ListeningBegan:
    return e.ListeningBegan(call="c", listener="emotion", talk="", sides={})


async def office() -> Office:
    made = Office({"emotion": {}, "voice_activity": {}}, {"emotion": WholeCall, "voice_activity": Noting})
    await made.service.start()
    await made.happens(*arrived())
    return made


async def test_the_last_word_is_known_while_the_call_is_on() -> None:
    house = await office()
    assert isinstance(house.service, Hearing)
    assert house.service.last("c", "emotion") is None
    await house.happens(noted("calm", "emotion"), noted("angry", "emotion", value=0.5, confidence=0.9))
    last = house.service.last("c", "emotion")
    assert last is not None
    assert (last.signal, last.side, last.at_s, last.value, last.confidence) == (
        "angry",
        "caller",
        2.5,
        0.5,
        0.9,
    )
    assert last.noted_at == SINCE + 2
    assert house.service.last("c", "voice_activity") is None
    assert house.service.last("other", "emotion") is None
    await house.happens(ends())
    await house.happens(noted("late", "emotion"))
    assert house.service.last("c", "emotion") is None


async def test_a_call_that_is_over_has_none_while_its_listeners_report() -> None:
    house = Office({}, {})
    for one in recorded(*arrived(), began(), noted("angry", "emotion")):
        house.service.replay(one)
    assert house.service.last("c", "emotion") is not None
    for one in recorded(ends()):
        house.service.replay(one)
    assert house.service.last("c", "emotion") is None


async def test_it_outlives_a_restart() -> None:
    dead = await office()
    await dead.happens(noted("angry", "emotion"))
    restored = Office({}, {})
    restored.service.restore(msgspec.json.decode(msgspec.json.encode(dead.service.snapshot())))
    replayed = Office({}, {}, log=dead.log)
    for house in (restored, replayed):
        assert house.service.last("c", "emotion") == dead.service.last("c", "emotion")


@pytest.mark.parametrize(
    "event",
    [
        e.ConsentRefused(call="c", to="emotion", how="key 2"),
        e.ListeningEnded(
            call="c", listener="emotion", talk="", agent="", result={}, heard_s={}, early="queues"
        ),
    ],
)
async def test_who_must_not_hear_has_no_last_word(event: e.Event) -> None:
    house = await office()
    await house.happens(noted("angry", "emotion"))
    await house.happens(event)
    assert house.service.last("c", "emotion") is None


async def test_facts_of_a_call() -> None:
    house = await office()
    assert isinstance(house.service, CallFactSource)
    facts = ("signal", "side", "value", "confidence")
    assert [house.service.call_fact("c", f"heard.emotion.{fact}") for fact in facts] == ["", "", "0", "0"]
    await house.happens(noted("angry", "emotion", value=2.0, confidence=0.85))
    assert [house.service.call_fact("c", f"heard.emotion.{fact}") for fact in facts] == [
        "angry",
        "caller",
        "2",
        "0.85",
    ]
    assert house.service.call_fact("c", "heard.emotion.mood") is None
    assert house.service.call_fact("c", "queue.emotion.signal") is None


def site(text: str = SITE) -> Site:
    loaded = load([Source("s.yaml", Path(), text.encode())], parts.stage_types(), parts.sections())
    assert loaded.site is not None, "\n".join(map(str, loaded.problems))
    return loaded.site


def test_names_are_checked() -> None:
    wrong = SITE.replace("heard.voice_activity.side", "heard.voice_activty.side")
    found = load([Source("s.yaml", Path(), wrong.encode())], parts.stage_types(), parts.sections()).problems
    assert [(one.line, one.message, one.near) for one in found if "fact" in one.message] == [
        (13, 'there is no fact "heard.voice_activty.side"', "heard.voice_activity.side")
    ]


class Call(FakeCall):
    id = "c"


async def used(*signals: e.SignalNoted) -> list[e.SignalUsed]:
    house = await office()
    await house.happens(*signals)
    call, read = Call([]), site()
    call.look_up = CallFacts(read, call, (), (), [house.service]).look_up
    await MenuRun(call, read, Position("main", 0)).run()
    return [event for event in call.events if isinstance(event, e.SignalUsed)]


async def test_each_use_is_on_record() -> None:
    found = await used(noted(confidence=0.9))
    read = "heard.voice_activity."
    assert [(one.line, one.signal, one.value, one.outcome) for one in found] == [
        (10, f"{read}signal", "dead_air", "set mood"),
        (11, f"{read}confidence", "0.9", "then"),
        (11, f"{read}signal", "dead_air", "then"),
    ]
    assert (found[1].call, found[1].file) == ("c", "s.yaml")
    assert found[1].expression == f'{read}signal == "dead_air" and {read}confidence > 0.8'


async def test_a_signal_that_did_not_decide_is_on_record_too() -> None:
    outcomes = [(one.value, one.outcome) for one in await used(noted(confidence=0.5))]
    assert outcomes[1:] == [("0.5", "else"), ("dead_air", "else"), ("caller", "caller")]


async def test_before_any_signal() -> None:
    outcomes = [(one.value, one.outcome) for one in await used()]
    assert outcomes == [("", "set mood"), ("0", "else"), ("", "else"), ("", "default")]


def test_explain_shows_the_use() -> None:
    event = e.SignalUsed(
        call="c", file="s.yaml", line=14, expression='heard.emotion.signal == "angry"',
        signal="heard.emotion.signal", value="angry", outcome="then",
    )  # fmt: skip
    [beat] = story(CallFile("c", recorded(event), {}), [ListeningStory()])
    assert beat.text == "s.yaml:14 goes by heard.emotion.signal (angry): then"
    assert beat.notes == ['heard.emotion.signal == "angry"']
