"""Trunks over the HTTP API."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from callflow.api import Asked, Page, Paging, Role, WrongCursor, cut, route
from callflow.dialing.trunk_watch import TrunkView, TrunkWatch

if TYPE_CHECKING:
    from callflow.protocol import Runtime


class TrunkRoutes:
    """Handlers."""

    tag: ClassVar[str] = "trunks"

    def __init__(self, watch: TrunkWatch) -> None:
        self._watch = watch

    @classmethod
    def create(cls, runtime: Runtime) -> TrunkRoutes:
        """Make the group."""
        return cls(runtime.require(TrunkWatch))

    @route(
        "GET",
        "/trunks",
        "Every trunk with its state",
        roles={Role.SUPERVISOR, Role.INTEGRATION},
        errors=[WrongCursor],
    )
    async def trunks(self, asked: Asked, query: Paging) -> Page[TrunkView]:  # noqa: ARG002 - a handler's shape
        """By name: registration, probes, the calls on it, and what failed last."""
        return cut(self._watch.views(), query, lambda view: view.trunk)
