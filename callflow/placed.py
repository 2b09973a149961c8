"""A call that we place (:class:`callflow.protocol.PlacedCall`): whoever is called stands where a caller does.

It has a task and a record from its begin, and a line only once it dials: the fact comes first, so that a
controller that takes the call over knows whether somebody's phone may have rung.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog

from callflow.call import ActiveCall
from callflow.dialing.party import (
    ANSWERED,
    BUSY,
    FAILED,
    GIVEN_UP,
    NO_ANSWER,
    NO_SIGN,
    REJECTED,
    Attempts,
    outcome_of,
)
from callflow.dialing.routing import FAILS_OVER
from callflow.personal import masked
from callflow.protocol import CallerGone, NotDialed, Refusal
from records.events import CallAnswered, DialEnded, DialStarted
from telephony.switch import LegAnswered, LegEnded, LegGone, LegRinging, SwitchError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from callflow.call import LiveRun
    from callflow.live_calls import LiveCall
    from callflow.protocol import Attempt, Prompt
    from telephony.switch import SwitchEvent

_log = structlog.get_logger(__name__)

NOT_ALLOWED, TRUNK_FULL = "not_allowed", "trunk_full"
NUMBER = "to"
"""Under which variable of the call the vault has the number."""


def leg_of(call: str, attempt: int = 1) -> str:
    """Name the leg of whoever is called, at the n-th attempt."""
    return f"{call}-p" if attempt == 1 else f"{call}-p{attempt}"


class _NextTrunk:
    """A message to ourselves: the attempt came to nothing, and the next one is to be made."""

    def __init__(self, cause: str) -> None:
        self.cause = cause


class ActivePlacedCall(ActiveCall):
    """A placed call in the hands of its task."""

    def __init__(self, run: LiveRun, live: LiveCall, number: str, *, resumed: bool) -> None:
        super().__init__(run, live, number, resumed=resumed)
        self.reference = live.reference
        self.purpose = live.purpose
        self.alone: tuple[Prompt, Prompt] | None = None
        self._answer_known = live.answered
        self._dialed_at = live.dialed_at
        self._rang_at: float | None = None
        self._over = live.answered
        """What came of dialing is on record."""
        self._route, self._phone, self._shown = live.route, live.phone, live.caller_number
        self._attempts: Attempts | None = None
        self._attempt: Attempt | None = None
        self._made = 0
        self._longest: asyncio.TimerHandle | None = None

    @property
    def was_dialed(self) -> bool:
        """Whether somebody's phone may have rung."""
        return self._dialed_at is not None

    @property
    def up(self) -> bool:
        """Whether whoever is called has answered."""
        return self._answered and self.was_dialed

    # ── what other tasks call ────────────────────────────────────────────────────────────────────

    def hear(self, event: SwitchEvent) -> None:
        """Take an event of one of this call's legs."""
        match event:
            case LegRinging(leg=self.leg) if self._rang_at is None:
                self._rang_at = self.now()
            case LegAnswered(leg=self.leg) if not self._answered:
                self._reached()
            case LegEnded(leg=self.leg, cause=cause) if self._may_go_on(cause.value):
                self.post(_NextTrunk(cause.value))
                return
            case _:
                pass
        super().hear(event)

    def found(self, *, up: bool) -> None:
        """Take what a survey says over what is on record: the leg is there."""
        super().found(up=up)
        if up and not self._answer_known:
            self._reached()
        elif up:
            self._limit()

    def release(self) -> None:
        """Let go of the timer: the call is over, or left to the next controller."""
        if self._longest is not None:
            self._longest.cancel()

    # ── one trunk after the other ────────────────────────────────────────────────────────────────

    def _may_go_on(self, cause: str) -> bool:
        return not self._answered and not self._over and cause in FAILS_OVER and bool(self._attempts)

    def _no_sign_at(self) -> float | None:
        if self._attempt is None or not self._attempts or self._answered or self._rang_at is not None:
            return None
        return None if self._over else (self._dialed_at or 0.0) + self._attempt.no_sign_after_s

    async def next(self, deadline: float | None = None) -> SwitchEvent | object | None:
        """Wait for the next event or message; meanwhile a trunk that can't is followed by the next one."""
        while True:
            no_sign_at = self._no_sign_at()
            due = min((at for at in (deadline, no_sign_at) if at is not None), default=None)
            match await super().next(due):
                case _NextTrunk(cause=cause):
                    await self._go_on(outcome_of(cause), cause)
                case None if no_sign_at is not None and self.now() >= no_sign_at:
                    self.unreached(NO_SIGN)
                    silent, self.leg = self.leg, ""  # its end is nobody's any more
                    with suppress(SwitchError):
                        await self.switch.hangup(silent)
                    await self._go_on(NO_SIGN, "unreachable")
                case message:
                    return message

    async def _go_on(self, outcome: str, cause: str) -> None:
        """Put the attempt on record and make the next; without one, whoever was called is gone."""
        self.unreached(outcome)
        if not await self._make_attempt():
            self._gone = cause
            raise CallerGone(cause)

    # ── what its placer uses ─────────────────────────────────────────────────────────────────────

    async def dial(self) -> None:
        """Dial; what comes of it arrives as events of :attr:`leg`, or as CallerGone."""
        if self._phone:
            await self._ring_phone()
            return
        dialer = self._run.dialer
        if dialer is None:
            raise self._not_dialed(NOT_ALLOWED)
        planned = dialer.plan(
            self.caller.number,
            self.purpose,
            by=self.id,
            over=self.endpoint,
            route=self._route,
            caller_number=self._shown,
        )
        if isinstance(planned, Refusal):
            raise self._not_dialed(NOT_ALLOWED if planned.for_good else TRUNK_FULL)
        self._attempts = Attempts(dialer, planned)
        if not await self._make_attempt():
            raise self._not_dialed(FAILED if self.was_dialed else TRUNK_FULL)

    async def _make_attempt(self) -> bool:
        """Make the next attempt that can be made; the fact is on record before."""
        while self._attempts is not None and (attempt := self._attempts.next()) is not None:
            self._attempt = attempt
            self._made += 1
            self.leg, self._dialed_at = leg_of(self.id, self._made), self.now()
            self._rang_at, self._over = None, False
            self.record(
                DialStarted(
                    call=self.id,
                    leg=self.leg,
                    to=masked(attempt.number),
                    trunk=attempt.trunk,
                    route=attempt.route,
                    country=attempt.country,
                )
            )
            try:
                await self.switch.start_outside_leg(
                    self.leg,
                    attempt.number,
                    attempt.trunk,
                    caller_number=attempt.caller_number,
                    caller_name="",
                    alone=self._sounds_alone(),
                )
            except LegGone:
                return True  # its LegEnded says why
            except SwitchError as error:
                _log.warning("dial_failed", call=self.id, leg=self.leg, error=str(error))
                self.unreached(FAILED)
            else:
                return True
        return False

    def _sounds_alone(self) -> tuple[Sequence[str], Sequence[str]]:
        if self.alone is None:
            return (), ()
        message, farewell = (self.sounds(prompt) for prompt in self.alone)
        return message, farewell

    async def _ring_phone(self) -> None:
        self._dialed_at = self.now()
        self.record(DialStarted(call=self.id, leg=self.leg, to=self._phone))
        try:
            await self.switch.start_leg(
                self.leg,
                self._phone,
                caller_number=self._shown,
                caller_name="",
                headers={"X-Ringhall-Call": self.id},
            )
        except LegGone:
            pass  # its LegEnded says why
        except SwitchError as error:
            _log.warning("dial_failed", call=self.id, leg=self.leg, error=str(error))
            raise self._not_dialed(FAILED) from error

    async def reach(self, ring_s: float, until: Callable[[object], bool] = lambda _: False) -> str:
        """Dial, unless that was done, and wait for the answer, or for a message that ends the dialing."""
        try:
            if not self.was_dialed:
                await self.dial()
            while not self.up:
                deadline = (self._dialed_at or self.now()) + ring_s
                message = await self.next(deadline)
                if message is None and self.now() < (self._dialed_at or 0.0) + ring_s:
                    continue  # another trunk is being tried since
                if message is None:
                    return self.unreached(NO_ANSWER)
                if not self.up and until(message):
                    return self.unreached(GIVEN_UP)
        except NotDialed as error:
            return error.outcome
        except CallerGone as gone:
            return self.unreached(self.outcome_of(gone))
        return ANSWERED

    def outcome_of(self, gone: CallerGone) -> str:
        """Tell what came of dialing when the leg ended before it was answered."""
        outcome = outcome_of(gone.cause)
        return outcome if outcome in {BUSY, REJECTED, NO_ANSWER} else FAILED

    def unreached(self, outcome: str) -> str:
        """Put on record what came of dialing, once."""
        if not self._over and self.was_dialed:
            self._over = True
            since = self._rang_at
            rang_s = 0.0 if since is None else round(self.now() - since, 3)
            self.record(DialEnded(call=self.id, leg=self.leg, outcome=outcome, rang_s=rang_s))
        return outcome

    def _not_dialed(self, outcome: str) -> NotDialed:
        if self.was_dialed:
            self.unreached(outcome)
        else:
            self.record(DialEnded(call=self.id, leg="", outcome=outcome))
        return NotDialed(outcome)

    def _reached(self) -> None:
        self._answered = True
        self.unreached(ANSWERED)
        self.record(CallAnswered(call=self.id))
        self._limit()

    def _limit(self) -> None:
        """A talk over a trunk is ended after its longest time."""
        dialer = self._run.dialer
        if dialer is None or self._longest is not None or self._phone:
            return
        loop = asyncio.get_running_loop()
        self._longest = loop.call_later(dialer.begun(self.leg).longest_s, self._end_talk)

    def _end_talk(self) -> None:
        self._ending_talk = asyncio.get_running_loop().create_task(self.switch.hangup(self.leg))
