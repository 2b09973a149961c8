"""The stage ``dial``: connects a caller with a phone of the house or an outside number that is allowed."""

from __future__ import annotations

import secrets
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import BaseModel, Field

from callflow.expressions.fields import TemplateText
from callflow.log import get_logger
from callflow.personal import masked
from callflow.protocol import CallerGone, Refers
from callflow.stages.trunks import TrunksService, bare_number
from callflow.step_model import StepModel
from callflow.values import Duration
from records.events import DialEnded, DialStarted
from telephony.switch import Cause, LegAnswered, LegEnded, LegRinging, SwitchError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callflow.protocol import Call, Prompt, Runtime
    from callflow.stages.trunks import TrunkDefinition

_log = get_logger(__name__)

COMPLETED, BUSY, NO_ANSWER, NOT_ALLOWED, FAILED = "completed", "busy", "no_answer", "not_allowed", "failed"
LONGEST_TALK_S = 4 * 3600.0
"""With a phone of the house."""
_OUTCOMES = {
    Cause.BUSY: BUSY,
    Cause.REJECTED: BUSY,
    Cause.NO_ANSWER: NO_ANSWER,
}


class DialStep(StepModel):
    """Connect the caller with a phone or a number; the step ends the call when they have talked."""

    dial: TemplateText
    """A phone's name; with ``over``, a number."""
    over: Annotated[str, Refers("trunk")] | None = None
    """The trunk for an outside number: one of ``trunks:``, which says what may be dialed."""
    ring: Annotated[Duration, Field(ge=3, le=300)] = 30.0
    """How long it rings at most."""
    music: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")] = "default"
    """Music class that the caller hears meanwhile."""


class DialStage:
    """Dials, connects, and takes down."""

    name: ClassVar[str] = "dial"
    step: ClassVar[type[BaseModel]] = DialStep
    outcomes: ClassVar[frozenset[str]] = frozenset({COMPLETED, BUSY, NO_ANSWER, NOT_ALLOWED, FAILED})

    def __init__(self, trunks: TrunksService) -> None:
        self._trunks = trunks

    @classmethod
    def create(cls, runtime: Runtime) -> DialStage:
        """Make the stage."""
        return cls(runtime.require(TrunksService))

    def prompts(self) -> Iterable[Prompt]:
        """Give none: who is being connected hears music."""
        return ()

    async def run(self, call: Call, step: DialStep) -> str:
        """Dial and serve the call until the other side is gone."""
        to = step.dial.text(call.look_up).strip()
        if step.over is None:
            return await Connection(call, f"{call.id}-d{secrets.token_hex(3)}").serve(step, to, None)
        trunk, number = self._trunks.get(step.over), bare_number(to)
        if trunk is None or not number or not trunk.allows(number):
            _log.warning("not_allowed", call=call.id, trunk=step.over, number=masked(number))
            call.record(DialEnded(call=call.id, leg="", outcome=NOT_ALLOWED))
            return NOT_ALLOWED
        if not self._trunks.take(step.over):
            _log.warning("trunk_full", call=call.id, trunk=step.over, most=trunk.most_calls)
            call.record(DialEnded(call=call.id, leg="", outcome=FAILED))
            return FAILED
        try:
            return await Connection(call, f"{call.id}-d{secrets.token_hex(3)}").serve(step, number, trunk)
        finally:
            self._trunks.give_back(step.over)


class Connection:
    """A caller's connection with somebody who is dialed."""

    def __init__(self, call: Call, leg: str) -> None:
        self._call = call
        self._leg = leg
        self._began = call.now()
        self._rang_at: float | None = None
        self._talk_at: float | None = None

    async def serve(self, step: DialStep, to: str, trunk: TrunkDefinition | None) -> str:
        """Dial (or go on, after a restart) and stay until it is over; nothing is left behind."""
        call = self._call
        longest = LONGEST_TALK_S if trunk is None else trunk.longest
        try:
            if not (call.resumed and await self._resumed()):
                await call.wait_with_music(step.music)
                await self._start(step, to, trunk)
            outcome = await self._until_over(step, longest)
        except SwitchError as error:
            _log.warning("dial_failed", call=call.id, leg=self._leg, error=str(error))
            outcome = FAILED
        except CallerGone:
            await self._take_down(step, "caller_gone")
            raise
        except Exception:  # CancelledError is none: a controller that stops leaves calls as they are
            await self._take_down(step, FAILED)
            raise
        await self._take_down(step, outcome)
        return outcome

    async def _resumed(self) -> bool:
        """Find the talk that the controller before this one had connected; end what had not come so far."""
        call = self._call
        survey = await call.switch.survey()
        for leg in survey.legs:
            if not leg.startswith(f"{call.id}-d"):
                continue
            if leg in survey.talks.get(call.id, ()):
                self._leg, self._talk_at = leg, call.now()
                return True
            await call.switch.hangup(leg)
        return False

    async def _start(self, step: DialStep, to: str, trunk: TrunkDefinition | None) -> None:
        call = self._call
        number = call.caller.number
        if trunk is None or step.over is None:
            call.record(DialStarted(call=call.id, leg=self._leg, to=to))
            await call.switch.start_leg(
                self._leg, to, caller_number=number, caller_name="", headers={"X-Ringhall-Call": call.id}
            )
            return
        call.record(DialStarted(call=call.id, leg=self._leg, to=masked(to), trunk=step.over))
        await call.switch.start_outside_leg(
            self._leg, to, step.over, caller_number=trunk.caller_number or number, caller_name=""
        )

    async def _until_over(self, step: DialStep, longest: float) -> str:
        call = self._call
        deadline = call.now() + (step.ring if self._talk_at is None else longest)
        while True:
            match await call.next(deadline):
                case None:
                    return NO_ANSWER if self._talk_at is None else COMPLETED
                case LegRinging(leg=self._leg) if self._rang_at is None:
                    self._rang_at = call.now()
                case LegAnswered(leg=self._leg) if self._talk_at is None:
                    await call.switch.connect(call.id, [call.leg, self._leg])
                    self._talk_at = call.now()
                    deadline = call.now() + longest
                case LegEnded(leg=self._leg, cause=cause):
                    return COMPLETED if self._talk_at is not None else _OUTCOMES.get(cause, FAILED)
                case _:
                    pass  # keys mean nothing here

    async def _take_down(self, step: DialStep, outcome: str) -> None:
        call, now = self._call, self._call.now()
        call.record(
            DialEnded(
                call=call.id,
                leg=self._leg,
                outcome=outcome,
                rang_s=round((self._talk_at or now) - (self._rang_at or self._talk_at or now), 3),
                talk_s=0.0 if self._talk_at is None else round(now - self._talk_at, 3),
            )
        )
        for let_go in (
            call.switch.hangup(self._leg),
            call.switch.disconnect(call.id),
            call.switch.leave_music(call.leg, step.music),
        ):
            with suppress(SwitchError):
                await let_go
