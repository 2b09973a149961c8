"""The switch port's promises, on a real Asterisk with real phones and real audio."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest

from callflow.ids import new_call_id
from speech.tones import has_tone, tone
from telephony.peers.softphone import Softphone
from telephony.switch import (
    Cause,
    KeyPressed,
    LegAnswered,
    LegArrived,
    LegEnded,
    LegGone,
    LegKind,
    LegRinging,
    PhoneReachable,
    PlayEnded,
)
from telephony.wav import write_wav
from tests.switch.conftest import PHONES

TURNS = 100

if TYPE_CHECKING:
    from pathlib import Path

    from tests.switch.conftest import Bench

pytestmark = pytest.mark.asterisk


async def hears(phone: Softphone, hz: int) -> None:
    """Wait until a phone has heard a tone."""
    async with asyncio.timeout(6):
        while True:
            heard = phone.heard()
            if has_tone(heard.pcm, heard.rate, hz):
                return
            await asyncio.sleep(0.1)


async def test_music_that_was_begun_for_somebody_who_is_gone_ends(bench: Bench) -> None:
    """Asterisk ends it with the last one who leaves; here nobody ever came."""
    with pytest.raises(LegGone):
        await bench.switch.wait_with_music("nobody", "default")
    async with asyncio.timeout(5):
        while "ARI_MOH" in await asyncio.to_thread(bench.home.process.cli, "core show channels concise"):  # noqa: ASYNC110
            await asyncio.sleep(0.1)  # Asterisk ends it in its own time


async def test_a_caller_is_played_to_waits_with_music_and_is_connected_both_ways(
    bench: Bench, tones: dict[int, Path]
) -> None:
    switch = bench.switch
    call = new_call_id(time.time())
    agent_leg = f"{call}-a1"
    async with (
        Softphone("+8613912345678", bench.server, plays=tones[440]) as caller,
        Softphone(
            "phone-1", bench.server, secret=PHONES[0].secret, answer="manual", plays=tones[1000]
        ) as agent,
    ):
        await bench.until(PhoneReachable, phone="phone-1")
        await caller.dial("1000")
        arrived = await bench.until(LegArrived)
        assert (arrived.kind, arrived.dialed, arrived.caller_number, arrived.endpoint) == (
            LegKind.TRUNK,
            "1000",
            "+8613912345678",
            "loopback",
        )
        await switch.answer(arrived.leg)
        await switch.play(arrived.leg, f"{call}-p1", [str(tones[600].with_suffix(""))])
        await caller.established()
        await hears(caller, 600)
        await caller.press("2")
        assert (await bench.until(KeyPressed)).key == "2"
        await switch.stop(f"{call}-p1")
        assert (await bench.until(PlayEnded)).playback == f"{call}-p1"

        await switch.wait_with_music(arrived.leg, "default")
        assert arrived.leg in (await switch.survey()).waiting
        await switch.start_leg(
            agent_leg, "phone-1", caller_number="13912345678", caller_name="sales", headers={}
        )
        await bench.until(LegRinging, leg=agent_leg)
        shown = await agent.ringing()
        assert shown.peer_number == "13912345678"
        assert shown.peer_name == "sales"
        await agent.answer()
        await bench.until(LegAnswered, leg=agent_leg)
        await switch.connect(call, [arrived.leg, agent_leg])
        await hears(caller, 1000)
        await hears(agent, 440)
        survey = await switch.survey()
        assert survey.talks == {call: frozenset({arrived.leg, agent_leg})}
        assert survey.waiting == frozenset()
        await caller.press("5")
        assert (await bench.until(KeyPressed)).key == "5"

        await caller.hang_up()
        assert (await bench.until(LegEnded, leg=arrived.leg)).cause is Cause.NORMAL
        await switch.hangup(agent_leg)
        await bench.until(LegEnded, leg=agent_leg)
        await switch.disconnect(call)
        async with asyncio.timeout(3):
            while (await switch.survey()).talks:  # noqa: ASYNC110 - Asterisk takes a bridge down in its own time
                await asyncio.sleep(0.02)
    # every leg ended exactly once
    ended = [event.leg for event in bench.seen if isinstance(event, LegEnded)]
    assert sorted(ended) == sorted({arrived.leg, agent_leg})


async def test_what_is_played_right_after_a_talk_is_heard(bench: Bench, tmp_path: Path) -> None:
    """However little time there is between: Asterisk loses what is played while a leg is leaving a bridge."""
    switch, call = bench.switch, new_call_id(time.time())
    write_wav(tmp_path / "short.wav", tone(600, 0.1).tobytes())
    async with Softphone("caller", bench.server) as caller:
        await caller.dial("1000")
        arrived = await bench.until(LegArrived)
        await switch.answer(arrived.leg)
        for turn in range(TURNS):
            await switch.connect(f"{call}-{turn}", [arrived.leg])
            await switch.disconnect(f"{call}-{turn}")
            await switch.play(arrived.leg, f"{call}-p{turn}", [str(tmp_path / "short")])
            await bench.until(PlayEnded, within=3, playback=f"{call}-p{turn}", failed=False)
        await caller.hang_up()
        await bench.until(LegEnded, leg=arrived.leg)


async def test_a_phone_that_is_busy_or_not_there(bench: Bench) -> None:
    call = new_call_id(time.time())
    async with Softphone("phone-2", bench.server, secret=PHONES[1].secret) as phone:
        await bench.until(PhoneReachable, phone="phone-2")
        leg = f"{call}-a1"
        await bench.switch.start_leg(leg, "phone-2", caller_number="1", caller_name="x", headers={})
        await phone.ringing()
        await phone.hang_up()
        assert (await bench.until(LegEnded, leg=leg)).cause in {Cause.BUSY, Cause.REJECTED}
    leg = f"{call}-a2"
    started = time.monotonic()
    await bench.switch.start_leg(leg, "phone-2", caller_number="1", caller_name="x", headers={})
    assert (await bench.until(LegEnded, leg=leg)).cause in {Cause.UNREACHABLE, Cause.NO_ANSWER}
    assert time.monotonic() - started < 3


async def test_what_is_gone_is_said_to_be_gone(bench: Bench) -> None:
    with pytest.raises(LegGone):
        await bench.switch.answer("1.1")
    await bench.switch.hangup("1.1")
    await bench.switch.stop("nothing")
    await bench.switch.disconnect("nothing")


async def test_phones_that_did_not_change_are_not_touched(bench: Bench) -> None:
    assert await bench.switch.push_phones(PHONES) == 0
    changed = [PHONES[0], type(PHONES[1])(name="phone-2", secret="another-secret")]
    assert await bench.switch.push_phones(changed) == 1
    assert set(await bench.switch.phones()) >= {"phone-1", "phone-2", "loopback"}
    await bench.switch.push_phones(PHONES[:1])
    assert "phone-2" not in await bench.switch.phones()
