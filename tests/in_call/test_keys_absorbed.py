"""Nobody else hears the keys that an agent presses for us: no packet of them reaches the others' phones."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from benchmarks.talks import FIRST, SECOND, bench
from records import events as e

if TYPE_CHECKING:
    from pathlib import Path

    from telephony.peers.sip_peer import SipPeer

pytestmark = pytest.mark.asterisk
KEYS = 101
"""RTP payload type of keys (RFC 4733), in all that these phones offer."""


def key_packets(peer: SipPeer) -> int:
    return sum(packet[1] & 0x7F == KEYS for _, packet in peer.rtp)


async def test_no_key_reaches_the_caller_or_the_colleague(tmp_path: Path) -> None:
    async with bench(tmp_path / "talk") as there:
        await there.talk()
        first, second = there.phones[FIRST], there.phones[SECOND]
        await first.press("*1")
        await there.server.until_event(e.TalkHeld, 5)
        await first.press("*1")
        await there.server.until_event(e.TalkResumed, 5)
        await first.press(f"*3{SECOND}#")
        await second.rings()
        await there.server.until_event(e.AgentStateChanged, 5, met=lambda one: _consults(one, SECOND))
        await asyncio.sleep(0.3)
        await first.press("99")  # nothing to us; in a consultation of colleagues nobody wants keys
        await first.press("*5")
        await there.server.until_event(e.ConsultJoined, 5)
        await first.press("77")
        await first.press("*4")
        await there.server.until_event(e.CallTransferred, 5)
        await asyncio.sleep(0.5)
        heard = {"caller": key_packets(there.caller), "colleague": key_packets(second)}
        sound = min(len(there.caller.rtp), len(second.rtp))
        await there.end()
    assert heard == {"caller": 0, "colleague": 0}
    assert sound > 50, "they heard the rest"


def _consults(event: e.Event, agent: str) -> bool:
    return isinstance(event, e.AgentStateChanged) and event.agent == agent and event.after == "talking"
