"""Recordings of calls that are kept, as rows of ``call_recordings``; they come and go with their events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import delete, select

from records import models
from records.bulk import Bulk
from records.events import CallRecordingDeleted, CallRecordingKept

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from sqlalchemy import Connection, Dialect, Select
    from sqlalchemy.ext.asyncio import AsyncEngine

    from records.database import Backend

_KEPT, _DELETED = CallRecordingKept.__name__, CallRecordingDeleted.__name__


class KeptRecording(msgspec.Struct, frozen=True, kw_only=True):
    """A recording whose file is there.  Fields as in :class:`CallRecordingKept`."""

    recording: str
    call: str
    subject: str
    queue: str
    agents: list[str]
    file: str
    begun_at: float
    seconds: float
    bytes: int
    sha256: str
    delete_at: float


_COLUMNS = tuple(column.name for column in models.call_recordings.columns)


class RecordingRows:
    """Writes them, in the transaction that brings the events."""

    def __init__(self, backend: Backend, dialect: Dialect) -> None:
        self._kept = Bulk(backend.upsert(models.call_recordings), dialect)

    def write(self, connection: Connection, events: Sequence[Mapping[str, Any]]) -> None:
        """Apply rows of the table ``events``, in order."""
        for row in events:
            if row["type"] == _KEPT:
                kept = msgspec.json.decode(row["body"], type=CallRecordingKept)
                self._kept.execute(connection, [{name: getattr(kept, name) for name in _COLUMNS}])
            elif row["type"] == _DELETED:
                gone = msgspec.json.decode(row["body"], type=CallRecordingDeleted)
                table = models.call_recordings
                connection.execute(delete(table).where(table.c.recording == gone.recording))


class RecordingQueries:
    """Reads them; some 20 ms behind the events."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def one(self, recording: str) -> KeptRecording | None:
        """Give a recording."""
        table = models.call_recordings
        found = await self._read(select(table).where(table.c.recording == recording))
        return found[0] if found else None

    async def newest(
        self,
        *,
        call: str = "",
        queue: str = "",
        since: float = 0.0,
        until: float | None = None,
        before: tuple[float, str] | None = None,
        limit: int = 100,
    ) -> list[KeptRecording]:
        """Give those that began from ``since`` to before ``until`` (Unix seconds), the newest first.

        ``before``: begin and id of the last one of the page before.
        """
        table = models.call_recordings
        query = select(table).where(table.c.begun_at >= since)
        if until is not None:
            query = query.where(table.c.begun_at < until)
        if before is not None:
            begun_at, recording = before
            older = (table.c.begun_at == begun_at) & (table.c.recording > recording)
            query = query.where((table.c.begun_at < begun_at) | older)
        if call:
            query = query.where(table.c.call == call)
        if queue:
            query = query.where(table.c.queue == queue)
        return await self._read(query.order_by(table.c.begun_at.desc(), table.c.recording).limit(limit))

    async def after(self, recording: str, limit: int) -> list[KeptRecording]:
        """Give those whose ids follow ``recording``, in the order of their ids: to go through all of them."""
        table = models.call_recordings
        query = select(table).where(table.c.recording > recording)
        return await self._read(query.order_by(table.c.recording).limit(limit))

    async def expired(self, now: float, limit: int) -> list[KeptRecording]:
        """Give those whose time is over."""
        table = models.call_recordings
        over = (table.c.delete_at > 0) & (table.c.delete_at <= now)
        return await self._read(select(table).where(over).order_by(table.c.delete_at).limit(limit))

    async def of_subject(self, subject: str) -> list[KeptRecording]:
        """Give those of a person."""
        table = models.call_recordings
        return await self._read(select(table).where(table.c.subject == subject))

    async def _read(self, query: Select[Any]) -> list[KeptRecording]:
        async with self._engine.connect() as connection:
            return [KeptRecording(**row) for row in (await connection.execute(query)).mappings()]
