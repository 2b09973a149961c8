"""Imports over HTTP, with a real database and real processes.

``python -m tests.outbound.importing_house HOME`` takes in what waits there, until it is killed.
"""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import aiohttp
from aiohttp import web

from callflow.api import Asked, Role, routes_of
from desk.door import guard, handler_of
from outbound.dialer.books import Books
from outbound.importing.folder import OVER
from outbound.importing.routes import ListRoutes
from outbound.importing.service import ListImports
from outbound.store.opened import OutboundStore
from records.database import migrate_sync
from tests.desk.document import check_answer
from tests.records.homes import MASTER_KEY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class OpenGate:
    """Lets everybody in, as a system that writes lists."""

    async def let_in(self, route: Any, request: web.Request, request_id: str) -> Asked:
        return Asked("crm", Role.INTEGRATION, "", None, request_id, request)

    async def know(self, request: web.Request) -> None:
        """Nobody is known."""


class Imports:
    """The service and its routes, and who asks."""

    def __init__(self, home: Path, url: str) -> None:
        self.home = home
        self.store = OutboundStore(url, MASTER_KEY)
        books = Books(self.store, home / "ledger", time.time, lambda why: None, lambda: None)
        self.states: dict[str, str] = {}
        self.looked: list[str] = []
        self.campaigns = SimpleNamespace(
            books=books,
            now=time.time,
            look_again=self.looked.append,
            runs={},
            state=lambda name: self.states.get(name, "stopped"),
        )
        runtime = SimpleNamespace(home=home)
        self.service = ListImports(cast("Any", runtime), cast("Any", self.campaigns))
        self.address = ""

    async def ask(self, method: str, path: str, data: Any = None, kind: str = "") -> tuple[int, Any]:
        """Ask, and hold the answer against the document."""
        headers = {"Content-Type": kind} if kind else {}
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, f"{self.address}{path}", data=data, headers=headers) as answer,
        ):
            told = await answer.json() if answer.content_type == "application/json" else None
            check_answer(method, path, answer.status, told)
            return answer.status, told

    async def send(self, path: str, data: bytes) -> str:
        """Send a file, and give the import's id."""
        status, told = await self.ask("POST", f"/api/v1{path}", data, "text/csv")
        assert status == 202, told
        identity: str = told["id"]
        return identity

    async def over(self, path: str, seconds: float = 60.0) -> Any:
        """Wait until an import is over; gives how it stands."""
        async with asyncio.timeout(seconds):
            while True:
                _, told = await self.ask("GET", f"/api/v1{path}")
                if told["progress"]["state"] in OVER:
                    return told
                await asyncio.sleep(0.1)


@asynccontextmanager
async def importing(home: Path, url: str, *, start: bool = True) -> AsyncIterator[Imports]:
    house = Imports(home, url)
    gate = cast("Any", OpenGate())
    app = web.Application(middlewares=[guard(gate)])
    routes = ListRoutes(house.service, cast("Any", house.campaigns))
    for one in routes_of(ListRoutes):
        app.router.add_route(one.method, one.path, handler_of(one, getattr(routes, one.name), gate))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    house.address = f"http://{host}:{port}"
    if start:
        await house.service.start()
    try:
        yield house
    finally:
        await runner.cleanup()
        await house.service.stop()
        house.store.close()


async def _until_killed(home: Path) -> None:
    url = f"sqlite:///{home / 'ringhall.db'}"
    migrate_sync(url)
    async with importing(home, url):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_until_killed(Path(sys.argv[1])))
