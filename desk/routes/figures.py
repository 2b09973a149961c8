"""Today's figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from callflow.api import Asked, ErrorKind, Role, route
from callflow.reporting.live import MetricsService, WrongQuestion

if TYPE_CHECKING:
    from callflow.protocol import Runtime

WRONG_QUESTION = ErrorKind("wrong-question", 400, "There are no such figures.", "see docs/metrics.md")


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which figures; ``docs/metrics.md`` has the words."""

    by: str = "queue"
    """site, queue, agent, number, …"""
    interval: str = "1d"
    """15m, 1h or 1d."""
    service_level: str = ""
    """Such as ``80/20``; the site's when empty."""
    short_abandon: str = ""
    """Such as ``5s``; the site's when empty."""


class Figures(msgspec.Struct, frozen=True):
    """A day's figures up to now."""

    day: str
    up_to: str
    time_zone: str
    variant: dict[str, Any]
    by: str
    interval: str
    rows: list[dict[str, Any]]
    """One for each thing counted by, and interval; docs/metrics.md defines each figure."""
    targets: list[dict[str, Any]]
    """The site's targets, and how it stands with each."""


class FigureRoutes:
    """Handlers."""

    tag: ClassVar[str] = "figures"

    def __init__(self, metrics: MetricsService) -> None:
        self._metrics = metrics

    @classmethod
    def create(cls, runtime: Runtime) -> FigureRoutes:
        """Make the group."""
        return cls(runtime.require(MetricsService))

    @route(
        "GET",
        "/metrics",
        "Today's figures",
        roles={Role.SUPERVISOR, Role.INTEGRATION},
        errors=[WRONG_QUESTION],
    )
    async def figures(self, asked: Asked, query: Question) -> Figures:  # noqa: ARG002 - a handler's shape
        """Service level, ASA, occupancy and the rest, by queue, agent, number …"""
        wanted = {name: value for name, value in msgspec.structs.asdict(query).items() if value}
        try:
            return msgspec.convert(await self._metrics.asked_for(wanted), Figures)
        except WrongQuestion as error:
            raise WRONG_QUESTION(str(error), where="query") from None
