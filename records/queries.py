"""Reading what the log and its folds have left in the database.

Some 20 ms behind the live state, 0.1 s when much happens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from records import models
from records.entries import ENVELOPE, recorded_of
from records.record_rows import record_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from typing import Any

    from sqlalchemy import Select
    from sqlalchemy.ext.asyncio import AsyncEngine

    from records.events import Recorded
    from records.folds.call_record import CallRecord

_IN_A_QUESTION = 500
"""Most numbers that one question names: engines have bounds."""


class Queries:
    """Call records and events by their keys."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def record(self, call: str) -> CallRecord | None:
        """Give the record of a call that has ended."""
        query = select(models.call_records).where(models.call_records.c.call == call)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).mappings().first()
            return None if row is None else record_of(row)

    async def records(
        self,
        since: datetime | None = None,
        until: datetime | None = None,
        *,
        queue: str | None = None,
        agent: str | None = None,
        outcome: str | None = None,
        before: tuple[datetime, str] | None = None,
        limit: int = 100,
    ) -> list[CallRecord]:
        """Give the records of calls that arrived from ``since`` to before ``until``, newest first.

        ``before``: only those that follow the record of that arrival and call in this order.
        """
        table = models.call_records
        query = select(table).order_by(table.c.arrived_at.desc(), table.c.call.desc()).limit(limit)
        if since is not None:
            query = query.where(table.c.arrived_at >= since)
        if until is not None:
            query = query.where(table.c.arrived_at < until)
        if queue is not None:
            query = query.where(table.c.queue == queue)
        if agent is not None:
            query = query.where(table.c.agent == agent)
        if outcome is not None:
            query = query.where(table.c.outcome == outcome)
        if before is not None:
            at, call = before
            later = (table.c.arrived_at == at) & (table.c.call < call)
            query = query.where((table.c.arrived_at < at) | later)
        async with self._engine.connect() as connection:
            return [record_of(row) for row in (await connection.execute(query)).mappings()]

    async def last_agent(self, subject: str) -> str:
        """Give the agent with whom a person talked last, '' when they have not talked with any."""
        table = models.call_records
        query = (
            select(table.c.agent)
            .where((table.c.subject == subject) & table.c.agent.is_not(None))
            .order_by(table.c.arrived_at.desc())
            .limit(1)
        )
        async with self._engine.connect() as connection:
            return str(await connection.scalar(query) or "")

    async def events(self, call: str) -> list[Recorded]:
        """Give the events of one call, in order."""
        table = models.events
        query = select(*ENVELOPE).where(table.c.call == call).order_by(table.c.stream, table.c.seq)
        return await self._events(query)

    async def events_after(self, stream: str, seq: int, limit: int = 1000) -> list[Recorded]:
        """Give the events of a stream that follow ``seq``, in order: how a reader resumes."""
        table = models.events
        query = select(*ENVELOPE).where((table.c.stream == stream) & (table.c.seq > seq))
        return await self._events(query.order_by(table.c.seq).limit(limit))

    async def page_after(self, seq: int, limit: int, stream: str = "main") -> tuple[list[Recorded], int]:
        """Give the events of up to ``limit`` numbers after ``seq``, and the last number that was read.

        That is ``seq`` when there is none.  Events of a newer version are passed over.
        """
        table = models.events
        query = select(*ENVELOPE).where((table.c.stream == stream) & (table.c.seq > seq))
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query.order_by(table.c.seq).limit(limit))).all()
        found = [recorded for row in rows if (recorded := recorded_of(row)) is not None]
        return found, int(rows[-1].seq) if rows else seq

    async def events_at(self, numbers: Sequence[int], stream: str = "main") -> list[Recorded]:
        """Give the events of some sequence numbers, in order, as far as there are any."""
        table = models.events
        found: list[Recorded] = []
        for begin in range(0, len(numbers), _IN_A_QUESTION):
            some = numbers[begin : begin + _IN_A_QUESTION]
            found += await self._events(
                select(*ENVELOPE).where((table.c.stream == stream) & table.c.seq.in_(some))
            )
        return sorted(found, key=lambda recorded: recorded.seq)

    async def _events(self, query: Select[Any]) -> list[Recorded]:
        async with self._engine.connect() as connection:
            found = (recorded_of(row) for row in await connection.execute(query))
            return [recorded for recorded in found if recorded is not None]
