"""A caller who was handed over to somebody outside: rung, talking, over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acd.core.errors import CantTransfer
from acd.in_call.outside import OUTCOMES, RING_S, OutsideLine
from callflow.log import get_logger
from callflow.protocol import CallerGone
from telephony.switch import LegAnswered, LegEnded, LegRinging, SwitchError

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from acd.in_call.targets import Destination
    from callflow.protocol import Call, Runtime

_log = get_logger(__name__)

COMPLETED = "completed"
LONGEST_S = 4 * 3600.0


class OutsideTalk:
    """Serves the call from the transfer on, until the other side is gone or was not reached."""

    def __init__(self, call: Call, runtime: Runtime, line: OutsideLine | None = None) -> None:
        """``line``: to somebody who was consulted and talks with the caller already."""
        self._call = call
        self._line = line or OutsideLine(call, runtime, f"{call.id}-x0")

    async def serve(self, to: Destination, music: str) -> str:
        """Dial, unless that was done, and stay until it is over; gives completed, busy, no_answer, …"""
        return await self._to_its_end(self._dial(to, music))

    async def resume(self) -> str:
        """Go on with a talk that the controller before this one had connected."""
        return await self._to_its_end(self._find())

    async def _to_its_end(self, begin: Awaitable[bool]) -> str:
        """Begin, go on, and leave no line behind, however it ends."""
        outcome = "failed"
        try:
            if await begin:
                outcome = await self._until_over()
        except CantTransfer as error:
            _log.warning("not_dialed", call=self._call.id, reason=str(error))
            outcome = "not_allowed"
        except SwitchError as error:
            _log.warning("outside_failed", call=self._call.id, error=str(error))
        except CallerGone:
            await self._line.end("caller_gone")
            raise
        except Exception:  # CancelledError is none: a controller that stops leaves calls as they are
            await self._line.end("failed")
            raise
        await self._line.end(outcome)
        return outcome

    async def _dial(self, to: Destination, music: str) -> bool:
        if not self._line.up:
            await self._call.wait_with_music(music)
            await self._line.dial(to)
        return True

    async def _find(self) -> bool:
        call = self._call
        survey = await call.switch.survey()
        leg = next((leg for leg in survey.talks.get(call.id, ()) if leg != call.leg), "")
        for other in survey.legs:
            if other.startswith(f"{call.id}-x") and other != leg:
                await call.switch.hangup(other)
        if leg:
            self._line.leg = leg
            self._line.resumed()
        return bool(leg)

    async def _until_over(self) -> str:
        call, line = self._call, self._line
        deadline = call.now() + (LONGEST_S if line.up else RING_S)
        while True:
            match await call.next(deadline):
                case None:
                    return COMPLETED if line.up else "no_answer"
                case LegRinging(leg=line.leg):
                    line.rang()
                case LegAnswered(leg=line.leg) if not line.up:
                    line.answered()
                    await call.switch.connect(call.id, [call.leg, line.leg])
                    deadline = call.now() + LONGEST_S
                case LegEnded(leg=line.leg, cause=cause):
                    return COMPLETED if line.up else OUTCOMES.get(cause, "failed")
                case _:
                    pass  # keys mean nothing here
