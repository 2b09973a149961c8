"""Agents: what they are doing, and what may be asked for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import msgspec
from msgspec import Meta

from acd.api_words import NO_SUCH_AGENT, NOT_NOW, AgentNumber, in_words
from acd.core.errors import UnknownAgent
from acd.requests import DEFAULT_REASON, MOST_EXTENDED_S, REQUESTS
from acd.service import AcdService
from acd.views import AgentView
from callflow.api import Asked, Page, Paging, Role, WrongCursor, cut, route

if TYPE_CHECKING:
    from callflow.protocol import Runtime

_ASKERS = {Role.AGENT, Role.SUPERVISOR}
_FAILS = (NO_SUCH_AGENT, NOT_NOW)


class LogIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """On which phone the agent takes calls."""

    phone: Annotated[str, Meta(max_length=40)] = ""
    """Name of a registered phone; the one of the last login when empty."""


class Pause(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why."""

    reason: str = DEFAULT_REASON
    """Up to 40 letters, digits, ``-`` and spaces; shown on every screen and report."""


class Extend(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For how long."""

    seconds: Annotated[float, Meta(gt=0, le=MOST_EXTENDED_S)]


class AgentRoutes:
    """Handlers."""

    tag: ClassVar[str] = "agents"

    def __init__(self, acd: AcdService) -> None:
        self._acd = acd

    @classmethod
    def create(cls, runtime: Runtime) -> AgentRoutes:
        """Make the group."""
        return cls(runtime.require(AcdService))

    @route(
        "GET",
        "/agents",
        "Every agent with state and skills",
        roles={Role.SUPERVISOR, Role.INTEGRATION},
        errors=[WrongCursor],
    )
    async def agents(self, asked: Asked, query: Paging) -> Page[AgentView]:  # noqa: ARG002 - a handler's shape
        """By number."""
        return cut(self._acd.agents(), query, lambda view: view.number)

    @route(
        "GET",
        "/agents/{number}",
        "One agent",
        roles={Role.AGENT, Role.SUPERVISOR, Role.INTEGRATION},
        errors=[NO_SUCH_AGENT],
        own="number",
    )
    async def agent(self, asked: Asked, number: AgentNumber) -> AgentView:  # noqa: ARG002
        """State, phone, the call they are in, and what follows it."""
        return self._one(number)

    @route("POST", "/agents/{number}/login", "Log an agent in", roles=_ASKERS, errors=_FAILS, own="number")
    async def login(self, asked: Asked, number: AgentNumber, body: LogIn) -> AgentView:
        """On a registered phone; no PIN is asked for, the token stands for it.  They are then paused."""
        with in_words(f"agent {number}"):
            self._acd.log_in_trusted(number, body.phone, by=_by(asked))
        return self._one(number)

    @route("POST", "/agents/{number}/logout", "Log an agent out", roles=_ASKERS, errors=_FAILS, own="number")
    async def logout(self, asked: Asked, number: AgentNumber) -> AgentView:
        """After the call, if there is one."""
        return self._ask(asked, number, "logout")

    @route(
        "POST", "/agents/{number}/ready", "Make an agent ready", roles=_ASKERS, errors=_FAILS, own="number"
    )
    async def ready(self, asked: Asked, number: AgentNumber) -> AgentView:
        """For calls; also ends a pause, and takes back what was to follow the call."""
        return self._ask(asked, number, "ready")

    @route("POST", "/agents/{number}/pause", "Pause an agent", roles=_ASKERS, errors=_FAILS, own="number")
    async def pause(self, asked: Asked, number: AgentNumber, body: Pause) -> AgentView:
        """After the call, if there is one; another reason ends one pause and begins the next."""
        return self._ask(asked, number, "pause", reason=body.reason)

    @route("POST", "/agents/{number}/finish", "End a wrap-up", roles=_ASKERS, errors=_FAILS, own="number")
    async def finish(self, asked: Asked, number: AgentNumber) -> AgentView:
        """Before its limit."""
        return self._ask(asked, number, "finish")

    @route("POST", "/agents/{number}/extend", "Extend a wrap-up", roles=_ASKERS, errors=_FAILS, own="number")
    async def extend(self, asked: Asked, number: AgentNumber, body: Extend) -> AgentView:
        """As far as the queue allows (``wrap_up_most``)."""
        return self._ask(asked, number, "extend", seconds=body.seconds)

    def _ask(self, asked: Asked, number: str, request: str, **body: Any) -> AgentView:
        with in_words(f"agent {number}"):
            self._acd.submit(REQUESTS[request](number, body, _by(asked)))
        return self._one(number)

    def _one(self, number: str) -> AgentView:
        view = self._acd.agent(number)
        if view is not None:
            return view
        with in_words("path.number"):
            raise UnknownAgent(number, [view.number for view in self._acd.agents()])


def _by(asked: Asked) -> str:
    """Tell who goes on record: what an agent does themselves has no other name beside it."""
    return "" if asked.role is Role.AGENT else asked.by
