"""How soon a transfer rings at the far end, and a whisper is heard: real SIP and real sound, one at a time.

Agents, supervisor and caller are written-out SIP (``telephony/peers``) on this process's clock: measured is
the way from the last key's end, or the request, to what the other end gets.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from benchmarks.machine import spread_ms
from benchmarks.measuring_caller import LOUD
from callflow.control_client import ControlClient
from callflow.private_server import Person, PrivateServer, ServerFailed
from records import events as e
from telephony.peers.desk_phone import DeskPhone
from telephony.peers.sip_peer import Call, SipPeer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

FIRST, SECOND, SUPERVISOR = "1001", "1002", "1009"
SITE = """
site: Talks
languages: [en]
numbers: {"1000": sales}
skills: [sales, support]
queues:
  sales: {needs: {sales: 1}, wrap_up: 0s, ring: 5s}
  support: {needs: {support: 1}, wrap_up: 0s, ring: 5s, extension: "82"}
menus:
  sales:
    - queue: sales
"""
_HEAD = 12
"""Bytes of an RTP header without extensions."""
_SOUND_S = 3.0


class Bench:
    """The server, and whoever is in the talks."""

    def __init__(self, server: PrivateServer, phones: dict[str, DeskPhone], caller: SipPeer) -> None:
        self.server = server
        self.phones = phones
        self.caller = caller
        self._seq = 0
        self.dialog: Call
        self.call = ""

    async def talk(self) -> None:
        """Let the caller talk with the first agent."""
        self._seq = (await self.server.events())[-1].seq
        self.dialog = self.caller.call("1000")
        self.dialog.invite()
        answer = await self.dialog.until(200, within=5)
        if answer is None:
            raise ServerFailed("the caller was not answered in 5 s")
        await self.caller.say(answer, 0)
        connected = await self.server.until_event(e.CallConnected, 5, after=self._seq)
        self.call = getattr(connected[-1].event, "call", "")
        await self.phones[FIRST].rings()

    async def end(self) -> None:
        """Let the caller hang up."""
        self.dialog.bye()
        await self.server.until_event(e.CallEnded, 5, after=self._seq)


@asynccontextmanager
async def bench(folder: Path) -> AsyncIterator[Bench]:
    """Start a server with two agents, who are ready, and a supervisor, who is paused."""
    site = folder / "site"
    site.mkdir(parents=True)
    (site / "site.yaml").write_text(SITE)
    secrets = {number: f"secret-{number}" for number in (FIRST, SECOND, SUPERVISOR)}
    server = PrivateServer(
        folder / "home",
        dialplans=site,
        phones={f"phone-{number}": secret for number, secret in secrets.items()},
        agents=[
            Person(FIRST, "First", {"sales": 4}),
            Person(SECOND, "Second", {"support": 4}),
            Person(SUPERVISOR, "Supervisor", {}),
        ],
    )
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(server)
        host, port = server.sip.rsplit(":", 1)
        at = (host, int(port))
        phones = {}
        for number, secret in secrets.items():
            phone = phones[number] = await stack.enter_async_context(DeskPhone(at))
            await phone.log_on(f"phone-{number}", secret)
            await server.until_event(e.PhoneStateChanged, 10, met=_of(phone.name))
            await server.log_in(number, phone.name)
            if number != SUPERVISOR:
                await server.ready(number)
        caller = await stack.enter_async_context(SipPeer(at))
        yield Bench(server, phones, caller)


def _of(phone: str) -> Callable[[e.Event], bool]:
    return lambda event: getattr(event, "phone", "") == phone


async def transfers(there: Bench, times: int) -> dict[str, Any]:
    """Hand a call over by keys, ``times`` times: the last key's end to the other phone's INVITE, in ms."""
    taken = []
    for _ in range(times):
        await there.talk()
        await asyncio.sleep(0.3)
        pressed = await there.phones[FIRST].press("*282#")
        taken.append(await there.phones[SECOND].rings() - pressed)
        await asyncio.sleep(0.3)
        await there.end()
        await there.phones[SECOND].over()
        await asyncio.sleep(0.2)
    return {"times": times, "key_to_invite_ms": spread_ms(taken)}


async def whispers(there: Bench, times: int) -> dict[str, Any]:
    """Let a supervisor who listens whisper: the request's leaving to the first sound at the agent, in ms."""
    await there.talk()
    agent, supervisor = there.phones[FIRST], there.phones[SUPERVISOR]
    taken = []
    async with ControlClient(there.server.home) as control:
        who = {"agent": SUPERVISOR}
        await control.request("POST", f"/control/calls/{there.call}/listen", who)
        await supervisor.rings()
        await supervisor.speak(1000)
        await asyncio.sleep(1.0)
        for _ in range(times):
            agent.rtp.clear()
            asked = time.monotonic()
            await control.request("POST", f"/control/calls/{there.call}/whisper", who)
            taken.append(await _first_sound(agent) - asked)
            await control.request("POST", f"/control/calls/{there.call}/listen", who)
            await asyncio.sleep(0.4)
    await supervisor.fall_silent()
    await there.end()
    return {"times": times, "asked_to_heard_ms": spread_ms(taken)}


async def _first_sound(phone: DeskPhone) -> float:
    """Wait until a phone gets more than silence; gives when (monotonic seconds)."""
    seen, until = 0, time.monotonic() + _SOUND_S
    while time.monotonic() < until:
        for at, packet in phone.rtp[seen:]:
            if sum(packet[_HEAD:].translate(LOUD)) > len(packet[_HEAD:]) // 2:
                return at
        seen = len(phone.rtp)
        await asyncio.sleep(0.005)
    raise ServerFailed(f"{phone.name} heard nothing in {_SOUND_S:g} s")
