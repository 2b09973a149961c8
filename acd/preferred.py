"""Which agent a caller is to have: one whose number the dialplan gives, or the one they talked with last."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import SQLAlchemyError

from records.errors import DatabaseError

if TYPE_CHECKING:
    from callflow.protocol import Call
    from records.queries import Queries

_log = structlog.get_logger(__name__)

LAST = "last"
_LONGEST_S = 0.3
"""A caller does not wait longer for the database than this; then nobody is preferred."""


class PreferredAgent:
    """Finds numbers of agents; the queue decides whether they are worth waiting for."""

    def __init__(self, queries: Queries) -> None:
        self._queries = queries

    async def number_of(self, wished: str, call: Call) -> str:
        """Give an agent's number, '' when there is none."""
        if wished != LAST:
            return wished
        try:
            return await call.while_waiting(asyncio.wait_for(self._last(call), _LONGEST_S))
        except (TimeoutError, DatabaseError, SQLAlchemyError) as error:
            _log.warning("last_agent_unknown", call=call.id, error=repr(error))
            return ""

    async def _last(self, call: Call) -> str:
        return await self._queries.last_agent(call.caller.subject)
