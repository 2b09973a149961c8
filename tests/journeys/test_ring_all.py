"""All phones ring: one wins, the others see it go, and no phone shows a missed call for it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from records import events as e
from telephony.peers.sipp import phones, registered
from telephony.peers.sipp_scenarios import PhonePlan
from tests.harness.talk import expect_talk
from tests.journeys.house import AGENT_HZ, CALLER_HZ, JOURNEY

if TYPE_CHECKING:
    from telephony.peers.sipp import SippRun
    from tests.journeys.house import House

pytestmark = JOURNEY

ELSEWHERE = 'SIP;cause=200;text="Call completed elsewhere"'


async def team(house: House, plan: PhonePlan, *agents: str, ready: bool = True) -> SippRun:
    """Log agents in on phones that all do what ``plan`` says; their messages are kept whole."""
    accounts = [house.another_phone() for _ in agents]
    run = await house.run(phones(house.server.sip, accounts, plan, wire=True))
    await registered(run, len(agents))
    for agent, (name, _) in zip(agents, accounts, strict=True):
        await house.log_in(agent, name, ready=ready)
    return run


def sent_to(run: SippRun, method: str) -> list[str]:
    """Give the requests of a method that came to the phones, repetitions left out."""
    return list(dict.fromkeys(one for one in run.wire() if one.startswith(f"{method} sip:")))


async def test_one_answers_and_the_others_see_it_go(house: House) -> None:
    run = await team(house, PhonePlan("answer", ring_ms=60_000), "1002", "1003")
    agent = await house.agent("1001", answers=False)
    caller = await house.waiting_caller("5010")
    await agent.ringing()
    await house.sees(e.OfferRang, call=caller.call, count=3)
    assert {event.agent for event in house.seen(e.OfferRang)} == {"1001", "1002", "1003"}
    assert len(run.offers()) == 2
    await agent.answer()
    await house.sees(e.CallConnected, call=caller.call, agent="1001")
    await run.until(lambda one: len(sent_to(one, "CANCEL")) == 2, 2, "two phones told to stop")
    assert all(ELSEWHERE in cancel for cancel in sent_to(run, "CANCEL")), sent_to(run, "CANCEL")
    for other in ("1002", "1003"):
        await house.state(other, "ready")
    await expect_talk(caller.phone, CALLER_HZ, agent, AGENT_HZ)
    await caller.hang_up()
    await house.ended(
        caller, "completed", "caller", ("1002", "taken"), ("1003", "taken"), ("1001", "answered")
    )
    assert house.seen(e.AgentStateChanged, after="missed") == []


async def test_a_caller_who_gives_up_leaves_a_missed_call(house: House) -> None:
    """Nobody has answered: a phone may well show who has called."""
    run = await team(house, PhonePlan("answer", ring_ms=60_000), "1001", "1002")
    caller = await house.waiting_caller("5010")
    await house.sees(e.OfferRang, call=caller.call, count=2)
    await caller.hang_up()
    await house.ended(caller, "abandoned", "caller", ("1001", "caller_gone"), ("1002", "caller_gone"))
    await run.until(lambda one: len(sent_to(one, "CANCEL")) == 2, 2, "two phones told to stop")
    assert not any(ELSEWHERE in cancel for cancel in sent_to(run, "CANCEL"))


async def test_all_answer_at_once(house: House) -> None:
    """One talk begins and the others' legs end, call after call."""
    run = await team(house, PhonePlan("answer", ring_ms=150), "1001", "1002", "1003")
    for _ in range(3):
        caller = await house.waiting_caller("5000")
        await house.sees(e.CallConnected, call=caller.call)
        await asyncio.sleep(0.5)  # whatever crossed on the wire has arrived
        [talk] = house.seen(e.CallConnected, call=caller.call)
        lost = [event.agent for event in house.seen(e.OfferEnded, call=caller.call, outcome="taken")]
        assert sorted([talk.agent, *lost]) == ["1001", "1002", "1003"]
        for agent in lost:
            await house.state(agent, "ready")
        await caller.hang_up()
        assert (await house.record(caller)).agent == talk.agent
        await house.state(talk.agent, "ready")  # after the wrap-up
    assert len(run.offers()) == 9
    taken = [one for method in ("CANCEL", "BYE") for one in sent_to(run, method) if ELSEWHERE in one]
    assert len(taken) == 6
    assert house.seen(e.AgentStateChanged, after="missed") == []


async def test_all_refuse(house: House) -> None:
    """They stay ready, are left in peace for some seconds, and whoever comes is offered the call."""
    run = await team(house, PhonePlan("reject", status=486), "1001", "1002")
    caller = await house.waiting_caller("5000")
    await house.sees(e.OfferEnded, call=caller.call, outcome="busy", count=2)
    await caller.hears_music()
    for agent in ("1001", "1002"):
        await house.state(agent, "ready")
    assert len(run.offers()) == 2
    other = await house.agent("1003")
    await house.sees(e.CallConnected, call=caller.call, agent="1003")
    await expect_talk(caller.phone, CALLER_HZ, other, AGENT_HZ)
    await caller.hang_up()
    record = await house.record(caller)
    assert (record.outcome, record.ended_by) == ("completed", "caller")
    *refused, taken = [(offer.agent, offer.outcome) for offer in record.offers]
    # both phones are rung at once: whose refusal is heard first is up to them
    assert sorted(refused) == [("1001", "busy"), ("1002", "busy")]
    assert taken == ("1003", "answered")


async def test_somebody_who_becomes_ready_is_rung_too(house: House) -> None:
    await team(house, PhonePlan("answer", ring_ms=60_000), "1001")
    caller = await house.waiting_caller("5010")
    await house.sees(e.OfferRang, call=caller.call, agent="1001")
    late = await house.agent("1002")
    await house.sees(e.CallConnected, call=caller.call, agent="1002")
    await late.hang_up()
    await house.ended(caller, "completed", "agent", ("1001", "taken"), ("1002", "answered"))
