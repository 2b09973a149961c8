"""Agents' own calls over the HTTP API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

import msgspec
from msgspec import Meta

from acd.api_words import AgentNumber
from acd.own_calls.service import AgentCalls, NotBegun
from callflow.api import Asked, ErrorKind, Role, route

if TYPE_CHECKING:
    from callflow.protocol import Runtime

NOT_DIALED = ErrorKind(
    "not-dialed",
    409,
    "The number may not be dialed, no line is free, or the agent's state does not allow it.",
    "see routes: in the site's YAML, and the agent's state in /api/v1/agents",
)


class Dial(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom to call, and for which queue."""

    number: Annotated[str, Meta(min_length=1, max_length=40)]
    """An outside number, or another agent's."""
    queue: Annotated[str, Meta(max_length=80)] | None = None
    """Whose caller id, wrap-up and figures it has; the agent's own when absent, none when empty."""


class Dialed(msgspec.Struct, frozen=True):
    """The call that was begun."""

    call: str


class OwnCallRoutes:
    """Handlers."""

    tag: ClassVar[str] = "agents"

    def __init__(self, calls: AgentCalls) -> None:
        self._calls = calls

    @classmethod
    def create(cls, runtime: Runtime) -> OwnCallRoutes:
        """Make the group."""
        return cls(runtime.require(AgentCalls))

    @route(
        "POST",
        "/agents/{number}/dial",
        "Call somebody",
        roles={Role.AGENT, Role.SUPERVISOR},
        errors=[NOT_DIALED],
        own="number",
    )
    async def dial(self, asked: Asked, number: AgentNumber, body: Dial) -> Dialed:
        """The agent's own phone is rung first; when it is answered, the number is dialed."""
        by = "" if asked.role is Role.AGENT else asked.by
        try:
            return Dialed(self._calls.dial_out(number, body.number, queue=body.queue, by=by))
        except NotBegun as error:
            raise NOT_DIALED(f"{error} ({error.reason})", where=f"agent {number}") from None
