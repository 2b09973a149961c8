"""How a queue keeps its promises, and what is seen of it when that is decided.  Times in seconds."""

from __future__ import annotations

import msgspec


class Terms(msgspec.Struct, frozen=True):
    """How a queue calls back."""

    trunk: str
    """Empty where a route leads to one."""
    route: str = ""
    agent_first: bool = False
    """The agent is on the line before the customer is dialed."""
    ring_s: float = 30.0
    tries: int = 3
    retry_after_s: float = 600.0
    most_at_once: int = 5
    """Calls that keep promises of the queue, at the same time."""
    share: int = 50
    """Percent of the agents at work who may be busy with callbacks while callers wait; one always may."""
    live_between: int = 1
    """Callers who get an agent between two callbacks, while callers wait."""
    ahead_s: float = 20.0
    """So long before its expected turn a promise is kept."""
    ask_key: bool = True
    """A customer who is called first presses a key before an agent is."""
    hours: str = ""


class Look(msgspec.Struct, frozen=True):
    """A queue at one moment."""

    ready: int = 0
    """Agents with the skills who are ready."""
    working: int = 0
    """Agents with the skills who are ready or busy: not paused, missed, unreachable or logged out."""
    live: int = 0
    """Callers who wait and are offered to nobody, without those who were called back."""
    ahead: dict[str, int] = {}
    """Callback whose place is held → calls with a better place that wait and are offered to nobody."""
    held: dict[str, float] = {}
    """Callback whose place is held → since when it waits (steady seconds)."""
    waiting: frozenset[str] = frozenset()
    """Calls that wait, offered or not."""
    talking: frozenset[str] = frozenset()
    """Calls that talk with an agent."""
