"""The benchmark's contact centre: a private server, agents logged in on phones that SIPp answers."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from callflow.control_client import ControlClient, ControlError
from callflow.private_server import Person, PrivateServer, ServerFailed
from telephony.peers.sipp import phones, registered

if TYPE_CHECKING:
    from telephony.peers.sipp import SippRun
    from telephony.peers.sipp_scenarios import PhonePlan

SITE = Path(__file__).parent / "site"
DIAL = "1000"
SKILL = "calls"


def agent(index: int) -> str:
    """Give the number of the agent who sits at phone ``index``."""
    return str(2000 + index)


def phone(index: int) -> str:
    """Give the name of phone ``index``."""
    return f"desk-{index}"


def make_server(home: Path, desks: int, site: Path = SITE) -> PrivateServer:
    """Prepare a server with ``desks`` phones and as many agents."""
    return PrivateServer(
        home,
        dialplans=site,
        phones={phone(index): f"secret-{index}" for index in range(desks)},
        agents=[Person(agent(index), f"Agent {index}", {SKILL: 3}) for index in range(desks)],
        rtp_ports=4000,
    )


def desk_phones(server: PrivateServer, desks: int, plan: PhonePlan, folder: Path) -> SippRun:
    """Prepare one SIPp that is all of the phones."""
    accounts = [(phone(index), f"secret-{index}") for index in range(desks)]
    return phones(server.sip, accounts, plan, folder=folder, per_second=100)


async def staff(server: PrivateServer, farm: SippRun, desks: int) -> None:
    """Wait until the phones are registered and every agent is logged in on theirs, and paused.

    Raises :class:`ServerFailed` when that is not so in time.
    """
    await registered(farm, desks, 10 + desks / 20)
    wanted = {agent(index): phone(index) for index in range(desks)}
    deadline = asyncio.get_running_loop().time() + 20
    async with ControlClient(server.home) as control:
        while True:
            known = {a["number"]: a["state"] for a in await control.request("GET", "/control/agents")}
            states = {number: known[number] for number in wanted if known[number] != "paused"}
            if not states:
                return
            if asyncio.get_running_loop().time() > deadline:
                raise ServerFailed(f"agents are not paused after 20 s: {states}")
            for number, state in states.items():
                await _towards_paused(control, number, state, wanted[number])
            await asyncio.sleep(0.2)


async def make_ready(server: PrivateServer, desks: range) -> None:
    """Make agents ready."""
    async with ControlClient(server.home) as control:
        for index in desks:
            await control.request("POST", f"/control/agents/{agent(index)}/ready", {})


async def send_home(server: PrivateServer) -> None:
    """End all calls that are up, whoever waits or talks in them."""
    console = server.settings.asterisk_home.process
    await asyncio.to_thread(console.cli, "channel request hangup all")


async def _towards_paused(control: ControlClient, number: str, state: str, phone_name: str) -> None:
    """Take the step that the state allows; one that has to wait for a phone or a call is tried again."""
    with contextlib.suppress(ControlError):
        if state == "logged_out":
            await control.request("POST", f"/control/agents/{number}/login", {"phone": phone_name})
        elif state in {"ready", "missed"}:
            await control.request("POST", f"/control/agents/{number}/pause", {"reason": "between"})
