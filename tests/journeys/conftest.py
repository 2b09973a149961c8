"""One server for the whole folder, and a house on it for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from callflow.private_server import PrivateServer
from tests.journeys.house import AGENTS, PHONES, House, make_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for what the tests of this folder share."""
    return tmp_path_factory.mktemp("journeys")


@pytest.fixture(scope="package")
def site(folder: Path) -> Path:
    """The site's folder, sounds included; not to be changed."""
    return make_site(folder / "site")


@pytest.fixture(scope="package")
def prompts(folder: Path) -> Path:
    """Where all servers of this folder keep rendered prompts, so that each is rendered once."""
    prompts = folder / "prompts"
    prompts.mkdir()
    return prompts


@pytest.fixture(scope="package")
def fresh_phones() -> Iterator[str]:
    """Names of phones, each given out once: what one test did to a phone disturbs no other."""
    return iter(PHONES)


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def server(folder: Path, site: Path, prompts: Path) -> AsyncIterator[PrivateServer]:
    """The server that the tests share."""
    home = folder / "home"
    home.mkdir()
    (home / "prompts").symlink_to(prompts)
    server = PrivateServer(home, dialplans=site, phones=PHONES, agents=AGENTS)
    try:
        async with server:
            yield server
    finally:
        print(f"logs: {home}\n{server.last_words()}")  # noqa: T201 - shown with a test that failed


@pytest_asyncio.fixture(loop_scope="package")
async def house(server: PrivateServer, folder: Path, fresh_phones: Iterator[str]) -> AsyncIterator[House]:
    """The shared server as one test sees it; at the end nothing may be left of the test's calls."""
    house = House(server, folder, fresh_phones)
    await house.open()
    yield house
    await house.close()
