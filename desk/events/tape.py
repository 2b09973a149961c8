"""The last events, each written out once for all who are told of it."""

from __future__ import annotations

from collections import deque
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from records.events import Recorded

KEPT = 10_000
"""Events: more than the database can be behind, unless it is gone."""
_encoder = msgspec.json.Encoder()


class Line:
    """An event, and how it is written."""

    def __init__(self, recorded: Recorded) -> None:
        self.recorded = recorded
        self.seq = recorded.seq

    @cached_property
    def written(self) -> bytes:
        """JSON; made when the first listener wants it."""
        return _encoder.encode(self.recorded)


class Tape:
    """The events after ``base``, the last ``kept`` of them."""

    def __init__(self, base: int, kept: int = KEPT) -> None:
        self._lines: deque[Line] = deque()
        self._kept = kept
        self._base = base
        """The last event that is not on the tape (any more)."""
        self.last = base

    def add(self, line: Line) -> None:
        """Add the next event."""
        self._lines.append(line)
        self.last = line.seq
        if len(self._lines) > self._kept:
            self._base = self._lines.popleft().seq

    def after(self, seq: int, most: int) -> list[Line] | None:
        """Give the first events after ``seq``; None when some of them are on the tape no more."""
        if seq < self._base:
            return None
        # numbers follow on each other, so that the place is known
        begin = max(0, seq - self._base)
        return list(islice(self._lines, begin, begin + most))


def message(lines: Iterable[bytes], seq: int) -> bytes:
    """Write what a listener is sent: some events, and the number to resume after."""
    return b'{"events":[' + b",".join(lines) + b'],"seq":' + str(seq).encode() + b"}"
