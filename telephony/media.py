"""The media port: what a leg says, streamed to Python, and sound that a leg alone hears.

A *tap* is what one leg says, as frames of 20 ms with a running sample count.  Whoever takes from it too
slowly loses the oldest audio, which is counted; nobody else notices, least of all the call.  Taps of the same
leg and rate share one stream from the switch.  A *feed* is the way back: sound that the leg hears over the
talk, and nobody else does.  All audio is mono, signed 16 bit, little-endian.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

import msgspec
import numpy as np

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import numpy.typing as npt

Rate = Literal[8000, 16000]
"""Samples a second."""
FRAME_S = 0.02
HOLD_S = 2.0
"""So much audio waits for a slow reader, in seconds; beyond it the oldest is lost."""


class Frame(msgspec.Struct, frozen=True, gc=False):
    """Audio of 20 ms."""

    at: int
    """How many samples lie between the tap's beginning and the frame's first one, lost ones included."""
    pcm: bytes

    @property
    def samples(self) -> npt.NDArray[np.int16]:
        """The audio as int16, shape (n,), not copied."""
        return np.frombuffer(self.pcm, dtype="<i2")


class Timeline:
    """Numbers the frames of a stream, so that a sample's number tells when it was said.

    The switch sends nothing while the far end is silent on the wire (a phone that suppresses silence, a
    network that fails), and bunches of frames when somebody was held up.  So a frame is taken to follow the
    one before, unless *every* one of the last :data:`WINDOW` frames came later than its number says: the
    least lateness among them is then a hole in the stream, and skipped.  Pure: ``now`` is in steady seconds.
    """

    WINDOW = 25
    HOLE_S = 0.1
    """A smaller lateness is the network's business."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._next = 0
        self._left = self.WINDOW
        self._least_late = float("inf")
        self.began = 0.0
        """Steady seconds at which sample 0 was said; 0 while nothing has come."""
        self.missing = 0
        """Samples that never came."""

    def place(self, samples: int, now: float) -> int:
        """Give the number of the first of ``samples`` that came at ``now``."""
        if not self.began:
            self.began = now - samples / self._rate
        at = self._next
        self._next = at + samples
        late = now - self.began - self._next / self._rate
        self._least_late = min(self._least_late, late)
        self._left -= 1
        if self._left == 0:
            if self._least_late > self.HOLE_S:
                hole = round(self._least_late * self._rate)
                self.missing += hole
                self._next += hole
            self._left, self._least_late = self.WINDOW, float("inf")
        return at

    def resume(self, now: float) -> None:
        """Take note that the stream was interrupted, and goes on from ``now``."""
        hole = round((now - self.began) * self._rate) - self._next
        if self.began and hole > 0:
            self.missing += hole
            self._next += hole
        self._left, self._least_late = self.WINDOW, float("inf")


class Backlog:
    """Frames that wait for one reader: at most ``hold_s`` seconds of them, the oldest is dropped."""

    def __init__(self, rate: int, hold_s: float = HOLD_S) -> None:
        self._frames: deque[Frame] = deque()
        self._most = max(1, round(hold_s / FRAME_S))
        self._rate = rate
        self.lost = 0
        """Samples that were dropped."""

    def __len__(self) -> int:
        return len(self._frames)

    def put(self, frame: Frame) -> None:
        """Add a frame."""
        if len(self._frames) >= self._most:
            self.lost += len(self._frames.popleft().pcm) // 2
        self._frames.append(frame)

    def take(self, most: int | None = None) -> list[Frame]:
        """Take everything that waits, or ``most`` frames, the oldest first."""
        if most is None or most >= len(self._frames):
            taken = list(self._frames)
            self._frames.clear()
            return taken
        return [self._frames.popleft() for _ in range(most)]


class Tap:
    """One reader's end of what a leg says."""

    def __init__(self, leg: str, rate: Rate, timeline: Timeline, hold_s: float = HOLD_S) -> None:
        self.leg = leg
        self.rate: Rate = rate
        self.backlog = Backlog(rate, hold_s)
        self._timeline = timeline
        self._came = asyncio.Event()
        self.ended = False
        """Nothing more comes: the leg has ended, or the tap was closed."""

    @property
    def began(self) -> float:
        """Steady seconds of sample 0; 0 while nothing has come."""
        return self._timeline.began

    @property
    def lost_s(self) -> float:
        """Seconds of audio that this reader took too late."""
        return self.backlog.lost / self.rate

    @property
    def missing_s(self) -> float:
        """Seconds in which nothing came from the leg."""
        return self._timeline.missing / self.rate

    def put(self, frame: Frame) -> None:
        """Give the reader a frame."""
        self.backlog.put(frame)
        self._came.set()

    def end(self) -> None:
        """Let the reader come to an end, once everything is taken."""
        self.ended = True
        self._came.set()

    def take(self) -> list[Frame]:
        """Take what has come, without waiting."""
        return self.backlog.take()

    async def frames(self) -> AsyncIterator[Frame]:
        """Yield frames until the leg ends; where :attr:`Frame.at` jumps, audio was lost or never came."""
        while True:
            for frame in self.backlog.take(1):
                yield frame
            if self.backlog:
                continue
            if self.ended:
                return
            self._came.clear()
            await self._came.wait()


class Feed(Protocol):
    """Sound on its way to a leg, played in the order in which it was given."""

    leg: str
    rate: Rate

    async def play(self, pcm: bytes) -> None:
        """Add sound; waits while more than 15 s of it have not been played.

        Odd lengths are filled with silence to whole frames of 20 ms.  Raises
        :class:`telephony.switch.LegGone` when the leg has ended.
        """

    async def mark(self, name: str) -> None:
        """Mark the place after what was added last; :meth:`played` tells when it is reached."""

    async def played(self, name: str) -> bool:
        """Wait until everything before the mark was played; False when it was flushed, or the leg ended."""

    async def flush(self) -> None:
        """Drop what has not been played."""

    async def close(self) -> None:
        """Drop what has not been played, and the way to the leg with it."""


@runtime_checkable
class Media(Protocol):
    """What Ringhall asks of the switch about sound."""

    async def tap(self, leg: str, *, rate: Rate = 8000, hold_s: float = HOLD_S) -> Tap:
        """Begin to hear what a leg says.

        Raises :class:`telephony.switch.LegGone` when it has ended, :class:`telephony.switch.SwitchError` when
        the switch refuses.  A stream that breaks is opened again, for as long as the leg is there.
        """

    async def untap(self, tap: Tap) -> None:
        """Hear no more; the stream ends with its last tap."""

    async def feed(self, leg: str, *, rate: Rate = 8000) -> Feed:
        """Open a way to a leg's ear.

        The leg hears it over whatever else it is sent: in a talk, or with music.  To a leg that is sent
        nothing (it is alone, or the other phone suppresses silence) nothing can be added.  Raises as
        :meth:`tap`.
        """
