"""A call that we place (:class:`callflow.protocol.PlacedCall`): whoever is called stands where a caller does.

It has a task and a record from its begin, and a line only once it dials: the fact comes first, so that a
controller that takes the call over knows whether somebody's phone may have rung.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from callflow.call import ActiveCall
from callflow.personal import masked
from callflow.protocol import CallerGone, NotDialed
from records.events import CallAnswered, DialEnded, DialStarted
from telephony.switch import Cause, LegAnswered, LegGone, LegRinging, SwitchError

if TYPE_CHECKING:
    from collections.abc import Callable

    from callflow.call import LiveRun
    from callflow.live_calls import LiveCall
    from telephony.switch import SwitchEvent

_log = structlog.get_logger(__name__)

ANSWERED, BUSY, REJECTED, NO_ANSWER = "answered", "busy", "rejected", "no_answer"
NOT_ALLOWED, TRUNK_FULL, FAILED, GIVEN_UP = "not_allowed", "trunk_full", "failed", "given_up"
NUMBER = "to"
"""Under which variable of the call the vault has the number."""
_OUTCOMES = {
    Cause.BUSY.value: BUSY,
    Cause.REJECTED.value: REJECTED,
    Cause.NO_ANSWER.value: NO_ANSWER,
}


def leg_of(call: str) -> str:
    """Name the leg of whoever is called."""
    return f"{call}-p"


class ActivePlacedCall(ActiveCall):
    """A placed call in the hands of its task."""

    def __init__(self, run: LiveRun, live: LiveCall, number: str, *, resumed: bool) -> None:
        super().__init__(run, live, number, resumed=resumed)
        self.reference = live.reference
        self._answer_known = live.answered
        self._dialed_at = live.dialed_at
        self._rang_at: float | None = None
        self._over = live.answered
        """What came of dialing is on record."""
        self._line_taken = False
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
            case _:
                pass
        super().hear(event)

    def found(self, *, up: bool) -> None:
        """Take what a survey says over what is on record: the leg is there."""
        super().found(up=up)
        self._take_line()
        if up and not self._answer_known:
            self._reached()
        elif up:
            self._limit()

    def release(self) -> None:
        """Give the trunk's line back: the call is over, or left to the next controller."""
        if self._longest is not None:
            self._longest.cancel()
        if self._line_taken and self._run.trunks is not None:
            self._line_taken = False
            self._run.trunks.give_back(self.endpoint)

    # ── what its placer uses ─────────────────────────────────────────────────────────────────────

    async def dial(self) -> None:
        """Dial; what comes of it arrives as events of :attr:`leg`, or as CallerGone."""
        trunks = self._run.trunks
        if trunks is None or not trunks.allows(self.endpoint, self.caller.number):
            _log.warning("not_allowed", call=self.id, trunk=self.endpoint, number=masked(self.caller.number))
            raise self._not_dialed(NOT_ALLOWED)
        if not self._take_line():
            _log.warning("trunk_full", call=self.id, trunk=self.endpoint)
            raise self._not_dialed(TRUNK_FULL)
        self._dialed_at = self.now()
        self.record(
            DialStarted(call=self.id, leg=self.leg, to=masked(self.caller.number), trunk=self.endpoint)
        )
        try:
            await self.switch.start_outside_leg(
                self.leg,
                self.caller.number,
                self.endpoint,
                caller_number=trunks.caller_number(self.endpoint),
                caller_name="",
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
            deadline = (self._dialed_at or self.now()) + ring_s
            while not self.up:
                message = await self.next(deadline)
                if message is None:
                    return self.unreached(NO_ANSWER)
                if not self.up and until(message):
                    return self.unreached(GIVEN_UP)
        except NotDialed as error:
            return error.outcome
        except CallerGone as gone:
            return self.unreached(_OUTCOMES.get(gone.cause, FAILED))
        return ANSWERED

    def outcome_of(self, gone: CallerGone) -> str:
        """Tell what came of dialing when the leg ended before it was answered."""
        return _OUTCOMES.get(gone.cause, FAILED)

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

    def _take_line(self) -> bool:
        trunks = self._run.trunks
        if trunks is not None and not self._line_taken:
            self._line_taken = trunks.take(self.endpoint)
        return self._line_taken

    def _limit(self) -> None:
        """A talk over a trunk is ended after its longest time."""
        trunks = self._run.trunks
        if trunks is None or self._longest is not None:
            return
        loop = asyncio.get_running_loop()
        self._longest = loop.call_later(trunks.longest(self.endpoint), self._end_talk)

    def _end_talk(self) -> None:
        self._ending_talk = asyncio.get_running_loop().create_task(self.switch.hangup(self.leg))
