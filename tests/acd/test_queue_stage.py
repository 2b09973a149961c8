"""The queue stage with its service: the talk, and every way in which it does not come about."""

from __future__ import annotations

import pytest

from acd.core import inputs as i
from acd.queue_stage import QueueStep
from acd.visit import MUSIC_AFTER_S
from callflow.expressions import parse_template
from records import events as e
from telephony.switch import Cause, LegGone, SwitchError
from tests.acd.house import House

pytestmark = pytest.mark.virtual_time


@pytest.fixture
async def house() -> House:
    return await House().open()


async def test_wait_offer_talk_and_the_caller_hangs_up(house: House) -> None:
    house.begin("c1")
    await house.rest(30)
    assert house.fake.asked == [("answer", "leg.c1"), ("wait_with_music", "leg.c1", "jazz")]
    await house.seat("1001")
    assert house.fake.did("start_leg") == [("c1-a1", "p1001", "+4670", "sales", {"X-Ringhall-Call": "c1"})]
    leg = await house.talk("c1")
    assert house.fake.did("connect") == [("c1", "leg.c1", leg)]
    await house.rest(60)
    house.hang_up("c1")
    assert await house.outcome("c1") == "gone"
    assert leg not in house.fake.legs, "the agent's leg is hung up"
    assert house.fake.talks == {}
    [over] = house.events(e.TalkEnded)
    assert (over.by, round(over.talk_s)) == ("caller", 60)
    assert house.state("1001") == "wrap_up"
    await house.rest(10)
    assert house.state("1001") == "unreachable(lapsed)", "nobody vouched for the phone for a minute"


async def test_the_agents_phone_shows_what_the_step_says(house: House) -> None:
    await house.seat("1001")
    order = "\n47  11\t" + "x" * 100
    house.begin("c1", QueueStep(queue="sales", show=parse_template("Order {order}")))
    house.calls["c1"].facts["order"] = order
    await house.rest()
    [(_, _, number, name, _)] = house.fake.did("start_leg")
    assert (number, name) == ("+4670", "Order 47 11 " + "x" * 48)
    house.hang_up("c1")
    assert await house.outcome("c1") == "gone"


async def test_the_agent_hangs_up(house: House) -> None:
    await house.seat("1001")
    house.begin("c1")
    await house.rest()
    leg = await house.talk("c1")
    house.fake.end(leg)
    assert await house.outcome("c1") == "completed"
    assert house.events(e.TalkEnded)[0].by == "agent"
    assert "leg.c1" in house.fake.legs, "the caller may go on, to a survey say"
    assert house.fake.talks == {}


@pytest.mark.parametrize("step", ["waiting", "offered", "ringing", "answered"])
async def test_the_caller_hangs_up_before_the_talk(house: House, step: str) -> None:
    if step != "waiting":
        await house.seat("1001")
    house.begin("c1")
    await house.rest()
    if step in {"ringing", "answered"}:
        house.ring("c1-a1")
        await house.rest(1)
    if step == "answered":
        house.answer("c1-a1")  # in the same instant: neither event has been looked at yet
    house.hang_up("c1")
    assert await house.outcome("c1") == "gone"
    assert house.fake.legs == {}
    left, ended = house.events(e.QueueLeft, e.CallEnded)
    assert left.reason == "abandoned"
    assert isinstance(ended, e.CallEnded), "the wait is over before the call is"
    assert house.events(e.CallConnected) == []
    if step != "waiting":
        assert house.events(e.OfferEnded)[0].outcome == "caller_gone"
        assert house.state("1001") == "ready"


async def test_the_caller_hangs_up_while_the_two_are_being_connected(house: House) -> None:
    await house.seat("1001")
    house.begin("c1")
    await house.rest()
    house.fake.during["connect"] = lambda: house.hang_up("c1")
    house.answer("c1-a1")
    assert await house.outcome("c1") == "gone"
    assert house.fake.legs == {}
    assert house.events(e.CallConnected) == []
    assert [left.reason for left in house.events(e.QueueLeft)] == ["abandoned"]
    assert house.state("1001") == "ready"


async def test_a_refused_call_goes_to_the_next_agent(house: House) -> None:
    await house.seat("1001", "1002")
    house.begin("c1")
    await house.rest(MUSIC_AFTER_S)
    house.fake.end("c1-a1", Cause.BUSY)
    await house.rest()
    assert house.state("1001") == "missed(busy)"
    assert [asked[1] for asked in house.fake.did("start_leg")] == ["p1001", "p1002"]
    assert len(house.fake.did("wait_with_music")) == 1, "the music goes on"


async def test_nobody_picks_up(house: House) -> None:
    await house.seat("1001")
    house.begin("c1")
    await house.rest()
    house.ring("c1-a1")
    await house.rest(20)
    assert "c1-a1" not in house.fake.legs
    assert house.state("1001") == "missed(no_answer)"
    house.acd.submit(i.Ready("1001"))
    await house.rest()
    assert house.fake.did("start_leg")[-1][0] == "c1-a2"


async def test_a_phone_without_a_sign_of_life(house: House) -> None:
    await house.seat("1001", "1002")
    house.begin("c1")
    await house.rest(1.9)
    assert house.state("1001") == "reserved"
    await house.rest(0.2)
    assert house.state("1001") == "unreachable(silent)"
    assert "c1-a1" not in house.fake.legs
    assert house.state("1002") == "reserved"


async def test_a_leg_that_can_not_be_started(house: House) -> None:
    await house.seat("1001", "1002")
    house.fake.fails["start_leg"] = [SwitchError("no channel")]
    house.begin("c1")
    await house.rest()
    assert house.state("1001") == "ready", "the phone was never asked"
    assert house.state("1002") == "reserved"


async def test_a_connection_that_fails(house: House) -> None:
    await house.seat("1001")
    house.begin("c1")
    await house.rest()
    house.fake.fails["connect"] = [SwitchError("timed out")]
    house.ring("c1-a1")
    house.answer("c1-a1")
    await house.rest()
    assert "c1-a1" not in house.fake.legs
    assert house.fake.did("wait_with_music")[-1] == ("leg.c1", "jazz")
    assert house.state("1001") == "ready"
    await house.rest(5)
    assert house.fake.did("start_leg")[-1][0] == "c1-a2", "tried again, but not at once"


async def test_the_agent_is_gone_in_the_instant_of_the_answer(house: House) -> None:
    await house.seat("1001")
    house.begin("c1")
    await house.rest()
    house.answer("c1-a1")
    house.fake.end("c1-a1")
    await house.rest()
    assert "leg.c1" in house.fake.waiting
    assert house.acd.core.state.talks == {}


async def test_the_agent_logs_out_while_the_two_are_being_connected(house: House) -> None:
    await house.seat("1001", "1002")
    house.begin("c1")
    await house.rest()
    house.fake.during["connect"] = lambda: house.acd.submit(i.LogOut("1001"))
    house.answer("c1-a1")
    await house.rest()
    assert house.state("1001") == "logged_out"
    assert "c1-a1" not in house.fake.legs
    assert "leg.c1" in house.fake.waiting, "music again"
    assert house.state("1002") == "reserved"
    assert house.events(e.CallConnected) == []
    await house.talk("c1")


async def test_max_wait_ends_the_visit_and_the_music(house: House) -> None:
    house.begin("c1", QueueStep(queue="sales", max_wait=30.0))
    await house.rest(29)
    assert not house.tasks["c1"].done()
    assert await house.outcome("c1") == "max_wait"
    assert house.fake.did("leave_music") == [("leg.c1", "jazz")]


async def test_a_queue_that_a_reload_has_removed(house: House) -> None:
    house.acd.configure({}, "v2")
    house.begin("c1")
    assert await house.outcome("c1") == "unavailable"


async def test_a_failure_gives_everything_back(house: House) -> None:
    await house.seat("1001")
    house.fake.fails["wait_with_music"] = [SwitchError("no bridge")]
    house.begin("c1")
    await house.rest(MUSIC_AFTER_S)
    assert await house.outcome("c1") == "failed"
    assert house.state("1001") == "ready"
    assert house.acd.core.state.tickets == {}


async def test_an_offer_for_a_call_without_a_task_is_given_back(house: House) -> None:
    await house.seat("1001")
    house.acd.submit(i.Enqueue("ghost", "sales"))
    assert house.state("1001") == "ready"
    assert house.events(e.QueueLeft)[0].call == "ghost"


async def test_the_end_of_a_call_leaves_nothing_behind(house: House) -> None:
    house.begin("c1")
    await house.rest()
    house.record(e.CallEnded(call="c1", outcome="failed", by="system", cause="failure"))
    state = house.acd.core.state
    assert state.tickets == {}
    assert state.exits == {}


# ── killed and back ──────────────────────────────────────────────────────────────────────────────


async def test_killed_and_back_places_times_music_talks_and_agents(house: House) -> None:
    await house.seat("1001", "1002")
    for call in ("c1", "c2", "c3", "c4"):
        house.begin(call)
        await house.rest(0.1)
    await house.rest(MUSIC_AFTER_S)
    await house.talk("c1")
    places = {ticket.call: ticket.place for ticket in house.acd.core.state.tickets.values()}
    offered = house.acd.core.state.tickets["c2"].offer
    after = await house.killed()
    state = after.acd.core.state
    assert {ticket.call: ticket.place for ticket in state.tickets.values()} == places
    assert after.state("1001") == "talking"
    assert after.fake.talks == {"c1": {"leg.c1", "c1-a1"}}
    assert not after.fake.did("connect"), "the talk is not touched"
    assert not after.fake.did("wait_with_music"), "the music is not touched"
    assert offered not in after.fake.legs, "the offer was given back"
    assert state.tickets["c2"].offer == "c2-a3", "and made again, to the same agent, by place"
    after.hang_up("c1")
    await after.rest()
    assert after.events(e.TalkEnded)[0].by == "caller"
    assert after.state("1001") == "wrap_up"


async def test_killed_and_the_agent_hangs_up_meanwhile(house: House) -> None:
    await house.seat("1001")
    house.begin("c1")
    await house.rest()
    leg = await house.talk("c1")
    del house.fake.legs[leg]
    after = await house.killed()
    assert await after.outcome("c1") == "completed"
    assert after.events(e.TalkEnded)[0].by == "agent"


async def test_killed_and_the_caller_hangs_up_meanwhile(house: House) -> None:
    await house.seat("1001")
    for call in ("c1", "c2"):
        house.begin(call)
        await house.rest()
    await house.talk("c1")
    del house.fake.legs["leg.c1"], house.fake.legs["leg.c2"]
    after = await house.killed()
    assert after.acd.core.state.talks == {}
    assert after.acd.core.state.tickets == {}
    assert after.state("1001") == "wrap_up"
    assert after.events(e.QueueLeft)[0].call == "c2"


async def test_killed_before_the_outcome_was_told(house: House) -> None:
    house.begin("c1", QueueStep(queue="sales", max_wait=5.0))
    await house.rest(1)
    house.calls["c1"].post = lambda message: None  # type: ignore[method-assign] # dies with the message
    await house.rest(10)
    after = await house.killed()
    assert await after.outcome("c1") == "max_wait", "the wait is not begun anew"


async def test_a_resumed_call_may_queue_again(house: House) -> None:
    house.begin("c1")
    await house.rest()
    after = await house.killed()
    after.acd.submit(i.CallGone("c1"))
    after.tasks["c1"].cancel()
    await after.rest()
    after.begin("c1", resumed=True)
    await after.rest()
    assert len(after.events(e.QueueEntered)) == 2


async def test_the_switch_is_not_there_yet_after_a_restart(house: House) -> None:
    house.begin("c1")
    await house.rest()
    house.fake.fails["survey"] = [SwitchError("down"), LegGone("odd")]
    after = await house.killed()
    assert not after.acd.core.is_open
    await after.rest(2)
    assert after.acd.core.is_open
    await after.seat("1001")
    await after.talk("c1")
