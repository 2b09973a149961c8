"""What a token stands for."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """Each route names the roles that may call it; an admin may call every one."""

    AGENT = "agent"
    """One agent's own screen: bound to that agent's number."""
    INTEGRATION = "integration"
    """Another system: reads calls, records and figures, and is told of events."""
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


EVERY_ROLE = frozenset(Role)
OPEN: frozenset[Role] = frozenset()
"""For a route that needs no token at all."""
