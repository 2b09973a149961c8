"""Who asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from callflow.api.roles import Role  # noqa: TC001 - msgspec reads it

if TYPE_CHECKING:
    from aiohttp import web


class Asked(msgspec.Struct, frozen=True):
    """A request that was let in: by whom, and for whom."""

    by: str
    """Name of the token: what goes on record with a change."""
    role: Role
    agent: str
    """Number of the agent that an agent's token is bound to; empty for every other role."""
    request_id: str
    raw: web.Request
    """For routes that stream: headers, and the answer that they prepare themselves."""
