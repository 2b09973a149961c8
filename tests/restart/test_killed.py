"""The controller is killed with five calls talking and five waiting, and takes them all up again."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, TypeVar

import pytest

from records import events as e
from telephony.peers.softphone import Softphone
from tests.harness.talk import Listener, expect_talk

if TYPE_CHECKING:
    from pathlib import Path

    from callflow.private_server import PrivateServer

pytestmark = pytest.mark.asterisk

E = TypeVar("E", bound=e.Event)

TALKING = WAITING = 5
AGENT_HZ, CALLER_HZ = 1000, 440


async def test_five_talk_five_wait_and_the_controller_is_killed(
    ringhall_server: PrivateServer, tones: dict[int, Path]
) -> None:
    server = ringhall_server
    async with AsyncExitStack() as stack:
        agents = await asyncio.gather(
            *(_agent(server, stack, number, tones) for number in range(1, TALKING + 1))
        )
        callers = await asyncio.gather(
            *(
                stack.enter_async_context(
                    Softphone(f"+4420700000{number:02}", server.sip, plays=tones[CALLER_HZ])
                )
                for number in range(TALKING + WAITING)
            )
        )
        for done, caller in enumerate(callers, start=1):
            await caller.dial("2000")
            await server.until_event(e.QueueEntered, count=done)
            await server.until_event(e.CallConnected, count=min(done, TALKING))
        assert await _waiting(server) == WAITING
        entered = await _all(server, e.QueueEntered)
        before = [event.call for event in entered[TALKING:]]
        assert [event.position for event in entered[TALKING:]] == [1, 2, 3, 4, 5]
        states = await _states(server)
        await asyncio.gather(*(Listener(caller).expect_sound(1.0) for caller in callers[TALKING:]))

        await server.kill_controller()
        pairs = [
            expect_talk(caller, CALLER_HZ, agent, AGENT_HZ)
            for caller, agent in await _pairs(server, agents, callers)
        ]
        music = [Listener(caller).expect_sound(1.5) for caller in callers[TALKING:]]
        await asyncio.gather(*pairs, *music)

        await server.start_controller()
        assert await _waiting(server) == WAITING
        assert await _states(server) == states
        await asyncio.gather(
            *(
                expect_talk(caller, CALLER_HZ, agent, AGENT_HZ)
                for caller, agent in await _pairs(server, agents, callers)
            ),
            *(Listener(caller).expect_sound(1.5) for caller in callers[TALKING:]),
        )

        # those who talked hang up; the waiting ones are served in their order
        for caller in callers[:TALKING]:
            await caller.hang_up()
        await server.until_event(e.CallConnected, 20, count=TALKING + WAITING)
        offered = [offer.call for offer in await _all(server, e.OfferMade)]
        assert offered[TALKING:] == before
        await expect_talk(callers[TALKING], CALLER_HZ, await _agent_of(server, agents, before[0]), AGENT_HZ)
        for caller in callers[TALKING:]:
            await caller.hang_up()
        await server.until_event(e.CallEnded, count=TALKING + WAITING)

        async def complete() -> bool:
            records = await server.records()
            return all(record.wrap_up_s is not None for record in records)

        await server.until(complete, 10, "complete records")
    records = await server.records()
    assert len(records) == TALKING + WAITING
    assert {(r.outcome, r.ended_by, r.found_after_restart) for r in records} == {
        ("completed", "caller", False)
    }
    ended = [end.call for end in await _all(server, e.CallEnded)]
    assert len(ended) == len(set(ended)), "a call has two ends"
    assert len(await _all(server, e.QueueEntered)) == TALKING + WAITING, "somebody lost a place"
    for record in records:
        # the wait began before the kill and went on through it
        since = next(event.since for event in entered if event.call == record.call)
        assert record.connected_at is not None
        assert record.wait_s == pytest.approx(record.connected_at.timestamp() - since, abs=0.05)


async def test_calls_that_ended_meanwhile_have_their_record(
    ringhall_server: PrivateServer, tones: dict[int, Path]
) -> None:
    server = ringhall_server
    async with AsyncExitStack() as stack:
        agent = await _agent(server, stack, 1, tones)
        talking = await stack.enter_async_context(Softphone("+442071", server.sip))
        waiting = await stack.enter_async_context(Softphone("+442072", server.sip))
        for done, caller in enumerate((talking, waiting), start=1):
            await caller.dial("2000")
            await server.until_event(e.QueueEntered, count=done)
        await server.until_event(e.CallConnected)
        await server.kill_controller()
        await talking.hang_up()
        await waiting.hang_up()
        await server.start_controller()
        await server.until_event(e.CallEnded, count=2)
        await agent.over()

        async def free() -> bool:
            return await server.agent_state("1001") == "ready"

        await server.until(free, 10, "ready agent")
    records = {record.outcome: record for record in await server.records()}
    assert set(records) == {"completed", "abandoned"}
    assert all(record.found_after_restart for record in records.values())


async def _agent(
    server: PrivateServer, stack: AsyncExitStack, number: int, tones: dict[int, Path]
) -> Softphone:
    name, agent = f"phone-{number}", f"100{number if number != 2 else 6}"
    phone = Softphone(name, server.sip, secret=f"secret-{number}", answer="auto", plays=tones[AGENT_HZ])
    await stack.enter_async_context(phone)
    await server.until_event(e.PhoneStateChanged, met=lambda event: event.phone == name and event.reachable)
    await server.log_in(agent, name)
    await server.ready(agent)
    return phone


async def _all(server: PrivateServer, kind: type[E]) -> list[E]:
    return [r.event for r in await server.until_event(kind) if isinstance(r.event, kind)]


async def _waiting(server: PrivateServer) -> int:
    queues = await server.ask("GET", "/control/queues")
    return int(next(queue["waiting"] for queue in queues if queue["name"] == "sales"))


async def _states(server: PrivateServer) -> dict[str, str]:
    return {agent["number"]: agent["state"] for agent in await server.ask("GET", "/control/agents")}


async def _pairs(
    server: PrivateServer, agents: list[Softphone], callers: list[Softphone]
) -> list[tuple[Softphone, Softphone]]:
    """Who talks with whom: the n-th caller arrived n-th, the log tells the phone."""
    arrived = [event.call for event in await _all(server, e.CallArrived)]
    offers = {offer.call: offer.phone for offer in await _all(server, e.OfferMade)}
    phones = {phone.name: phone for phone in agents}
    return [(callers[arrived.index(call)], phones[phone]) for call, phone in offers.items()]


async def _agent_of(server: PrivateServer, agents: list[Softphone], call: str) -> Softphone:
    offers = {offer.call: offer.phone for offer in await _all(server, e.OfferMade)}
    return next(phone for phone in agents if phone.name == offers[call])
