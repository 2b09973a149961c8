"""On a real Asterisk: an agent with nothing but a SIP phone, and a caller whose wait ends."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from records import events as e
from telephony.peers.softphone import Softphone
from tests.harness.fixtures import make_server, ringhall_server, tones
from tests.harness.talk import Listener, expect_talk

if TYPE_CHECKING:
    from pathlib import Path

    from callflow.private_server import PrivateServer
    from tests.harness.fixtures import ServerMaker

__all__ = ["make_server", "ringhall_server", "tones"]

pytestmark = pytest.mark.asterisk

SITE = """
site: Short waits
time_zone: UTC
languages: [en]
numbers: {"3000": straight}
skills: [sales]
queues:
  sales: {needs: {sales: 3}, max_wait: 2s, on_max_wait: after}
menus:
  straight:
    - queue: sales
  after:
    - menu:
        say: {en: Sorry.}
        keys: {"1": straight}
        no_input: {again: 0, then: end}
        invalid: {again: 0, then: end}
  end:
    - hangup
"""


async def test_an_agent_logs_in_readies_pauses_and_logs_out_on_a_sip_phone(
    ringhall_server: PrivateServer, tones: dict[int, Path]
) -> None:
    server = ringhall_server
    phone = Softphone("phone-1", server.sip, secret="secret-1", plays=tones[1000])
    caller = Softphone("+442012345", server.sip, plays=tones[440])

    async def code(dialed: str, *entries: str) -> None:
        await phone.dial(dialed)
        call = await phone.established()
        heard = Listener(phone)
        for entry in entries:
            await phone.press(entry)
        await heard.expect_sound(0.5)
        await phone.over(30, call)  # who waits is offered at once

    async with phone, caller:
        await server.until_event(e.PhoneStateChanged, met=lambda event: event.phone == "phone-1")
        await code("*70", "1001#", "999999#", "1001#", "471100#")
        assert await server.agent_state("1001") == "paused"
        await caller.dial("2000")
        await server.until_event(e.QueueEntered)
        await code("*72")
        await phone.ringing()
        await phone.answer()
        await expect_talk(caller, 440, phone, 1000)
        await phone.hang_up()
        await server.until_event(e.CallEnded)
        await code("*74")
        assert await server.agent_state("1001") == "ready"
        await code("*732")
        assert await server.agent_state("1001") == "paused"
        await code("*71")
        assert await server.agent_state("1001") == "logged_out"
    log = [recorded.event for recorded in await server.events()]
    reasons = [event.reason for event in log if isinstance(event, e.LoginRefused)]
    assert reasons == ["wrong_pin"]
    pauses = [
        event.reason for event in log if isinstance(event, e.AgentStateChanged) and event.after == "paused"
    ]
    assert pauses == ["login", "lunch"]
    for secret in ("471100", "999999"):
        assert secret not in repr(log)
        assert secret not in (server.home / "controller.log").read_text(errors="replace")


async def test_music_ends_with_the_wait(make_server: ServerMaker, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "site.yaml").write_text(SITE)
    async with (
        make_server(dialplans=tmp_path / "site") as server,
        Softphone("+442012345", server.sip) as caller,
    ):
        await caller.dial("3000")
        await server.until_event(e.QueueEntered)
        await Listener(caller).expect_sound(1.0)
        [left] = await server.until_event(e.QueueLeft)
        assert left.event.reason == "max_wait"  # type: ignore[union-attr]
        await asyncio.sleep(1.5)  # "Sorry." is spoken
        listener = Listener(caller)
        await asyncio.sleep(2.0)
        assert listener.seconds == 0 or listener.sound_s < 0.2, "the caller is asked for a key, in silence"
