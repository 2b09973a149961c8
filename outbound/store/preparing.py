"""Making rows of the database from rows of a file, on all processors: reading a number takes 0.1 ms."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from contextlib import ExitStack, contextmanager, suppress
from itertools import islice
from typing import TYPE_CHECKING, Protocol

import msgspec

from outbound.leads.lead import Refused
from outbound.leads.taking import Taking
from outbound.store.opened import StoreError
from outbound.store.sealing import LeadSealer, personal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from multiprocessing.connection import Connection

    Read = tuple[int, list[str]] | Refused
    Prepared = dict[str, object] | Refused

BATCH = 500
"""Lines of one transaction: others wait so long for the write lock."""
ALONE_BYTES = 1_000_000
"""A file up to this size is done before other processes would have begun."""
_NICE = 10
"""Calls go first."""


class Work(Protocol):
    """What is made of a row; it goes to other processes."""

    def maker(self) -> Callable[[int, list[str]], Prepared]:
        """Give what makes it, in the process that it is to run in."""


class LeadWork(msgspec.Struct, frozen=True):
    """Rows of ``leads``, without what only the database knows."""

    taking: Taking
    master_key: bytes

    def maker(self) -> Callable[[int, list[str]], Prepared]:
        """Give what makes a row."""
        sealer = LeadSealer(self.master_key)

        def make(line: int, row: list[str]) -> Prepared:
            lead = self.taking.take(line, row)
            if isinstance(lead, Refused):
                return lead
            person = sealer.person_of(lead.number.e164)
            wrapped_key, sealed = sealer.seal(person, personal(lead))
            return {
                "line": lead.line,
                "person": person,
                "country": lead.number.country,
                "zone": lead.zone,
                "mobile": lead.number.mobile,
                "language": lead.language,
                "consent": lead.consent,
                "segment": lead.segment,
                "priority": lead.priority,
                "wrapped_key": wrapped_key,
                "sealed": sealed,
            }

        return make


class NumberWork(msgspec.Struct, frozen=True):
    """The keyed hash of each row's number alone."""

    taking: Taking
    master_key: bytes

    def maker(self) -> Callable[[int, list[str]], Prepared]:
        """Give what makes it."""
        person_of = LeadSealer(self.master_key).person_of

        def make(line: int, row: list[str]) -> Prepared:
            lead = self.taking.take(line, row)
            return lead if isinstance(lead, Refused) else {"person": person_of(lead.number.e164)}

        return make


def processes_for(size: int) -> int:
    """Say how many further processes a file of so many bytes is worth."""
    return 0 if size <= ALONE_BYTES else len(os.sched_getaffinity(0))


def prepare(work: Work, rows: Iterable[Read], processes: int) -> Iterator[list[Prepared]]:
    """Give what is made of the rows, in their order, :data:`BATCH` at a time; 0 processes: in this one."""
    batches = _batches(rows)
    if not processes:
        make = work.maker()
        for batch in batches:
            yield _made(make, batch)
        return
    with ExitStack() as helping:
        helpers = [helping.enter_context(_helper(work)) for _ in range(processes)]
        # each has one batch at a time, so that neither side waits for the other to read
        busy: deque[Connection] = deque()
        for helper, batch in zip(helpers, batches, strict=False):
            helper.send(batch)
            busy.append(helper)
        while busy:
            made, helper = _received(busy[0]), busy.popleft()
            for batch in islice(batches, 1):
                helper.send(batch)
                busy.append(helper)
            yield made


def _received(helper: Connection) -> list[Prepared]:
    try:
        made: list[Prepared] = helper.recv()
    except (EOFError, OSError):
        raise StoreError(
            "a process that helped to read the file has ended; was the memory too small?"
        ) from None
    return made


def _batches(rows: Iterable[Read]) -> Iterator[list[Read]]:
    each = iter(rows)
    while batch := list(islice(each, BATCH)):
        yield batch


def _made(make: Callable[[int, list[str]], Prepared], batch: list[Read]) -> list[Prepared]:
    return [each if isinstance(each, Refused) else make(*each) for each in batch]


@contextmanager
def _helper(work: Work) -> Iterator[Connection]:
    # a fresh process: a copy of this one would have its locks as other threads left them
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_help, args=(theirs, work), daemon=True)
    process.start()
    theirs.close()  # so that the end of either process ends the other one's waiting
    try:
        yield ours
    finally:
        ours.close()
        process.terminate()
        process.join()


def _help(theirs: Connection, work: Work) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who asks
    os.nice(_NICE)
    with suppress(OSError):  # what the machine has to spare: nothing that others wait for is held here
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    make = work.maker()
    try:
        while True:
            theirs.send(_made(make, theirs.recv()))
    except (EOFError, OSError):
        return  # the one who asks is gone
