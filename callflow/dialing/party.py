"""Somebody outside who is called for a call: one attempt after the other, each on record before."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from callflow.dialing.routing import FAILS_OVER
from callflow.log import get_logger
from callflow.personal import masked
from callflow.protocol import CallerGone, Plan
from records.events import DialAnswered, DialEnded, DialStarted
from telephony.switch import Cause, LegAnswered, LegEnded, LegGone, LegRinging, SwitchError

if TYPE_CHECKING:
    from collections.abc import Callable

    from callflow.protocol import Attempt, Call, OutsideDialer

_log = get_logger(__name__)

ANSWERED, COMPLETED, BUSY, REJECTED, NO_ANSWER = "answered", "completed", "busy", "rejected", "no_answer"
CONGESTION, UNREACHABLE, FAILED, NO_SIGN = "congestion", "unreachable", "failed", "no_sign"
GIVEN_UP, FULL, CALLER_GONE = "given_up", "trunk_full", "caller_gone"
_OUTCOMES = {
    Cause.BUSY.value: BUSY,
    Cause.REJECTED.value: REJECTED,
    Cause.NO_ANSWER.value: NO_ANSWER,
    Cause.CONGESTION.value: CONGESTION,
    Cause.UNREACHABLE.value: UNREACHABLE,
}


def outcome_of(cause: str) -> str:
    """Tell what came of an attempt whose leg ended before anybody answered."""
    return _OUTCOMES.get(cause, FAILED)


class Attempts:
    """The attempts of a plan that are still to be made, as far as the limits allow each at its time."""

    def __init__(self, dialer: OutsideDialer, plan: Plan) -> None:
        self._dialer = dialer
        self._left = list(plan.attempts)

    def next(self) -> Attempt | None:
        """Give the next one; None when there is none."""
        while self._left:
            attempt = self._left.pop(0)
            refusal = self._dialer.admits(attempt)
            if refusal is None:
                return attempt
            _log.info("trunk_passed_over", trunk=attempt.trunk, why=refusal.detail)
        return None

    def __bool__(self) -> bool:
        return bool(self._left)


class OutsideParty:
    """One party's leg, from the first attempt to the end of the talk.

    Made by the call's own task, which gives each message of ``call.next(party.deadline)`` to :meth:`take`, or
    lets :meth:`reach` wait for the answer.  Whatever happens, :meth:`end` must be the last word.
    """

    def __init__(
        self, call: Call, dialer: OutsideDialer, plan: Plan, leg: Callable[[int], str], *, ring_s: float
    ) -> None:
        """``leg`` names the leg of the n-th attempt; by its begin, ``CALL-``, it belongs to the call.

        ``ring_s``: how long each attempt may take until it is answered.
        """
        self._call = call
        self._attempts = Attempts(dialer, plan)
        self._name = leg
        self._ring_s = ring_s
        self._made = 0
        self._ended = True
        self.attempt = plan.attempts[0]
        """The one that is being made, or led to the talk."""
        self.leg = ""
        self.began: float = call.now()
        """Steady seconds at which the attempt was begun."""
        self.rang_at: float | None = None
        self.talk_at: float | None = None

    @property
    def deadline(self) -> float:
        """When :meth:`take` wants to be told that nothing happened (steady seconds)."""
        if self.talk_at is not None:
            return self.talk_at + self.attempt.longest_s
        waits = self.rang_at is None and bool(self._attempts)
        return self.began + min(self._ring_s, self.attempt.no_sign_after_s if waits else self._ring_s)

    async def start(self) -> str:
        """Make the next attempt that can be made; empty when one is on its way, else what came of it all."""
        outcome = FULL
        while (attempt := self._attempts.next()) is not None:
            call, self.attempt = self._call, attempt
            self._made += 1
            self.leg, self.began, self.rang_at = self._name(self._made), call.now(), None
            call.record(
                DialStarted(
                    call=call.id,
                    leg=self.leg,
                    to=masked(attempt.number),
                    trunk=attempt.trunk,
                    route=attempt.route,
                    country=attempt.country,
                )
            )
            self._ended = False
            try:
                await call.switch.start_outside_leg(
                    self.leg,
                    attempt.number,
                    attempt.trunk,
                    caller_number=attempt.caller_number or call.caller.number,
                    caller_name="",
                )
            except LegGone:
                return ""  # its LegEnded says why
            except SwitchError as error:
                _log.warning("dial_failed", call=call.id, leg=self.leg, error=str(error))
                outcome = FAILED
                await self._release(FAILED)
            else:
                return ""
        return outcome

    async def take(self, message: object) -> str:
        """Take a message of the call, None at :attr:`deadline`.

        Gives answered at the answer, empty while anything may still come of it, else how it ended: completed
        after a talk, which may last as long as the trunk says; busy, rejected, no_answer, congestion,
        unreachable, failed, no_sign or trunk_full.
        """
        match message:
            case LegRinging(leg=self.leg) if self.rang_at is None:
                self.rang_at = self._call.now()
            case LegAnswered(leg=self.leg) if self.talk_at is None:
                self.talk_at = self._call.now()
                self._call.record(DialAnswered(call=self._call.id, leg=self.leg))
                return ANSWERED
            case LegEnded(leg=self.leg, cause=cause) if not self._ended:
                if self.talk_at is not None:
                    await self.end(COMPLETED)
                    return COMPLETED
                outcome = outcome_of(cause.value)
                self._note(outcome)
                return await self._go_on(outcome) if cause.value in FAILS_OVER else outcome
            case None if self._call.now() >= self.deadline:
                return await self._overdue()
            case _:
                pass
        return ""

    async def _overdue(self) -> str:
        if self.talk_at is not None:
            await self.end(COMPLETED)
            return COMPLETED
        if self._call.now() >= self.began + self._ring_s:
            await self._release(NO_ANSWER)
            return NO_ANSWER
        await self._release(NO_SIGN)
        return await self._go_on(NO_SIGN)

    async def reach(self, until: Callable[[object], bool] = lambda _: False) -> str:
        """Dial and wait for the answer, in the call's own task.

        Gives answered, or what came of it as :meth:`take` does, or given_up when a message came for which
        ``until`` holds.  Raises CallerGone as ``call.next`` does; then, too, nothing is left of it.
        """
        try:
            outcome = await self.start()
            while not outcome:
                message = await self._call.next(self.deadline)
                given_up = message is not None and until(message)
                outcome = GIVEN_UP if given_up else await self.take(message)
        except CallerGone:
            await self.end(CALLER_GONE)
            raise
        except Exception:  # CancelledError is none: a controller that stops leaves calls as they are
            await self.end(FAILED)
            raise
        if outcome != ANSWERED:
            await self.end(outcome)
        return outcome

    @classmethod
    def found(cls, call: Call, dialer: OutsideDialer, leg: str) -> OutsideParty:
        """Go on with a talk that a controller before this one connected."""
        party = cls(call, dialer, Plan((dialer.begun(leg),)), lambda _: leg, ring_s=0.0)
        party.leg, party.talk_at, party._ended = leg, call.now(), False
        return party

    async def end(self, outcome: str) -> None:
        """Record how it ended, once, and hang up."""
        await self._release(outcome)

    async def _go_on(self, outcome: str) -> str:
        """Try the next way; without one, it ended as the last one did."""
        if not self._attempts:
            return outcome
        further = await self.start()
        return outcome if further == FULL else further

    async def _release(self, outcome: str) -> None:
        if self._ended:
            return
        self._note(outcome)
        with suppress(SwitchError):
            await self._call.switch.hangup(self.leg)

    def _note(self, outcome: str) -> None:
        self._ended = True
        now = self._call.now()
        rang = 0.0 if self.rang_at is None else (self.talk_at or now) - self.rang_at
        self._call.record(
            DialEnded(
                call=self._call.id,
                leg=self.leg,
                outcome=outcome,
                rang_s=round(rang, 3),
                talk_s=0.0 if self.talk_at is None else round(now - self.talk_at, 3),
            )
        )
