"""The service ``events``: tells listeners what the log appends.

What several listeners see alike is filtered, written and put together once.  Events that come in quick
succession go out together: the first at once, those after it within :data:`TOGETHER_S`.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING, ClassVar

from desk.events.listener import Close, Listener
from desk.events.tape import Line, Tape, message
from records.events import TokenRevoked, is_withheld
from records.log import EventLog
from records.queries import Queries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from callflow.clock import Clock
    from callflow.protocol import Runtime
    from desk.events.view import Wanted
    from records.events import Recorded

TOGETHER_S = 0.02
BEAT_S = 15.0
"""A listener hears at least so often how far the log is."""
LOOK_S = 1.0
"""How often it is looked who must hear so, and whose token has expired."""
PARTING_S = 1.0
"""So long listeners may take to hear that the server stops."""


class EventStream:
    """Everything runs in the loop's thread; nothing here waits for a listener."""

    needs: ClassVar[tuple[str, ...]] = ()

    def __init__(self, log: EventLog, queries: Queries, clock: Clock) -> None:
        self._log = log
        self._queries = queries
        self._clock = clock
        self.tape = Tape(log.seq)
        self._listeners: defaultdict[Wanted, set[Listener]] = defaultdict(set)
        """Those that are shown the same are told by the same messages."""
        self._open: set[Listener] = set()
        """All of them, those who are still sent the past too."""
        self._fresh: list[Recorded] = []
        self._told_at = 0.0
        self._timer: asyncio.Handle | None = None
        self._looking: asyncio.Task[None] | None = None
        self._unsubscribe: Callable[[], None] = lambda: None
        self.on_more: list[Callable[[], None]] = []
        """Called when there is more on the tape, at most every :data:`TOGETHER_S`."""

    @classmethod
    def create(cls, runtime: Runtime) -> EventStream:
        """Make the service."""
        return cls(runtime.require(EventLog), runtime.require(Queries), runtime.clock)

    async def start(self) -> None:
        """Hear what is appended from now on; what was before is read from the database."""
        self.tape = Tape(self._log.seq)
        self._unsubscribe = self._log.subscribe(self._hear)
        self._looking = asyncio.get_running_loop().create_task(self._look(), name="listeners")

    async def stop(self) -> None:
        """Let everybody go."""
        await self.close_all()
        self._unsubscribe()
        if self._looking is not None:
            self._looking.cancel()
        if self._timer is not None:
            self._timer.cancel()

    def __len__(self) -> int:
        """Count the listeners."""
        return len(self._open)

    def count_of(self, token: str) -> int:
        """Count those of a token."""
        return sum(listener.token == token for listener in self._open)

    async def read(self, seq: int, most: int) -> tuple[list[Line], int]:
        """Give the first events after ``seq``, and the last number that was looked at, ``seq`` if none.

        From memory (at once, nothing is waited for) or from the database, which may be some milliseconds
        behind.  Signals that are given out no more are left out.
        """
        lines = self.tape.after(seq, most)
        if lines is not None:
            last = lines[-1].seq if lines else seq
        else:
            past, last = await self._queries.page_after(seq, most)
            lines = [Line(recorded) for recorded in past]
        now = self._clock.now()
        return [line for line in lines if not is_withheld(line.recorded.event, now)], last

    # ── listeners ────────────────────────────────────────────────────────────────────────────────

    def enter(self, listener: Listener) -> None:
        """Know of a listener: from now on it is closed when its token is over, or the server stops."""
        self._open.add(listener)

    def join(self, listener: Listener, wanted: Wanted) -> None:
        """Tell a listener everything that is not on the tape yet."""
        self._listeners[wanted].add(listener)

    def leave(self, listener: Listener, wanted: Wanted) -> None:
        """Tell it no more, and forget it."""
        self._open.discard(listener)
        alike = self._listeners[wanted]
        alike.discard(listener)
        if not alike:
            del self._listeners[wanted]

    async def close_all(self) -> None:
        """Close every stream, since the server stops, and give it a moment to be heard."""
        for listener in list(self._open):
            listener.close(Close.GOING_AWAY, "the server stops")
        for _ in range(int(PARTING_S / 0.02)):
            if not len(self):
                return
            await asyncio.sleep(0.02)

    def _joined(self) -> Iterator[Listener]:
        return iter([listener for alike in self._listeners.values() for listener in alike])

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            now = self._clock.now()
            beat = message((), self.tape.last)
            for listener in list(self._open):
                if listener.expires <= now:
                    listener.close(Close.TOKEN_OVER, "the token has expired")
            for listener in self._joined():
                if listener.told_at <= now - BEAT_S:
                    listener.put(beat, now)

    # ── events ───────────────────────────────────────────────────────────────────────────────────

    def _hear(self, recorded: Recorded) -> None:
        self._fresh.append(recorded)
        if self._timer is None:
            loop = asyncio.get_running_loop()
            wait = self._told_at + TOGETHER_S - loop.time()
            self._timer = loop.call_later(wait, self._tell) if wait > 0 else loop.call_soon(self._tell)

    def _tell(self) -> None:
        self._timer, self._told_at = None, asyncio.get_running_loop().time()
        fresh, self._fresh = self._fresh, []
        now = self._clock.now()
        shown: defaultdict[Wanted, list[bytes]] = defaultdict(list)
        for recorded in fresh:
            line = Line(recorded)
            self.tape.add(line)
            for wanted in self._listeners:
                if wanted.shows(recorded):
                    shown[wanted].append(line.written)
        for wanted, lines in shown.items():
            told = message(lines, self.tape.last)
            for listener in list(self._listeners[wanted]):
                listener.put(told, now)
        for more in self.on_more:
            more()
        for recorded in fresh:
            if isinstance(recorded.event, TokenRevoked):
                self._close_those_of(recorded.event.token)

    def _close_those_of(self, token: str) -> None:
        for listener in list(self._open):
            if listener.token == token:
                listener.close(Close.TOKEN_OVER, "the token was revoked")
