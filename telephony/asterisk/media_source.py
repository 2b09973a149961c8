"""What a leg says, for all who listen: one line, opened again when it breaks, while the leg is there."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from telephony.media import FRAME_S, HOLD_S, Frame, Rate, Tap, Timeline
from telephony.switch import LegGone, SwitchError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from telephony.asterisk.media_line import Line
    from telephony.asterisk.media_ways import Ends

_log = structlog.get_logger(__name__)

AGAIN_S = (0.1, 0.3, 1.0, 2.0, 5.0)
"""Pauses before a broken line is opened again; after the last one it is given up."""
REST_S = 0.3
"""Longer than a recording rests, so that for a moment neither hears the leg."""
HELD_S = 10.0
"""A line that held this long is opened again at once when it breaks."""


class Source:
    """One stream of a leg, and its taps.

    ``open_line`` opens a line whose audio goes to the given ends, ``close_line`` takes it down.
    """

    def __init__(
        self,
        leg: str,
        rate: Rate,
        *,
        open_line: Callable[[Ends], Awaitable[Line]],
        close_line: Callable[[Line], Awaitable[None]],
        now: Callable[[], float],
    ) -> None:
        self.leg = leg
        self.rate = rate
        self.taps: list[Tap] = []
        self._open_line = open_line
        self._close_line = close_line
        self._now = now
        self._timeline = Timeline(rate)
        self._frame_bytes = round(rate * FRAME_S) * 2
        self._line: Line | None = None
        self._running: asyncio.Task[None] | None = None
        self._resting = False
        self.ended = False
        """Nothing more comes."""

    async def start(self) -> None:
        """Open the line; raises LegGone, SwitchError."""
        self._line = await self._open_line(self)
        self._rest_if_open()
        self._running = asyncio.get_running_loop().create_task(self._run(), name=f"media of {self.leg}")

    def tap(self, hold_s: float = HOLD_S) -> Tap:
        """Add a reader."""
        tap = Tap(self.leg, self.rate, self._timeline, hold_s)
        self.taps.append(tap)
        return tap

    async def stop(self) -> None:
        """End all taps, and the line."""
        if self._running is not None:
            self._running.cancel()
        await self._end()

    # ── what the line tells ──────────────────────────────────────────────────────────────────────

    def heard(self, pcm: bytes) -> None:
        """Number audio and give it to every reader, frame by frame; half a sample at its end is dropped."""
        now, size = self._now(), self._frame_bytes
        pcm = pcm[: len(pcm) // 2 * 2]
        for start in range(0, len(pcm), size):
            part = pcm if len(pcm) == size else pcm[start : start + size]
            frame = Frame(self._timeline.place(len(part) // 2, now), part)
            for tap in self.taps:
                tap.put(frame)

    def rest(self) -> None:
        """Take the line down and open it again a moment later; what is said meanwhile is missing."""
        self._resting = True
        self._rest_if_open()

    def _rest_if_open(self) -> None:
        if self._resting and self._line is not None:
            self._line.end()

    def broke(self) -> None:
        """Take note that the connection is lost."""
        if self._line is not None:
            self._line.end()

    # ── the line's life ──────────────────────────────────────────────────────────────────────────

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while self._line is not None:
            opened = loop.time()
            await self._line.broken.wait()
            line, self._line = self._line, None
            await self._close_line(line)
            steady = self._resting or loop.time() - opened >= HELD_S
            if self._resting:
                self._resting = False
                await asyncio.sleep(REST_S)
            self._line = await self._again(steady=steady)
            self._rest_if_open()
        await self._end()

    async def _again(self, *, steady: bool) -> Line | None:
        """Open the line once more; None when the leg is gone, or Asterisk will not."""
        for pause in (0.0, *AGAIN_S) if steady else AGAIN_S:
            await asyncio.sleep(pause)
            try:
                line = await self._open_line(self)
            except LegGone:
                return None
            except SwitchError as error:
                _log.warning("media_not_back", leg=self.leg, error=str(error))
            else:
                self._timeline.resume(self._now())
                _log.warning("media_back", leg=self.leg, missing_s=round(self.missing_s, 3))
                return line
        _log.error("media_given_up", leg=self.leg)
        return None

    @property
    def missing_s(self) -> float:
        """Seconds in which nothing came."""
        return self._timeline.missing / self.rate

    async def _end(self) -> None:
        self.ended = True
        for tap in self.taps:
            tap.end()
        line, self._line = self._line, None
        if line is not None:
            await self._close_line(line)
