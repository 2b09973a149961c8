"""A server of another company, with all its faults, on loopback."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Crm:
    """Keeps what it was asked; ``/fails/N`` fails N times, then works."""

    def __init__(self) -> None:
        self.asked: list[web.Request] = []
        self.bodies: list[bytes] = []
        self.fails: dict[str, int] = {}
        self.url = ""
        self.never = asyncio.Event()

    async def answer(self, request: web.Request) -> web.StreamResponse:  # noqa: PLR0911, PLR0912 - a table
        self.asked.append(request)
        self.bodies.append(await request.read())
        match request.path.split("/")[1:]:
            case ["customers"]:
                customer = {"tier": "gold", "id": 7, "limit": 10.50, "vip": True, "note": None}
                return web.json_response({"customer": customer, "orders": [{"state": "sent"}]})
            case ["status", code]:
                return web.Response(status=int(code), headers={"Location": "/customers"}, text="no")
            case ["fails", times]:
                count = self.fails[times] = self.fails.get(times, 0) + 1
                if count <= int(times):
                    return web.Response(status=503)
                return web.json_response({"count": count})
            case ["slow"]:
                await asyncio.sleep(0.3)
                return web.json_response({"slow": True})
            case ["never"]:
                await self.never.wait()
                return web.Response()
            case ["huge"]:
                stream = web.StreamResponse()
                await stream.prepare(request)
                for _ in range(800):
                    await stream.write(bytes(65536))
                return stream
            case ["trickle"]:
                stream = web.StreamResponse()
                await stream.prepare(request)
                while not self.never.is_set():
                    await stream.write(b" ")
                    await asyncio.sleep(0.02)
                return stream
            case ["cut"]:
                assert request.transport is not None
                request.transport.abort()
                return web.Response()
            case ["text"]:
                return web.Response(text="{not json")
            case ["deep"]:
                return web.Response(text="[" * 100_000)
        return web.Response(status=404)


@asynccontextmanager
async def crm() -> AsyncIterator[Crm]:
    made = Crm()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    made.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[attr-defined]
    try:
        yield made
    finally:
        made.never.set()
        await runner.cleanup()
