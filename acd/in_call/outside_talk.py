"""A caller who was handed over to somebody outside: rung, talking, over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callflow.dialing.party import ANSWERED, CALLER_GONE, FAILED, OutsideParty
from callflow.log import get_logger
from callflow.protocol import CallerGone, OutsideDialer
from telephony.switch import SwitchError

if TYPE_CHECKING:
    from acd.in_call.targets import Destination
    from callflow.protocol import Call, Runtime

_log = get_logger(__name__)

RING_S = 45.0
"""How long an outside number rings at most."""


def party_for(call: Call, runtime: Runtime, to: Destination, name: str) -> OutsideParty | None:
    """Make the party that a destination outside is; its lines are ``NAME1``, ``NAME2``, … by attempt."""
    if to.plan is None:
        return None
    dialer = runtime.all_of(OutsideDialer)[0]
    return OutsideParty(call, dialer, to.plan, lambda attempt: f"{name}{attempt}", ring_s=RING_S)


class OutsideTalk:
    """Serves the call from the transfer on, until the other side is gone or was not reached."""

    def __init__(self, call: Call, runtime: Runtime, party: OutsideParty | None = None) -> None:
        """``party``: somebody who was consulted and talks with the caller already."""
        self._call = call
        self._runtime = runtime
        self._party = party

    async def serve(self, to: Destination, music: str) -> str:
        """Dial, unless that was done, and stay until it is over; gives completed, busy, no_answer, …"""
        if self._party is not None:
            return await self._to_its_end(self._party)
        party = party_for(self._call, self._runtime, to, f"{self._call.id}-x")
        if party is None:
            return FAILED
        await self._call.wait_with_music(music)
        outcome = await party.reach()
        if outcome != ANSWERED:
            return outcome
        try:
            await self._call.switch.connect(self._call.id, [self._call.leg, party.leg])
        except SwitchError as error:
            _log.warning("outside_not_connected", call=self._call.id, error=str(error))
            await party.end(FAILED)
            return FAILED
        return await self._to_its_end(party)

    async def resume(self) -> str:
        """Go on with a talk that the controller before this one had connected; end a line that was not."""
        call, dialers = self._call, self._runtime.all_of(OutsideDialer)
        survey = await call.switch.survey()
        leg = next((leg for leg in survey.talks.get(call.id, ()) if leg != call.leg), "")
        for other in survey.legs:
            if other.startswith(f"{call.id}-x") and other != leg:
                await call.switch.hangup(other)
        if not leg or not dialers:
            return FAILED
        return await self._to_its_end(OutsideParty.found(call, dialers[0], leg))

    async def _to_its_end(self, party: OutsideParty) -> str:
        """Stay until the talk is over, and leave no line behind, however it ends."""
        call = self._call
        try:
            outcome = ""
            while not outcome:
                outcome = await party.take(await call.next(party.deadline))
        except CallerGone:
            await party.end(CALLER_GONE)
            raise
        except Exception:  # CancelledError is none: a controller that stops leaves calls as they are
            await party.end(FAILED)
            raise
        await party.end(outcome)
        return outcome
