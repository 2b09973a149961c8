"""One listener hears a caller in menu, wait and talks, over a kill and a transfer; never what they hear."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from itertools import pairwise
from pathlib import Path
from shutil import copy
from typing import TYPE_CHECKING

import pytest

from records import events as e
from speech.tones import has_tone, tone
from telephony.peers.softphone import Softphone
from telephony.wav import write_wav
from tests.harness.talk import Listener
from tests.listening.bursts import AGENTS_HZ, CALLER_HZ
from tests.listening.test_talks import all_of, explain, media_in, nothing_left
from tests.recording.house import sides

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from callflow.private_server import PrivateServer
    from records.events import Recorded
    from tests.harness.fixtures import ServerMaker

pytestmark = pytest.mark.asterisk

PROMPT_HZ = 1700
SITE = """
site: Heard Whole
time_zone: UTC
languages: [en]
numbers: {"2000": main, "2001": private, "2002": asked}
skills: [sales, support]
queues:
  sales: {needs: {sales: 3}, wrap_up: 2s, record: yes}
  support: {needs: {support: 5}, wrap_up: 2s, record: yes}
  private: {needs: {sales: 3}, wrap_up: 2s}
listeners:
  bursts: {not_queues: [private], keep: 30d}
menus:
  main:
    - menu: {say: prompt.wav, keys: {"1": judged}, timeout: 30s}
    - hangup
  judged:
    - if: heard.bursts.signal == "burst" and heard.bursts.confidence > 0.8
      then: sales
      else: hangup
  sales:
    - queue: sales
  private:
    - play: prompt.wav
    - queue: private
  asked:
    - consent: {to: bursts, say: prompt.wav, yes: "1", no: "2"}
    - consent: {to: bursts, say: prompt.wav, yes: "1", no: "2", timeout: 30s}
    - hangup
"""
PHASE_S = 4.0


def bursts(folder: Path, hz: int) -> Path:
    """What somebody plays who says half a second of a tone, pauses for half a second, and so on."""
    return write_wav(folder / f"bursts-{hz}.wav", tone(hz, 0.5).tobytes() + bytes(8000))


@pytest.fixture
async def server(make_server: ServerMaker, tmp_path: Path) -> AsyncIterator[PrivateServer]:
    """A server for which the test's listener is an installed part."""
    site, parts = tmp_path / "site", tmp_path / "parts"
    for folder in (site, parts / "bursts-1.0.dist-info"):
        folder.mkdir(parents=True)
    (site / "site.yaml").write_text(SITE, "utf-8")
    write_wav(site / "prompt.wav", tone(PROMPT_HZ, 3.0).tobytes())
    copy(Path(__file__).parent / "bursts.py", parts / "heard_bursts.py")
    about = parts / "bursts-1.0.dist-info"
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: bursts\nVersion: 1.0\n", "utf-8")
    (about / "entry_points.txt").write_text("[ringhall.listeners]\nbursts = heard_bursts:Bursts\n", "utf-8")
    async with make_server(dialplans=site, environment={"PYTHONPATH": str(parts)}) as server:
        yield server


async def agent(stack: AsyncExitStack, server: PrivateServer, number: int, plays: Path) -> Softphone:
    phone = f"phone-{number}"
    made = await stack.enter_async_context(
        Softphone(phone, server.sip, secret=f"secret-{number}", answer="auto", plays=plays)
    )
    await server.until_event(e.PhoneStateChanged, met=lambda event: event.phone == phone and event.reachable)
    await server.log_in(f"100{number}", phone)
    return made


def in_phases(events: list[Recorded], *marks: type[e.Event]) -> list[list[e.SignalNoted]]:
    """Part what was noted by when each of these happened for the first time since the one before."""
    times, seen = [], 0
    for kind in marks:
        seen = next(
            place for place, one in enumerate(events) if place >= seen and isinstance(one.event, kind)
        )
        times.append(events[seen].at)
        seen += 1
    noted = [(one.at, one.event) for one in events if isinstance(one.event, e.SignalNoted)]
    return [[event for at, event in noted if begin <= at < end] for begin, end in pairwise(times)]


def heard(noted: list[e.SignalNoted], side: str) -> list[float]:
    return [one.value for one in noted if one.side == side and one.signal == "burst"]


async def a_call_through_it_all(server: PrivateServer, tmp_path: Path) -> str:
    """Menu, wait, talk, a kill in it, a transfer to somebody else; gives the call's id."""
    async with AsyncExitStack() as stack:
        for number, hz in enumerate(AGENTS_HZ, start=1):
            await agent(stack, server, number, bursts(tmp_path, hz))
        caller = await stack.enter_async_context(
            Softphone("+862155501234", server.sip, plays=bursts(tmp_path, CALLER_HZ))
        )
        await caller.dial("2000")
        await Listener(caller).expect(PROMPT_HZ)  # they do hear the prompt
        await asyncio.sleep(PHASE_S)
        assert len(await media_in(server)) == 3  # a line: two channels and a bridge
        await caller.press("1")
        await server.until_event(e.QueueEntered)
        await Listener(caller).expect_sound()  # and the music
        await asyncio.sleep(PHASE_S)
        await server.ready("1001")
        await server.until_event(e.CallConnected)
        await asyncio.sleep(PHASE_S)
        await server.kill_controller()
        await server.start_controller()
        await server.until_event(e.ListeningBegan, count=2)
        await asyncio.sleep(PHASE_S)
        assert len(await media_in(server)) == 6
        await server.ready("1002")
        call = (await all_of(server, e.QueueEntered))[0].call
        await server.ask("POST", f"/control/calls/{call}/transfer", {"queue": "support"})
        await server.until_event(e.CallConnected, count=2)
        await asyncio.sleep(PHASE_S)
        await caller.hang_up()
        await server.until_event(e.ListeningEnded)
        await nothing_left(server)
    return call


async def test_one_listener_hears_it_all(server: PrivateServer, tmp_path: Path) -> None:
    call = await a_call_through_it_all(server, tmp_path)
    assert [event.resumed for event in await all_of(server, e.ListeningBegan)] == [False, True]
    [ended] = await all_of(server, e.ListeningEnded)
    events = await server.events()
    marks = (e.CallAnswered, e.QueueEntered, e.CallConnected, e.ListeningBegan, e.TalkEnded, e.CallConnected)
    menu, wait, talk, after_kill, _, second = in_phases(events, *marks, e.CallEnded)
    for phase in (menu, wait, talk, after_kill, second):
        assert len(heard(phase, "caller")) >= 2
        assert [one for one in phase if one.side == "caller" and one.signal == "other"] == []
    assert heard(menu, "agent") == heard(wait, "agent") == []
    for phase, hz in ((talk, AGENTS_HZ[0]), (after_kill, AGENTS_HZ[0]), (second, AGENTS_HZ[1])):
        assert len(heard(phase, "agent")) >= 2
        assert set(heard(phase, "agent")) == {hz}
    assert {one.detail["queue"] for one in menu} == {"menu"}
    assert {one.detail["queue"] for one in second} == {"support"}
    # times count from the answer, over the kill too
    answered = next(one.at for one in events if isinstance(one.event, e.CallAnswered))
    for one in events:
        if isinstance(one.event, e.SignalNoted):
            assert (one.at - answered).total_seconds() == pytest.approx(one.event.at_s, abs=1.0)
    assert [(use.signal, use.value, use.outcome) for use in await all_of(server, e.SignalUsed)] == [
        ("heard.bursts.confidence", "0.9", "then"),
        ("heard.bursts.signal", "burst", "then"),
    ]

    async def there() -> bool:
        return any(record.listening for record in await server.records())

    await server.until(there, 5, "the listener's report in the record")
    [record] = await server.records()
    assert record.listening == {"bursts": ended.result}
    assert ended.result["caller_other"] == 0
    # a line that stays on the leg takes nothing from its recording (telephony/asterisk/newcomers.py)
    await server.until_event(e.CallRecordingKept)
    [kept] = await all_of(server, e.CallRecordingKept)
    said, what_they_heard = sides(server.home / "call-recordings" / kept.file)
    assert has_tone(said.samples, 8000, CALLER_HZ, seconds=3.0)
    for hz in AGENTS_HZ:
        assert has_tone(what_they_heard.samples, 8000, hz, seconds=1.5), f"{hz} Hz is not recorded"
    explained = " ".join(
        (await asyncio.to_thread(explain, server, call)).split()
    )  # lines are broken by width
    assert "goes by heard.bursts.signal (burst): then" in explained
    assert "bursts listens to caller, to the end of the call" in explained


async def test_it_ends_where_it_must_not_hear(server: PrivateServer, tmp_path: Path) -> None:
    async with Softphone("+862155501234", server.sip, plays=bursts(tmp_path, CALLER_HZ)) as caller:
        await caller.dial("2001")
        await server.until_event(e.ListeningEnded)
        await nothing_left(server)
        await asyncio.sleep(1.0)
        assert await media_in(server) == []
        await caller.hang_up()
        await server.until_event(e.CallEnded)
    [ended] = await all_of(server, e.ListeningEnded)
    assert (ended.early, ended.failed) == ("not_queues", "")
    assert ended.result["caller_bursts"] >= 2
    assert ended.curves == {"bursts": 2}


async def test_consent_is_withdrawn_by_a_key(server: PrivateServer, tmp_path: Path) -> None:
    async with Softphone("+862155501234", server.sip, plays=bursts(tmp_path, CALLER_HZ)) as caller:
        await caller.dial("2002")
        await Listener(caller).expect(PROMPT_HZ)
        await caller.press("1")
        await server.until_event(e.ConsentGiven)
        await Listener(caller).expect(PROMPT_HZ)
        assert await all_of(server, e.ListeningEnded) == []
        await caller.press("2")
        await server.until_event(e.ListeningEnded)
        await caller.over()
    await nothing_left(server)
    events = [one.event for one in await server.events()]
    asked = [event for event in events if isinstance(event, e.ConsentGiven | e.ConsentRefused)]
    assert [(type(event), event.to, event.how) for event in asked] == [
        (e.ConsentGiven, "bursts", "key 1"),
        (e.ConsentRefused, "bursts", "key 2"),
    ]
    [ended] = await all_of(server, e.ListeningEnded)
    assert (ended.early, ended.failed) == ("consent", "")
