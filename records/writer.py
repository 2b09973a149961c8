"""The background writer: moves entries from the backlog into the database, in order, however long that takes.

Each batch is one transaction: events, vault changes and the call records that the events complete.  When
the database can't, the same batch is tried again, later and later (0.1 s … 2 s), until it can.
"""

from __future__ import annotations

import asyncio
from itertools import islice
from typing import TYPE_CHECKING

import msgspec
import structlog
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from records.errors import DatabaseError, Fenced
from records.frames import Kind
from records.record_rows import row_of
from records.vault_changes import ChangeSet

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    from records.backlog import Backlog
    from records.entries import Entry
    from records.folds.call_record import CallRecordFold
    from records.journal import Journal
    from records.snapshots import SnapshotDraft
    from records.store import Store

    OffLoop = Callable[..., Awaitable[Any]]
    """Runs a blocking function without blocking the loop."""

_log = structlog.get_logger(__name__)

BATCH_ENTRIES = 500
BATCH_WAIT_S, BUSY_WAIT_S = 0.02, 0.1
"""A transaction costs as much as its twenty events: fewer of them when much happens, as the journal has
everything at once; readers are hardly behind when little does."""
BUSY_PER_S = 800.0
"""Entries a second from which on much happens."""
_FILL_ENTRIES = 5000
_FIRST_RETRY_S, _LAST_RETRY_S = 0.1, 2.0
OVERDUE_S = 5.0
"""A transaction that lasts longer is told of: over a network it may last for ever."""
_NO_ANSWER = f"no answer for {OVERDUE_S:.0f} s"
_SCRUB_AGAIN_S = 1.0


class Batch:
    """Entries that go into the database together, with what the folds made of them."""

    def __init__(self, entries: list[Entry], draft: SnapshotDraft | None) -> None:
        self.entries = entries
        self.draft = draft
        self.rows: dict[str, dict[str, object]] = {}
        self.folds: object = None
        self.projected_seq: int | None = None
        self.unreadable = 0
        self.erases = False
        self._prepared = False

    def prepare(self, stream: str, fold: CallRecordFold) -> None:
        """Apply the folds, once, however often the batch is tried."""
        if self._prepared:
            return
        self._prepared = True
        for entry in self.entries:
            if entry.kind is not Kind.EVENT:
                continue
            self.projected_seq = entry.seq
            try:
                recorded = entry.recorded(stream)
            except msgspec.MsgspecError:
                self.unreadable += 1
                continue
            for record in fold.apply(recorded):
                self.rows[record.call] = row_of(record)
        if self.draft is not None:
            self.folds = fold.snapshot()
        changes = [entry.body for entry in self.entries if entry.kind is Kind.VAULT]
        self.erases = bool(changes) and ChangeSet(changes).erases


class Writer:
    """Owns the order in which things reach the database."""

    def __init__(
        self,
        store: Store,
        journal: Journal,
        backlog: Backlog,
        fold: CallRecordFold,
        *,
        epoch: int,
        off_loop: OffLoop,
        on_written: Callable[[int], None],
        on_alarm: Callable[[str, str], None],
        on_clear: Callable[[str], None],
    ) -> None:
        self._store = store
        self._journal = journal
        self._backlog = backlog
        self._fold = fold
        self._epoch = epoch
        self._off_loop = off_loop
        self._on_written = on_written
        self._on_alarm = on_alarm
        self._on_clear = on_clear
        self._loop = asyncio.get_running_loop()
        self._due = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._draft: tuple[int, SnapshotDraft] | None = None
        self._waiters: list[tuple[int, asyncio.Future[None]]] = []
        self._draft_waiters: list[asyncio.Future[None]] = []
        self._must_scrub = False
        self._failing = False
        self._wait_s = BATCH_WAIT_S
        self.written_entry = 0
        self.last_commit_s = 0.0
        """How long the last transaction took."""
        self.fenced: Fenced | None = None

    def wake(self) -> None:
        """Note that the backlog has grown: written a moment after the first, or when a batch is full."""
        if self._timer is None:
            self._timer = self._loop.call_later(self._wait_s, self._due.set)
        elif len(self._backlog) >= BATCH_ENTRIES:
            self._due.set()

    def wait_for(self, entry: int) -> asyncio.Future[None]:
        """Give a future that is done when the database has everything up to ``entry``."""
        future: asyncio.Future[None] = self._loop.create_future()
        if self.fenced is not None:
            future.set_exception(self.fenced)
        elif entry <= self.written_entry:
            future.set_result(None)
        else:
            self._waiters.append((entry, future))
            self._due.set()
        return future

    def save_snapshot(self, after_entry: int, draft: SnapshotDraft) -> asyncio.Future[None]:
        """Store a snapshot right after ``after_entry``, in place of one that still waits."""
        future: asyncio.Future[None] = self._loop.create_future()
        self._draft = (after_entry, draft)
        self._draft_waiters.append(future)
        self._due.set()
        return future

    async def run(self) -> None:
        """Write for ever; returns when another owner has the stream."""
        while True:
            await self._due.wait()
            self._due.clear()
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            busy = len(self._backlog) >= BUSY_PER_S * self._wait_s
            self._wait_s = BUSY_WAIT_S if busy else BATCH_WAIT_S
            try:
                more = bool(len(self._backlog)) or self._draft is not None
                while more:
                    await self._write(await self._next_batch())
                    more = self._pressing()
                if len(self._backlog):
                    self.wake()
                await self._tidy()
            except Fenced as error:
                self._stop(error)
                return
            if (self._must_scrub or self._journal.closed_files) and self._timer is None:
                self._timer = self._loop.call_later(_SCRUB_AGAIN_S, self._due.set)

    def _pressing(self) -> bool:
        """Tell whether what came meanwhile is written at once: there is much of it, or somebody waits for it.

        Otherwise it waits for company: a transaction lasts long enough for a few entries to come, so that
        each would be followed by smaller ones that cost nearly as much.
        """
        waiting = len(self._backlog)
        return waiting >= BATCH_ENTRIES or bool(waiting and self._waiters) or self._draft is not None

    async def _next_batch(self) -> Batch:
        hole = self._backlog.hole()
        if hole is not None:
            found = await self._off_loop(self._from_journal, *hole)
            lost = self._backlog.fill(found, hole[1])
            if lost:
                self._on_alarm("events_lost", f"{lost} entries could not be read back from the journal")
        entries = self._backlog.peek(BATCH_ENTRIES)
        draft = None
        if self._draft is not None:
            after, waiting = self._draft
            before = [entry for entry in entries if entry.entry <= after]
            if len(before) < len(entries) or len(entries) == len(self._backlog):
                # the batch ends where the snapshot's state does
                entries, draft, self._draft = before, waiting, None
        return Batch(entries, draft)

    def _from_journal(self, first: int, last: int) -> list[Entry]:
        found = self._journal.read(since=first)
        return [entry for entry in islice(found, _FILL_ENTRIES) if entry.entry <= last]

    async def _write(self, batch: Batch) -> None:
        delay = _FIRST_RETRY_S
        while True:
            try:
                started = self._loop.time()
                overdue = self._loop.call_later(OVERDUE_S, self._report, TimeoutError(_NO_ANSWER))
                try:
                    await self._off_loop(self._commit, batch)
                finally:
                    overdue.cancel()
                self.last_commit_s = self._loop.time() - started
                break
            except SQLAlchemyError as error:
                self._report(error)
            except (Fenced, asyncio.CancelledError):
                raise
            except Exception as error:  # noqa: BLE001 - if the writer died, events would pile up unseen
                _log.exception("writer_failed")
                self._report(error)
            await asyncio.sleep(delay)
            delay = min(_LAST_RETRY_S, delay * 2)
        if batch.unreadable:
            self._on_alarm("events_unreadable", f"{batch.unreadable} events are of a kind unknown here")
        if self._failing:
            self._failing = False
            self._on_clear("database")
        self._must_scrub = self._must_scrub or batch.erases
        if batch.entries:
            self.written_entry = batch.entries[-1].entry
            self._backlog.done(self.written_entry)
        if batch.erases or self._journal.closed_files:
            await self._tidy()
        self._on_written(self.written_entry)
        self._resolve(batch)

    def _commit(self, batch: Batch) -> None:
        batch.prepare(self._store.stream, self._fold)
        self._store.write(
            self._epoch,
            batch.entries,
            record_rows=list(batch.rows.values()),
            projected_seq=batch.projected_seq,
            snapshot=None if batch.draft is None else (batch.draft, batch.folds),
        )

    async def _tidy(self) -> None:
        """Drop from the journal what the database has, and from the database the remains of the erased."""
        if not self._journal.closed_files and not self._must_scrub:
            return
        try:
            if self._journal.closed_files and await self._off_loop(self._store.settle):
                self._journal.drop_through(self.written_entry)
            if self._must_scrub:
                self._must_scrub = not await self._off_loop(self._store.scrub)
        except (SQLAlchemyError, OSError) as error:
            _log.warning("tidying_put_off", reason=str(error))

    def _report(self, error: BaseException) -> None:
        words = self._store.in_words(error) if isinstance(error, DBAPIError) else f"database: {error}"
        if not self._failing:
            self._failing = True
            self._on_alarm("database", f"{words}; events are kept in the journal and written later")

    def _resolve(self, batch: Batch) -> None:
        waiting = []
        for entry, future in self._waiters:
            if entry > self.written_entry:
                waiting.append((entry, future))
            elif not future.done():
                future.set_result(None)
        self._waiters = waiting
        if batch.draft is not None and self._draft is None:
            for future in self._draft_waiters:
                if not future.done():
                    future.set_result(None)
            self._draft_waiters.clear()

    def _stop(self, error: Fenced) -> None:
        self.fenced = error
        for future in (*(future for _, future in self._waiters), *self._draft_waiters):
            if not future.done():
                future.set_exception(error)
        self._waiters.clear()
        self._draft_waiters.clear()
        self._on_alarm("lease_lost", str(error))

    def stop(self) -> None:
        """Let go: what is not written is in the journal."""
        if self._timer is not None:
            self._timer.cancel()
        failure = DatabaseError(
            "the log was closed before the database had everything; the journal has the rest"
        )
        for future in (*(future for _, future in self._waiters), *self._draft_waiters):
            if not future.done():
                future.set_exception(failure)
                future.exception()  # nobody has to be listening any more
