"""``machines: asterisk``: Asterisk's ``app_amd`` judges who has answered; a beep we hear ourselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callflow.log import get_logger
from callflow.protocol import CallerGone
from outbound.dialer.hearing import Hearing
from outbound.machines.port import LATEST_S, Verdict
from telephony.switch import LegGone, SwitchError

if TYPE_CHECKING:
    from callflow.protocol import PlacedCall
    from telephony.media import Media
    from telephony.switch import AnswererHeard

_log = get_logger(__name__)


class DetectingByAsterisk:
    """See :class:`outbound.dialer.detection.Detection`.  Without ``media`` no beep is heard."""

    def __init__(self, media: Media | None, call: PlacedCall, answered_at: float) -> None:
        """``answered_at``: steady seconds."""
        self._call = call
        self._answered_at = answered_at
        self._hearing = None if media is None else Hearing(media, call, answered_at)

    async def judge(self) -> Verdict:
        """See :class:`outbound.dialer.detection.Detection`."""
        call = self._call
        try:
            heard = await call.while_waiting(call.switch.detect_machine(call.leg))
        except LegGone:
            raise CallerGone from None
        except SwitchError as error:
            _log.warning("callee_not_heard", call=call.id, error=str(error))
            at_s = self._at_s()
            return Verdict("unsure", "silence", at_s, at_s, "Asterisk did not judge", {})
        return verdict_of(heard, self._at_s())

    async def until_beep(self) -> bool:
        """See :class:`outbound.dialer.detection.Detection`."""
        return self._hearing is not None and await self._hearing.until_beep()

    async def close(self) -> None:
        """See :class:`outbound.dialer.detection.Detection`."""
        if self._hearing is not None:
            await self._hearing.close()

    def _at_s(self) -> float:
        return min(LATEST_S, self._call.now() - self._answered_at)


def verdict_of(heard: AnswererHeard, at_s: float) -> Verdict:
    """Put Asterisk's judgement, which came at ``at_s``, into our words.

    When the greeting began it does not tell; so ``over_s`` is off by the time that the answer took.
    """
    return Verdict(
        heard.answerer.value,
        "silence" if heard.silent else "speech",
        at_s,
        max(0.0, at_s - heard.quiet_s),
        heard.why,
        {},
    )
