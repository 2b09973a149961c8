"""Takes entries into journal and backlog, and copes when the journal can't be written."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from records.backlog import Backlog
    from records.entries import Entry
    from records.journal import Journal

SYNC_WAIT_S = 0.05
"""Longest time from an append to the disk's being told to keep it."""
RETRY_S = 1.0


class Keeper:
    """The journal's shell: syncs it in a thread, and tries again when it failed."""

    def __init__(
        self,
        journal: Journal,
        backlog: Backlog,
        *,
        inline: bool,
        on_alarm: Callable[[str, str], None],
        on_clear: Callable[[str], None],
    ) -> None:
        self._journal = journal
        self._backlog = backlog
        self._on_alarm = on_alarm
        self._on_clear = on_clear
        self._loop = asyncio.get_running_loop()
        self._works = True
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._thread = None if inline else ThreadPoolExecutor(1, "records-journal")
        self._syncing: asyncio.Future[None] | None = None
        self.last_kept = 0
        """Number of the last entry that will reach the database."""
        self.lost = 0
        """Entries for which there was no place left."""

    def keep(self, *entries: Entry) -> None:
        """Take entries; they survive the death of this process unless the alarm ``journal`` stands."""
        journaled = self._works
        if journaled:
            try:
                self._journal.append(*entries)
            except OSError as error:
                journaled = False
                self._failed(error)
            else:
                if "sync" not in self._timers:
                    self._timers["sync"] = self._loop.call_later(SYNC_WAIT_S, self._sync)
        for entry in entries:
            entry.journaled = journaled
            self._line_up(entry)

    def _line_up(self, entry: Entry) -> None:
        """Have the entry written to the database."""
        if self._backlog.add(entry):
            self.last_kept = entry.entry
        else:
            self.lost += 1
            if self.lost == 1 or self.lost % 1000 == 0:
                detail = (
                    f"{self.lost} entries lost: neither journal nor database can be written, memory is full"
                )
                self._on_alarm("events_lost", detail)

    def close(self) -> None:
        """Stop timers and thread, then sync what can be."""
        for timer in self._timers.values():
            timer.cancel()
        if self._thread is not None:
            # a sync is short, and must end before its file is closed
            self._thread.shutdown(wait=True)
        with suppress(OSError):
            self._journal.sync()

    def _sync(self) -> None:
        if self._syncing is not None and not self._syncing.done():
            # a slow disk: one at a time
            self._timers["sync"] = self._loop.call_later(SYNC_WAIT_S, self._sync)
            return
        del self._timers["sync"]
        if self._thread is not None:
            self._syncing = self._loop.run_in_executor(self._thread, self._journal.sync)
            self._syncing.add_done_callback(self._synced)
            return
        try:
            self._journal.sync()
        except OSError as error:
            self._failed(error)

    def _synced(self, done: asyncio.Future[None]) -> None:
        if not done.cancelled() and isinstance(error := done.exception(), OSError):
            self._failed(error)

    def _failed(self, error: OSError) -> None:
        if not self._works:
            return
        self._works = False
        self._journal.rotate()
        detail = f"the journal can't be written: {error.strerror}; until it can, a crash would lose events"
        self._on_alarm("journal", detail)
        self._timers["retry"] = self._loop.call_later(RETRY_S, self._retry)

    def _retry(self) -> None:
        try:
            for entry in self._backlog.pinned():
                self._journal.append(entry)
        except OSError:
            self._timers["retry"] = self._loop.call_later(RETRY_S, self._retry)
            return
        self._backlog.journaled()
        self._works = True
        self._on_clear("journal")
