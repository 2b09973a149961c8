"""A line to somebody outside, who is consulted by an agent or handed a call blindly."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from acd.core.errors import CantTransfer
from callflow.personal import masked
from callflow.protocol import TrunkKeeper
from records.events import DialEnded, DialStarted
from telephony.switch import Cause, SwitchError

if TYPE_CHECKING:
    from acd.in_call.targets import Destination
    from callflow.protocol import Call, Runtime

RING_S = 45.0
"""How long an outside number rings at most."""
OUTCOMES = {Cause.BUSY: "busy", Cause.REJECTED: "rejected", Cause.NO_ANSWER: "no_answer"}


class OutsideLine:
    """One dialed number, from its dialing to its end; the trunk's call is given back exactly once."""

    def __init__(self, call: Call, runtime: Runtime, leg: str) -> None:
        self._call = call
        self._keepers = runtime.all_of(TrunkKeeper)
        self.leg = leg
        self.trunk = ""
        self.up = False
        self._began = call.now()
        self._rang_at: float | None = None
        self._up_at = 0.0
        self._over = False

    async def dial(self, to: Destination) -> None:
        """Dial; raises CantTransfer where that is not allowed or the trunk is full, and SwitchError."""
        keeper = next((one for one in self._keepers if one.allows(to.trunk, to.number)), None)
        if keeper is None:
            self._over = True
            raise CantTransfer(f"{masked(to.number)} may not be dialed; see trunks: in the site's YAML")
        if not keeper.take(to.trunk):
            self._over = True
            raise CantTransfer(f"all lines of trunk {to.trunk} are taken; try again in a minute")
        self.trunk = to.trunk
        call = self._call
        call.record(DialStarted(call=call.id, leg=self.leg, to=masked(to.number), trunk=to.trunk))
        number = keeper.caller_number(to.trunk) or call.caller.number
        await call.switch.start_outside_leg(
            self.leg, to.number, to.trunk, caller_number=number, caller_name=""
        )

    def resumed(self) -> None:
        """Take over a line that is up, from the controller before this one."""
        self.up, self._up_at = True, self._call.now()

    def rang(self) -> None:
        """Take note of the first sign of life."""
        self._rang_at = self._rang_at or self._call.now()

    def answered(self) -> None:
        """Take note of the answer."""
        self.up, self._up_at = True, self._call.now()

    async def end(self, outcome: str) -> None:
        """Hang up, if need be, and put on record what came of it."""
        if self._over:
            return
        self._over = True
        now = self._call.now()
        since = self._up_at if self.up else now
        self._call.record(
            DialEnded(
                call=self._call.id,
                leg=self.leg,
                outcome="completed" if self.up else outcome,
                rang_s=round(max(0.0, since - (self._rang_at or since)), 3),
                talk_s=round(now - since, 3),
            )
        )
        if self.trunk:
            for keeper in self._keepers:
                keeper.give_back(self.trunk)
        with suppress(SwitchError):
            await self._call.switch.hangup(self.leg)
