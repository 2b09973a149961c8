"""Sound for a leg's ear, over a line of its own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from telephony.media import FRAME_S
from telephony.switch import LegGone

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from telephony.asterisk.media_line import Line
    from telephony.asterisk.media_ways import Way
    from telephony.media import Rate


class LineFeed:
    """:class:`telephony.media.Feed` on a line; one that breaks is not opened again: what waits is lost."""

    def __init__(self, leg: str, rate: Rate, close_line: Callable[[Line], Awaitable[None]]) -> None:
        self.leg = leg
        self.rate: Rate = rate
        self._close_line = close_line
        self._line: Line | None = None
        self._watching: asyncio.Task[None]
        self._marks: dict[str, asyncio.Future[bool]] = {}
        self._frame_bytes = round(rate * FRAME_S) * 2

    def attach(self, line: Line) -> None:
        """Use this line, until it breaks."""
        self._line = line
        self._watching = asyncio.get_running_loop().create_task(self._watch(line), name=f"to {self.leg}")

    async def _watch(self, line: Line) -> None:
        await line.broken.wait()
        self._settle()
        await self._close_line(line)

    def heard(self, pcm: bytes) -> None:
        """Take no audio: none comes this way."""

    def broke(self) -> None:
        """Take note that the connection is lost."""
        if self._line is not None:
            self._line.end()

    async def play(self, pcm: bytes) -> None:
        """Add sound; see :class:`telephony.media.Feed`."""
        short = -len(pcm) % self._frame_bytes
        await self._way().play(pcm + bytes(short))

    async def mark(self, name: str) -> None:
        """Mark the place after what was added last."""
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._marks[name] = future

        def reached(yes: bool) -> None:
            if not future.done():
                future.set_result(yes)

        await self._way().mark(name, reached)

    async def played(self, name: str) -> bool:
        """Wait for a mark; raises KeyError for one that was not set."""
        return await self._marks[name]

    async def flush(self) -> None:
        """Drop what has not been played."""
        await self._way().flush()

    async def close(self) -> None:
        """Close the line."""
        line, self._line = self._line, None
        if line is not None:
            line.end()
            await self._watching

    def _settle(self) -> None:
        for future in self._marks.values():
            if not future.done():
                future.set_result(False)

    def _way(self) -> Way:
        line = self._line
        if line is None or line.way is None or line.broken.is_set():
            raise LegGone(f"nothing can be played to {self.leg} any more")
        return line.way
