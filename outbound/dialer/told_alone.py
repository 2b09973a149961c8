"""Callees who answered while no controller ran: Asterisk's notes of what it told them become events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callflow.ids import owner_of
from outbound.dialer.by_asterisk import verdict_of
from records import events as e
from telephony.asterisk.alone import Notes
from telephony.asterisk.amd import heard

if TYPE_CHECKING:
    from callflow.protocol import Runtime
    from outbound.campaigns.attempts import Attempts
    from telephony.asterisk.alone import Judged, Told


class ToldAlone:
    """Reads the notes of one Asterisk."""

    def __init__(self, runtime: Runtime, attempts: Attempts) -> None:
        self._runtime = runtime
        self._attempts = attempts
        self._legs: dict[str, str] = {}
        """Call that is on → its leg that was told."""
        self._taken_over: set[str] = set()
        """Calls that the controller before this one left."""

    def go_on(self) -> None:
        """Put on record what happened while no controller ran; before the calls are taken over."""
        self._taken_over = {attempt.call for attempt in self._attempts}
        for notes in self._runtime.all_of(Notes):
            for told in notes.all():
                attempt = self._attempts.get(owner_of(told.leg))
                if attempt is None:
                    notes.forget(told.leg)
                    continue
                self._legs[attempt.call] = told.leg
                self._take(attempt.call, told)
            for judged in notes.judged():  # who is still there brings the verdict along
                if self._attempts.get(owner_of(judged.leg)) is None:
                    notes.forget(judged.leg)

    def was(self, call: str) -> bool:
        """Tell whether Asterisk told the message in this call."""
        return call in self._legs

    def ended(self, call: str) -> None:
        """Take what happened since, before the call's end is on record; then forget the note.

        The guard may have sent the leg after the notes were read and before our door was open.
        """
        self._legs.pop(call, None)
        if call not in self._taken_over:
            return
        self._taken_over.discard(call)
        for notes in self._runtime.all_of(Notes):
            verdicts = [judged for judged in notes.judged() if owner_of(judged.leg) == call]
            messages = [told for told in notes.all() if owner_of(told.leg) == call]
            for judged in verdicts:
                self._take_verdict(call, judged)
            for told in messages:
                self._take(call, told)
            for leg in {judged.leg for judged in verdicts} | {told.leg for told in messages}:
                notes.forget(leg)

    def _take(self, call: str, told: Told) -> None:
        attempt = self._attempts.get(call)
        if attempt is not None and not attempt.message_at:
            self._runtime.record(e.AttemptMessage(call=call, kind="drop", ago_s=self._ago_s(told.at)))
        if told.nine and attempt is not None and not attempt.removed:
            self._runtime.record(
                e.RemovalAsked(call=call, campaign=attempt.campaign, subject=attempt.subject, by="key")
            )

    def _take_verdict(self, call: str, judged: Judged) -> None:
        attempt = self._attempts.get(call)
        if attempt is None or attempt.answer:
            return
        after_s = max(0.0, judged.at - attempt.answered_at) if attempt.answered_at else 0.0
        verdict = verdict_of(heard(judged.status, judged.cause), after_s)
        self._runtime.record(
            e.GreetingJudged(
                call=call,
                answer=verdict.kind,
                over_s=round(verdict.greeting_over_s, 2),
                what=verdict.what,
                why=verdict.evidence,
                ago_s=self._ago_s(judged.at),
            )
        )

    def _ago_s(self, at: float) -> float:
        return max(0.001, round(self._runtime.clock.now() - at, 3))
