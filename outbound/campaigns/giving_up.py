"""Callers who gave up waiting, and whether they have reached an agent since: a fold of the event log.

What is not in the books yet stands here: a controller that is killed in the very instant loses nobody.
"""

from __future__ import annotations

from typing import Any

import msgspec

from outbound.campaigns.attempts import PURPOSE
from records import events as e


class GaveUp(msgspec.Struct, frozen=True):
    """Somebody who gave up, of whom the lists do not know yet.  Times in steady seconds."""

    call: str
    subject: str
    trunk: str
    queue: str
    wait_s: float
    at: float


class Reached(msgspec.Struct, frozen=True):
    """Somebody who is on a list for having given up, and has reached an agent."""

    call: str
    subject: str
    trunk: str
    at: float


class GivingUpState(msgspec.Struct):
    """Everything that follows from the events."""

    callers: dict[str, tuple[str, str]] = {}
    """Call that is on, and no campaign's → (subject, trunk)."""
    gave_up: dict[str, GaveUp] = {}
    """Call → who is to be put on the lists."""
    listed: dict[str, float] = {}
    """Subject who is on a list → until when they are called."""
    reached: dict[str, Reached] = {}
    """Subject → who is to be taken off the lists."""


class GivingUp:
    """The fold."""

    def __init__(self) -> None:
        self.state = GivingUpState()

    def apply(self, event: e.Event, at: float) -> GaveUp | Reached | None:
        """Fold one event in; gives what is to be written because of it."""
        state = self.state
        match event:
            case e.CallArrived():
                state.callers[event.call] = (event.subject, event.trunk)
            case e.CallPlaced() if event.purpose != PURPOSE:
                state.callers[event.call] = (event.subject, event.trunk)
            case e.CallEnded():
                state.callers.pop(event.call, None)
            case e.QueueLeft(reason="abandoned") if event.call in state.callers:
                subject, trunk = state.callers[event.call]
                found = GaveUp(event.call, subject, trunk, event.queue, event.wait_s, at)
                state.gave_up[event.call] = found
                return found
            case e.CallConnected() if event.call in state.callers:
                return self._connected(event.call, at)
            case e.AbandonedListed():
                self._listed(event, at)
            case e.AbandonedReached():
                state.reached.pop(event.subject, None)
            case _:
                pass
        return None

    def _connected(self, call: str, at: float) -> Reached | None:
        subject, trunk = self.state.callers[call]
        waits = any(each.subject == subject for each in self.state.gave_up.values())
        if subject not in self.state.listed and not waits:
            return None
        self.state.listed.pop(subject, None)
        found = Reached(call, subject, trunk, at)
        self.state.reached[subject] = found
        return found

    def _listed(self, event: e.AbandonedListed, at: float) -> None:
        state = self.state
        listed = state.gave_up.pop(event.call, None)
        state.listed = {subject: until for subject, until in state.listed.items() if until > at}
        if listed is None:
            return
        reached = state.reached.get(listed.subject)
        if reached is None:
            state.listed[listed.subject] = event.until
        elif reached.at < listed.at:  # the books write in order: what came before is in them as well
            del state.reached[listed.subject]
            state.listed[listed.subject] = event.until

    def passed_over(self, call: str) -> None:
        """Note that no campaign wants whoever gave up in a call."""
        self.state.gave_up.pop(call, None)

    def left(self) -> list[GaveUp | Reached]:
        """Give what is to be written yet, in the order in which it happened."""
        found: list[GaveUp | Reached] = [*self.state.gave_up.values(), *self.state.reached.values()]
        return sorted(found, key=lambda one: one.at)

    def snapshot(self) -> Any:
        """Give the state as JSON-able data."""
        return msgspec.to_builtins(self.state)

    def restore(self, state: Any) -> None:
        """Take the state of a snapshot."""
        self.state = msgspec.convert(state, GivingUpState)
