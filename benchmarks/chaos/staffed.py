"""A server with phones and agents, on which things may fail."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import floor
from benchmarks.chaos.kept_server import KeptServer
from callflow.private_server import Person, PrivateServer
from telephony.peers.sipp import phones, registered

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from telephony.peers.sipp import SippRun
    from telephony.peers.sipp_scenarios import PhonePlan

SITE = Path(__file__).parent / "site"
QUEUE, MENU = "1", "2"
"""Numbers of the site."""
WRITTEN_S = 2.0
"""Asterisk writes registrations to its database within a second; what is newer dies with it."""


def make_server(
    home: Path,
    desks: int,
    *,
    kind: type[PrivateServer] = KeptServer,
    site: Path = SITE,
    database: str | None = None,
) -> PrivateServer:
    """Prepare a server with so many phones, and as many agents."""
    return kind(
        home,
        dialplans=site,
        phones={floor.phone(index): f"secret-{index}" for index in range(desks)},
        agents=[Person(floor.agent(index), f"Agent {index}", {floor.SKILL: 3}) for index in range(desks)],
        rtp_ports=4000,
        database=database,
        environment={"RINGHALL_RECORDINGS__LEAST_FREE_MB": "100"},
    )


def desk_phones(server: PrivateServer, desks: int, plan: PhonePlan, folder: Path) -> SippRun:
    """Prepare one SIPp that is all phones; what they hear they send back."""
    accounts = [(floor.phone(index), f"secret-{index}") for index in range(desks)]
    return phones(server.sip, accounts, plan, echo=True, folder=folder)


@asynccontextmanager
async def staffed(
    folder: Path, desks: int, plan: PhonePlan, *, kind: type[PrivateServer] = KeptServer
) -> AsyncIterator[tuple[PrivateServer, SippRun]]:
    """Start server and phones; every agent is ready, and what can be written down is."""
    server = make_server(folder / "home", desks, kind=kind)
    async with server, desk_phones(server, desks, plan, folder / "phones") as farm:
        await registered(farm, desks, 20)
        await floor.staff(server, farm, desks)
        await floor.make_ready(server, range(desks))
        await asyncio.sleep(WRITTEN_S)
        yield server, farm
