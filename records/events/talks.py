"""In a talk: hold, consultation, conference, transfer.

A consultation has places, offers and talks of its own, under the name CALL+N (see :func:`call_of`).
"""

from __future__ import annotations

from records.events.agents import AgentStateChanged
from records.events.base import Event

PART = "+"


def call_of(name: str) -> str:
    """Give the call that a part of a call belongs to: ``CALL+1`` is of ``CALL``, and so is ``CALL``."""
    return name.partition(PART)[0]


def is_part(name: str) -> bool:
    """Tell whether a name is that of a consultation rather than of a call."""
    return PART in name


def of_part(event: Event) -> bool:
    """Tell whether an event is of a consultation (its place, offers, talk); agents' states never are."""
    return PART in getattr(event, "call", "") and not isinstance(event, AgentStateChanged)


class TalkHeld(Event, frozen=True, tag=True, kw_only=True):
    """The caller waits with music while the agent keeps the line."""

    call: str
    agent: str
    by: str
    """phone (its hold key), keys, or who asked."""


class TalkResumed(Event, frozen=True, tag=True, kw_only=True):
    """The caller is back from hold."""

    call: str
    agent: str
    by: str


class ConsultBegan(Event, frozen=True, tag=True, kw_only=True):
    """The agent asks somebody for the call's sake, while the caller waits with music."""

    call: str
    consult: str
    """CALL+N."""
    agent: str
    kind: str
    """agent, queue, outside."""
    to: str
    """An agent's number, a queue's name, an outside number without all but its last two digits."""


class ConsultJoined(Event, frozen=True, tag=True, kw_only=True):
    """Caller, agent and whoever was consulted hear each other: a conference."""

    call: str
    consult: str
    agent: str


class ConsultEnded(Event, frozen=True, tag=True, kw_only=True):
    """A consultation is over, and the call stays with the agent."""

    call: str
    consult: str
    agent: str
    outcome: str
    """cancelled, no_answer, busy, rejected, unreachable, unavailable, not_allowed, failed, left, over."""


class CallTransferred(Event, frozen=True, tag=True, kw_only=True):
    """An agent has handed the call over; the agent's own TalkEnded stands before it."""

    call: str
    agent: str
    queue: str
    kind: str
    """blind, attended after a consultation, or takeover by a supervisor."""
    to_kind: str
    """agent, queue, menu, outside."""
    to: str
    """As in ConsultBegan; a menu's name."""
    consult: str = ""
    """Of an attended transfer: CALL+N."""
    leg: str = ""
    """Of a takeover: the supervisor's line."""
    wrap_up_s: float = 0.0
    """Of an attended transfer: what whoever has the call now has after it, as the agent before."""
    wrap_up_most_s: float = 0.0
    waited_s: float = 0.0
    """What the caller had waited, kept as credit."""


class TransferFailed(Event, frozen=True, tag=True, kw_only=True):
    """Nobody took a transferred call: it goes back to the agent who gave it away, or to their queue."""

    call: str
    agent: str
    outcome: str
