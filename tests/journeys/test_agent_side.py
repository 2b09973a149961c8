"""The agent's side fails: the caller keeps the place, another agent is offered the call."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Literal

import pytest

from records import events as e
from telephony.peers.sipp import phones, registered
from telephony.peers.sipp_scenarios import PhonePlan
from tests.harness.talk import expect_talk
from tests.journeys.house import AGENT_HZ, CALLER_HZ, JOURNEY

if TYPE_CHECKING:
    from telephony.peers.sipp import SippRun
    from tests.journeys.house import Caller, House

pytestmark = JOURNEY


async def odd_agent(house: House, number: str, plan: PhonePlan) -> SippRun:
    """Log an agent in on a phone that does with calls what ``plan`` says."""
    name, secret = house.another_phone()
    run = await house.run(phones(house.server.sip, [(name, secret)], plan))
    await registered(run, 1)
    await house.log_in(number, name)
    return run


async def served_by_another(house: House, caller: Caller, first: str, outcome: str) -> float:
    """Prove that a caller whose first offer failed is not forgotten; give the wait, in seconds."""
    other = await house.agent("1002")
    await house.sees(e.CallConnected, call=caller.call, agent="1002")
    await expect_talk(caller.phone, CALLER_HZ, other, AGENT_HZ)
    await caller.hang_up()
    record = await house.ended(caller, "completed", "caller", (first, outcome), ("1002", "answered"))
    assert record.agent == "1002"
    assert record.wait_s is not None
    return record.wait_s


@pytest.mark.parametrize(
    ("status", "outcome"), [(603, "rejected"), (486, "busy"), (480, "no_answer")], ids=str
)
async def test_refuses(house: House, status: Literal[480, 486, 603], outcome: str) -> None:
    run = await odd_agent(house, "1001", PhonePlan("reject", status=status))
    began = time.monotonic()
    caller = await house.waiting_caller("2000")
    await house.state("1001", "missed", outcome)
    await caller.hears_music()
    assert len(run.offers()) == 1  # not offered again and again to somebody who refuses
    gone_by = time.monotonic() - began
    wait_s = await served_by_another(house, caller, "1001", outcome)
    assert wait_s >= gone_by - 0.5  # the wait runs from the entry, not from the refusal


async def test_refuses_by_hand(house: House) -> None:
    agent = await house.agent("1001", answers=False)
    caller = await house.waiting_caller("2000")
    await agent.ringing()
    await agent.hang_up()
    await house.state("1001", "missed", "busy")
    await served_by_another(house, caller, "1001", "busy")


async def test_does_not_answer(house: House) -> None:
    agent = await house.agent("1001", answers=False)
    caller = await house.waiting_caller("2000")
    await agent.ringing()
    await house.state("1001", "ringing")
    await house.state("1001", "missed", "no_answer")
    assert (await agent.over(2)).incoming  # the phone has stopped
    await served_by_another(house, caller, "1001", "no_answer")
    [offer] = house.seen(e.OfferEnded)
    assert 2.9 <= offer.rang_s <= 4.0  # the queue's ring time


async def test_unregisters_while_ringing(house: House) -> None:
    agent = await house.agent("1001", answers=False)
    caller = await house.waiting_caller("2200")
    await agent.ringing()
    await agent.unregister()
    await house.state("1001", "unreachable", "gone")
    await agent.over(2)
    await served_by_another(house, caller, "1001", "unreachable")


async def test_is_killed_while_ringing(house: House) -> None:
    """Nothing says so but Asterisk's own question to the phone: every 5 s, given up after 3 s."""
    agent = await house.agent("1001", answers=False)
    caller = await house.waiting_caller("2200")
    await agent.ringing()
    agent.kill()
    await house.state("1001", "unreachable", seconds=10)
    await caller.hears_music()
    await served_by_another(house, caller, "1001", "unreachable")


async def test_gives_no_sign_of_life(house: House) -> None:
    """No provisional response in 2 s: unreachable, not missed; the two who wait keep their order."""
    await odd_agent(house, "1001", PhonePlan("silent"))
    first = await house.waiting_caller("2000")
    second = await house.waiting_caller("2000")
    await house.state("1001", "unreachable", "silent")
    made, ended = (
        next(r.at for r in house.feed.events if isinstance(r.event, kind))
        for kind in (e.OfferMade, e.OfferEnded)
    )
    assert 1.9 <= (ended - made).total_seconds() < 3.0, (
        "2 s since the decision, whose record is a moment younger"
    )
    assert house.seen(e.AgentStateChanged, agent="1001", after="missed") == []
    other = await house.agent("1002")
    connected = await house.sees(e.CallConnected, agent="1002")
    assert connected.call == first.call
    await other.hang_up()
    await house.ended(first, "completed", "agent", ("1001", "unreachable"), ("1002", "answered"))
    await house.sees(e.CallConnected, call=second.call, agent="1002")
    await second.hang_up()
    await house.ended(second, "completed", "caller", ("1002", "answered"))


async def test_hangs_up_first(house: House) -> None:
    agent = await house.agent("1001")
    caller = await house.waiting_caller("2000")
    await agent.established()
    await expect_talk(caller.phone, CALLER_HZ, agent, AGENT_HZ)
    await agent.hang_up()
    await caller.phone.over(2)
    await house.ended(caller, "completed", "agent", ("1001", "answered"))
    await house.state("1001", "ready")


async def test_is_killed_while_talking(house: House) -> None:
    """The caller, left alone in the talk, hangs up; the agent's leg ends although nobody confirms it."""
    agent = await house.agent("1001")
    caller = await house.waiting_caller("2000")
    await agent.established()
    await house.sees(e.CallConnected, call=caller.call)
    agent.kill()
    await asyncio.sleep(0.3)
    await caller.hang_up()
    await house.ended(caller, "completed", "caller", ("1001", "answered"))
    await house.nothing_left()
