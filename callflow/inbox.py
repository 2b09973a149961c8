"""A call's inbox: what happened to it, in order, with a deadline on the wait."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from telephony.switch import KeyPressed

if TYPE_CHECKING:
    from callflow.clock import Clock

MAX_WAITING = 1000
"""A caller who presses keys faster than anybody reads must not fill the memory: further keys are lost."""


class Inbox:
    """Ordered messages for one reader."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._messages: deque[object] = deque()
        self._waiter: asyncio.Future[None] | None = None

    def put(self, message: object) -> None:
        """Add a message; a key only while there is room, since nothing else comes without measure."""
        if isinstance(message, KeyPressed) and len(self._messages) >= MAX_WAITING:
            return
        self._messages.append(message)
        self.wake()

    def wake(self) -> None:
        """Let the reader look again."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def take(self) -> object | None:
        """Give the next message, or None when there is none now."""
        return self._messages.popleft() if self._messages else None

    def put_back(self, messages: list[object]) -> None:
        """Return messages that were taken, to the front and in their order."""
        self._messages.extendleft(reversed(messages))

    async def changed(self, deadline: float | None) -> bool:
        """Wait for :meth:`put` or :meth:`wake`; False when the deadline (steady seconds) came first."""
        loop = asyncio.get_running_loop()
        waiter = self._waiter = loop.create_future()
        timer = None
        if deadline is not None:
            delay = deadline - self._clock.now()
            if delay <= 0:
                self._waiter = None
                return False
            timer = loop.call_later(delay, _time_out, waiter)
        try:
            await waiter
        except TimeoutError:
            return False
        finally:
            self._waiter = None
            if timer is not None:
                timer.cancel()
        return True


def _time_out(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_exception(TimeoutError())
