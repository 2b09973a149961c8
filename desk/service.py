"""The HTTP interface: serves the routes that the installed parts declare (``callflow.api``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import structlog
from aiohttp import web

from callflow.api import routes_of
from callflow.settings import Settings
from desk.door import guard, handler_of
from desk.errors import NO_PART
from desk.gate import Gate
from desk.openapi import groups
from records.directory import Directory

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    from callflow.api import Route, RouteGroup
    from callflow.protocol import Runtime

_log = structlog.get_logger(__name__)


class DeskService:
    """Serves ``http://api_host:api_port`` (loopback unless the settings say otherwise)."""

    needs: ClassVar[tuple[str, ...]] = ("acd", "ivr", "metrics")

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._web: web.AppRunner | None = None

    @classmethod
    def create(cls, runtime: Runtime) -> DeskService:
        """Make the service; opens nothing yet."""
        return cls(runtime)

    async def start(self) -> None:
        """Open the port."""
        settings = self._runtime.require(Settings)
        gate = Gate(self._runtime.require(Directory))
        app = web.Application(middlewares=[guard(gate)])
        for kind in groups().values():
            self._add(app, kind, gate)
        self._web = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._web.setup()
        await web.TCPSite(self._web, settings.api_host, settings.api_port).start()
        _log.info("http_open", host=settings.api_host, port=settings.api_port)

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
        """Close the port."""
        if self._web is not None:
            await self._web.cleanup()


def _not_running(one: Route) -> Callable[..., Awaitable[Any]]:
    async def refuse(**_: object) -> None:
        raise NO_PART(f"the part that serves {one.tag} is not running", where=one.path)

    return refuse
