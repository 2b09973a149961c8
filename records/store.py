"""The event log's side of the database: lease, batches, snapshots, reading back.  Blocking: for a thread.

A batch is one transaction that also moves ``stream_heads`` forward under the owner's epoch.  So a batch is
written once however often it is tried, and an owner that has lost its lease can't write.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import insert, select, update
from sqlalchemy.exc import DBAPIError

from records import models
from records.database import backend_of, open_sync_engine
from records.entries import ENVELOPE, event_row, recorded_of
from records.errors import DatabaseError, Fenced
from records.frames import Kind
from records.snapshots import load_snapshot, save_snapshot
from records.vault_changes import ChangeSet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import URL, Connection, Engine

    from records.entries import Entry
    from records.events import Recorded
    from records.snapshots import Snapshot, SnapshotDraft

READ_BATCH = 2000


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
        self._upsert_records = self.backend.upsert(models.call_records)
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
        heads = models.stream_heads
        with self._writing.begin() as connection:
            values: dict[str, int] = {}
            if projected_seq is not None:
                values["projected_seq"] = projected_seq
            if entries:
                values["written_entry"] = entries[-1].entry
                seqs = [entry.seq for entry in entries if entry.kind is Kind.EVENT]
                if seqs:
                    values["written_seq"] = seqs[-1]
            mine = (heads.c.stream == self.stream) & (heads.c.epoch == epoch)
            first = entries[0].entry if entries else None
            ahead = mine if first is None else mine & (heads.c.written_entry < first)
            moved = connection.execute(update(heads).where(ahead).values(values or {"epoch": epoch}))
            if not moved.rowcount:
                # the rare case: a batch whose commit succeeded although it was reported failed, or fenced
                written = connection.scalar(select(heads.c.written_entry).where(mine))
                if written is None:
                    raise Fenced(f"another owner has the stream {self.stream!r} now: epoch {epoch} is over")
                entries = [entry for entry in entries if entry.entry > written]
                if entries:
                    connection.execute(update(heads).where(mine).values(values))
            self._insert(connection, entries)
            if record_rows:
                connection.execute(self._upsert_records, list(record_rows))
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
            connection.execute(insert(models.events), rows)
        changes = [entry.body for entry in entries if entry.kind is Kind.VAULT]
        if changes:
            ChangeSet(changes).write(connection, self.backend)
