"""What waits for the database: in memory up to a bound, beyond it in the journal alone.

Pure bookkeeping.  In order of age: ``_head`` (in memory), the *hole* (entries that only the journal's files
hold), ``_tail`` (entries that came while the journal could not be written: only memory holds them).
"""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from records.entries import Entry


class Backlog:
    """A queue of entries; ``limit`` bounds those in memory, ``pinned_limit`` those that only memory holds."""

    def __init__(self, limit: int, pinned_limit: int) -> None:
        self._limit = limit
        self._pinned_limit = pinned_limit
        self._head: deque[Entry] = deque()
        self._hole: tuple[int, int] | None = None
        """First and last entry number of those that only the journal holds."""
        self._tail: deque[Entry] = deque()

    def __len__(self) -> int:
        """Count what waits, wherever it is."""
        hole = self._hole[1] - self._hole[0] + 1 if self._hole else 0
        return len(self._head) + hole + len(self._tail)

    def add(self, entry: Entry) -> bool:
        """Take an entry that follows all others; False when there is no place left for it: it is lost."""
        if self._hole is None:
            if len(self._head) < self._limit + (0 if entry.journaled else self._pinned_limit):
                self._head.append(entry)
                return True
            if not entry.journaled:
                return False
            self._hole = (entry.entry, entry.entry)
            return True
        if entry.journaled:
            self._hole = (self._hole[0], entry.entry)
            return True
        if len(self._tail) >= self._pinned_limit:
            return False
        self._tail.append(entry)
        return True

    def peek(self, count: int) -> list[Entry]:
        """Give the oldest entries without removing them; see :meth:`hole` when there are none."""
        return list(islice(self._head, count))

    def done(self, count: int) -> None:
        """Remove the oldest entries."""
        for _ in range(count):
            self._head.popleft()

    def hole(self) -> tuple[int, int] | None:
        """Tell which entries must be read from the journal now; None while memory has the oldest."""
        return None if self._head else self._hole

    def fill(self, entries: Sequence[Entry], asked: int) -> int:
        """Take entries read from the journal for the hole; returns how many the journal had lost.

        ``entries`` are the hole's first readable ones up to number ``asked``, in order; none means that none
        of those is readable.  ``asked`` is the hole's end as it was when asked for; it may have grown since.
        """
        if self._hole is None:
            return 0
        first, last = self._hole
        reached = entries[-1].entry if entries else asked
        self._head.extend(entries)
        if reached >= last:
            self._hole = None
            self._head.extend(self._tail)
            self._tail.clear()
        else:
            self._hole = (reached + 1, last)
        return reached - first + 1 - len(entries)

    def pinned(self) -> list[Entry]:
        """Give the entries that only memory holds, in order."""
        return [entry for entry in (*self._head, *self._tail) if not entry.journaled]

    def journaled(self) -> None:
        """Note that all pinned entries are in the journal now."""
        for entry in self._head:
            entry.journaled = True
        if self._tail and self._hole is not None:
            self._hole = (self._hole[0], self._tail[-1].entry)
            self._tail.clear()
