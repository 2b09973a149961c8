"""``machines: timing``: we listen to who has answered ourselves (:mod:`outbound.machines.timing`)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from callflow.log import get_logger
from outbound.dialer.hearing import Hearing
from outbound.machines.port import LATEST_S, Verdict
from outbound.machines.timing import Timing
from telephony.switch import SwitchError

if TYPE_CHECKING:
    from callflow.protocol import PlacedCall
    from outbound.machines.port import Detector
    from telephony.media import Media

_log = get_logger(__name__)


class Detecting:
    """See :class:`outbound.dialer.detection.Detection`."""

    def __init__(self, media: Media, call: PlacedCall, answered_at: float) -> None:
        """``answered_at``: steady seconds."""
        self._call = call
        self._hearing = Hearing(media, call, answered_at)

    async def judge(self) -> Verdict:
        """See :class:`outbound.dialer.detection.Detection`."""
        return await self._call.while_waiting(self._judge(Timing.create()))

    async def until_beep(self) -> bool:
        """See :class:`outbound.dialer.detection.Detection`."""
        return await self._hearing.until_beep()

    async def close(self) -> None:
        """See :class:`outbound.dialer.detection.Detection`."""
        await self._hearing.close()

    async def _judge(self, detector: Detector) -> Verdict:
        hearing = self._hearing
        try:
            async with asyncio.timeout(max(0.0, LATEST_S - hearing.elapsed_s)):
                tap = await hearing.listen()
                async for frame in tap.frames():
                    verdict = detector.feed(hearing.place(frame), frame.pcm)
                    if verdict is not None:
                        return verdict
        except TimeoutError:
            pass
        except SwitchError as error:
            _log.warning("callee_not_heard", call=self._call.id, error=str(error))
        verdict = detector.expire(LATEST_S) or detector.verdict
        assert verdict is not None  # noqa: S101 - at its end the time brings one
        return verdict
