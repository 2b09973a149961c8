"""What happens between taking a stream over and the first new event.  Blocking: for a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import structlog

from records.record_rows import row_of
from records.writer import BATCH_ENTRIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from records.entries import Entry
    from records.events import Recorded
    from records.folds.call_record import CallRecordFold
    from records.journal import DamageReport, Journal
    from records.snapshots import Snapshot
    from records.store import Lease, Store

_log = structlog.get_logger(__name__)


class Recovery:
    """Reads journal and database back in order, once."""

    def __init__(self, store: Store, journal: Journal, lease: Lease, fold: CallRecordFold) -> None:
        self._store = store
        self._journal = journal
        self._lease = lease
        self._fold = fold
        self._batches: Iterator[list[Recorded | int]] | None = None
        self._projected = lease.projected_seq
        self.seq = lease.written_seq
        self.entry = lease.written_entry
        self.alarms: list[tuple[str, str]] = []
        self.unreadable = 0

    def move_journal(self) -> None:
        """Write into the database what only the journal has; drop the journal's files."""
        damage: list[DamageReport] = []
        refused: dict[int, list[Entry]] = {}
        ready: list[Entry] = []
        limits: dict[int, int | None] = {}
        for entry in self._journal.read(damage):
            if entry.epoch not in limits:
                limits[entry.epoch] = self._limit(entry.epoch)
            limit = limits[entry.epoch]
            if limit is not None:
                if entry.entry > limit:
                    refused.setdefault(entry.epoch, []).append(entry)
            elif entry.entry > self._lease.written_entry:
                ready.append(entry)
                if len(ready) >= BATCH_ENTRIES:
                    self._write(ready)
                    ready = []
        if ready:
            self._write(ready)
        for report in damage:
            self.alarms.append(("journal_damaged", str(report)))
        for epoch, entries in refused.items():
            path = self._journal.set_aside(epoch, entries)
            detail = (
                f"{len(entries)} entries of epoch {epoch} came after another owner took over; kept in {path}"
            )
            self.alarms.append(("events_refused", detail))
        if self._store.settle():
            self._journal.drop_all()

    def load_snapshot(self) -> Snapshot | None:
        """Give the last whole snapshot and set the folds to it."""
        snapshot = self._store.latest_snapshot()
        since = 0
        if snapshot is not None:
            since = snapshot.seq
            try:
                self._fold.restore(snapshot.folds)
            except msgspec.MsgspecError:
                # written by a version whose folds looked different: fold all of it again
                _log.warning("folds_rebuilt", events=snapshot.seq)
                for batch in self._store.events_after(0, snapshot.seq):
                    self._apply(batch)
        self._batches = self._store.events_after(since, self.seq)
        return snapshot

    def next_batch(self) -> list[Recorded] | None:
        """Give the next events after the snapshot, None at the end; call records follow as they are read."""
        batch = next(self._batches, None) if self._batches is not None else None
        if batch is None:
            return None
        return self._apply(batch)

    def _apply(self, batch: list[Recorded | int]) -> list[Recorded]:
        readable = []
        rows: dict[str, dict[str, object]] = {}
        seq = 0
        for item in batch:
            if isinstance(item, int):
                seq = item
                self.unreadable += 1
                continue
            seq = item.seq
            readable.append(item)
            for record in self._fold.apply(item):
                if seq > self._projected:
                    rows[record.call] = row_of(record)
        if seq > self._projected:
            self._projected = seq
            self._store.write(
                self._lease.epoch, [], record_rows=list(rows.values()), projected_seq=self._projected
            )
        return readable

    def _limit(self, epoch: int) -> int | None:
        """Give the last entry of an epoch that counts; None while no other journal's owner came after it."""
        for owner in self._store.owners():
            if owner.epoch > epoch and owner.journal != self._journal.id:
                return owner.from_entry
        return None

    def _write(self, entries: list[Entry]) -> None:
        self._store.write(self._lease.epoch, entries)
        missing = entries[-1].entry - self.entry - len(entries)
        if missing:
            self.alarms.append(("events_missing", f"{missing} entries after number {self.entry} are nowhere"))
        self.entry = entries[-1].entry
        self.seq = max(self.seq, *(entry.seq for entry in entries))
