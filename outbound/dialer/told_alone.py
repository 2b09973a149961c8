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

    def go_on(self) -> None:
        """Put on record what happened while no controller ran; before the calls are taken over."""
        for notes in self._runtime.all_of(Notes):
            for told in notes.all():
                attempt = self._attempts.get(owner_of(told.leg))
                if attempt is None:
                    notes.forget(told.leg)
                    continue
                self._legs[attempt.call] = told.leg
                if not attempt.message_at:
                    ago_s = max(0.001, round(self._runtime.clock.now() - told.at, 3))
                    self._runtime.record(e.AttemptMessage(call=attempt.call, kind="drop", ago_s=ago_s))
                self._take_key(attempt.call, told)

    def was(self, call: str) -> bool:
        """Tell whether Asterisk told the message in this call."""
        return call in self._legs

    def ended(self, call: str) -> None:
        """Take the key that was pressed since, before the call's end is on record; then forget the note."""
        leg = self._legs.pop(call, "")
        for notes in self._runtime.all_of(Notes) if leg else ():
            if (told := notes.of(leg)) is not None:
                self._take_key(call, told)
                notes.forget(leg)

    def _take_key(self, call: str, told: Told) -> None:
        attempt = self._attempts.get(call)
        if told.nine and attempt is not None and not attempt.removed:
            self._runtime.record(
                e.RemovalAsked(call=call, campaign=attempt.campaign, subject=attempt.subject, by="key")
            )
