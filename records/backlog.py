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
        self._pinned_in_head = 0
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
            if not entry.journaled:
                if self._pinned_in_head >= self._pinned_limit:
                    return False
                self._pinned_in_head += 1
                self._head.append(entry)
            elif len(self._head) < self._limit:
                self._head.append(entry)
            else:
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

    def done(self, through: int) -> None:
        """Remove the entries up to number ``through``: the database has them."""
        while self._head and self._head[0].entry <= through:
            self._pinned_in_head -= not self._head.popleft().journaled
        # some may have left memory for the hole while they were being written
        if self._hole is not None and self._hole[0] <= through:
            self._open_hole(through + 1, self._hole[1])

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
        self._open_hole(reached + 1, last)
        return reached - first + 1 - len(entries)

    def pinned(self) -> list[Entry]:
        """Give the entries that only memory holds, in order."""
        return [entry for entry in (*self._head, *self._tail) if not entry.journaled]

    def journaled(self) -> None:
        """Note that all pinned entries are in the journal now."""
        for entry in self._head:
            entry.journaled = True
        self._pinned_in_head = 0
        last = self._tail[-1].entry if self._tail else self._hole[1] if self._hole else None
        self._tail.clear()
        first = self._hole[0] if self._hole else None
        while len(self._head) > self._limit:
            first = self._head.pop().entry
            last = first if last is None else last
        if first is not None and last is not None:
            self._hole = (first, last)

    def _open_hole(self, first: int, last: int) -> None:
        """Let the hole reach from ``first`` to ``last``; when nothing is left of it, the tail moves up."""
        if first <= last:
            self._hole = (first, last)
            return
        self._hole = None
        self._pinned_in_head += len(self._tail)
        self._head.extend(self._tail)
        self._tail.clear()
