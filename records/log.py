"""The event log: what happened is appended here first, and everything else is folded from it.

Life: :meth:`EventLog.open`, :meth:`EventLog.recover` read to its end, then :meth:`EventLog.append` for as
long as it lasts, :meth:`EventLog.close`.  One thread (the loop's) calls everything.  docs/event-log.md says
what is guaranteed when.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import structlog
from sqlalchemy.exc import DBAPIError

from records.backlog import Backlog
from records.entries import Entry, encode_event, microseconds, utc_of
from records.errors import DatabaseError, Fenced, NotRecovered, RecordsError
from records.events import Recorded
from records.folds.call_record import CallRecordFold
from records.frames import Kind
from records.journal import Journal
from records.keeper import Keeper
from records.recovery import Recovery
from records.snapshots import SnapshotDraft
from records.store import Store
from records.vault import Vault, VaultReader, check_master_key
from records.vault_changes import SubjectErased, ValuesExpired, encode_change
from records.writer import Writer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from datetime import datetime
    from typing import Any

    from sqlalchemy.ext.asyncio import AsyncEngine

    from records.events import AnyEvent
    from records.snapshots import Snapshot
    from records.store import Lease
    from records.vault_changes import Change

    Listener = Callable[[Recorded], None]

_log = structlog.get_logger(__name__)

_STREAM = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


class LogLimits(msgspec.Struct, frozen=True):
    """Bounds of what is kept in memory while the database does not take it."""

    in_memory: int = 20_000
    """Entries (some 1 kB each); beyond these they are read again from the journal when their time comes."""
    unjournaled: int = 50_000
    """Entries that only memory holds while the journal can't be written either; more are lost."""


class EventLog:
    """One stream of events, as its owner writes it."""

    def __init__(
        self, store: Store, journal: Journal, lease: Lease, engine: AsyncEngine, limits: LogLimits,
        *, site: str, node: str, now: Callable[[], float], master_key: bytes, inline: bool,
    ) -> None:  # fmt: skip
        """Use :meth:`open`."""
        self.engine = engine
        self.epoch = lease.epoch
        """Our lease number; the next owner's is higher."""
        self.on_alarm: Callable[[str, str], None] | None = None
        """Called with an alarm's name and detail, never in the middle of an append."""
        self.on_clear: Callable[[str], None] | None = None
        self.appended = 0
        self._store, self._journal, self._lease = store, journal, lease
        self._site, self._node, self._now = site, node, now
        self._seq, self._entry = lease.written_seq, lease.written_entry
        self._loop = asyncio.get_running_loop()
        self._backlog = Backlog(limits.in_memory, limits.unjournaled)
        self._fold = CallRecordFold()
        self._listeners: list[tuple[Listener, tuple[type, ...]]] = []
        """With the kinds of events that each wants to hear of; none stands for all."""
        self._hearing: dict[type, tuple[Listener, ...]] = {}
        """Who hears of a kind of event, found out when the first of its kind comes."""
        self._undelivered: deque[Recorded] = deque()
        self._delivering = False
        self._threads = None if inline else ThreadPoolExecutor(1, "records-database")
        self._recovered = False
        self._held_alarms: list[tuple[str, str]] = []
        self._keeper = Keeper(
            journal, self._backlog, inline=inline, on_alarm=self._alarm, on_clear=self._clear
        )  # fmt: skip
        self.vault = Vault(master_key, VaultReader(engine.url), self._keep_change)
        """Personal values, beside the log."""
        self._writer = Writer(
            store, journal, self._backlog, self._fold,
            epoch=lease.epoch, off_loop=self._off_loop, on_written=self.vault.written,
            on_alarm=self._alarm, on_clear=self._clear,
        )  # fmt: skip
        self._writing: asyncio.Task[None] | None = None

    @classmethod
    async def open(
        cls,
        *,
        engine: AsyncEngine,
        journal_dir: Path,
        site: str,
        node: str,
        now: Callable[[], float],
        master_key: bytes,
        stream: str = "main",
        limits: LogLimits | None = None,
        inline: bool = False,
    ) -> EventLog:
        """Become the stream's owner.  ``now`` gives steady Unix seconds; the tables must have been migrated.

        ``inline`` runs file and database work in the caller's thread, for tests under virtual time.
        Raises DatabaseError, JournalInUse, VaultKeyError, RecordsError.
        """
        if not _STREAM.fullmatch(stream):
            raise RecordsError(f"{stream!r} can't name a stream: lower-case letters, digits, '-' and '_'")
        store = Store(engine.url, stream)
        journal = Journal(Path(journal_dir) / stream, site=site, node=node)
        try:
            check_master_key(engine.url, master_key)
            lease = store.take_lease(journal.id, node)
        except BaseException as error:
            journal.close()
            store.close()
            if isinstance(error, DBAPIError):
                raise store.in_words(error) from error
            raise
        return cls(
            store, journal, lease, engine, limits or LogLimits(),
            site=site, node=node, now=now, master_key=master_key, inline=inline,
        )  # fmt: skip

    # ── reading back ─────────────────────────────────────────────────────────────────────────────

    async def recover(self) -> tuple[Snapshot | None, AsyncIterator[Recorded]]:
        """Bring what the journal holds into the database; give the last snapshot and the events after it.

        The events must be read to their end; only then does :meth:`append` accept new ones.
        """
        recovery = Recovery(self._store, self._journal, self._lease, self._fold)
        try:
            await self._off_loop(recovery.move_journal)
            snapshot = await self._off_loop(recovery.load_snapshot)
        except DBAPIError as error:
            raise self._store.in_words(error) from error
        self._seq, self._entry = recovery.seq, recovery.entry
        for name, detail in recovery.alarms:
            self._alarm(name, detail)
        return snapshot, self._replay(recovery)

    async def _replay(self, recovery: Recovery) -> AsyncIterator[Recorded]:
        while True:
            try:
                batch = await self._off_loop(recovery.next_batch)
            except DBAPIError as error:
                raise self._store.in_words(error) from error
            if batch is None:
                break
            for recorded in batch:
                yield recorded
        if recovery.unreadable:
            self._alarm("events_unreadable", f"{recovery.unreadable} events are of a kind unknown here")
        self._writer.written_entry = self._entry
        self._recovered = True
        for name, detail in self._held_alarms:
            self._loop.call_soon(self._tell, self.on_alarm, name, detail)
        self._writing = asyncio.create_task(self._writer.run(), name="records-writer")

    # ── writing ──────────────────────────────────────────────────────────────────────────────────

    def append(self, event: AnyEvent | Any) -> Recorded:
        """Make an event part of the log: in the journal, then told to every subscriber, then on its way.

        Returns when the death of this process can't undo it.  Raises Fenced when another owner has the
        stream, NotRecovered too early.  A subscriber that appends has its event told after the present one.
        """
        self._check()
        body = encode_event(event)
        at_us = microseconds(self._now())
        recorded, entry = self._made(event, body, at_us, utc_of(at_us))
        self._keep(entry)
        self._undelivered.append(recorded)
        if not self._delivering:
            self._deliver()
        return recorded

    def append_all(self, events: Sequence[AnyEvent | Any]) -> list[Recorded]:
        """Append events that belong together: at one time, all of them in the journal or none.

        Like :meth:`append`, which see; nothing is told before all are kept.
        """
        self._check()
        bodies = [encode_event(event) for event in events]
        at_us = microseconds(self._now())
        at = utc_of(at_us)
        pairs = [self._made(event, body, at_us, at) for event, body in zip(events, bodies, strict=True)]
        self._keep(*(entry for _, entry in pairs))
        made = [recorded for recorded, _ in pairs]
        self._undelivered.extend(made)
        if not self._delivering:
            self._deliver()
        return made

    def subscribe(self, listener: Listener, *kinds: type) -> Callable[[], None]:
        """Have ``listener`` called with every event (of ``kinds``), in order, right after it was appended.

        Returns a function that ends this.  The listener's exceptions are logged and go no further.
        """
        self._listeners.append((listener, kinds))
        self._hearing.clear()

        def unsubscribe() -> None:
            self._listeners = [known for known in self._listeners if known[0] is not listener]
            self._hearing.clear()

        return unsubscribe

    async def flush(self) -> None:
        """Wait until the database has everything appended so far (for ever, if it is gone); raises Fenced."""
        await self._writer.wait_for(self._keeper.last_kept)

    async def snapshot(self, state: object, timeout: float = 5.0) -> None:  # noqa: ASYNC109
        """Store ``state`` (JSON-able) as including every event appended so far.

        Raises DatabaseError when the database does not take it in ``timeout`` seconds; the log goes on.
        """
        self._check()
        if self._delivering:
            raise RecordsError(
                "a snapshot can't be taken by a subscriber: others have not seen the event yet"
            )
        draft = SnapshotDraft(self._seq, microseconds(self._now()), msgspec.json.encode(state))
        stored = self._writer.save_snapshot(self._entry, draft)
        try:
            await asyncio.wait_for(stored, timeout)
        except TimeoutError:
            raise DatabaseError(
                f"the database did not take a snapshot in {timeout} s; it is tried on"
            ) from None

    async def close(self, timeout: float = 5.0) -> None:  # noqa: ASYNC109
        """Let go in good order: written what can be in ``timeout`` seconds, the journal keeps the rest."""
        if self._writing is not None and self._writer.fenced is None:
            with suppress(TimeoutError, Fenced):
                await asyncio.wait_for(self.flush(), timeout)
        await self._let_go()
        if not len(self._backlog) and self._recovered and self._writer.fenced is None:
            with suppress(DBAPIError, OSError):
                if self._store.settle():
                    self._journal.drop_all()
        self._journal.close()
        self._store.close()

    async def abandon(self) -> None:
        """Let go as if the process had been killed: nothing more is written."""
        await self._let_go()
        self._journal.close()
        self._store.close()

    # ── figures ──────────────────────────────────────────────────────────────────────────────────

    @property
    def seq(self) -> int:
        """Number of the last event."""
        return self._seq

    @property
    def lost(self) -> int:
        """Entries for which there was no place left: neither journal, nor database, nor memory."""
        return self._keeper.lost

    @property
    def backlog(self) -> int:
        """Entries that the database does not have yet."""
        return len(self._backlog)

    @property
    def written(self) -> int:
        """Entries (events and vault changes) that the database has, over the stream's whole life."""
        return self._writer.written_entry

    @property
    def last_commit_s(self) -> float:
        """How long the last transaction took."""
        return self._writer.last_commit_s

    @property
    def fenced(self) -> bool:
        """True when another owner has the stream: this process must stop."""
        return self._writer.fenced is not None

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _check(self) -> None:
        if self._writer.fenced is not None:
            raise Fenced(str(self._writer.fenced))
        if not self._recovered:
            raise NotRecovered("the log must be read to its end (recover) before anything is appended")

    def _keep_change(self, change: Change) -> int:
        self._check()
        if isinstance(change, SubjectErased | ValuesExpired):
            # what came before goes into a file of its own that can be dropped, key and values with it
            self._journal.rotate()
        self._keep(self._entry_of(Kind.VAULT, 0, microseconds(self._now()), encode_change(change), None))
        return self._entry

    def _made(self, event: AnyEvent, body: bytes, at_us: int, at: datetime) -> tuple[Recorded, Entry]:
        """Number an event, and give it in the envelope that readers see and in the one that is kept."""
        self._seq += 1
        self.appended += 1
        recorded = Recorded(
            site=self._site,
            node=self._node,
            stream=self._store.stream,
            seq=self._seq,
            epoch=self.epoch,
            at=at,
            event=event,
        )
        return recorded, self._entry_of(Kind.EVENT, self._seq, at_us, body, recorded)

    def _entry_of(self, kind: Kind, seq: int, at_us: int, body: bytes, recorded: Recorded | None) -> Entry:
        self._entry += 1
        return Entry(
            kind=kind,
            entry=self._entry,
            seq=seq,
            epoch=self.epoch,
            at_us=at_us,
            body=body,
            site=self._site,
            node=self._node,
            recorded=recorded,
        )

    def _keep(self, *entries: Entry) -> None:
        if entries:
            self._keeper.keep(*entries)
            self._writer.wake()

    def _deliver(self) -> None:
        self._delivering = True
        try:
            while self._undelivered:
                recorded = self._undelivered.popleft()
                kind = type(recorded.event)
                hearing = self._hearing.get(kind)
                if hearing is None:
                    hearing = tuple(one for one, kinds in self._listeners if not kinds or kind in kinds)
                    self._hearing[kind] = hearing
                for listener in hearing:
                    try:
                        listener(recorded)
                    except Exception:  # noqa: BLE001 - one reader's fault must not hide it from others
                        _log.exception("subscriber_failed", type=type(recorded.event).__name__)
        finally:
            self._delivering = False

    def _alarm(self, name: str, detail: str) -> None:
        _log.error("records_alarm", alarm=name, detail=detail)
        if self._recovered:
            # not at once: whoever hears it may append, and we may be in the middle of that
            self._loop.call_soon(self._tell, self.on_alarm, name, detail)
        else:
            self._held_alarms.append((name, detail))

    def _clear(self, name: str) -> None:
        _log.info("records_alarm_cleared", alarm=name)
        self._loop.call_soon(self._tell, self.on_clear, name)

    @staticmethod
    def _tell(listener: Callable[..., None] | None, *words: str) -> None:
        if listener is not None:
            with suppress(RecordsError):  # an alarm about the log may be impossible to put into the log
                listener(*words)

    async def _off_loop(self, function: Callable[..., Any], *arguments: object) -> Any:
        if self._threads is None:
            return function(*arguments)
        return await self._loop.run_in_executor(self._threads, function, *arguments)

    async def _let_go(self) -> None:
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
        self._writer.stop()
        if self._threads is not None:
            # a transaction under way is waited for: it can't be taken back
            self._threads.shutdown(wait=True)
        self._keeper.close()
        self.vault.close()
