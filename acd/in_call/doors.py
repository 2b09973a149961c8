"""How something is asked for in a talk: by a request, by the agent's keys, by their phone's own keys."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from acd.core.errors import AcdError, CantTransfer, NoTalk
from acd.in_call.asking import Ask, Wanted
from acd.in_call.keys import Act, KeyInput
from acd.in_call.steps import STAYS, Step
from callflow.log import get_logger
from telephony.switch import KeyPressed, LegHeld, LegResumed, SwitchError, TransferAsked

if TYPE_CHECKING:
    from acd.in_call.conversation import Conversation
    from callflow.protocol import Call

_log = get_logger(__name__)

BY_PHONE, BY_KEYS = "phone", "keys"
REFUSED_SOUND = "beeperr"
"""What an agent hears whose keys asked for something that can't be."""


class Doors:
    """All ways in; each has the talk do it, and tells whoever asked what came of it."""

    def __init__(self, call: Call, talk: Conversation) -> None:
        self._call = call
        self._talk = talk
        self._keys = KeyInput()

    async def take(self, message: object) -> Step | None:
        """Deal with a message; None for one that asks for nothing."""
        agent_leg = self._talk.agent_leg
        match message:
            case Ask():
                return await self._asked(message)
            case KeyPressed(leg=leg, key=key) if leg in {agent_leg, self._talk.second}:
                return await self._pressed(key)
            case LegHeld(leg=leg) if leg == agent_leg:
                return await self._try(Act.HOLD, BY_PHONE)
            case LegResumed(leg=leg) if leg == agent_leg:
                return await self._try(Act.RESUME, BY_PHONE)
            case TransferAsked(leg=leg) if leg == agent_leg:
                return await self._referred(message)
            case _:
                return None

    async def _asked(self, message: Ask) -> Step:
        if message.given_up:
            return STAYS
        if message.agent not in {"", self._talk.agent}:  # handed over since it was asked
            message.refuse(NoTalk(self._call.id))
            return STAYS
        try:
            step = await self._talk.do(message.act, message.by, message.to, second=message.second)
        except AcdError as error:
            message.refuse(error)
            return STAYS
        except SwitchError as error:
            message.refuse(CantTransfer(f"the switch refused it: {error}; try again"))
            await self._talk.repair()
            return STAYS
        message.done()
        return step

    async def _pressed(self, key: str) -> Step:
        wish = self._keys.press(key, self._call.now())
        if wish is None:
            return STAYS
        act = wish.act
        if act is Act.HOLD_OR_RESUME:
            act = Act.RESUME if self._talk.held else Act.HOLD
        return await self._try(act, BY_KEYS, Wanted(number=wish.number) if wish.number else None)

    async def _try(self, act: Act, by: str, to: Wanted | None = None) -> Step:
        """Do what an agent asks for by phone or keys; what can't be is heard as a tone."""
        try:
            return await self._talk.do(act, by, to)
        except (AcdError, SwitchError) as error:
            _log.warning("not_done", call=self._call.id, act=act.value, by=by, reason=str(error))
            if isinstance(error, SwitchError):
                await self._talk.repair()
            elif by == BY_KEYS:
                with suppress(SwitchError):
                    await self._call.switch.play(
                        self._talk.agent_leg, f"{self._talk.agent_leg}-no", [REFUSED_SOUND]
                    )
            return STAYS

    async def _referred(self, asked: TransferAsked) -> Step:
        """Do what a phone's own transfer key asks for, and tell the phone what came of it."""
        try:
            if asked.other_leg and asked.other_leg != self._talk.second:
                raise CantTransfer("the phone's other line asks nobody for this call")
            if asked.other_leg:
                step = await self._talk.do(Act.COMPLETE, BY_PHONE, of_phone=True)
            else:
                step = await self._talk.do(Act.TRANSFER, BY_PHONE, Wanted(number=asked.to), of_phone=True)
        except (AcdError, SwitchError, ValueError) as error:
            _log.warning("phone_transfer_refused", call=self._call.id, reason=str(error))
            with suppress(SwitchError):
                await self._call.switch.transfer_done(asked.leg, accepted=False)
            return STAYS
        with suppress(SwitchError):
            await self._call.switch.transfer_done(asked.leg, accepted=True)
        # only then: a phone whose line ends before is told that its transfer failed
        for leg in filter(None, (asked.leg, asked.other_leg)):
            with suppress(SwitchError):
                await self._call.switch.hangup(leg)
        return step
