"""The lines of a consultation: whoever is asked, and the agent's own ear for them."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from acd.headers import CALL_HEADER
from telephony.switch import Cause, SwitchError

if TYPE_CHECKING:
    from acd.core.commands import MakeOffer
    from callflow.dialing.party import OutsideParty
    from callflow.protocol import Call


class ConsultLines:
    """Which lines there are; the conversation says what is done with them."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self.ringing: set[str] = set()
        """Agents' lines that ring."""
        self.party = ""
        """The line of whoever is consulted, once they have answered."""
        self.outside: OutsideParty | None = None
        """Somebody outside who is dialed, or consulted."""
        self.second = ""
        """The phone's second line, on which the agent has dialed to consult."""

    def ear(self, agent_leg: str) -> str:
        """Give the line on which the agent consults: the phone's second one, if that dialed for it."""
        return self.second or agent_leg

    async def ring(self, offer: MakeOffer, ear: str, agent: str) -> None:
        """Call a colleague's phone, and let the agent hear that; raises SwitchError."""
        self.ringing.add(offer.offer)
        await self._call.switch.ring(ear)
        await self._call.switch.start_leg(
            offer.offer,
            offer.phone,
            caller_number=agent,
            caller_name=f"Agent {agent} asks",
            headers={CALL_HEADER: self._call.id},
        )

    async def let_go(self, leg: str) -> None:
        """End a line of an agent who was asked."""
        self.ringing.discard(leg)
        if leg == self.party:
            self.party = ""
        with suppress(SwitchError):
            await self._call.switch.hangup(leg, Cause.NORMAL)

    async def let_all_go(self, outcome: str) -> None:
        """End the lines of all who were asked; ``outcome`` is what is said of one outside."""
        for leg in [*self.ringing, self.party]:
            if leg:
                await self.let_go(leg)
        outside, self.outside = self.outside, None
        if outside is not None:
            await outside.end(outcome)

    async def end_second(self) -> None:
        """End the phone's second line."""
        second, self.second = self.second, ""
        if second:
            with suppress(SwitchError):
                await self._call.switch.hangup(second)
