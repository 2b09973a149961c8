"""Fixtures: a server of one's own, and tones to tell parties apart."""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from callflow.private_server import Person, PrivateServer
from speech.tones import tone
from telephony.wav import write_wav

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    ServerMaker = Callable[..., AbstractAsyncContextManager[PrivateServer]]

PHONES = {f"phone-{number}": f"secret-{number}" for number in range(1, 7)}
AGENTS = [
    Person("1001", "Ada", {"sales": 4}, pin="471100"),
    Person("1002", "Lin", {"support": 5, "sales": 1}, pin="260042"),
    *(Person(f"100{number}", f"Agent {number}", {"sales": 3, "support": 3}) for number in range(3, 7)),
]
SITE = Path(__file__).parent / "site"


@pytest.fixture
def make_server(tmp_path: Path, prompts: Path) -> ServerMaker:
    """Make servers with a site, phones and agents of one's choice: ``async with make_server(...)``."""

    @asynccontextmanager
    async def make(**how: object) -> AsyncIterator[PrivateServer]:
        home = tmp_path / "home"
        defaults: dict[str, object] = {
            "dialplans": SITE,
            "phones": PHONES,
            "agents": AGENTS,
            "prompts": prompts,
        }
        server = PrivateServer(home, **(defaults | how))  # type: ignore[arg-type]
        try:
            async with server:
                yield server
        finally:
            # shown with a test that failed; the logs themselves stay in pytest's last folders
            print(f"logs: {home}\n{server.last_words()}")  # noqa: T201

    return make


@pytest.fixture
async def ringhall_server(make_server: ServerMaker) -> AsyncIterator[PrivateServer]:
    """A server with the harness's site, six phones and six agents, ready for calls."""
    async with make_server() as server:
        yield server


@pytest.fixture(scope="session")
def tones(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """WAV files of a second, by frequency in Hz."""
    folder = tmp_path_factory.mktemp("tones")
    return {
        hz: write_wav(folder / f"{hz}.wav", tone(hz, 1.0).tobytes())
        for hz in (440, 600, 850, 1000, 1250, 1700)
    }
