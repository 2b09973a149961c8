"""The queue between the connection and the one reader of its messages."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from telephony.ari.port import Message


class Inbox:
    """Messages in order.  ``put`` never waits: its owner looks at the length and deals with a slow reader."""

    def __init__(self) -> None:
        self._queue: deque[Message] = deque()
        self._wake = asyncio.Event()
        self._ended = False
        self._failure: Exception | None = None

    def __len__(self) -> int:
        return len(self._queue)

    def put(self, message: Message) -> None:
        """Add a message."""
        self._queue.append(message)
        self._wake.set()

    def clear(self) -> int:
        """Throw everything away and tell how much it was."""
        count = len(self._queue)
        self._queue.clear()
        return count

    def end(self, failure: Exception | None = None) -> None:
        """Let the reader end, or fail, once it has read what is there."""
        self._ended = True
        self._failure = failure
        self._wake.set()

    async def read(self) -> AsyncIterator[Message]:
        """Yield messages until the end; raises what :meth:`end` was given."""
        while True:
            while self._queue:
                yield self._queue.popleft()
            if self._ended:
                if self._failure is not None:
                    raise self._failure
                return
            self._wake.clear()
            await self._wake.wait()
