"""Supervisors in a talk: each has a line of their own that hears the agent's, and may be heard.

``listen``: heard by nobody; ``whisper``: by the agent; ``barge``: by everybody; then the talk may be taken
over.  They follow the talk when it is handed over.  After a restart nobody listens any more: whoever was
there has to ask again, and is told so by the end of their line.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from acd.core import inputs as i
from acd.core.errors import AcdError, CantTransfer, UnknownAgent
from acd.core.states import State, in_words
from acd.headers import AUTO_ANSWER, CALL_HEADER
from acd.in_call.keys import Act
from callflow.log import get_logger
from records.events import SupervisionBegan, SupervisionChanged, SupervisionEnded
from telephony.switch import LegAnswered, LegEnded, LegRinging, SwitchError

if TYPE_CHECKING:
    from acd.service import AcdService
    from callflow.protocol import Call

_log = get_logger(__name__)

REST_S = 0.1
"""Between the end of a snoop and the next.

What hears a channel in Asterisk keeps the RTP numbers of whom that channel heard last, and drops another
party's whose numbers are lower, until nothing hears the channel any more.
"""
REASON = "supervising"
"""Of the pause of whoever supervises."""
MODES = {Act.LISTEN: "listen", Act.WHISPER: "whisper", Act.BARGE: "barge"}


class Ear(msgspec.Struct):
    """A supervisor's line."""

    supervisor: str
    leg: str
    mode: str
    up: bool = False
    paused: bool = False
    """They were ready, and are again afterwards."""


class Supervision:
    """All supervisors of one talk."""

    def __init__(self, call: Call, acd: AcdService) -> None:
        self._call = call
        self._acd = acd
        self._ears: dict[str, Ear] = {}
        """By the supervisor's number."""
        self._begun = 0

    async def ask(self, act: Act, supervisor: str, by: str, agent_leg: str, agent: str) -> None:
        """Begin, change or end; raises AcdError with nothing changed, or SwitchError."""
        ear = self._ears.get(supervisor)
        if act is Act.LEAVE:
            if ear is None:
                raise CantTransfer(f"agent {supervisor} does not supervise this talk")
            await self._end(ear, "left")
        elif ear is None:
            await self._begin(supervisor, MODES[act], by, agent)
        else:
            await self._change(ear, MODES[act], by, agent_leg)

    def line_of(self, supervisor: str) -> str:
        """Give the line of a supervisor who is there; raises CantTransfer."""
        ear = self._ears.get(supervisor)
        if ear is None or not ear.up:
            raise CantTransfer(
                f"agent {supervisor} does not supervise this talk; listen first, then take over"
            )
        return ear.leg

    async def heard(self, message: object, agent_leg: str) -> bool:
        """Deal with an event of a supervisor's line; False when it is none."""
        if not isinstance(message, LegRinging | LegAnswered | LegEnded):
            return False
        ear = next((one for one in self._ears.values() if one.leg == message.leg), None)
        if ear is None:
            return False
        match message:
            case LegAnswered():
                ear.up = True
                try:
                    await self._apply(ear, agent_leg)
                except SwitchError as error:
                    _log.warning("not_supervised", call=self._call.id, error=str(error))
                    await self._end(ear, "failed")
            case LegEnded():
                await self._end(ear, "left" if ear.up else "not_reached")
            case _:
                pass
        return True

    async def follow(self, agent_leg: str) -> None:
        """Hear anew whoever the agent is, and whoever they talk with now."""
        for ear in list(self._ears.values()):
            if ear.up and ear.mode != MODES[Act.BARGE]:
                try:
                    await self._call.switch.unwatch(ear.leg)
                    await asyncio.sleep(REST_S)
                    await self._apply(ear, agent_leg)
                except SwitchError as error:
                    _log.warning("not_followed", call=self._call.id, error=str(error))
                    await self._end(ear, "failed")

    async def restarted(self) -> None:
        """End what the controller before this one had begun."""
        call = self._call
        for supervisor, leg in list(self._acd.core.state.supervised.get(call.id, {}).items()):
            known = self._acd.core.agent(supervisor)
            paused = (known.state, known.reason) == (State.PAUSED, REASON)
            ear = self._ears[supervisor] = Ear(supervisor, leg, MODES[Act.LISTEN], paused=paused)
            await self._end(ear, "restart")

    async def took_over(self, supervisor: str) -> bool:
        """Take note that a supervisor has the call; tells whether their line is with the caller already."""
        ear = self._ears.pop(supervisor)
        with suppress(SwitchError):
            await self._call.switch.unwatch(ear.leg)
        self._call.record(SupervisionEnded(call=self._call.id, supervisor=supervisor, reason="took_over"))
        return ear.mode == MODES[Act.BARGE]

    async def end_all(self, reason: str) -> None:
        """Let all of them go."""
        for ear in list(self._ears.values()):
            await self._end(ear, reason)

    # ── one line ─────────────────────────────────────────────────────────────────────────────────

    async def _begin(self, supervisor: str, mode: str, by: str, agent: str) -> None:
        floor = self._acd.core.floor
        if supervisor not in floor.profiles:
            raise UnknownAgent(supervisor, floor.profiles)
        known = floor.agent(supervisor)
        if supervisor == agent:
            raise CantTransfer(f"agent {supervisor} is in this talk already")
        if known.state not in {State.READY, State.PAUSED}:
            raise CantTransfer(
                f"agent {supervisor} {in_words(known.state)}; who supervises is ready or paused"
            )
        ready = known.state is State.READY
        if ready:  # so that nobody else rings that phone
            self._acd.submit(i.Pause(supervisor, REASON, by=by))
        self._begun += 1
        ear = Ear(supervisor, f"{self._call.id}-s{self._begun}", mode, paused=ready)
        self._ears[supervisor] = ear
        call = self._call
        call.record(
            SupervisionBegan(call=call.id, supervisor=supervisor, agent=agent, leg=ear.leg, mode=mode, by=by)
        )
        try:
            await call.switch.start_leg(
                ear.leg,
                known.phone,
                caller_number=agent,
                caller_name=f"Listen to {agent}",
                headers={CALL_HEADER: call.id, **AUTO_ANSWER},
            )
        except SwitchError:
            await self._end(ear, "not_reached")
            raise

    async def _change(self, ear: Ear, mode: str, by: str, agent_leg: str) -> None:
        if mode == ear.mode:
            return
        call, before = self._call, ear.mode
        ear.mode = mode
        call.record(SupervisionChanged(call=call.id, supervisor=ear.supervisor, mode=mode, by=by))
        if not ear.up:
            return  # as soon as they answer
        try:
            if before != MODES[Act.BARGE] and mode != MODES[Act.BARGE]:
                await self._voice(ear)
            else:
                await self._apply(ear, agent_leg)
        except SwitchError:  # who hears them is not known: nobody shall
            await self._end(ear, "failed")
            raise

    async def _apply(self, ear: Ear, agent_leg: str) -> None:
        """Bring a line to where its mode wants it."""
        call = self._call
        if ear.mode == MODES[Act.BARGE]:
            with suppress(SwitchError):
                await call.switch.unwatch(ear.leg)
            await call.switch.connect(call.id, [ear.leg], absorb_keys=True)
            await call.switch.let_speak(ear.leg, heard=True)
            return
        await call.switch.watch(ear.leg, agent_leg)
        await self._voice(ear)

    async def _voice(self, ear: Ear) -> None:
        await self._call.switch.let_speak(ear.leg, heard=ear.mode == MODES[Act.WHISPER])

    async def _end(self, ear: Ear, reason: str) -> None:
        if self._ears.pop(ear.supervisor, None) is None:
            return
        call = self._call
        call.record(SupervisionEnded(call=call.id, supervisor=ear.supervisor, reason=reason))
        with suppress(SwitchError):
            await call.switch.unwatch(ear.leg)
        with suppress(SwitchError):
            await call.switch.hangup(ear.leg)
        if ear.paused:
            with suppress(AcdError):  # they may have asked for something else meanwhile
                known = self._acd.core.agent(ear.supervisor)
                if (known.state, known.reason) == (State.PAUSED, REASON):
                    self._acd.submit(i.Ready(ear.supervisor))
