"""Asterisk is killed under phones that hold a connection: they are back at their next registration."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest

from benchmarks import floor
from benchmarks.chaos import probe
from benchmarks.chaos.staffed import MENU, QUEUE, WRITTEN_S, make_server
from records import events as e
from telephony.peers.softphone import Softphone
from telephony.peers.websocket_phone import AGAIN_S, WebSocketPhone

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.asterisk

EVERY_S = 10
"""Phones commonly renew after 60 s to an hour; the test takes less."""


async def test_over_tcp(tmp_path: Path) -> None:
    async with make_server(tmp_path / "home", 1) as server:
        phone = Softphone(
            floor.phone(0),
            server.sip,
            secret="secret-0",
            answer="auto",
            transport="tcp",
            registers_every_s=EVERY_S,
        )
        async with phone, Softphone("+442071", server.sip) as caller:
            await server.until_event(e.PhoneStateChanged, met=lambda event: event.reachable)
            await server.log_in(floor.agent(0), phone.name)
            await server.ready(floor.agent(0))
            await asyncio.sleep(WRITTEN_S)
            seq = (await server.events())[-1].seq
            killed = time.monotonic()
            server.kill_asterisk()
            await probe.answered(server.sip, MENU, 10)
            await caller.dial(QUEUE)
            # offered at once, or when the phone has registered again
            await server.until_event(e.CallConnected, 2 * EVERY_S, after=seq)
            assert time.monotonic() - killed <= 2 * EVERY_S
            await phone.established()


async def test_over_a_websocket(tmp_path: Path) -> None:
    """As browsers do, it notices the end of its connection, and registers as soon as it has another."""
    async with make_server(tmp_path / "home", 1) as server:
        url = f"ws://127.0.0.1:{server.settings.asterisk.http_port}/ws"
        phone = WebSocketPhone(floor.phone(0), "secret-0", url)
        async with phone, Softphone("+442071", server.sip) as caller:
            await server.until_event(e.PhoneStateChanged, met=lambda event: event.reachable)
            await server.log_in(floor.agent(0), floor.phone(0))
            await server.ready(floor.agent(0))
            await asyncio.sleep(WRITTEN_S)
            killed = time.monotonic()
            server.kill_asterisk()
            await probe.answered(server.sip, MENU, 10)
            await caller.dial(QUEUE)
            async with asyncio.timeout(AGAIN_S + 10):
                await phone.invited.wait()
            assert phone.registrations == 2
            assert time.monotonic() - killed < AGAIN_S + 10
