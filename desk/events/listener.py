"""One listener's end: a bounded buffer between what happens and how fast it reads."""

from __future__ import annotations

import asyncio
from collections import deque
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_BYTES = 1024 * 1024
"""Longest buffer of a listener, beside what the socket takes."""


class Close(IntEnum):
    """Codes with which we close a stream: those of the WebSocket protocol, and private ones."""

    GOING_AWAY = 1001
    FAILED = 1011
    TOKEN_OVER = 4001
    """The token was revoked, or has expired."""
    TOO_SLOW = 4008
    """The listener does not read as fast as things happen."""
    NO_DATABASE = 4503
    """The past can't be read now."""


class Listener:
    """What waits to be sent to one listener."""

    def __init__(self, token: str, expires: float | None = None, most_bytes: int = MOST_BYTES) -> None:
        """``expires``: steady seconds at which its token does; None for never."""
        self.token = token
        self.expires = float("inf") if expires is None else expires
        self.closed: tuple[Close, str] | None = None
        """Why it is told nothing more."""
        self.on_close: Callable[[], object] = lambda: None
        self.told_at = 0.0
        """When something was put here last, by the clock of who puts it."""
        self._most = most_bytes
        self._messages: deque[bytes] = deque()
        self._bytes = 0
        self._changed = asyncio.Event()

    def put(self, message: bytes, now: float) -> None:
        """Add a message; never waits.  A listener whose buffer is full is closed."""
        if self.closed is not None:
            return
        if self._bytes + len(message) > self._most:
            self.close(Close.TOO_SLOW, "too slow: read faster or ask for less, resume after your last seq")
            return
        self.told_at = now
        self._messages.append(message)
        self._bytes += len(message)
        self._changed.set()

    def close(self, code: Close, reason: str) -> None:
        """Tell it nothing more; what waits is dropped."""
        if self.closed is None:
            self.closed = (code, reason)
            self._messages.clear()
            self._bytes = 0
            self.on_close()

    async def take(self) -> bytes:
        """Wait for the next message."""
        while not self._messages:
            self._changed.clear()
            await self._changed.wait()
        message = self._messages.popleft()
        self._bytes -= len(message)
        return message
