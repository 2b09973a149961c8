"""The harness proves itself: a call from trunk to agent, heard on both sides, and a killed controller."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from records import events as e
from telephony.peers.softphone import Softphone
from tests.harness.talk import Listener, expect_talk

if TYPE_CHECKING:
    from pathlib import Path

    from callflow.private_server import PrivateServer

pytestmark = pytest.mark.asterisk


async def test_call_through_menu_and_queue_to_an_agent(
    ringhall_server: PrivateServer, tones: dict[int, Path]
) -> None:
    server = ringhall_server
    agent = Softphone("phone-1", server.sip, secret="secret-1", answer="auto", plays=tones[1000])
    caller = Softphone("+442012345", server.sip, plays=tones[440])
    async with agent, caller:
        await server.until_event(e.PhoneStateChanged, met=lambda event: event.phone == "phone-1")
        await server.log_in("1001", "phone-1")
        await server.ready("1001")
        await caller.dial("1000")
        await caller.established()
        await caller.press("1")
        await server.until_event(e.CallConnected)
        await expect_talk(caller, 440, agent, 1000)
        await caller.hang_up()
        await server.until_event(e.CallEnded)
        await agent.over()
    records = await server.records()
    assert [(r.queue, r.agent, r.outcome, r.ended_by) for r in records] == [
        ("sales", "1001", "completed", "caller")
    ]


async def test_talk_survives_a_killed_controller(
    ringhall_server: PrivateServer, tones: dict[int, Path]
) -> None:
    server = ringhall_server
    agent = Softphone("phone-2", server.sip, secret="secret-2", answer="auto", plays=tones[1000])
    caller = Softphone("+442012345", server.sip, plays=tones[440])
    async with agent, caller:
        await server.until_event(e.PhoneStateChanged, met=lambda event: event.phone == "phone-2")
        await server.log_in("1003", "phone-2")
        await server.ready("1003")
        await caller.dial("2000")
        await server.until_event(e.CallConnected)
        await server.kill_controller()
        await expect_talk(caller, 440, agent, 1000)
        await server.start_controller()
        await expect_talk(caller, 440, agent, 1000)
        assert await server.agent_state("1003") == "talking"
        await agent.hang_up()
        await server.until_event(e.CallEnded)
    records = await server.records()
    assert [(r.outcome, r.ended_by) for r in records] == [("completed", "agent")]


async def test_each_one_who_waits_hears_music_also_alone_and_after_a_restart(
    ringhall_server: PrivateServer,
) -> None:
    server = ringhall_server
    for number in range(2):
        async with Softphone("+442012345", server.sip) as caller:
            await caller.dial("2000")
            await server.until_event(e.QueueEntered, count=number + 1)
            await Listener(caller).expect_sound()
            await caller.hang_up()
            await server.until_event(e.CallEnded, count=number + 1)
    async with Softphone("+442012345", server.sip) as one, Softphone("+442067890", server.sip) as other:
        await one.dial("2000")
        await server.until_event(e.QueueEntered, count=3)
        await server.kill_controller()
        await server.start_controller()
        await Listener(one).expect_sound()
        await other.dial("2000")
        await server.until_event(e.QueueEntered, count=4)
        await Listener(other).expect_sound()
        await one.hang_up()
        await server.until_event(e.CallEnded, count=3)
        await Listener(other).expect_sound()
