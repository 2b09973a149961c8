from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from speech.tones import has_tone
from telephony.peers.sip_registration import RegistrationRefused, unregister
from telephony.peers.softphone import Softphone, SoftphoneError

from .conftest import PHONES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .conftest import BareAsterisk

pytestmark = pytest.mark.asterisk


async def _until(met: Callable[[], bool], what: str, seconds: float = 6.0) -> None:
    for _ in range(int(seconds / 0.05)):
        if met():
            return
        await asyncio.sleep(0.05)  # real audio takes real time
    raise AssertionError(f"never: {what}")


async def test_caller_and_agent_hear_each_other(asterisk: BareAsterisk, tones: dict[int, Path]) -> None:
    name, secret = PHONES[1]
    agent = Softphone(name, asterisk.server, secret=secret, plays=tones[1000])
    caller = Softphone("+442010001", asterisk.server, plays=tones[440])
    async with agent, caller:
        await caller.dial("2")
        assert (await agent.ringing()).peer_number == "+442010001"
        await agent.answer()
        await agent.established()
        await caller.established()
        await _until(lambda: has_tone(caller.heard().pcm, 8000, 1000), "caller hears the agent")
        await _until(lambda: has_tone(agent.heard().pcm, 8000, 440), "agent hears the caller")
        assert not has_tone(caller.heard().pcm, 8000, 440)
        assert not has_tone(agent.heard().pcm, 8000, 1000)
        await caller.hang_up()
        assert (await agent.over()).state == "over"


async def test_one_who_plays_nothing_is_heard_as_silence(
    asterisk: BareAsterisk, tones: dict[int, Path]
) -> None:
    async with Softphone("4420", asterisk.server) as caller:
        await caller.dial("600")
        await caller.established()
        await _until(lambda: caller.heard().seconds > 1, "a second of echo")
        assert not any(has_tone(caller.heard().pcm, 8000, hz) for hz in tones)


async def test_answers_by_itself_when_told_to(asterisk: BareAsterisk) -> None:
    name, secret = PHONES[0]
    async with (
        Softphone(name, asterisk.server, secret=secret, answer="auto") as agent,
        Softphone("4420", asterisk.server) as caller,
    ):
        await caller.dial("1")
        assert (await agent.established()).incoming
        assert not (await caller.established()).incoming


async def test_keys_arrive_in_order(asterisk: BareAsterisk) -> None:
    name, secret = PHONES[0]
    async with (
        Softphone(name, asterisk.server, secret=secret) as agent,
        Softphone("4420", asterisk.server) as caller,
    ):
        await caller.dial("700")
        await caller.established()
        await caller.press("5507")
        assert (await agent.ringing(12)).peer_number == "5507"


async def test_refused_and_dialled_again(asterisk: BareAsterisk) -> None:
    name, secret = PHONES[0]
    async with (
        Softphone(name, asterisk.server, secret=secret) as agent,
        Softphone("4420", asterisk.server) as caller,
    ):
        await caller.dial("1")
        await agent.ringing()
        await agent.hang_up()
        assert "486" in (await caller.over()).reason
        await caller.dial("1")
        await agent.ringing()
        await caller.hang_up()
        assert (await agent.over()).incoming


async def test_unregistered_phone_goes_on_ringing_but_is_not_called_again(asterisk: BareAsterisk) -> None:
    name, secret = PHONES[0]
    async with (
        Softphone(name, asterisk.server, secret=secret) as agent,
        Softphone("4420", asterisk.server) as caller,
    ):
        await caller.dial("1")
        await agent.ringing()
        await agent.unregister()
        await agent.answer()
        await caller.established()
        await caller.hang_up()
        await caller.over()
        again = await caller.dial("1")
        await caller.over()
        assert again.reason.startswith(("480", "503", "603"))


async def test_killed_phone_says_nothing(asterisk: BareAsterisk) -> None:
    name, secret = PHONES[2]
    async with (
        Softphone(name, asterisk.server, secret=secret) as agent,
        Softphone("4420", asterisk.server) as caller,
    ):
        agent.kill()
        with pytest.raises(SoftphoneError, match="phone-3: ended before the call that rings"):
            await agent.ringing()
        await caller.dial("3")  # the dialplan gives up after 2 s
        assert (await caller.over()).reason.startswith(("480", "503", "603"))


async def test_wrong_secret_is_told(asterisk: BareAsterisk) -> None:
    with pytest.raises(SoftphoneError, match=r"softphone phone-1: .* refused its registration.*401"):
        async with Softphone("phone-1", asterisk.server, secret="wrong"):
            pass


async def test_no_call_is_told(asterisk: BareAsterisk) -> None:
    async with Softphone("4420", asterisk.server) as caller:
        with pytest.raises(SoftphoneError, match=r"softphone 4420: no call that is up in 0.2 s"):
            await caller.established(0.2)
        with pytest.raises(SoftphoneError, match=r"accept.*could not answer"):
            await caller.answer()
        with pytest.raises(SoftphoneError, match="has no registration"):
            await caller.unregister()


async def test_unregister_with_a_wrong_secret_is_refused(asterisk: BareAsterisk) -> None:
    with pytest.raises(RegistrationRefused, match="refused to unregister phone-1"):
        await unregister(asterisk.server, "phone-1", "wrong")
