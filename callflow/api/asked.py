"""Who asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiohttp import web

    from callflow.api.roles import Role


@dataclass(frozen=True)
class Asked:
    """A request that was let in: by whom, and for whom."""

    by: str
    """Name of the token: what goes on record with a change."""
    role: Role
    agent: str
    """Number of the agent that an agent's token is bound to; empty for every other role."""
    expires: float | None
    """Steady seconds at which the token expires; None: it does not."""
    request_id: str
    raw: web.Request
    """For routes that stream: headers, and the answer that they prepare themselves."""
