"""Callers who wait, in virtual time: what they hear between offers, and how they get out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from acd.config import QueueDefinition
from acd.core import inputs as i
from acd.core.waits import QueueWaits
from acd.queue_stage import QueueStep
from acd.waiting_room import LATE_S, LOOK_S, MOST_PLAYING_S
from acd.waiting_terms import AnnounceDefinition, ComfortDefinition
from callflow.prompt import Prompt
from records import events as e
from telephony.switch import PlayEnded, SwitchError
from tests.acd.house import House

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.virtual_time

HELLO = Prompt.say(en="Thank you for waiting.", zh="感谢您的耐心等待。")
APP = Prompt.say(en="Our app can do it too.", zh="您也可以使用我们的应用。")
POSITION_1, WITHIN_1 = "You are the next in line.", "We expect to answer your call in less than a minute."
LONGER = "We are sorry: it takes longer than we told you."


def queue(**more: Any) -> dict[str, QueueDefinition]:
    announce = AnnounceDefinition(first=15.0, every=45.0)
    return {"sales": QueueDefinition(**{"needs": {"sales": 2}, "music": "jazz", "announce": announce} | more)}


async def opened(branches: Sequence[str] = (), **more: Any) -> House:
    house = House()
    house.queues = queue(**more)
    house.step = QueueStep(queue="sales")
    house.step.set_branches(branches)
    return await house.open()


def learnt(house: House, every_s: float) -> QueueWaits:
    """Let the queue know that an agent is found each ``every_s`` seconds."""
    waits = house.acd.core.state.waits.setdefault("sales", QueueWaits())
    waits.starts, waits.busy_s, waits.waited_s = 1000.0, 1000.0 * every_s, 1e6
    return waits


def played(house: House) -> list[tuple[str, ...]]:
    return [tuple(sounds) for _, *sounds in house.fake.did("play")]


async def test_the_position_alone_while_nothing_is_known_of_the_wait() -> None:
    house = await opened()
    house.begin("c1")
    await house.rest(14.9)
    assert played(house) == []
    await house.rest(0.2)
    assert played(house) == [(POSITION_1,)]
    house.begin("c2")
    await house.rest(45)
    assert played(house)[1:] == [("You are number", "two", "in line."), (POSITION_1,)]
    told = house.events(e.WaitAnnounced)
    assert [(one.call, one.position, one.within_s) for one in told] == [
        ("c1", 1, 0.0),
        ("c2", 2, 0.0),
        ("c1", 1, 0.0),
    ]
    assert len(house.fake.did("wait_with_music")) == 2, "they stay where the music is"
    assert house.fake.did("leave_music") == []


async def test_the_wait_in_the_callers_language() -> None:
    house = await opened()
    await house.seat("1001", ready=False)
    house.begin("c1")
    house.calls["c1"].language = "zh"
    await house.rest()
    learnt(house, 10.0)
    await house.rest(15)
    assert played(house) == [("您是下一位。", "预计一分钟之内为您接听。")]
    [told] = house.events(e.WaitAnnounced)
    assert (told.within_s, told.longer) == (60.0, False)


async def test_no_wait_is_told_when_nobody_is_there_to_end_it() -> None:
    house = await opened()
    house.begin("c1")
    await house.rest()
    learnt(house, 10.0)
    await house.rest(15)
    assert played(house) == [(POSITION_1,)]


async def test_a_wait_that_gets_longer_is_told_as_such() -> None:
    house = await opened()
    await house.seat("1001", ready=False)
    house.begin("c1")
    await house.rest()
    learnt(house, 10.0)
    await house.rest(15)
    learnt(house, 100.0).quiet_s = 0.0
    await house.rest(45)
    assert played(house) == [
        (POSITION_1, WITHIN_1),
        (POSITION_1, LONGER, "We expect to answer your call within three minutes."),
    ]


async def test_only_the_wait_or_only_the_position() -> None:
    house = await opened(announce=AnnounceDefinition(position=False, first=15.0, every=45.0))
    await house.seat("1001", ready=False)
    house.begin("c1")
    await house.rest(15)
    assert played(house) == [], "there is nothing to tell yet"
    learnt(house, 10.0)
    await house.rest(45)
    assert played(house) == [(WITHIN_1,)]


async def test_comfort_messages_in_turn() -> None:
    house = await opened(announce=None, comfort=ComfortDefinition(say=(HELLO, APP), every=30.0))
    house.begin("c1")
    await house.rest(95)
    assert played(house) == [(HELLO.shown("en"),), (APP.shown("en"),), (HELLO.shown("en"),)]
    assert house.events(e.WaitAnnounced) == []


async def test_nothing_begins_while_a_phone_rings_and_what_was_due_comes_after() -> None:
    house = await opened(comfort=ComfortDefinition(say=(HELLO,), every=30.0))
    house.begin("c1")
    await house.rest(10)
    await house.seat("1001")
    house.ring("c1-a1")
    await house.rest(19)
    assert played(house) == []
    await house.rest(2)
    assert house.state("1001") == "missed(no_answer)"
    assert played(house) == [(POSITION_1,)]


async def test_what_is_heard_goes_on_while_a_phone_rings_and_stops_before_the_two_are_connected() -> None:
    house = await opened()
    house.begin("c1")
    await house.rest(15.2)
    house.fake.asked.clear()
    await house.seat("1001")
    leg = await house.talk("c1")
    methods = [asked[0] for asked in house.fake.asked]
    assert methods == ["start_leg", "stop", "connect"], "the phone is called first"
    assert house.fake.did("connect") == [("c1", "leg.c1", leg)]
    await house.rest(300)
    assert len(house.fake.did("play")) == 0, "nobody is told anything in a talk"


async def test_what_is_heard_stops_before_the_caller_is_moved_away() -> None:
    house = await opened(max_wait=15.5)
    house.begin("c1")
    assert await house.outcome("c1") == "max_wait"
    assert [asked[0] for asked in house.fake.asked][-3:] == ["play", "stop", "leave_music"]


async def test_the_end_of_an_announcement_that_nobody_reports() -> None:
    house = await opened(comfort=ComfortDefinition(say=(HELLO,), every=30.0))
    house.begin("c1")
    hear = house.fake.hear
    house.fake.hear = lambda event: None if isinstance(event, PlayEnded) else hear(event)
    await house.rest(15 + MOST_PLAYING_S)
    assert len(played(house)) == 1
    await house.rest(60 - 15 - MOST_PLAYING_S + 0.5)
    assert played(house) == [(POSITION_1,), (POSITION_1,)], "it goes on all the same"


async def test_an_announcement_that_the_switch_refuses_costs_the_caller_nothing() -> None:
    house = await opened()
    house.fake.fails["play"] = [SwitchError("no")]
    house.begin("c1")
    await house.rest(61)
    assert played(house) == [(POSITION_1,), (POSITION_1,)]
    assert house.acd.core.state.tickets


async def test_announcements_go_on_after_a_kill_at_their_times() -> None:
    house = await opened()
    await house.seat("1001", ready=False)
    house.begin("c1")
    await house.rest()
    learnt(house, 30.0)
    await house.rest(16)
    assert [one.within_s for one in house.events(e.WaitAnnounced)] == [60.0]
    after = await house.killed()
    learnt(after, 200.0).quiet_s = 0.0
    await after.rest(40)
    assert played(after) == []
    after.acd.phone_seen("p1001")
    await after.rest(5)
    assert played(after) == [(POSITION_1, LONGER, "We expect to answer your call within ten minutes.")], (
        "45 s after the first, and what was told before is known"
    )


async def test_a_reload_changes_what_callers_hear() -> None:
    house = await opened()
    house.begin("c1")
    await house.rest(16)
    house.acd.configure(queue(announce=None), "v2")
    await house.rest(100)
    assert len(played(house)) == 1
    house.acd.configure({}, "v3")
    await house.rest(100)
    assert house.acd.core.state.tickets, "a queue that is gone keeps its callers"


# ── ways out ─────────────────────────────────────────────────────────────────────────────────────


async def test_a_key_that_leads_somewhere_leaves() -> None:
    house = await opened(["key 1"])
    house.begin("c1")
    await house.rest(15.5)
    house.press("c1", "7")
    await house.rest(0.1)
    assert house.acd.core.state.tickets, "7 leads nowhere"
    house.press("c1", "1")
    assert await house.outcome("c1") == "key 1"
    [left] = house.events(e.QueueLeft)
    assert (left.reason, left.key, round(left.wait_s), left.position) == ("key", "1", 16, 1)
    assert [asked[0] for asked in house.fake.asked][-3:] == ["play", "stop", "leave_music"]


async def test_a_key_while_a_phone_rings_frees_the_agent() -> None:
    house = await opened(["key 1"])
    await house.seat("1001")
    house.begin("c1")
    await house.rest()
    house.ring("c1-a1")
    house.press("c1", "1")
    assert await house.outcome("c1") == "key 1"
    assert "c1-a1" not in house.fake.legs
    assert house.events(e.OfferEnded)[0].outcome == "withdrawn"
    assert house.state("1001") == "ready", "they have missed nothing"


async def test_a_key_in_the_instant_of_the_answer_is_too_late() -> None:
    house = await opened(["key 1"])
    await house.seat("1001")
    house.begin("c1")
    await house.rest()
    house.ring("c1-a1")
    house.answer("c1-a1")
    house.press("c1", "1")
    await house.rest()
    assert "c1" in house.acd.core.state.talks
    house.press("c1", "1")
    await house.rest()
    assert "c1" in house.acd.core.state.talks, "keys in the talk mean nothing here"


async def test_a_key_left_behind_by_a_kill_is_the_outcome() -> None:
    house = await opened(["key 1"])
    house.begin("c1")
    await house.rest(5)
    house.fake.fails["leave_music"] = [SwitchError("lost")]
    house.acd.submit(i.Leave("c1", "key", "1"))  # recorded, and then the controller dies
    after = await house.killed()
    assert await after.outcome("c1") == "key 1"


async def test_the_queue_closes() -> None:
    house = await opened(["closed"], hours="office")
    state = {"hours.office.state": "open"}
    house.begin("c1")
    house.calls["c1"].facts = state
    house.calls["c1"].look_up = state.get
    await house.rest(20)
    state["hours.office.state"] = "closure"
    await house.rest(LOOK_S)
    assert await house.outcome("c1") == "closed"
    assert house.events(e.QueueLeft)[0].reason == "closed"


async def test_one_who_comes_when_it_is_closed_does_not_wait() -> None:
    house = await opened(["closed"], hours="office")
    house.begin("c1")
    house.calls["c1"].look_up = {"hours.office.state": "holiday"}.get
    assert await house.outcome("c1") == "closed"
    assert house.events(e.QueueEntered) == []
    assert house.events(e.QueueRefused)[0].reason == "closed"


async def test_without_a_way_out_those_who_wait_at_closing_time_are_served() -> None:
    house = await opened(hours="office")
    house.begin("c1")
    house.calls["c1"].look_up = {"hours.office.state": "closed"}.get
    await house.rest(60)
    assert house.acd.core.state.tickets


async def test_closing_time_waits_for_a_phone_that_rings() -> None:
    house = await opened(["closed"], hours="office")
    state = {"hours.office.state": "open"}
    await house.seat("1001")
    house.begin("c1")
    house.calls["c1"].look_up = state.get
    await house.rest()
    house.ring("c1-a1")
    state["hours.office.state"] = "closed"
    await house.rest(15)
    assert house.acd.core.state.tickets
    await house.rest(10)
    assert house.state("1001") == "missed(no_answer)"
    assert await house.outcome("c1") == "closed"


async def test_looking_at_the_clock_while_a_phone_rings_begins_nothing() -> None:
    house = await opened(["closed"], hours="office")
    house.begin("c1")
    house.calls["c1"].look_up = {"hours.office.state": "open"}.get
    await house.rest(8)
    await house.seat("1001")
    house.ring("c1-a1")
    await house.rest(18)
    assert played(house) == []
    await house.rest(4)
    assert played(house) == [(POSITION_1,)]


async def test_nobody_is_there_for_too_long() -> None:
    house = await opened(["empty"], empty_for=30.0)
    await house.seat("1001", ready=False)
    house.begin("c1")
    await house.rest(10)
    house.acd.submit(i.LogOut("1001"))
    await house.rest(20)
    await house.seat("1001", ready=False)
    await house.rest(10)
    house.acd.submit(i.LogOut("1001"))
    await house.rest(29)
    assert house.acd.core.state.tickets, "somebody was there in between"
    await house.rest(2 * LOOK_S)
    assert await house.outcome("c1") == "empty"
    assert house.events(e.QueueLeft)[0].reason == "empty"


async def test_without_a_way_out_they_wait_for_somebody_to_come() -> None:
    house = await opened(empty_for=0.0)
    house.begin("c1")
    await house.rest(60)
    assert house.acd.core.state.tickets


async def test_a_comfort_message_that_is_late_is_left_out() -> None:
    house = await opened(announce=None, comfort=ComfortDefinition(say=(HELLO, APP), every=30.0))
    house.begin("c1")
    await house.rest(25)
    await house.seat("1001")
    house.ring("c1-a1")
    await house.rest(20)
    assert house.state("1001") == "missed(no_answer)"
    assert LATE_S < 45 - 30
    assert played(house) == []
    await house.rest(16)
    assert played(house) == [(APP.shown("en"),)]
