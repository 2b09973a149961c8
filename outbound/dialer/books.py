"""The books: the ledger, the lists and the attempts, written in order by one thread.

What can't be written now is tried again; while that lasts nothing is dialled (:attr:`Books.trouble`).
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import msgspec
import structlog

from outbound.ledger.file import LedgerError, LedgerFile
from outbound.store import do_not_call, leads
from outbound.store.dispositions import dispose
from outbound.store.erasure import erase, scrub
from outbound.store.opened import StoreError
from outbound.store.persons import person_of
from outbound.store.standing import called_in
from records.errors import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from outbound.campaigns.attempts import Removal
    from outbound.leads.numbers import Number
    from outbound.ledger.entry import Disposition as Outcome
    from outbound.ledger.entry import Entry
    from outbound.store.leads import SettledAttempt
    from outbound.store.opened import OutboundStore

_log = structlog.get_logger(__name__)
T = TypeVar("T")

AGAIN_S = 5.0
MOST_PAGES = 500
"""Written at once: after hours without a database there may be many, and a statement has its limits."""
SCRUB_AGAIN_S = 30.0


class BooksError(Exception):
    """The lists can't be read, or the ledger not written; the message says why."""


@dataclass(frozen=True, kw_only=True)
class NewLead:
    """Somebody who is to be on a list."""

    list: str
    number: Number
    consent: str
    next_at: float
    until: float
    priority: int


@dataclass(frozen=True, kw_only=True)
class Disposition:
    """What an agent said of an attempt that was written before, and what follows for its lead."""

    attempt: str
    outcome: Outcome
    again_at: float | None
    owner: str
    priority: int


@dataclass(frozen=True, kw_only=True)
class Settled:
    """An attempt; whose it was is asked of the database."""

    attempt: SettledAttempt
    subject: str


@dataclass(frozen=True, kw_only=True)
class Page:
    """What belongs together.  Times in steady seconds."""

    entries: Sequence[Entry] = ()
    """Of the ledger."""
    settled: Sequence[Settled] = ()
    deferred: Mapping[int, float | None] = field(default_factory=dict)
    """Lead → when it may be called, None for never."""
    said: Sequence[Disposition] = ()
    added: Sequence[NewLead] = ()
    removed: Sequence[Removal] = ()
    """Those who want no more calls."""
    called_in: Sequence[bytes] = ()
    """Persons who were to be called back and have called themselves."""
    done: Callable[[], None] = lambda: None
    """Called in the loop when all of it is written."""


class Books:
    """One installation's."""

    def __init__(
        self,
        store: OutboundStore,
        ledger_folder: Path,
        now: Callable[[], float],
        alarm: Callable[[str], None],
        well: Callable[[], None],
    ) -> None:
        """``alarm`` and ``well`` are told when writing fails, and when it works again."""
        self.store = store
        self._folder = ledger_folder
        self._now = now
        self._alarm, self._well = alarm, well
        self._ledger: LedgerFile | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="campaign books")
        self._pages: asyncio.Queue[Page] = asyncio.Queue()
        self._writing: asyncio.Task[None] | None = None
        self._erasing: set[asyncio.Task[None]] = set()
        self._in_ledger: Sequence[Page] | None = None
        """The pages whose entries the ledger has."""
        self.trouble = ""
        """Why nothing may be dialled; empty while all is well."""
        self.faults = 0
        """How often writing has failed since the start."""

    def start(self) -> None:
        """Begin to write."""
        self._writing = asyncio.get_running_loop().create_task(self._write_for_ever(), name="campaign books")

    async def stop(self) -> None:
        """Write what there is, for a moment, and let go."""
        if self._writing is not None:
            if not self.trouble:
                try:
                    await asyncio.wait_for(self._pages.join(), 2.0)
                except TimeoutError:
                    _log.warning("books_not_whole", pages=self._pages.qsize())
            for job in (self._writing, *self._erasing):
                job.cancel()
        self._thread.shutdown(wait=True)
        if self._ledger is not None:
            self._ledger.close()
        self.store.close()

    @property
    def waiting(self) -> int:
        """How many pages are to be written yet."""
        return self._pages.qsize()

    def add(self, page: Page) -> None:
        """Have a page written, after those before."""
        self._pages.put_nowait(page)

    def erase(self, person: bytes, done: Callable[[], None]) -> None:
        """Keep nothing of a person, on the disk neither, after what is to be written before."""
        job = asyncio.get_running_loop().create_task(self._erase(person, done), name="campaign books erase")
        self._erasing.add(job)
        job.add_done_callback(self._erasing.discard)

    async def _erase(self, person: bytes, done: Callable[[], None]) -> None:
        await self._pages.join()
        while True:
            try:
                await self.ask(partial(erase, person=person))
                if await self.ask(scrub):
                    break
            except BooksError as error:
                _log.warning("leads_not_erased", reason=str(error))
            await asyncio.sleep(SCRUB_AGAIN_S)
        done()

    async def ask(self, work: Callable[[OutboundStore], T]) -> T:
        """Do something with the lists, in the thread; raises BooksError."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, work, self.store)
        except (DatabaseError, StoreError) as error:
            raise BooksError(str(error)) from error

    async def open_ledger(self) -> None:
        """Open the ledger, if it is not; raises BooksError when it is not whole."""
        if self._ledger is None:
            loop = asyncio.get_running_loop()
            try:
                self._ledger = await loop.run_in_executor(self._thread, LedgerFile, self._folder, self._now())
            except (LedgerError, OSError) as error:
                raise BooksError(str(error)) from error

    async def _write_for_ever(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            pages = [await self._pages.get()]
            while not self._pages.empty() and len(pages) < MOST_PAGES:
                pages.append(self._pages.get_nowait())
            while True:
                try:
                    await self.open_ledger()
                    await loop.run_in_executor(self._thread, self._write, pages, self._now())
                    break
                except (BooksError, LedgerError, DatabaseError, OSError) as error:
                    await self._in_trouble(str(error).splitlines()[0])
                except Exception as error:  # noqa: BLE001 - unheard, dialling would go on with nothing written
                    _log.exception("books_not_written")
                    await self._in_trouble(f"{error!r}; see the log")
            if self.trouble:
                self.trouble = ""
                self._well()
            for page in pages:
                page.done()
                self._pages.task_done()

    async def _in_trouble(self, why: str) -> None:
        self.trouble = why
        self.faults += 1
        self._alarm(why)
        await asyncio.sleep(AGAIN_S)

    def _write(self, pages: Sequence[Page], now: float) -> None:
        """Write pages; again is fine, the ledger and the lists know what they have."""
        assert self._ledger is not None  # noqa: S101 - opened before
        if self._in_ledger is not pages:
            self._ledger.add([entry for page in pages for entry in page.entries], now)
            self._in_ledger = pages  # not twice, when what follows has to be tried again
        settled = [self._settled(each) for page in pages for each in page.settled]
        leads.settle(self.store, settled)
        deferred = {lead: at for page in pages for lead, at in page.deferred.items()}
        leads.defer(self.store, deferred)
        for one in (each for page in pages for each in page.said):
            dispose(
                self.store, one.attempt, one.outcome,
                again_at=one.again_at, owner=one.owner, priority=one.priority,
            )  # fmt: skip
        for new in (each for page in pages for each in page.added):
            self._add(new)
        for gone in (one for page in pages for one in page.removed):
            if (whose := person_of(self.store, gone.lead, gone.subject)) is not None:
                do_not_call.add(self.store, whose, "", gone.source, gone.at)
        for person in (one for page in pages for one in page.called_in):
            called_in(self.store, person)

    def _settled(self, one: Settled) -> SettledAttempt:
        whose = person_of(self.store, one.attempt.lead, one.subject)
        return msgspec.structs.replace(one.attempt, person=whose or b"")

    def _add(self, new: NewLead) -> None:
        try:
            leads.add_lead(
                self.store, new.list, new.number,
                consent=new.consent, next_at=new.next_at, until=new.until, priority=new.priority,
            )  # fmt: skip
        except StoreError as error:
            _log.warning("lead_not_added", list=new.list, reason=str(error))
