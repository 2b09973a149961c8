"""The HTTP interface: health, metrics and the first read-only routes of ``/api/v1``."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from acd.service import AcdService
from callflow.live_calls import LiveCalls
from callflow.reporting.live import MetricsService, WrongQuestion
from callflow.settings import Settings
from desk.agent_routes import AgentRoutes
from desk.auth import Role, allow, authenticate, problem
from ivr.service import SiteService
from ivr.site_state import told_versions
from records.directory import Directory
from records.queries import Queries

if TYPE_CHECKING:
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
        app = web.Application(middlewares=[authenticate(self._runtime.require(Directory))])
        app.add_routes(self.routes())
        self._web = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._web.setup()
        await web.TCPSite(self._web, settings.api_host, settings.api_port).start()
        _log.info("http_open", host=settings.api_host, port=settings.api_port)

    def routes(self) -> list[web.RouteDef]:
        """Give every route; who may use it stands at its handler."""
        return [
            web.get("/healthz", self.health),
            web.get("/metrics", self.metrics),
            web.get("/api/v1/agents", self.agents),
            web.get("/api/v1/queues", self.queues),
            web.get("/api/v1/calls", self.calls),
            web.get("/api/v1/records/{call}", self.record),
            web.get("/api/v1/site", self.site),
            *AgentRoutes(self._runtime.require(AcdService)).routes(),
            web.get("/api/v1/metrics", self.figures),
        ]

    async def stop(self) -> None:
        """Close the port."""
        if self._web is not None:
            await self._web.cleanup()

    async def health(self, _request: web.Request) -> web.Response:
        """Tell that the controller runs; open to everyone, says nothing else."""
        return web.json_response({"alive": True})

    @allow(Role.SUPERVISOR, Role.INTEGRATION)
    async def metrics(self, _request: web.Request) -> web.Response:
        """Prometheus metrics."""
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    @allow(Role.SUPERVISOR, Role.INTEGRATION)
    async def agents(self, _request: web.Request) -> web.Response:
        """Every agent with state and skills."""
        return _json(self._runtime.require(AcdService).agents())

    @allow(Role.AGENT, Role.SUPERVISOR, Role.INTEGRATION)
    async def queues(self, _request: web.Request) -> web.Response:
        """Every queue with who waits."""
        return _json(self._runtime.require(AcdService).queues())

    @allow(Role.SUPERVISOR)
    async def calls(self, _request: web.Request) -> web.Response:
        """The calls that are on now; callers by opaque subject id only."""
        return _json(list(self._runtime.require(LiveCalls)))

    @allow(Role.SUPERVISOR, Role.INTEGRATION)
    async def record(self, request: web.Request) -> web.Response:
        """One call's record."""
        call = request.match_info["call"]
        record = await self._runtime.require(Queries).record(call)
        if record is None:
            return problem(404, "no-such-record", f"there is no record of call {call}", "see /api/v1/calls")
        return _json(record)

    @allow(Role.SUPERVISOR, Role.INTEGRATION)
    async def figures(self, request: web.Request) -> web.Response:
        """Today's figures: ``by``, ``interval``, ``service_level``, ``short_abandon``."""
        try:
            return _json(await self._runtime.require(MetricsService).asked_for(request.query))
        except WrongQuestion as error:
            return problem(400, "wrong-question", str(error), "see docs/metrics.md")

    @allow(Role.SUPERVISOR, Role.INTEGRATION)
    async def site(self, _request: web.Request) -> web.Response:
        """The dialplans: which version is live since when, what was refused and why, what is kept."""
        live = self._runtime.require(SiteService).live
        kept = await asyncio.to_thread(live.versions)
        told = live.state.told(live.site)
        return _json({**told, "versions": told_versions(kept, live.site.version)})


def _json(value: Any) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type="application/json")
