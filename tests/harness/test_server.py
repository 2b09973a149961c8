"""The harness proves itself: a call from trunk to agent, heard on both sides, and a killed controller."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

import pytest

from records import events as e
from telephony.asterisk.process import wait_end
from telephony.peers.softphone import Softphone
from tests.harness.fixtures import SITE
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


STARTS_ONE = """
import asyncio, sys
from pathlib import Path
from callflow.private_server import PrivateServer

async def main() -> None:
    async with PrivateServer(Path(sys.argv[1]), dialplans=Path(sys.argv[2])) as server:
        print(server.asterisk_pid, server.controller_pid, flush=True)
        await asyncio.sleep(600)

asyncio.run(main())
"""


async def test_whoever_is_killed_leaves_nothing_running(tmp_path: Path) -> None:
    starter = await asyncio.create_subprocess_exec(
        sys.executable, "-c", STARTS_ONE, tmp_path / "home", SITE, stdout=asyncio.subprocess.PIPE
    )
    assert starter.stdout is not None
    async with asyncio.timeout(90):
        pids = [int(pid) for pid in (await starter.stdout.readline()).split()]
    assert len(pids) == 2
    handles = [os.pidfd_open(pid) for pid in pids]
    starter.kill()
    await starter.wait()
    try:
        for handle in handles:
            assert await asyncio.to_thread(wait_end, handle, 5.0), "a process outlives whoever started it"
    finally:
        for handle in handles:
            os.close(handle)


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
