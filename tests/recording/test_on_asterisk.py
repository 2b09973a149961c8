"""On a real Asterisk: what is on each side of a recording, in talks, transfers and pauses."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import signal
from typing import TYPE_CHECKING

import pytest

from records import events as e
from tests.recording.house import AGENT_HZ, CALLER_HZ, OTHER_HZ, a_house

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.asterisk


async def test_caller_left_agents_right_over_two_talks(tmp_path: Path, prompts: Path) -> None:
    """The first agent hangs up, the caller waits for a second one: one recording, silence in between."""
    async with a_house(tmp_path, prompts) as h:
        await h.seat("1001", "phone-1")
        call = await h.talks()
        await asyncio.sleep(3)
        await h.phones["phone-1"].hang_up()
        await h.sees(e.TalkEnded, call=call)
        await asyncio.sleep(2)
        await h.seat("1002", "phone-2")
        await h.sees(e.CallConnected, call=call, agent="1002")
        await asyncio.sleep(3)
        await h.caller.hang_up()
        kept, left, right = await h.kept(call)
        events = {type(r.event): r.at.timestamp() for r in await h.server.events()}
    assert kept.agents == ["1001", "1002"]
    assert kept.seconds == pytest.approx(left.seconds, abs=0.001)
    assert kept.sha256 == hashlib.sha256((h.recordings / kept.file).read_bytes()).hexdigest()
    ended = events[e.CallEnded] - kept.begun_at
    assert kept.seconds == pytest.approx(ended, abs=0.25), "it does not keep time"
    (quiet_from, quiet_s), *rests = left.silences()
    assert quiet_from == pytest.approx(3, abs=0.5)
    assert quiet_s > 2
    second = quiet_from + quiet_s
    # it rests once more when somebody new has come (telephony/asterisk/newcomers.py)
    assert len(rests) <= 1
    assert all(begin - second < 1.5 and length < 0.5 for begin, length in rests)
    assert right.quiet(quiet_from + 0.1, second - 0.1), "what callers hear between talks is not recorded"
    for begin, end, agent_hz in ((0.5, quiet_from - 0.2, AGENT_HZ), (second + 0.5, ended - 0.3, OTHER_HZ)):
        assert left.tones(begin, end) == {CALLER_HZ}
        assert right.tones(begin, end) == {agent_hz}


async def test_paused_and_resumed_fetched_and_deleted(tmp_path: Path, prompts: Path) -> None:
    async with a_house(tmp_path, prompts) as h:
        await h.seat("1001", "phone-1")
        call = await h.talks()
        await asyncio.sleep(2)
        assert call in await h.command("recordings", "list")
        assert "paused" in await h.command("recordings", "pause", call, "--reason", "card number")
        paused = await h.sees(e.CallRecordingPaused, call=call)
        assert (paused.by, paused.reason) == ("command line", "card number")
        await asyncio.sleep(2)
        [running] = json.loads(await h.command("recordings", "list", "--json"))["running"]
        assert (running["paused"], running["silent"]) == (True, True)
        await h.command("recordings", "resume", call)
        assert (await h.sees(e.CallRecordingResumed, call=call)).by == "command line"
        await asyncio.sleep(2)
        await h.caller.hang_up()
        kept, left, right = await h.kept(call)
        at = {type(r.event): r.at.timestamp() - kept.begun_at for r in await h.server.events()}
        assert "is not being recorded" in await h.command("recordings", "pause", call, status=1)

        # what a person does with it afterwards
        await h.command("recordings", "get", kept.recording, "--to", "talk.wav")
        assert hashlib.sha256((tmp_path / "talk.wav").read_bytes()).hexdigest() == kept.sha256
        assert (await h.sees(e.CallRecordingFetched, recording=kept.recording)).by == "command line"
        assert "1 of 1 are good" in await h.command("recordings", "verify", "--all")
        file = h.recordings / kept.file
        assert file.stat().st_mode & 0o077 == 0, "others may read it"
        file.write_bytes(file.read_bytes()[:-4] + b"abcd")
        assert "damaged" in await h.command("recordings", "verify", kept.recording, status=1)
        await h.command("recordings", "delete", kept.recording)
        assert not file.exists()
        assert (await h.sees(e.CallRecordingDeleted)).reason == "asked"
        await h.command("recordings", "get", kept.recording, status=1)
    for side, hz in ((left, CALLER_HZ), (right, AGENT_HZ)):
        [(begin, length)] = side.silences()
        assert begin == pytest.approx(at[e.CallRecordingPaused], abs=0.15)
        assert begin + length == pytest.approx(at[e.CallRecordingResumed], abs=0.15)
        assert side.tones(0.5, begin - 0.1) == side.tones(begin + length + 0.1, side.seconds - 0.3) == {hz}
    assert kept.seconds == pytest.approx(at[e.CallEnded], abs=0.25)


async def test_rules_consent_and_steps(tmp_path: Path, prompts: Path) -> None:
    async with a_house(tmp_path, prompts) as h:
        await h.seat("1001", "phone-1")

        async def a_talk(dialed: str, key: str = "") -> str:
            calls = len(await h.all(e.CallConnected))
            await h.caller.dial(dialed)
            if key:
                await h.caller.established()
                await asyncio.sleep(0.5)
                await h.caller.press(key)
            call: str = (await h.sees(e.CallConnected, count=calls + 1)).call
            await asyncio.sleep(0.7)
            await h.caller.hang_up()
            await h.sees(e.CallEnded, call=call)
            await h.sees(e.AgentStateChanged, count=calls + 2, after="ready")
            return call

        refused = await a_talk("2001", "9")
        agreed = await a_talk("2001", "1")
        switched_off = await a_talk("2002")
        switched_on = await a_talk("2003")
        unannounced = await a_talk("2005")
        kept = {call: (await h.kept(call))[0] for call in (agreed, switched_on)}
        reasons = {event.call: event.reason for event in await h.all(e.CallRecordingRefused)}
        started = [event.call for event in await h.all(e.CallRecordingStarted)]
    assert reasons == {refused: "no_consent", unannounced: "not_announced"}
    assert started == [agreed, switched_on]
    assert switched_off not in {*reasons, *started}
    assert kept[agreed].delete_at - kept[agreed].begun_at == pytest.approx(30 * 86400)
    assert kept[switched_on].delete_at - kept[switched_on].begun_at == pytest.approx(90 * 86400)


async def test_the_wait_is_recorded_by_rule(tmp_path: Path, prompts: Path) -> None:
    async with a_house(tmp_path, prompts) as h:
        await h.caller.dial("2004")
        waiting = await h.sees(e.QueueEntered)
        await asyncio.sleep(3)
        await h.seat("1001", "phone-1")
        await h.sees(e.CallConnected)
        await asyncio.sleep(2)
        await h.caller.hang_up()
        kept, left, right = await h.kept(waiting.call)
        at = {type(r.event): r.at.timestamp() - kept.begun_at for r in await h.server.events()}
    assert left.tones(0.5, left.seconds - 0.3) == {CALLER_HZ}
    talk = at[e.CallConnected]
    assert not right.quiet(0.5, talk - 0.3), "the music is on the right"
    assert AGENT_HZ not in right.tones(0.5, talk - 0.3)
    assert right.tones(talk + 0.5, right.seconds - 0.3) == {AGENT_HZ}


async def test_the_controller_is_killed_twice(tmp_path: Path, prompts: Path) -> None:
    async with a_house(tmp_path, prompts) as h:
        await h.seat("1001", "phone-1")
        call = await h.talks()
        await asyncio.sleep(1)
        await h.server.kill_controller()
        await asyncio.sleep(3)
        await h.server.start_controller()
        await asyncio.sleep(1)
        assert len(json.loads(await h.command("recordings", "list", "--json"))["running"]) == 1
        await h.server.kill_controller()
        await asyncio.sleep(1)
        gone = asyncio.get_running_loop().time()
        await h.caller.hang_up()
        await h.server.start_controller()
        kept, left, right = await h.kept(call)
        ended = (await h.sees(e.CallEnded, call=call)).found_after_restart
        begun = await h.sees(e.CallConnected)
        assert begun.call == call
        assert asyncio.get_running_loop().time() - gone < 30
    assert ended
    assert kept.seconds > 5
    assert left.tones(0.5, left.seconds - 0.3) == {CALLER_HZ}
    assert right.tones(0.5, right.seconds - 0.3) == {AGENT_HZ}
    silent = sum(length for _, length in left.silences())
    assert silent < 0.3, f"Asterisk went on, but {silent:.2f} s are missing"


async def test_asterisk_is_killed(tmp_path: Path, prompts: Path) -> None:
    async with a_house(tmp_path, prompts) as h:
        await h.seat("1001", "phone-1")
        call = await h.talks()
        await asyncio.sleep(4)
        os.kill(h.server.asterisk_pid, signal.SIGKILL)
        await asyncio.sleep(0.5)
        asterisk = h.server.settings.asterisk_home
        asterisk.process.start(ends_with_starter=True)
        await asyncio.to_thread(asterisk.process.wait_ready)
        kept, left, right = await h.kept(call, 30)
    assert kept.seconds > 2.5, "all but what Asterisk had not written yet, a second and a bit"
    assert left.tones(0.5, left.seconds - 0.1) == {CALLER_HZ}
    assert right.tones(0.5, right.seconds - 0.1) == {AGENT_HZ}
