"""The server that the demo plays on: the one that runs, when it may be disturbed, or one for the time."""

from __future__ import annotations

import json
import tempfile
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from callflow.control_client import ControlClient, ControlError
from callflow.demo.play import IDLE, OTHER, RIGHT
from callflow.private_server import PrivateServer
from callflow.settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


@dataclass(frozen=True)
class DemoServer:
    """Where the demo plays."""

    home: Path
    sip: str
    """``host:port``."""
    phones: list[tuple[str, str]]
    """(name, secret) of two phones."""
    folder: Path
    """For the demo's own files."""


@asynccontextmanager
async def demo_server(*, private: bool, note: Callable[[str], None]) -> AsyncIterator[DemoServer]:
    """Give a server to play on, and end it afterwards if it was started for this."""
    settings = load_settings()
    with tempfile.TemporaryDirectory(prefix="ringhall-demo-") as name:
        folder = Path(name)
        if not private:
            hindrance = await _hindrance(settings)
            if not hindrance:
                note(f"on the running server ({settings.home})")
                yield _server(settings, folder)
                return
            note(f"{hindrance}: starting a server for the demo")
        async with PrivateServer(folder / "home", dialplans=_demo_site()) as server:
            yield _server(server.settings, folder)


async def _hindrance(settings: Settings) -> str:
    """Say why the demo can't use the running server; empty when it can."""
    if not settings.control_socket.exists():
        return "no server is running"
    if settings.ari_url is not None:
        return "the running server uses an Asterisk of its own, whose SIP address is not known"
    if not _secrets(settings).exists():
        return "the running server has no demo phones"
    try:
        async with ControlClient(settings.home) as control:
            agents = await control.request("GET", "/control/agents")
            queues = await control.request("GET", "/control/queues")
    except ControlError:
        return "no server is running"
    return _occupied({known["number"]: known["state"] for known in agents}) or (
        "callers are waiting on the running server, whom a demo agent must not be offered"
        if any(queue["waiting"] for queue in queues)
        else ""
    )


def _occupied(states: dict[str, str]) -> str:
    for agent in (OTHER, RIGHT):
        if agent not in states:
            return f"the running server has no agent {agent}"
        if states[agent] not in IDLE:
            return f"agent {agent} is {states[agent]} on the running server"
    return ""


def _server(settings: Settings, folder: Path) -> DemoServer:
    known = json.loads(_secrets(settings).read_text("utf-8"))
    return DemoServer(
        home=settings.home,
        sip=f"127.0.0.1:{settings.asterisk.sip_port}",
        phones=[(phone["name"], phone["secret"]) for phone in known["phones"]],
        folder=folder,
    )


def _demo_site() -> Path:
    """Give the site that Ringhall ships; a site's own settings must not change the demo's."""
    default: Path = Settings.model_fields["dialplans"].default
    return default


def _secrets(settings: Settings) -> Path:
    return settings.home / "secrets" / "phones.json"
