"""Agents and their phones."""

from __future__ import annotations

from records.events.base import Event


class AgentStateChanged(Event, frozen=True, tag=True, kw_only=True):
    """An agent moved from one state of METRICS' vocabulary to another (or changed its reason)."""

    agent: str
    before: str
    after: str
    reason: str = ""
    phone: str = ""
    call: str = ""
    until: float | None = None
    """Steady seconds at which the state ends by itself (wrap_up).  A wrap-up that is extended is the same
    state with another ``until``."""
    most: float | None = None
    """Steady seconds to which ``until`` can be extended."""
    by: str = ""
    """Who asked for it, if it was not the agent."""


class AgentPendingSet(Event, frozen=True, tag=True, kw_only=True):
    """A state asked for during a call, to be taken after it; empty ``state`` takes it back."""

    agent: str
    state: str
    reason: str = ""


class AgentProfiled(Event, frozen=True, tag=True, kw_only=True):
    """What the directory says of an agent from now on; nothing personal.

    Written when it differs from what the log said last, so that a decision is explained by the skills of its
    time.
    """

    agent: str
    skills: dict[str, int] = {}
    """Skill → level, 1 to 5."""
    ranks: dict[str, int] = {}
    """Queue → rank; queues that are not named count as 1."""
    removed: bool = False
    """The directory does not have the agent any more."""


class AgentLeaseChanged(Event, frozen=True, tag=True, kw_only=True):
    """A phone vouched for its agent until ``until`` (steady seconds); written when it changes hands."""

    agent: str
    phone: str
    until: float


class LoginRefused(Event, frozen=True, tag=True, kw_only=True):
    """A wrong agent number or PIN, or too many attempts."""

    phone: str
    agent: str
    reason: str


class PhoneStateChanged(Event, frozen=True, tag=True, kw_only=True):
    """A phone became reachable or was lost."""

    phone: str
    reachable: bool
    reason: str = ""
    """Why it was lost: gone (the switch says so), lapsed (no sign for too long), silent (an offer to it
    brought no sign of life)."""
