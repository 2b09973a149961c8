"""The two ways of audio between Asterisk and us: a WebSocket (``chan_websocket``), or RTP (``chan_rtp``)."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from telephony.asterisk.asking import Asking

MediaTransport = Literal["websocket", "rtp"]
Direction = Literal["hear", "speak"]
"""From the leg to us, or from us to the leg."""
FORMATS = {8000: "slin", 16000: "slin16"}


class Ends(Protocol):
    """What a way tells of itself."""

    def heard(self, pcm: bytes) -> None:
        """Take audio."""

    def broke(self) -> None:
        """Take note that nothing goes this way any more."""


class Way(Protocol):
    """An open way; little-endian audio in both directions."""

    async def play(self, pcm: bytes) -> None:
        """Add whole frames to what is played; waits while too much has not been."""

    async def mark(self, name: str, reached: Callable[[bool], None]) -> None:
        """Have ``reached`` called when everything before was played (True), or will not be (False)."""

    async def flush(self) -> None:
        """Drop what has not been played."""

    async def close(self) -> None:
        """Close; :meth:`Ends.broke` is not told of it."""


class Ways(Protocol):
    """Opens ways."""

    async def open(
        self, asking: Asking, *, app: str, channel: str, rate: int, direction: Direction, ends: Ends
    ) -> Way:
        """Make the media channel ``channel`` in the application ``app``, and open the way to it.

        Raises :class:`telephony.switch.SwitchError`.
        """

    async def close(self) -> None:
        """Let go of what all ways share."""


class Ahead:
    """Keeps what was sent from being too far ahead of what was played, by the clock."""

    AHEAD_S = 15.0
    """Asterisk holds 20 s, and drops what is sent beyond."""

    def __init__(self) -> None:
        self._until = 0.0
        """When everything sent so far will have been played."""
        self._flushed = asyncio.Event()

    async def room(self, seconds: float) -> bool:
        """Wait until so much more sound may be sent; False when everything was flushed meanwhile."""
        self._flushed.clear()
        wait_s = self._until - time.monotonic() - self.AHEAD_S
        if wait_s > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._flushed.wait()
            if self._flushed.is_set():
                return False
        self._until = max(self._until, time.monotonic()) + seconds
        return True

    def flush(self) -> None:
        """Take note that nothing is ahead any more."""
        self._until = 0.0
        self._flushed.set()
