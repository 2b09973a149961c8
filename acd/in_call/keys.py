"""Key sequences by which an agent with a plain phone does what others do on a screen.  Pure.

A sequence begins with ``*`` and one digit; those with a number end with ``#``.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Act(StrEnum):
    """What can be asked for in a talk."""

    HOLD = "hold"
    RESUME = "resume"
    HOLD_OR_RESUME = "hold_or_resume"
    TRANSFER = "transfer"
    CONSULT = "consult"
    COMPLETE = "complete"
    JOIN = "join"
    CANCEL = "cancel"
    LISTEN = "listen"
    WHISPER = "whisper"
    BARGE = "barge"
    TAKE_OVER = "take_over"
    LEAVE = "leave"


SEQUENCES = {
    "1": Act.HOLD_OR_RESUME,
    "2": Act.TRANSFER,
    "3": Act.CONSULT,
    "4": Act.COMPLETE,
    "5": Act.JOIN,
    "0": Act.CANCEL,
}
"""Digit after the star → what it asks for."""
WITH_NUMBER = frozenset({Act.TRANSFER, Act.CONSULT})
PAUSE_S = 6.0
"""A sequence whose next key does not come within this time is forgotten."""
MOST_DIGITS = 20


class Wish(msgspec.Struct, frozen=True):
    """A sequence that is complete."""

    act: Act
    number: str = ""


class KeyInput:
    """One agent's keys in one talk."""

    def __init__(self) -> None:
        self._act: Act | None = None
        self._star = False
        self._digits = ""
        self._last = 0.0

    def press(self, key: str, now: float) -> Wish | None:
        """Take a key at ``now`` (steady seconds); gives a wish when a sequence is complete."""
        if now - self._last > PAUSE_S:
            self._forget()
        self._last = now
        if key == "*":
            self._forget()
            self._star = True
            return None
        if self._star:
            self._star, self._act = False, SEQUENCES.get(key)
            return self._done() if self._act is not None and self._act not in WITH_NUMBER else None
        if self._act is None:
            return None
        if key == "#":
            return self._done()
        self._digits = (self._digits + key)[:MOST_DIGITS] if key.isdigit() else self._digits
        return None

    def _done(self) -> Wish | None:
        act, digits = self._act, self._digits
        self._forget()
        return Wish(act, digits) if act is not None and (digits or act not in WITH_NUMBER) else None

    def _forget(self) -> None:
        self._act, self._star, self._digits = None, False, ""
