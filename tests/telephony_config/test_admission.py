"""Beyond so many callers a further one is told so in words, or refused at once: a carrier may try again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from telephony.asterisk.home import AsteriskHome, AsteriskSettings
from telephony.peers.sip_peer import SipPeer
from tests.telephony_config.conftest import bare_controller, private_ports, running
from tests.telephony_config.test_no_controller import announcement_s, loud, status

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.asterisk


@pytest.fixture(params=["say", "refuse"])
def full(request: pytest.FixtureRequest, tmp_path: Path, prefix: Path) -> Iterator[AsteriskHome]:
    settings = AsteriskSettings(max_callers=1, when_full=request.param, **private_ports())
    yield from running(AsteriskHome(settings, tmp_path, prefix))


async def test_the_second_of_two(full: AsteriskHome) -> None:
    async with bare_controller(full) as controller, SipPeer(("127.0.0.1", full.settings.sip_port)) as peer:
        first = peer.call("4000")
        first.invite()
        channel = (await controller.next_call())["channel"]["id"]
        await controller.ask("POST", f"channels/{channel}/answer")
        assert status(await first.until(200, within=2)) == 200
        second = peer.call("4000")
        second.invite()
        assert status(await second.until(within=20)) == 503
        heard = {message.status: message.at - second.began for message in reversed(second.heard)}
        assert set(heard) <= {100, 183, 503}, "not answered, so not charged"
        assert controller.arrived.empty(), "the controller is not bothered"
        if full.settings.when_full == "say":
            words = b"".join(packet[12:] for _, packet in peer.rtp)
            spoken_s = sum(announcement_s(full.folder / "sounds", "all-lines-busy"))
            assert len(words) / 8000 == pytest.approx(spoken_s, abs=1.0)
            assert loud(words)
        else:
            assert heard[503] < 0.5
            assert 183 not in heard
        first.bye()
        async with asyncio.timeout(3):
            while await controller.ask("GET", "channels"):
                pass
        third = peer.call("4000")
        third.invite()
        await controller.next_call()  # there is room again
        third.cancel()
