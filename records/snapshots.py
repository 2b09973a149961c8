"""Snapshots: the state of everything folded from the log, at one place of it.  The last three are kept."""

from __future__ import annotations

import zlib
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import delete, select

from records import models
from records.entries import utc_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from records.database import Backend

KEPT = 3


class Snapshot(msgspec.Struct, frozen=True):
    """State that includes every event up to ``seq``."""

    seq: int
    at: datetime
    state: Any
    """What was given to :meth:`EventLog.snapshot`, as JSON gives it back."""
    folds: Any
    """State of the log's own folds at the same place."""


class SnapshotDraft(msgspec.Struct, frozen=True):
    """A snapshot on its way to the database."""

    seq: int
    at_us: int
    state: bytes
    """JSON, made at once: the state it came from goes on changing."""


def save_snapshot(
    connection: Connection, backend: Backend, stream: str, draft: SnapshotDraft, folds: object
) -> None:
    """Store a snapshot and drop those beyond the last three."""
    table = models.snapshots
    encoded = msgspec.json.encode(folds)
    row = {
        "stream": stream,
        "seq": draft.seq,
        "at_us": draft.at_us,
        "state": draft.state,
        "folds": encoded,
        "crc": _checksum(draft.state, encoded),
    }
    connection.execute(backend.upsert(table), row)
    mine = table.c.stream == stream
    newest = select(table.c.seq).where(mine).order_by(table.c.seq.desc()).limit(KEPT)
    kept = connection.scalars(newest).all()
    connection.execute(delete(table).where(mine & (table.c.seq < kept[-1])))


def load_snapshot(connection: Connection, stream: str) -> Snapshot | None:
    """Give the newest snapshot that is undamaged, None without any."""
    return snapshot_before(connection, stream, None)


def snapshot_before(connection: Connection, stream: str, before: int | None) -> Snapshot | None:
    """Give the newest undamaged snapshot that includes no event from ``before`` on, None without any."""
    table = models.snapshots
    query = select(table).where(table.c.stream == stream).order_by(table.c.seq.desc())
    if before is not None:
        query = query.where(table.c.seq < before)
    for row in connection.execute(query):
        if _checksum(row.state, row.folds) == row.crc:
            return Snapshot(
                seq=row.seq,
                at=utc_of(row.at_us),
                state=msgspec.json.decode(row.state),
                folds=msgspec.json.decode(row.folds),
            )
    return None


def _checksum(state: bytes, folds: bytes) -> int:
    return zlib.crc32(folds, zlib.crc32(state))
