"""Queues."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

from acd.service import AcdService
from acd.views import QueueView
from callflow.api import Asked, ErrorKind, Page, Paging, Role, WrongCursor, cut, route

if TYPE_CHECKING:
    from callflow.protocol import Runtime

QueueName = Annotated[str, Meta(min_length=1, max_length=80, description="A queue's name.")]
NO_SUCH_QUEUE = ErrorKind("no-such-queue", 404, "The site has no such queue.", "see /api/v1/queues")
_READERS = {Role.AGENT, Role.SUPERVISOR, Role.INTEGRATION}


class QueueRoutes:
    """Handlers."""

    tag: ClassVar[str] = "queues"

    def __init__(self, acd: AcdService) -> None:
        self._acd = acd

    @classmethod
    def create(cls, runtime: Runtime) -> QueueRoutes:
        """Make the group."""
        return cls(runtime.require(AcdService))

    @route("GET", "/queues", "Every queue with who waits", roles=_READERS, errors=[WrongCursor])
    async def queues(self, asked: Asked, query: Paging) -> Page[QueueView]:  # noqa: ARG002 - a handler's shape
        """Queues of the site, and removed ones in which somebody still waits, by name."""
        return cut(self._acd.queues(), query, lambda view: view.name)

    @route("GET", "/queues/{queue}", "One queue", roles=_READERS, errors=[NO_SUCH_QUEUE])
    async def queue(self, asked: Asked, queue: QueueName) -> QueueView:  # noqa: ARG002
        """As in the list."""
        for view in self._acd.queues():
            if view.name == queue:
                return view
        raise NO_SUCH_QUEUE(f"there is no queue {queue!r}", where="path.queue")
