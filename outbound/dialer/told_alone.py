"""Callees who answered while no controller ran: Asterisk's notes of what it told them become events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callflow.ids import owner_of
from records import events as e
from telephony.asterisk.alone import Notes

if TYPE_CHECKING:
    from callflow.protocol import Runtime
    from outbound.campaigns.attempts import Attempts
    from telephony.asterisk.alone import Told


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
            for told in notes.all():
                if owner_of(told.leg) == call:
                    self._take(call, told)
                    notes.forget(told.leg)

    def _take(self, call: str, told: Told) -> None:
        attempt = self._attempts.get(call)
        if attempt is not None and not attempt.message_at:
            ago_s = max(0.001, round(self._runtime.clock.now() - told.at, 3))
            self._runtime.record(e.AttemptMessage(call=call, kind="drop", ago_s=ago_s))
        if told.nine and attempt is not None and not attempt.removed:
            self._runtime.record(
                e.RemovalAsked(call=call, campaign=attempt.campaign, subject=attempt.subject, by="key")
            )
