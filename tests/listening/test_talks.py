"""Listeners on real talks, with people who really speak: what the record says, and what a kill does."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import pytest

from callflow.listening.ears import NOTHING
from records import events as e
from speech.tones import tone
from telephony.peers.softphone import Softphone
from telephony.wav import write_wav
from tests.harness.talk import Listener

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from callflow.private_server import PrivateServer
    from records.folds.call_record import CallRecord

pytestmark = pytest.mark.asterisk

E = TypeVar("E", bound=e.Event)
AGENT_HZ = 1000


@dataclass
class People:
    """A caller who speaks half of the time, and an agent."""

    caller: Softphone
    agent: Softphone


@asynccontextmanager
async def talk(
    server: PrivateServer, dialed: str, caller_plays: Path, agent_plays: Path | None
) -> AsyncIterator[People]:
    so_far = max((recorded.seq for recorded in await server.events()), default=0)
    async with AsyncExitStack() as stack:
        agent = await stack.enter_async_context(
            Softphone("phone-3", server.sip, secret="secret-3", answer="auto", plays=agent_plays)
        )
        await server.until_event(
            e.PhoneStateChanged, met=lambda event: event.phone == "phone-3" and event.reachable, after=so_far
        )
        await server.log_in("1003", "phone-3")
        await server.ready("1003")
        caller = await stack.enter_async_context(Softphone("+4420", server.sip, plays=caller_plays))
        await caller.dial(dialed)
        await server.until_event(e.CallConnected)
        yield People(caller, agent)


async def all_of(server: PrivateServer, kind: type[E]) -> list[E]:
    return [r.event for r in await server.events() if isinstance(r.event, kind)]


async def record_of(server: PrivateServer) -> CallRecord:
    await server.until_event(e.CallEnded)

    async def there() -> bool:
        return bool(await server.records())

    await server.until(there, 5, "record")
    return (await server.records())[0]


async def media_in(server: PrivateServer) -> list[str]:
    """Give what Asterisk has of media: channels and bridges."""
    process = server.settings.asterisk_home.process
    shown = await asyncio.to_thread(process.cli, "core show channels concise")
    bridges = await asyncio.to_thread(process.cli, "bridge show all")
    channels = [
        line for line in shown.splitlines() if line.startswith(("Snoop/", "WebSocket/", "UnicastRTP/"))
    ]
    return channels + [line for line in bridges.splitlines() if line.startswith("media-")]


async def nothing_left(server: PrivateServer) -> None:
    left: list[str] = []

    async def gone() -> bool:
        left[:] = await media_in(server)
        return not left

    await server.until(gone, 5, "Asterisk without media", lambda: f"it has {left}")


async def test_the_record_tells_who_spoke(server: PrivateServer, speaks: Path) -> None:
    async with talk(server, "2000", speaks, None) as people:
        assert len(await all_of(server, e.ListeningBegan)) == 1
        await asyncio.sleep(12.0)
        assert len(await media_in(server)) == 6  # two lines, of two channels and a bridge each
        await people.caller.hang_up()
        record = await record_of(server)
        await nothing_left(server)
    told = record.listening["voice_activity"]
    assert record.talk_s is not None
    assert told["seconds"] == pytest.approx(record.talk_s, abs=0.01)
    # four seconds on, four off; where in that the talk began is chance
    assert told["caller_talk_s"] == pytest.approx(record.talk_s / 2, abs=2.3)
    assert told["agent_talk_s"] < 0.3
    assert told["silence_s"] == pytest.approx(record.talk_s - told["caller_talk_s"], abs=0.5)
    assert told["longest_silence_s"] == pytest.approx(4.0, abs=0.6)
    assert told["overlap_s"] < 0.3
    [ended] = await all_of(server, e.ListeningEnded)
    assert ended.heard_s == pytest.approx({"caller": record.talk_s, "agent": record.talk_s}, abs=0.6)
    assert ended.lost_s == {}
    sequence = [type(r.event).__name__ for r in await server.events()]
    assert sequence.index("ListeningEnded") < sequence.index("CallEnded")
    explained = await asyncio.to_thread(explain, server, record.call)
    assert "voice_activity listens to caller and agent" in explained
    assert (
        f"voice_activity: seconds {told['seconds']:g}, caller_talk_s {told['caller_talk_s']:g}" in explained
    )


def explain(server: PrivateServer, call: str) -> str:
    import os
    import subprocess
    import sys

    environment = os.environ | {
        "RINGHALL_HOME": str(server.settings.home),
        "RINGHALL_DIALPLANS": str(server.settings.dialplans),
    }
    command = [sys.executable, "-c", "from callflow.cli import main; main()", "explain", call]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


async def test_rules_say_which_talks_are_heard(server: PrivateServer, speaks: Path) -> None:
    for dialed, heard in (("2001", 0), ("2002", 1)):
        async with talk(server, dialed, speaks, None) as people:
            await server.until_event(e.CallConnected, count=1 + heard)
            await asyncio.sleep(0.5)
            assert len(await all_of(server, e.ListeningBegan)) == heard
            assert len(await media_in(server)) == 6 * heard
            await people.caller.hang_up()
            await server.until_event(e.CallEnded, count=1 + heard)
        await server.ask("POST", "/control/agents/1003/logout")
        # the phone is gone too, before it comes again
        await server.until_event(
            e.PhoneStateChanged,
            met=lambda event: event.phone == "phone-3" and not event.reachable,
            count=1 + heard,
        )
    await nothing_left(server)


async def test_a_killed_controller_listens_on(server: PrivateServer, speaks: Path, tmp_path: Path) -> None:
    hums = write_wav(tmp_path / "hums.wav", tone(AGENT_HZ, 1.0).tobytes())
    async with talk(server, "2000", speaks, hums) as people:
        await asyncio.sleep(2.0)
        await server.kill_controller()
        await Listener(people.caller).expect(AGENT_HZ)
        await server.start_controller()
        await server.until_event(e.ListeningBegan, count=2)
        await asyncio.sleep(3.0)
        assert len(await media_in(server)) == 6  # what the dead one had is gone
        await Listener(people.caller).expect(AGENT_HZ)
        before = asyncio.get_running_loop().time()
        await people.agent.hang_up()
        record = await record_of(server)
        assert asyncio.get_running_loop().time() - before < 3
        await nothing_left(server)
    began = await all_of(server, e.ListeningBegan)
    assert [event.resumed for event in began] == [False, True]
    [ended] = await all_of(server, e.ListeningEnded)
    assert ended.failed == ""
    assert record.talk_s is not None
    assert 2.0 < ended.heard_s["caller"] < record.talk_s - 2.0  # and it says that it has not heard all
    # what nobody heard is not taken for silence
    assert record.listening["voice_activity"]["seconds"] == pytest.approx(ended.heard_s["caller"], abs=0.7)


async def test_a_talk_that_ended_while_no_controller_was_there(server: PrivateServer, speaks: Path) -> None:
    async with talk(server, "2000", speaks, None) as people:
        await asyncio.sleep(1.0)
        await server.kill_controller()
        await people.caller.hang_up()
        await people.agent.hang_up()
        await server.start_controller()
        record = await record_of(server)
        await nothing_left(server)
    assert record.listening == {}
    assert [event.failed for event in await all_of(server, e.ListeningEnded)] == [NOTHING]
