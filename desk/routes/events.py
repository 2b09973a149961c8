"""The event stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

import msgspec
from aiohttp import web
from msgspec import Meta

from callflow.api import EVERY_ROLE, WEBSOCKET, WRONG_FIELD, Asked, ErrorKind, Role, route
from desk.errors import OTHER_AGENT, TOO_MANY
from desk.events.listener import Listener
from desk.events.service import EventStream
from desk.events.session import Session
from desk.events.view import Wanted, bounded, wrong_kind
from records.events import Recorded

if TYPE_CHECKING:
    from callflow.clock import Clock
    from callflow.protocol import Runtime

NO_SUCH_NUMBER = ErrorKind(
    "no-such-number",
    409,
    "The log has not come to that sequence number: it is of another installation, or of a lost database.",
    "begin without 'after', and read what you missed from /api/v1/records",
)
PONG_S = 30.0
"""A listener that answers no ping within this time and half of it again is gone."""
MOST_LISTENERS, MOST_OF_AN_AGENT = 500, 10
"""Streams that a token may have open at a time: each costs up to 1.3 MB while it does not read."""


class EventsAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which events; lists are separated by commas, and all that is given must fit."""

    after: Annotated[int, Meta(ge=0)] | None = None
    """The last ``seq`` that you have: first comes what followed it.  Without: from now on."""
    kinds: str = ""
    """Such as ``CallConnected,TalkEnded``."""
    calls: str = ""
    agents: str = ""
    queues: str = ""
    """Of events that name a queue."""


class EventMessage(msgspec.Struct, frozen=True):
    """What comes over the WebSocket: JSON in text messages."""

    events: list[Recorded]
    """In the log's order; none, at the begin and at least every 15 seconds, as a sign of life."""
    seq: int
    """The log is read so far: resume ``after`` it."""


class EventRoutes:
    """Handlers."""

    tag: ClassVar[str] = "events"

    def __init__(self, stream: EventStream, clock: Clock) -> None:
        self._stream = stream
        self._clock = clock

    @classmethod
    def create(cls, runtime: Runtime) -> EventRoutes:
        """Make the group."""
        return cls(runtime.require(EventStream), runtime.clock)

    @route(
        "GET",
        "/events",
        "Events as they come, over WebSocket",
        roles=EVERY_ROLE,
        errors=[NO_SUCH_NUMBER, OTHER_AGENT],
        gives=WEBSOCKET,
        tells=EventMessage,
    )
    async def events(self, asked: Asked, query: EventsAsked) -> web.StreamResponse:
        """An agent is shown what names them; events about access are for admins.

        Closed with 1001 (the server stops), 4001 (the token is over), 4008 (you don't read fast enough),
        4503 (the past can't be read now).
        """
        wanted = self._wanted(asked, query)
        if query.after is not None and query.after > self._stream.tape.last:
            raise NO_SUCH_NUMBER(
                f"the log's last event is {self._stream.tape.last}, not yet {query.after}",
                where="query.after",
            )
        most = MOST_OF_AN_AGENT if asked.role is Role.AGENT else MOST_LISTENERS
        if self._stream.count_of(asked.by) >= most:
            raise TOO_MANY(
                f"the token {asked.by!r} has {most} streams open already",
                where="header Authorization",
                retry_after_s=1,
                remedy="close one that is not needed, or take another token",
            )
        ws = web.WebSocketResponse(heartbeat=PONG_S, max_msg_size=4096, compress=False, autoclose=False)
        if not ws.can_prepare(asked.raw):
            raise WRONG_FIELD(
                "this path is a WebSocket", where="header Upgrade", remedy="connect with a WebSocket client"
            )
        await ws.prepare(asked.raw)
        session = Session(ws, self._stream, clock=self._clock, wanted=wanted)
        await session.run(asked.raw, Listener(asked.by, asked.expires), query.after)
        return ws

    def _wanted(self, asked: Asked, query: EventsAsked) -> Wanted:
        kinds, agents = _listed(query.kinds), _listed(query.agents)
        for wrong in filter(None, map(wrong_kind, sorted(kinds))):
            raise WRONG_FIELD(
                wrong, where="query.kinds", remedy="see the schema Recorded in /api/v1/openapi.json"
            )
        if asked.role is Role.AGENT and agents - {asked.agent}:
            raise OTHER_AGENT(f"this token sees agent {asked.agent} only", where="query.agents")
        wanted = Wanted(kinds=kinds, calls=_listed(query.calls), agents=agents, queues=_listed(query.queues))
        return bounded(wanted, asked.role, asked.agent)


def _listed(text: str) -> frozenset[str]:
    return frozenset(word.strip() for word in text.split(",") if word.strip())
