"""A real Asterisk on a home of its own, and a bare controller that takes its calls."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from telephony.asterisk.home import AsteriskHome, AsteriskSettings, GatewayLogin, Registration, Trunk
from telephony.programs import free_port_run, free_ports, private_prefix

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

GATEWAY_SECRET = "gateway-secret-1"
CARRIER_SECRET = "carrier-secret-1"


def private_ports() -> dict[str, Any]:
    """Settings that keep an Asterisk of the tests out of everybody's way."""
    http, ami, sip = free_ports(3, kind="tcp")
    start = free_port_run(200, step=2)
    return {"http_port": http, "ami_port": ami, "sip_port": sip, "rtp_start": start, "rtp_end": start + 199}


@pytest.fixture(scope="session")
def prefix() -> Path:
    found = private_prefix()
    assert (found / ".complete").is_file(), "run `make tools` first"
    return found


@pytest.fixture(scope="module")
def registrar_port() -> int:
    return free_ports(1)[0]


@pytest.fixture(scope="module")
def asterisk(
    tmp_path_factory: pytest.TempPathFactory, prefix: Path, registrar_port: int
) -> Iterator[AsteriskHome]:
    trunks = (
        Trunk(name="loopback", addresses=("127.0.0.1",)),
        Trunk(name="office", addresses=("127.0.0.3",), transport="tcp", codecs=("alaw",)),
        Trunk(
            name="carrier",
            registration=Registration(
                server=f"127.0.0.4:{registrar_port}", username="account", secret=CARRIER_SECRET
            ),
        ),
        Trunk(name="gateway", gateway=GatewayLogin(secret=GATEWAY_SECRET)),
    )
    settings = AsteriskSettings(trunks=trunks, **private_ports())
    yield from running(AsteriskHome(settings, tmp_path_factory.mktemp("home"), prefix))


def running(home: AsteriskHome) -> Iterator[AsteriskHome]:
    home.render()
    home.process.start()
    try:
        home.process.wait_ready()
        yield home
    finally:
        home.process.stop()


class BareController:
    """The least that takes a call: an ARI connection that hangs up whatever arrives, when told to."""

    def __init__(self, session: aiohttp.ClientSession, home: AsteriskHome) -> None:
        self._session = session
        self._home = home
        self.arrived: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def ask(self, method: str, path: str, **body: Any) -> Any:
        async with self._session.request(method, f"{self._home.ari_url}/{path}", json=body or None) as answer:
            assert answer.status < 300, await answer.text()
            return await answer.json() if answer.content_type == "application/json" else None

    async def next_call(self, within: float = 3.0) -> dict[str, Any]:
        async with asyncio.timeout(within):
            return await self.arrived.get()


@asynccontextmanager
async def bare_controller(home: AsteriskHome) -> AsyncIterator[BareController]:
    login = {"Authorization": aiohttp.encode_basic_auth(home.control_user, home.ari_password)}
    async with (
        aiohttp.ClientSession(headers=login) as session,
        session.ws_connect(f"{home.ari_url}/events?app=ringhall") as events,
    ):
        controller = BareController(session, home)

        async def read() -> None:
            async for message in events:
                event = json.loads(message.data)
                if event["type"] == "StasisStart":
                    controller.arrived.put_nowait(event)

        reader = asyncio.create_task(read())
        try:
            yield controller
        finally:
            reader.cancel()
