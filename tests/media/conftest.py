from __future__ import annotations

import time
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from callflow.ids import new_call_id
from telephony.asterisk.media import AsteriskMedia
from telephony.peers.softphone import Softphone
from telephony.switch import LegAnswered, LegArrived, PhoneReachable
from tests.switch.conftest import PHONES, asterisk, bench, tones

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from telephony.asterisk.home import AsteriskHome
    from telephony.asterisk.media_ways import MediaTransport
    from tests.switch.conftest import Bench

__all__ = ["asterisk", "bench", "tones"]

CALLER_HZ, AGENT_HZ, PLAYED_HZ = 440, 1000, 1600


def media_on(home: AsteriskHome, transport: MediaTransport = "websocket") -> AsteriskMedia:
    return AsteriskMedia.on(home.ari_url, home.control_user, home.ari_password, time.time, transport)


@dataclass
class Talk:
    """A caller and an agent who hear each other."""

    call: str
    caller: Softphone
    agent: Softphone
    caller_leg: str
    agent_leg: str


TalkMaker = "Callable[[], AbstractAsyncContextManager[Talk]]"


@pytest.fixture
def make_talk(bench: Bench, tones: dict[int, Path]) -> Callable[[], AbstractAsyncContextManager[Talk]]:
    @asynccontextmanager
    async def make() -> AsyncIterator[Talk]:
        call = new_call_id(time.time())
        leg = f"{call}-a1"
        async with AsyncExitStack() as stack:
            caller = await stack.enter_async_context(
                Softphone("+8613912345678", bench.server, plays=tones[CALLER_HZ])
            )
            agent = await stack.enter_async_context(
                Softphone(
                    "phone-1", bench.server, secret=PHONES[0].secret, answer="auto", plays=tones[AGENT_HZ]
                )
            )
            await bench.until(PhoneReachable, phone="phone-1")
            await caller.dial("1000")
            arrived = await bench.until(LegArrived)
            await bench.switch.answer(arrived.leg)
            await bench.switch.start_leg(leg, "phone-1", caller_number="1", caller_name="x", headers={})
            await bench.until(LegAnswered, leg=leg)
            await bench.switch.connect(call, [arrived.leg, leg])
            yield Talk(call, caller, agent, arrived.leg, leg)
            await bench.switch.hangup(leg)
            await bench.switch.disconnect(call)

    return make


@pytest.fixture
async def talk(make_talk: Callable[[], AbstractAsyncContextManager[Talk]]) -> AsyncIterator[Talk]:
    async with make_talk() as talk:
        yield talk


@pytest.fixture(params=["websocket", "rtp"])
async def media(
    asterisk: AsteriskHome, bench: Bench, request: pytest.FixtureRequest
) -> AsyncIterator[AsteriskMedia]:
    """The port, once for each way of the audio; nothing of it may be left in Asterisk."""
    media = media_on(asterisk, request.param)
    await media.start()
    try:
        yield media
    finally:
        await media.close()
