"""A server for each example site, with phones and agents, and the company's other systems on loopback."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from callflow.private_server import Person, PrivateServer
from tests.dialplans.company import Company, open_company
from tests.dialplans.copies import copy_site
from tests.journeys.house import PHONES, House

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    SiteOpener = Callable[..., AbstractAsyncContextManager[tuple[House, Company]]]

AGENTS = [
    Person("1001", "Ada", {"service": 3, "parcels": 3, "reception": 3, "bills": 3}),
    Person("1002", "Lin", {"cards": 4}),
]


@pytest.fixture
def open_site(tmp_path: Path, prompts: Path) -> SiteOpener:
    """Open a site for business: ``async with open_site("bank") as (house, company)``."""

    @asynccontextmanager
    async def opened(name: str, *, is_open: bool = True) -> AsyncIterator[tuple[House, Company]]:
        async with open_company() as company:
            site = copy_site(name, tmp_path / "site", company.url, is_open=is_open)
            server = PrivateServer(
                tmp_path / "home",
                dialplans=site,
                phones=PHONES,
                agents=AGENTS,
                prompts=prompts,
                environment={"RINGHALL_WEB": json.dumps({"servers": [{"url": company.url}]})},
            )
            async with server:
                house = House(server, tmp_path, iter(PHONES))
                await house.open()
                try:
                    yield house, company
                finally:
                    # shown with a test that failed; the logs themselves stay in pytest's last folders
                    print(f"logs: {server.home}\n{server.last_words()}")  # noqa: T201
                    await house.close()

    return opened
