"""One line's sound from its answer on, and the beep of a machine in it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from callflow.log import get_logger
from outbound.machines.beep import BeepFinder
from outbound.machines.port import FRAME, RATE
from telephony.switch import SwitchError

if TYPE_CHECKING:
    from callflow.protocol import PlacedCall
    from telephony.media import Frame, Media, Tap

_log = get_logger(__name__)

BEEP_S = 30.0
"""So long after the verdict a beep is waited for; then the message begins anyway."""
HOLD_S = 3.0


class Hearing:
    """Hears one line; it is listened to once somebody wants to hear something."""

    def __init__(self, media: Media, call: PlacedCall, answered_at: float) -> None:
        """``answered_at``: steady seconds."""
        self._media = media
        self._call = call
        self._answered_at = answered_at
        self._tap: Tap | None = None
        self._offset = 0
        """Samples between the answer and the tap's first one."""

    @property
    def elapsed_s(self) -> float:
        """Seconds since the answer."""
        return self._call.now() - self._answered_at

    async def listen(self) -> Tap:
        """Begin to listen, unless that was done.  Raises SwitchError."""
        if self._tap is None:
            self._tap = await self._media.tap(self._call.leg, hold_s=HOLD_S)
            self._offset = round(self.elapsed_s * RATE / FRAME) * FRAME
        return self._tap

    def place(self, frame: Frame) -> int:
        """Count the samples from the answer to a frame."""
        return self._offset + frame.at

    async def until_beep(self) -> bool:
        """Wait for the beep, some time; False when none came.  Raises CallerGone."""
        return await self._call.while_waiting(self._until_beep())

    async def _until_beep(self) -> bool:
        finder = BeepFinder(self.elapsed_s, BEEP_S)
        try:
            async with asyncio.timeout(BEEP_S):
                tap = await self.listen()
                async for frame in tap.frames():
                    outcome = finder.feed(self.place(frame), frame.pcm)
                    if outcome is not None:
                        return outcome.kind == "beep"
        except (TimeoutError, SwitchError) as error:
            _log.info("no_beep", call=self._call.id, reason=type(error).__name__)
        return False

    async def close(self) -> None:
        """Listen no more."""
        if self._tap is not None:
            await self._media.untap(self._tap)
            self._tap = None
