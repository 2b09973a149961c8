"""A private Asterisk with Ringhall's own configuration, and a far end for Local channels to talk to."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from telephony.ari.client import AriClient
from telephony.asterisk.home import AsteriskHome
from telephony.asterisk.settings import AsteriskSettings
from telephony.programs import free_port_run, free_ports, private_prefix

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def private_asterisk(tmp_path_factory: pytest.TempPathFactory) -> AsteriskHome:
    """Render a home of its own on free ports; not started."""
    sip, http, ami = free_ports(3)
    rtp = free_port_run(100, step=2)
    settings = AsteriskSettings(
        bind_address="127.0.0.1", sip_port=sip, http_port=http, ami_port=ami, rtp_start=rtp, rtp_end=rtp + 99
    )
    home = AsteriskHome(settings, tmp_path_factory.mktemp("home"), private_prefix())
    home.render()
    return home


def client(home: AsteriskHome, app: str = "ringhall", **options: object) -> AriClient:
    """Make a client for an Asterisk."""
    url = home.ari_url.removesuffix("/ari")
    return AriClient(url, home.control_user, home.ari_password, app, **options)  # type: ignore[arg-type]


async def eventually(true: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait until something of which nobody sends an event is true."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.01)


@pytest.fixture(scope="module")
def asterisk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AsteriskHome]:
    """A running Asterisk, shared by a module."""
    home = private_asterisk(tmp_path_factory)
    home.process.start()
    try:
        home.process.wait_ready()
        yield home
    finally:
        home.process.stop()
