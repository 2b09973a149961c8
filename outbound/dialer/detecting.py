"""Listening to who has answered: a person, or a machine, and a machine's beep."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from callflow.log import get_logger
from outbound.machines.beep import BeepFinder
from outbound.machines.port import FRAME, LATEST_S, RATE, Verdict
from outbound.machines.timing import Timing
from telephony.switch import SwitchError

if TYPE_CHECKING:
    from callflow.protocol import PlacedCall
    from outbound.machines.port import Detector
    from telephony.media import Frame, Media, Tap

_log = get_logger(__name__)

BEEP_S = 30.0
"""So long after the verdict a beep is waited for; then the message begins anyway."""
HOLD_S = 3.0


class Detecting:
    """Hears one line from its answer on."""

    def __init__(self, media: Media, call: PlacedCall, answered_at: float) -> None:
        """``answered_at``: steady seconds."""
        self._media = media
        self._call = call
        self._answered_at = answered_at
        self._tap: Tap | None = None
        self._offset = 0
        """Samples between the answer and the tap's first one."""

    async def judge(self) -> Verdict:
        """Listen until it is clear, or the time is over.  Raises CallerGone."""
        return await self._call.while_waiting(self._judge(Timing.create()))

    async def until_beep(self) -> bool:
        """Wait for the beep, some time; False when none came.  Raises CallerGone."""
        return await self._call.while_waiting(self._until_beep())

    async def close(self) -> None:
        """Listen no more."""
        if self._tap is not None:
            await self._media.untap(self._tap)
            self._tap = None

    async def _judge(self, detector: Detector) -> Verdict:
        try:
            async with asyncio.timeout(max(0.0, LATEST_S - self._elapsed())):
                tap = await self._listen()
                async for frame in tap.frames():
                    verdict = detector.feed(self._place(frame), frame.pcm)
                    if verdict is not None:
                        return verdict
        except TimeoutError:
            pass
        except SwitchError as error:
            _log.warning("callee_not_heard", call=self._call.id, error=str(error))
        verdict = detector.expire(LATEST_S) or detector.verdict
        assert verdict is not None  # noqa: S101 - at its end the time brings one
        return verdict

    async def _until_beep(self) -> bool:
        finder = BeepFinder(self._elapsed(), BEEP_S)
        try:
            async with asyncio.timeout(BEEP_S):
                tap = await self._listen()
                async for frame in tap.frames():
                    outcome = finder.feed(self._place(frame), frame.pcm)
                    if outcome is not None:
                        return outcome.kind == "beep"
        except (TimeoutError, SwitchError) as error:
            _log.info("no_beep", call=self._call.id, reason=type(error).__name__)
        return False

    async def _listen(self) -> Tap:
        if self._tap is None:
            self._tap = await self._media.tap(self._call.leg, hold_s=HOLD_S)
            self._offset = round(self._elapsed() * RATE / FRAME) * FRAME
        return self._tap

    def _place(self, frame: Frame) -> int:
        return self._offset + frame.at

    def _elapsed(self) -> float:
        return self._call.now() - self._answered_at
