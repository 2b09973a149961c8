"""A call that an agent begins: to an outside number, or to a colleague."""

from __future__ import annotations

import msgspec


class OwnCall(msgspec.Struct):
    """One that is on.  The other side stands where a caller does."""

    call: str
    agent: str
    """Empty on a phone where nobody is logged in."""
    phone: str
    leg: str
    """The agent's."""
    since: float
    """Steady seconds."""
    queue: str = ""
    colleague: str = ""
    """The agent who is called; empty for an outside number."""
    reached_at: float | None = None
    wrap_up_s: float = 0.0
    wrap_up_most_s: float = 0.0
