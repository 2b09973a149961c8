"""What is under way to one subscription: in order for each call, tried again with growing rests.  Pure.

The log is the queue: only a window of it is in here.  An event is *waiting* from the moment it is taken in
until it is settled; of each lane (a call) the first waiting event alone is sent.  While nothing at all is
taken by the other side, one event at a time is tried, so that a server that is down is asked seldom.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

WINDOW = 1000
"""Most events that wait at the same time; what follows stays in the log."""
AT_ONCE = 4
"""Most events on their way to one subscription at the same time."""
PAUSES_S = (1.0, 3.0, 10.0, 30.0, 60.0, 120.0, 300.0)
"""Rests between the tries of an event; the last one again and again."""
GIVEN_UP_S = 86_400.0
"""So long after its first try an event is given up."""
DOWN_AFTER = 5
"""Failures in a row, with nothing taken in between, after which the other side counts as down."""


class Waiting(msgspec.Struct):
    """An event that is not settled."""

    seq: int
    lane: str
    tries: int = 0
    first: float = 0.0
    """Steady seconds of the first try; 0 before it."""
    due: float = 0.0
    """When it may be tried (again)."""
    flying: bool = False


class Lanes:
    """The state; times are steady seconds."""

    def __init__(self, read: int = 0, waiting: Iterable[Waiting] = ()) -> None:
        self.read = read
        """The log is taken in up to this number."""
        self._lanes: dict[str, deque[Waiting]] = {}
        self._waiting: dict[int, Waiting] = {}
        self._flying = 0
        self._failures = 0
        self._resting_until = 0.0
        for one in waiting:
            self._put(msgspec.structs.replace(one, flying=False))

    def __len__(self) -> int:
        """Count what waits, what is on its way included."""
        return len(self._waiting)

    def __contains__(self, seq: int) -> bool:
        return seq in self._waiting

    @property
    def room(self) -> int:
        """How many more events may be taken in."""
        return max(0, WINDOW - len(self._waiting))

    @property
    def down(self) -> bool:
        """Whether the other side takes nothing."""
        return self._failures >= DOWN_AFTER

    def waiting(self) -> list[Waiting]:
        """Give everything that is not settled, in the log's order."""
        return sorted(self._waiting.values(), key=lambda one: one.seq)

    def take(self, seq: int, lane: str) -> None:
        """Take an event in; one that waits already is not taken twice."""
        if seq not in self._waiting:
            self._put(Waiting(seq, lane))

    def _put(self, one: Waiting) -> None:
        self._waiting[one.seq] = one
        self._lanes.setdefault(one.lane, deque()).append(one)

    def due(self, now: float) -> list[Waiting]:
        """Give what is to be sent now, and count it as on its way."""
        if now < self._resting_until:
            return []
        most = (1 if self.down else AT_ONCE) - self._flying
        ready = sorted(
            (one for lane in self._lanes.values() if not (one := lane[0]).flying and one.due <= now),
            key=lambda one: one.seq,
        )[: max(0, most)]
        for one in ready:
            one.flying, one.tries = True, one.tries + 1
            one.first = one.first or now
            self._flying += 1
        return ready

    def next_due(self, now: float) -> float | None:
        """Give when :meth:`due` may have something, if nothing else happens; None when never."""
        if self._flying >= (1 if self.down else AT_ONCE):
            return None
        times = [lane[0].due for lane in self._lanes.values() if not lane[0].flying]
        return max(min(times), self._resting_until, now) if times else None

    def taken(self, seq: int) -> None:
        """The other side took it."""
        self._answered()
        self._settle(seq)

    def refused(self, seq: int) -> Waiting:
        """The other side wants it never: give it up."""
        self._answered()
        return self._settle(seq)

    def _answered(self) -> None:
        if self.down:  # it is back: what waited for it need not rest any longer
            for lane in self._lanes.values():
                lane[0].due = 0.0
        self._failures, self._resting_until = 0, 0.0

    def failed(self, seq: int, now: float) -> Waiting | None:
        """It did not go; gives it when it is given up, None when it is tried again."""
        one = self._waiting[seq]
        self._failures += 1
        pause = PAUSES_S[min(one.tries, len(PAUSES_S)) - 1]
        if now + pause > one.first + GIVEN_UP_S:
            return self._settle(seq)
        one.flying, one.due = False, now + pause
        self._flying -= 1
        if self.down:
            rest = PAUSES_S[min(self._failures - DOWN_AFTER, len(PAUSES_S) - 1)]
            self._resting_until = max(self._resting_until, now + rest)
        return None

    def _settle(self, seq: int) -> Waiting:
        one = self._waiting.pop(seq)
        lane = self._lanes[one.lane]
        lane.remove(one)
        if not lane:
            del self._lanes[one.lane]
        if one.flying:
            one.flying = False
            self._flying -= 1
        return one
