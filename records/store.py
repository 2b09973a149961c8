"""The event log's side of the database: lease, batches, snapshots, reading back.  Blocking: for a thread.

A batch is one transaction that also moves ``stream_heads`` forward under the owner's epoch.  So a batch is
written once however often it is tried, and an owner that has lost its lease can't write.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from records import models
from records.bulk import Bulk
from records.database import backend_of, open_sync_engine
from records.entries import ENVELOPE, event_row, recorded_of
from records.errors import DatabaseError, Fenced
from records.frames import Kind
from records.recording_rows import RecordingRows
from records.snapshots import load_snapshot, save_snapshot
from records.vault_changes import ChangeSet, VaultInserts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import URL, Connection, Engine

    from records.entries import Entry
    from records.events import Recorded
    from records.snapshots import Snapshot, SnapshotDraft

READ_BATCH = 2000

_HEADS = models.stream_heads.c
_MINE = (_HEADS.stream == bindparam("owned")) & (_HEADS.epoch == bindparam("as_epoch"))
_MOVE = (
    update(models.stream_heads)
    .where(_MINE)
    .values(
        {
            column: func.coalesce(bindparam(f"new_{column.name}", type_=column.type), column)
            for column in (_HEADS.written_entry, _HEADS.written_seq, _HEADS.projected_seq)
        }
    )
)
"""Moves an owned head to the values that are given.  Made once: making it costs as much as what it does."""
_MOVE_BELOW = _MOVE.where(_HEADS.written_entry < bindparam("below"))


class Lease(msgspec.Struct, frozen=True):
    """What an owner of a stream took over."""

    epoch: int
    written_entry: int
    written_seq: int
    projected_seq: int


class Ownership(msgspec.Struct, frozen=True):
    """One owner in a stream's history."""

    epoch: int
    journal: str
    from_entry: int


class Store:
    """One stream in the database, as its owner writes and reads it."""

    def __init__(self, url: URL, stream: str) -> None:
        self.engine: Engine = open_sync_engine(url)
        self.backend = backend_of(url)[0]
        self._url = url
        self._events = Bulk(insert(models.events), self.engine.dialect)
        self._records = Bulk(self.backend.upsert(models.call_records), self.engine.dialect)
        self._recordings = RecordingRows(self.backend, self.engine.dialect)
        self._vault = VaultInserts(self.backend, self.engine.dialect)
        self._writing = self.engine.execution_options(writes=True)
        self.stream = stream

    def take_lease(self, journal: str, node: str) -> Lease:
        """Become the stream's owner under the next epoch; raises DatabaseError."""
        heads, owners = models.stream_heads, models.stream_owners
        try:
            with self._writing.begin() as connection:
                head = connection.execute(
                    select(heads).where(heads.c.stream == self.stream).with_for_update()
                ).first()
                lease = (
                    Lease(1, 0, 0, 0)
                    if head is None
                    else Lease(head.epoch + 1, head.written_entry, head.written_seq, head.projected_seq)
                )
                if head is None:
                    connection.execute(
                        insert(heads).values(
                            stream=self.stream, epoch=1, written_entry=0, written_seq=0, projected_seq=0
                        )
                    )
                else:
                    connection.execute(
                        update(heads).where(heads.c.stream == self.stream).values(epoch=lease.epoch)
                    )
                connection.execute(
                    insert(owners).values(
                        stream=self.stream,
                        epoch=lease.epoch,
                        journal=journal,
                        node=node,
                        from_entry=lease.written_entry,
                        taken_at=datetime.now(UTC),
                    )
                )
        except DBAPIError as error:
            raise self.in_words(error) from error
        return lease

    def owners(self) -> list[Ownership]:
        """Give the stream's owners so far, oldest first."""
        table = models.stream_owners
        query = select(table).where(table.c.stream == self.stream).order_by(table.c.epoch)
        with self.engine.connect() as connection:
            return [Ownership(row.epoch, row.journal, row.from_entry) for row in connection.execute(query)]

    def write(
        self,
        epoch: int,
        entries: Sequence[Entry],
        *,
        record_rows: Sequence[Mapping[str, object]] = (),
        projected_seq: int | None = None,
        snapshot: tuple[SnapshotDraft, object] | None = None,
    ) -> None:
        """Write a batch, all or nothing; entries that are in already are left out.

        Raises Fenced when another owner has the stream, DBAPIError when the database can't.
        """
        mine = {"owned": self.stream, "as_epoch": epoch}
        head = mine | {
            "new_written_entry": entries[-1].entry if entries else None,
            "new_written_seq": next((e.seq for e in reversed(entries) if e.kind is Kind.EVENT), None),
            "new_projected_seq": projected_seq,
        }
        with self._writing.begin() as connection:
            if entries:
                moved = connection.execute(_MOVE_BELOW, head | {"below": entries[0].entry})
            else:
                moved = connection.execute(_MOVE, head)
            if not moved.rowcount:
                # the rare case: a batch whose commit succeeded although it was reported failed, or fenced
                written = connection.scalar(select(_HEADS.written_entry).where(_MINE), mine)
                if written is None:
                    raise Fenced(f"another owner has the stream {self.stream!r} now: epoch {epoch} is over")
                entries = [entry for entry in entries if entry.entry > written]
                if entries:
                    connection.execute(_MOVE, head)
            self._insert(connection, entries)
            if record_rows:
                self._records.execute(connection, record_rows)
            if snapshot is not None:
                save_snapshot(connection, self.backend, self.stream, *snapshot)

    def events_after(self, seq: int, through: int) -> Iterator[list[Recorded | int]]:
        """Read the events above ``seq`` up to ``through``, in batches.

        One of a kind that this version does not know gives its sequence number instead.
        """
        table = models.events
        while True:
            query = (
                select(*ENVELOPE)
                .where((table.c.stream == self.stream) & (table.c.seq > seq) & (table.c.seq <= through))
                .order_by(table.c.seq)
                .limit(READ_BATCH)
            )
            with self.engine.connect() as connection:
                rows = connection.execute(query).all()
            if not rows:
                return
            seq = rows[-1].seq
            yield [recorded_of(row) or row[1] for row in rows]

    def latest_snapshot(self) -> Snapshot | None:
        """Give the newest snapshot that is whole, None without any."""
        with self.engine.connect() as connection:
            return load_snapshot(connection, self.stream)

    def settle(self) -> bool:
        """Make everything written survive a power cut; False: not possible just now."""
        return self.backend.settle(self.engine)

    def scrub(self) -> bool:
        """Remove what erased rows left behind; False: not possible just now."""
        return self.backend.scrub(self.engine)

    def in_words(self, error: DBAPIError) -> DatabaseError:
        """Put an error from the database into plain words."""
        where = self._url.render_as_string(hide_password=True)
        return DatabaseError(f"database {where}: {self.backend.explain(error)}")

    def close(self) -> None:
        """Let go of the connections."""
        self.engine.dispose()

    def _insert(self, connection: Connection, entries: Sequence[Entry]) -> None:
        rows = [event_row(self.stream, entry) for entry in entries if entry.kind is Kind.EVENT]
        if rows:
            self._events.execute(connection, rows)
            self._recordings.write(connection, rows)
        changes = [entry.body for entry in entries if entry.kind is Kind.VAULT]
        if changes:
            ChangeSet(changes).write(connection, self._vault)
