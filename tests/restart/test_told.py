"""The controller is killed in the middle of a message to one who waits: others come at their times."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from records import events as e
from speech.tones import tone
from telephony.peers.softphone import Softphone
from telephony.wav import write_wav
from tests.harness.talk import Listener, expect_talk

if TYPE_CHECKING:
    from pathlib import Path

    from tests.harness.fixtures import ServerMaker


pytestmark = pytest.mark.asterisk

MESSAGE_HZ, CALLER_HZ, AGENT_HZ = 1850, 440, 1000
EVERY_S = 15.0
SITE = """
site: Told
time_zone: UTC
languages: [en]
numbers: {"5000": told}
skills: [sales]
queues:
  told:
    needs: {sales: 3}
    announce: {position: yes, wait: no, first: 2s, every: 45s}
    comfort: {every: 15s, say: [message.wav]}
menus:
  told:
    - queue: told
"""


async def test_killed_in_the_middle_of_a_message(
    make_server: ServerMaker, tones: dict[int, Path], tmp_path: Path
) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "site.yaml").write_text(SITE)
    write_wav(site / "message.wav", tone(MESSAGE_HZ, 12.0).tobytes())
    async with (
        make_server(dialplans=site) as server,
        Softphone("+442012345", server.sip, plays=tones[CALLER_HZ]) as caller,
        Softphone("phone-1", server.sip, secret="secret-1", plays=tones[AGENT_HZ], answer="auto") as agent,
    ):
        await server.until_event(e.PhoneStateChanged, met=lambda event: event.phone == "phone-1")
        await server.log_in("1001", "phone-1")
        await caller.dial("5000")
        [entered] = await server.until_event(e.QueueEntered)
        since = entered.at.timestamp()
        await Listener(caller).expect(MESSAGE_HZ, EVERY_S + 4)
        await server.kill_controller()
        await server.start_controller()
        heard = Listener(caller)
        await heard.expect_sound(1.5)
        assert not heard.hears(MESSAGE_HZ), "what the dead controller was playing is over; the music is not"
        await Listener(caller).expect(MESSAGE_HZ, EVERY_S + 4)
        told = (time.time() - since) % EVERY_S
        assert 1.0 <= told <= 4.0, "at the times that began with the caller's entry"
        assert len(await server.until_event(e.WaitAnnounced)) == 1, "nothing is announced twice"
        # what the new controller is playing is stopped for the talk like anything else

        await server.ready("1001")
        await server.until_event(e.CallConnected)
        await expect_talk(caller, CALLER_HZ, agent, AGENT_HZ)
        cut = Listener(caller)
        await cut.expect_sound(1.5)
        assert not cut.hears(MESSAGE_HZ)
        await caller.hang_up()
        await server.until_event(e.CallEnded)
