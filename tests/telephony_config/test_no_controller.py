"""A call that finds no controller: ringing, a try each second, words, and a failure that may be retried."""

from __future__ import annotations

import asyncio
import wave
from typing import TYPE_CHECKING

import numpy as np
import pytest

from telephony.peers.sip_peer import Message, SipPeer
from tests.telephony_config.conftest import bare_controller

if TYPE_CHECKING:
    from pathlib import Path

    from telephony.asterisk.home import AsteriskHome

pytestmark = pytest.mark.asterisk


async def test_caller_rings_for_ten_seconds_then_hears_to_call_later(asterisk: AsteriskHome) -> None:
    async with SipPeer(("127.0.0.1", asterisk.settings.sip_port)) as peer:
        call = peer.call("4000")
        call.invite()
        final = await call.until(within=40)
        assert final is not None
        first = {message.status: message.at - call.began for message in reversed(call.heard)}
        assert set(first) <= {100, 180, 183, 503}, "not answered, so not charged"
        assert first[180] < 0.5
        assert 10 <= first[183] < 12
        assert final.status == 503, "a carrier may try again; 603 would be final"
        assert "183" in next(m for m in call.heard if m.status == 183).start
        talk = b"".join(packet[12:] for at, packet in peer.rtp if at - call.began < first[503])
        spoken_s = sum(announcement_s(asterisk.folder / "sounds"))
        assert len(talk) / 8000 == pytest.approx(spoken_s, abs=1.0)
        assert loud(talk), "the announcement is heard, not silence"


async def test_controller_that_comes_back_takes_the_call_that_is_ringing(asterisk: AsteriskHome) -> None:
    async with SipPeer(("127.0.0.1", asterisk.settings.sip_port)) as peer:
        call = peer.call("4000")
        call.invite()
        assert status(await call.until(180, within=2)) == 180
        assert await call.until(within=3) is None, "three seconds pass without a controller"
        async with bare_controller(asterisk) as controller:
            event = await controller.next_call()
            assert event["args"] == ["trunk", "4000"]
            await controller.ask("POST", f"channels/{event['channel']['id']}/answer")
            assert status(await call.until(200, within=2)) == 200
            call.bye()


async def test_call_that_the_controller_ends_is_over(asterisk: AsteriskHome) -> None:
    async with (
        bare_controller(asterisk) as controller,
        SipPeer(("127.0.0.1", asterisk.settings.sip_port)) as peer,
    ):
        call = peer.call("4000")
        call.invite()
        channel = (await controller.next_call())["channel"]["id"]
        await controller.ask("DELETE", f"channels/{channel}?reason_code=17")
        assert status(await call.until(within=2)) == 486
        # a call that leaves the application is not offered again, and does not fall through to anything
        call = peer.call("4000")
        call.invite()
        channel = (await controller.next_call())["channel"]["id"]
        await controller.ask("POST", f"channels/{channel}/continue")
        final = await call.until(within=3)
        assert final is not None
        assert final.status >= 400
        assert controller.arrived.empty()


async def test_caller_who_hangs_up_while_ringing_leaves_nothing(asterisk: AsteriskHome) -> None:
    async with SipPeer(("127.0.0.1", asterisk.settings.sip_port)) as peer:
        call = peer.call("4000")
        call.invite()
        await call.until(180, within=2)
        call.cancel()
        assert status(await call.until(within=2)) == 487
    async with bare_controller(asterisk) as controller:
        async with asyncio.timeout(3):
            while await controller.ask("GET", "channels"):
                pass
        assert controller.arrived.empty(), "it is not offered again"


def status(message: Message | None) -> int:
    assert message is not None
    return message.status


def announcement_s(folder: Path, what: str = "please-call-later") -> list[float]:
    lengths = []
    for path in folder.glob(f"{what}-*.wav"):
        with wave.open(str(path)) as sound:
            assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (8000, 1, 2)
            lengths.append(sound.getnframes() / 8000)
    assert len(lengths) == 2, "English and Mandarin"
    return lengths


def loud(ulaw: bytes) -> bool:
    """Tell whether μ-law sound has a level: silence is 0xFF or 0x7F, both of the smallest magnitude."""
    magnitude = 0x7F - (np.frombuffer(ulaw, np.uint8) & 0x7F)
    return bool(np.mean(magnitude > 32) > 0.2)
