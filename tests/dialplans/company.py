"""The other systems of the example sites, on loopback: a CRM, a password server, a list of orders."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Company:
    """Answers by path, and keeps what it was asked."""

    def __init__(self) -> None:
        self.url = ""
        self.answers: dict[str, Any] = {}
        """Path → JSON of the answer; every other path is not found."""
        self.asked: list[tuple[str, Any]] = []
        """(path, JSON that was posted), in order."""

    async def _answer(self, request: web.Request) -> web.Response:
        self.asked.append((request.path, await request.json() if request.can_read_body else None))
        if request.path not in self.answers:
            return web.Response(status=404)
        return web.json_response(self.answers[request.path])

    def posted(self, path: str) -> list[Any]:
        """Give what was posted to a path."""
        return [body for asked, body in self.asked if asked == path]


@asynccontextmanager
async def open_company() -> AsyncIterator[Company]:
    """Serve on a free port for the time of the block."""
    company = Company()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", company._answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    company.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield company
    finally:
        await runner.cleanup()
