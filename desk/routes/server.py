"""The server itself: is it alive, what can be asked of it, what Prometheus reads."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from callflow.api import EVERY_ROLE, OPEN, Asked, Role, route
from desk.openapi import all_routes, document

if TYPE_CHECKING:
    from callflow.protocol import Runtime


class Alive(msgspec.Struct, frozen=True):
    """What a load balancer asks for."""

    alive: bool


class ServerRoutes:
    """Handlers."""

    tag: ClassVar[str] = "server"

    def __init__(self) -> None:
        self._document: dict[str, Any] = {}

    @classmethod
    def create(cls, runtime: Runtime) -> ServerRoutes:  # noqa: ARG003 - the group's shape
        """Make the group."""
        return cls()

    @route("GET", "/healthz", "Tell that the controller runs", roles=OPEN, prefix="")
    async def health(self, asked: Asked) -> Alive:  # noqa: ARG002 - a handler's shape
        """Open to everyone; says nothing else."""
        return Alive(alive=True)

    @route(
        "GET",
        "/metrics",
        "Metrics for Prometheus",
        roles={Role.SUPERVISOR, Role.INTEGRATION},
        gives="text/plain",
        prefix="",
    )
    async def metrics(self, asked: Asked) -> web.StreamResponse:  # noqa: ARG002
        """In Prometheus' text format; docs/metrics.md lists them."""
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    @route("GET", "/openapi.json", "This document", roles=EVERY_ROLE)
    async def openapi(self, asked: Asked) -> dict[str, Any]:  # noqa: ARG002
        """OpenAPI 3.1, the same as ``ringhall openapi`` prints."""
        if not self._document:
            self._document = document(all_routes(), version("ringhall"))
        return self._document
