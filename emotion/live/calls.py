"""The calls that are on, who talks with whom, and whose earlier calls were angry: a fold of the event log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from emotion.live.names import NAME
from records import events as e

if TYPE_CHECKING:
    from collections.abc import Iterator

    from records.events import Recorded

ANGRY = "angry"
_REMEMBERED_S = 48 * 3600.0
"""A day of any house's clock, changes of the hour included, and then some."""


class VoiceCall(msgspec.Struct):
    """A call, as far as its caller's voice matters."""

    call: str
    subject: str
    queue: str = ""
    """The last that they waited or talked in."""
    agent: str = ""
    """Who talks with them; empty when nobody does."""
    last: e.SignalNoted | None = None
    """What was noted last of the caller."""
    hinted: str = ""
    """The signal of which that agent was told last."""
    alarm: e.EmotionAlarm | None = None
    """The last one."""


class _State(msgspec.Struct):
    calls: dict[str, VoiceCall] = msgspec.field(default_factory=dict)
    angry: dict[str, dict[str, float]] = msgspec.field(default_factory=dict)
    """Subject → their angry calls of late, with the steady seconds of the first such signal."""
    swept_at: float = 0.0


class VoiceCalls:
    """Fold of the log."""

    def __init__(self) -> None:
        self._state = _State()

    def get(self, call: str) -> VoiceCall | None:
        """Give a call; None when it is not on."""
        return self._state.calls.get(call)

    def __iter__(self) -> Iterator[VoiceCall]:
        """Give every call that is on."""
        return iter(list(self._state.calls.values()))

    def angry_before(self, call: str, since: float) -> int:
        """Count the same caller's other calls that were angry since then (steady seconds)."""
        found = self._state.calls.get(call)
        theirs = self._state.angry.get(found.subject, {}) if found is not None and found.subject else {}
        return sum(one != call and at >= since for one, at in theirs.items())

    def apply(self, recorded: Recorded) -> None:
        """Fold one event in."""
        event, calls = recorded.event, self._state.calls
        if isinstance(event, e.CallArrived | e.CallPlaced):
            calls[event.call] = VoiceCall(event.call, event.subject)
            self._sweep(recorded.at.timestamp())
            return
        found = calls.get(getattr(event, "call", ""))
        if found is None:
            return
        match event:
            case e.CallEnded():
                del calls[event.call]
            case e.SignalNoted() | e.ListeningEnded() | e.ConsentRefused() | e.HintGiven() | e.EmotionAlarm():
                self._note(found, recorded)
            case _:
                _follow(found, event)

    def _note(self, found: VoiceCall, recorded: Recorded) -> None:
        event = recorded.event
        match event:
            case e.SignalNoted() if event.listener == NAME and event.side != "agent":
                found.last = event
                if event.signal == ANGRY and found.subject:
                    theirs = self._state.angry.setdefault(found.subject, {})
                    theirs.setdefault(found.call, recorded.at.timestamp())
            case e.ListeningEnded() if event.listener == NAME and event.early:
                found.last = found.alarm = None
            case e.ConsentRefused() if event.to == NAME:
                found.last = found.alarm = None
                self._state.angry.get(found.subject, {}).pop(found.call, None)
            case e.HintGiven():
                found.hinted = event.signal
            case e.EmotionAlarm():
                found.alarm = event
            case _:
                pass

    def _sweep(self, now: float) -> None:
        """Forget what no rule asks for any more, once an hour."""
        if now - self._state.swept_at < 3600.0:
            return
        self._state.swept_at = now
        kept = {
            subject: {call: at for call, at in theirs.items() if at > now - _REMEMBERED_S}
            for subject, theirs in self._state.angry.items()
        }
        self._state.angry = {subject: theirs for subject, theirs in kept.items() if theirs}

    def snapshot(self) -> Any:
        """Give the state as JSON-able data."""
        return msgspec.to_builtins(self._state)

    def restore(self, state: Any) -> None:
        """Take the state of a snapshot."""
        self._state = msgspec.convert(state, _State)


def _follow(found: VoiceCall, event: e.Event) -> None:
    """Follow a caller from queue to agent to agent."""
    match event:
        case e.QueueEntered():
            found.queue = event.queue
        case e.CallConnected():
            found.queue, found.agent, found.hinted = event.queue, event.agent, ""
        case e.CallTransferred() if event.kind != "blind" and event.to_kind == "agent":
            found.queue, found.agent, found.hinted = event.queue, event.to, ""
        case e.TalkEnded():
            found.agent = found.hinted = ""
        case _:
            pass
