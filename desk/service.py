"""The HTTP interface: serves the routes that the installed parts declare (``callflow.api``)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

import structlog
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from callflow.api import routes_of
from callflow.settings import Settings
from desk.control import TokenControl
from desk.door import guard, handler_of
from desk.errors import NO_PART
from desk.events.service import EventStream
from desk.gate import Gate
from desk.openapi import groups
from desk.rate import RateLimit
from desk.tokens import TokenKeeper
from records.directory import Directory
from records.errors import DatabaseError, in_a_line

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from typing import Any

    from callflow.api import Route, RouteGroup
    from callflow.protocol import Runtime

_log = structlog.get_logger(__name__)

NOTE_USE_S = 60.0
"""How often the last use of tokens is written."""
WRONG_PER_S = 10.0
"""Guesses of tokens each second from one address: each costs a question to the database."""


class DeskService:
    """Serves ``http://api_host:api_port`` (loopback unless the settings say otherwise)."""

    needs: ClassVar[tuple[str, ...]] = ("acd", "ivr", "metrics", "events", "deliveries")

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._tokens = runtime.require(Directory).tokens
        self.limit = RateLimit(runtime.require(Settings).api_requests_per_s)
        """How often a token may ask."""
        self.wrong = RateLimit(WRONG_PER_S)
        """How often an address may come with a token that nobody has."""
        self._web: web.AppRunner | None = None
        self._noting: asyncio.Task[None] | None = None

    @classmethod
    def create(cls, runtime: Runtime) -> DeskService:
        """Make the service; opens nothing yet."""
        return cls(runtime)

    async def start(self) -> None:
        """Open the port."""
        settings = self._runtime.require(Settings)
        gate = Gate(self._tokens, self._runtime.clock, self.limit, self.wrong)
        app = web.Application(middlewares=[guard(gate)])
        for kind in groups().values():
            self._add(app, kind, gate)
        self._web = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._web.setup()
        await web.TCPSite(self._web, settings.api_host, settings.api_port).start()
        _log.info("http_open", host=settings.api_host, port=settings.api_port)
        self._noting = asyncio.get_running_loop().create_task(self._note_use(), name="use of tokens")

    def _add(self, app: web.Application, kind: type[RouteGroup], gate: Gate) -> None:
        declared = routes_of(kind)
        try:
            group = kind.create(self._runtime)
        except LookupError as error:
            _log.warning("routes_without_part", group=kind.tag, reason=str(error))
            group = None
        for one in declared:
            handle = _not_running(one) if group is None else getattr(group, one.name)
            app.router.add_route(one.method, one.path, handler_of(one, handle, gate))

    async def stop(self) -> None:
        """Close the port; listeners are told first."""
        for stream in self._runtime.all_of(EventStream):
            await stream.close_all()
        if self._web is not None:
            await self._web.cleanup()
        if self._noting is not None:
            self._noting.cancel()
            await asyncio.gather(self._noting, return_exceptions=True)
            await self._write_use()

    async def _note_use(self) -> None:
        while True:
            await asyncio.sleep(NOTE_USE_S)
            await self._write_use()

    async def _write_use(self) -> None:
        try:
            await self._tokens.write_used()
        except (DatabaseError, SQLAlchemyError) as error:
            _log.warning("token_use_not_noted", error=in_a_line(error))

    def control_routes(self) -> Iterable[web.RouteDef]:
        """Give the routes of ``ringhall tokens``."""
        return TokenControl(TokenKeeper(self._runtime, self._runtime.require(Directory))).routes()


def _not_running(one: Route) -> Callable[..., Awaitable[Any]]:
    async def refuse(**_: object) -> None:
        raise NO_PART(f"the part that serves {one.tag} is not running", where=one.path)

    return refuse
