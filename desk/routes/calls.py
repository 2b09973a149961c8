"""Calls that are on now.

What can be done to a call (hold, transfer, recording, …) is brought by the parts that do it: each declares a
class of its own under ``ringhall.routes``, with paths below ``/calls/{call}/`` (docs/api.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import msgspec

from acd.service import AcdService
from callflow.api import Asked, CallId, ErrorKind, Page, Paging, Role, WrongCursor, cut, route
from callflow.live_calls import LiveCall, LiveCalls

if TYPE_CHECKING:
    from callflow.protocol import Runtime

NO_SUCH_CALL = ErrorKind(
    "no-such-call", 404, "No such call is on.", "see /api/v1/calls; a call that ended is in /api/v1/records"
)


class CallsAsked(Paging, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which calls; all that is given must fit."""

    queue: str = ""
    """Waiting in that queue."""
    agent: str = ""
    """Whose last or present talk is with that agent."""
    state: str = ""
    """As in the answer."""


class CallView(msgspec.Struct, frozen=True):
    """A call now; its caller by an opaque id only."""

    call: str
    state: str
    """arrived, menu, waiting, talking, talked (and not over yet), dialing (a call of our own)."""
    dialed: str
    """The number that was called; of a call of our own all but two digits are hidden."""
    endpoint: str
    """The trunk that it came in by."""
    subject: str
    """The person, as in the records; the number is not given here."""
    answered: bool
    language: str
    menu: str
    queue: str
    """The queue it waits in."""
    agent: str
    """Who talks, or talked last, with the caller."""
    purpose: str
    """Which part placed it; empty for a call that came in."""
    reference: str
    """What that part knows it by."""
    variables: list[str]
    """Names of what was collected and kept."""


def seen(live: LiveCall) -> CallView:
    """Show a call."""
    return CallView(
        call=live.call,
        state=state_of(live),
        dialed=live.dialed,
        endpoint=live.endpoint,
        subject=live.subject,
        answered=live.answered,
        language=live.language,
        menu=live.place.menu if live.place is not None else "",
        queue=live.queue,
        agent=live.agent,
        purpose=live.purpose,
        reference=live.reference,
        variables=live.variables,
    )


def state_of(live: LiveCall) -> str:
    """Tell in a word where a call is."""
    if live.queue:
        return "waiting"
    if live.agent and live.handed_to != "menu":
        return "talked" if live.talk_ended_by else "talking"
    if live.purpose and not live.answered:
        return "dialing"
    return "menu" if live.place is not None else "arrived"


class CallRoutes:
    """Handlers."""

    tag: ClassVar[str] = "calls"

    def __init__(self, live: LiveCalls, acd: AcdService) -> None:
        self._live = live
        self._acd = acd

    @classmethod
    def create(cls, runtime: Runtime) -> CallRoutes:
        """Make the group."""
        return cls(runtime.require(LiveCalls), runtime.require(AcdService))

    @route("GET", "/calls", "The calls that are on", roles={Role.SUPERVISOR}, errors=[WrongCursor])
    async def calls(self, asked: Asked, query: CallsAsked) -> Page[CallView]:  # noqa: ARG002 - a handler's shape
        """By id, so the oldest first."""
        found = [
            view
            for view in map(seen, self._live)
            if query.queue in {"", view.queue}
            and query.agent in {"", view.agent}
            and query.state in {"", view.state}
        ]
        return cut(found, query, lambda view: view.call)

    @route(
        "GET",
        "/calls/{call}",
        "One call that is on",
        roles={Role.AGENT, Role.SUPERVISOR},
        errors=[NO_SUCH_CALL],
    )
    async def call(self, asked: Asked, call: CallId) -> CallView:
        """An agent sees the call that rings at them or that they are in, and no other."""
        live = self._live.get(call)
        if live is None or (asked.role is Role.AGENT and not self._has(asked.agent, live)):
            raise NO_SUCH_CALL(f"no call {call} is on", where="path.call")
        return seen(live)

    def _has(self, agent: str, live: LiveCall) -> bool:
        if live.talks_with(agent):
            return True
        return agent in self._acd.core.floor.profiles and self._acd.core.agent(agent).call == live.call
