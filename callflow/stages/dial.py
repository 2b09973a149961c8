"""The stage ``dial``: connects a caller with a phone of the house or an outside number that is allowed."""

from __future__ import annotations

import secrets
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from pydantic import BaseModel, Field, model_validator

from callflow.dialing.definitions import RouteName
from callflow.dialing.party import ANSWERED, BUSY, COMPLETED, FAILED, NO_ANSWER, REJECTED, OutsideParty
from callflow.expressions.fields import TemplateText
from callflow.log import get_logger
from callflow.protocol import CallerGone, OutsideDialer, Refers, Refusal
from callflow.step_model import StepModel
from callflow.values import Duration, told
from records.events import DialEnded, DialStarted
from telephony.switch import Cause, LegAnswered, LegEnded, LegRinging, SwitchError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callflow.protocol import Call, Prompt, Runtime

_log = get_logger(__name__)

NOT_ALLOWED = "not_allowed"
LONGEST_TALK_S = 4 * 3600.0
"""With a phone of the house."""
_OUTCOMES = {
    Cause.BUSY: BUSY,
    Cause.REJECTED: BUSY,
    Cause.NO_ANSWER: NO_ANSWER,
}
_IN_BRANCHES = {COMPLETED: COMPLETED, BUSY: BUSY, REJECTED: BUSY, NO_ANSWER: NO_ANSWER}
"""What came of an outside number → the stage's outcome; anything else is ``failed``."""


class DialStep(StepModel):
    """Connect the caller with a phone or a number; the step ends the call when they have talked."""

    dial: TemplateText
    """A phone's name; with ``over`` or ``route``, a number."""
    over: Annotated[str, Refers("trunk")] | None = None
    """The trunk for an outside number, and no other: one of ``trunks:``, which says what may be dialed."""
    route: RouteName | None = None
    """The route for an outside number: one of ``routes:``, or ``any`` for whichever fits."""
    ring: Annotated[Duration, Field(ge=3, le=300)] = 30.0
    """How long it rings at most."""
    music: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")] = "default"
    """Music class that the caller hears meanwhile."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.over is not None and self.route is not None:
            raise told(
                "one_way", "a trunk and a route are two ways", "Leave over: or route: out.", at=("route",)
            )
        return self


class DialStage:
    """Dials, connects, and takes down."""

    name: ClassVar[str] = "dial"
    step: ClassVar[type[BaseModel]] = DialStep
    outcomes: ClassVar[frozenset[str]] = frozenset({COMPLETED, BUSY, NO_ANSWER, NOT_ALLOWED, FAILED})

    def __init__(self, dialer: OutsideDialer) -> None:
        self._dialer = dialer

    @classmethod
    def create(cls, runtime: Runtime) -> DialStage:
        """Make the stage."""
        return cls(runtime.require(OutsideDialer))

    def prompts(self) -> Iterable[Prompt]:
        """Give none: who is being connected hears music."""
        return ()

    async def run(self, call: Call, step: DialStep) -> str:
        """Dial and serve the call until the other side is gone."""
        to = step.dial.text(call.look_up).strip()
        if step.over is None and step.route is None:
            return await PhoneConnection(call, step, to).serve()
        return await OutsideConnection(call, step, to, self._dialer).serve()


class Connection:
    """A caller's connection with somebody who is dialed."""

    def __init__(self, call: Call, step: DialStep) -> None:
        self._call = call
        self._step = step

    async def serve(self) -> str:
        """Dial (or go on, after a restart) and stay until it is over; nothing is left behind."""
        call, outcome = self._call, FAILED
        try:
            outcome = await self._dialed()
        except SwitchError as error:
            _log.warning("dial_failed", call=call.id, error=str(error))
        except CallerGone:
            await self._take_down("caller_gone")
            raise
        except Exception:  # CancelledError is none: a controller that stops leaves calls as they are
            await self._take_down(FAILED)
            raise
        await self._take_down(outcome)
        return outcome

    async def _dialed(self) -> str:
        raise NotImplementedError

    async def _end(self, outcome: str) -> None:
        raise NotImplementedError

    async def _take_down(self, outcome: str) -> None:
        call = self._call
        await self._end(outcome)
        for let_go in (call.switch.disconnect(call.id), call.switch.leave_music(call.leg, self._step.music)):
            with suppress(SwitchError):
                await let_go

    async def _resumed(self) -> str:
        """Find the leg that the controller before this one had connected; end what had not come so far."""
        call = self._call
        survey = await call.switch.survey()
        for leg in survey.legs:
            if not leg.startswith(f"{call.id}-d"):
                continue
            if leg in survey.talks.get(call.id, ()):
                return leg
            call.record(DialEnded(call=call.id, leg=leg, outcome=FAILED))
            await call.switch.hangup(leg)
        return ""


class PhoneConnection(Connection):
    """With a phone of the house."""

    def __init__(self, call: Call, step: DialStep, phone: str) -> None:
        super().__init__(call, step)
        self._phone = phone
        self._leg = f"{call.id}-d{secrets.token_hex(3)}"
        self._rang_at: float | None = None
        self._talk_at: float | None = None

    async def _dialed(self) -> str:
        call = self._call
        leg = await self._resumed() if call.resumed else ""
        if leg:
            self._leg, self._talk_at = leg, call.now()
        else:
            await call.wait_with_music(self._step.music)
            call.record(DialStarted(call=call.id, leg=self._leg, to=self._phone))
            await call.switch.start_leg(
                self._leg,
                self._phone,
                caller_number=call.caller.number,
                caller_name="",
                headers={"X-Ringhall-Call": call.id},
            )
        return await self._until_over()

    async def _until_over(self) -> str:
        call = self._call
        deadline = call.now() + (self._step.ring if self._talk_at is None else LONGEST_TALK_S)
        while True:
            match await call.next(deadline):
                case None:
                    return NO_ANSWER if self._talk_at is None else COMPLETED
                case LegRinging(leg=self._leg) if self._rang_at is None:
                    self._rang_at = call.now()
                case LegAnswered(leg=self._leg) if self._talk_at is None:
                    await call.switch.connect(call.id, [call.leg, self._leg])
                    self._talk_at = call.now()
                    deadline = call.now() + LONGEST_TALK_S
                case LegEnded(leg=self._leg, cause=cause):
                    return COMPLETED if self._talk_at is not None else _OUTCOMES.get(cause, FAILED)
                case _:
                    pass  # keys mean nothing here

    async def _end(self, outcome: str) -> None:
        call, now = self._call, self._call.now()
        rang_s = (self._talk_at or now) - (self._rang_at or self._talk_at or now)
        talk_s = 0.0 if self._talk_at is None else now - self._talk_at
        call.record(
            DialEnded(
                call=call.id,
                leg=self._leg,
                outcome=outcome,
                rang_s=round(rang_s, 3),
                talk_s=round(talk_s, 3),
            )
        )
        with suppress(SwitchError):
            await call.switch.hangup(self._leg)


class OutsideConnection(Connection):
    """With an outside number, over one trunk after the other."""

    def __init__(self, call: Call, step: DialStep, number: str, dialer: OutsideDialer) -> None:
        super().__init__(call, step)
        self._number = number
        self._dialer = dialer
        self._party: OutsideParty | None = None

    async def _dialed(self) -> str:
        call, step = self._call, self._step
        leg = await self._resumed() if call.resumed else ""
        if leg:
            self._party = OutsideParty.found(call, self._dialer, leg)
            return await self._talk(self._party)
        planned = self._dialer.plan(
            self._number, "dial", by=call.id, over=step.over or "", route=step.route or ""
        )
        if isinstance(planned, Refusal):
            outcome = NOT_ALLOWED if planned.for_good else FAILED
            call.record(DialEnded(call=call.id, leg="", outcome=outcome))
            return outcome
        tag = secrets.token_hex(3)
        party = self._party = OutsideParty(
            call, self._dialer, planned, lambda n: f"{call.id}-d{tag}{n}", ring_s=step.ring
        )
        await call.wait_with_music(step.music)
        outcome = await party.reach()
        if outcome != ANSWERED:
            return _IN_BRANCHES.get(outcome, FAILED)
        await call.switch.connect(call.id, [call.leg, party.leg])
        return await self._talk(party)

    async def _talk(self, party: OutsideParty) -> str:
        call = self._call
        while await party.take(await call.next(party.deadline)) != COMPLETED:
            pass
        return COMPLETED

    async def _end(self, outcome: str) -> None:
        if self._party is not None:
            await self._party.end(outcome)
