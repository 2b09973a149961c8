"""One server for the whole folder, and a house on it for each test."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from callflow.private_server import PrivateServer
from tests.journeys.house import AGENTS, PHONES, House, make_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    ServerMaker = Callable[[Path], PrivateServer]
    HouseMaker = Callable[[PrivateServer], AbstractAsyncContextManager[House]]


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for what the tests of this folder share."""
    return tmp_path_factory.mktemp("journeys")


@pytest.fixture(scope="package")
def site(folder: Path) -> Path:
    """The site's folder, sounds included; not to be changed."""
    return make_site(folder / "site")


@pytest.fixture(scope="package")
def fresh_phones() -> Iterator[str]:
    """Names of phones, each given out once: what one test did to a phone disturbs no other."""
    return iter(PHONES)


@pytest.fixture(scope="package")
def new_server(site: Path, prompts: Path) -> ServerMaker:
    """Make a server with the site, phones and agents of this folder; it is not started yet."""

    def make(home: Path) -> PrivateServer:
        home.mkdir()
        return PrivateServer(home, dialplans=site, phones=PHONES, agents=AGENTS, prompts=prompts)

    return make


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def server(folder: Path, new_server: ServerMaker) -> AsyncIterator[PrivateServer]:
    """The server that the tests share."""
    async with new_server(folder / "home") as server:
        yield server


@pytest.fixture
def own_server(tmp_path: Path, new_server: ServerMaker) -> PrivateServer:
    """A server for one test, not started yet."""
    return new_server(tmp_path / "home")


@pytest.fixture
def make_house(folder: Path, fresh_phones: Iterator[str]) -> HouseMaker:
    """Make a house on a server that runs: ``async with make_house(server)``."""

    @asynccontextmanager
    async def make(server: PrivateServer) -> AsyncIterator[House]:
        house = House(server, folder, fresh_phones)
        await house.open()
        try:
            yield house
        finally:
            # shown with a test that failed; the logs themselves stay in pytest's last folders
            print(f"logs: {server.home}\n{server.last_words()}")  # noqa: T201
            await house.close()

    return make


@pytest_asyncio.fixture(loop_scope="package")
async def house(server: PrivateServer, make_house: HouseMaker) -> AsyncIterator[House]:
    """The shared server as one test sees it; at the end nothing may be left of the test's calls."""
    async with make_house(server) as house:
        yield house
