"""The calls that are on, and who listens to each from its answer on: a fold of the event log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from callflow.protocol.hearing import LastSignal
from records import events as e

if TYPE_CHECKING:
    from records.events import Recorded


class HeardCall(msgspec.Struct):
    """A call that is on, or whose listeners have not reported yet."""

    call: str
    subject: str
    answered_at: float = 0.0
    """Steady seconds; 0 before."""
    queue: str = ""
    """The last queue that the caller has waited or talked in."""
    agreed: dict[str, bool] = msgspec.field(default_factory=dict)
    """Listener → whether the caller agreed to it, as they said last."""
    listeners: list[str] = msgspec.field(default_factory=list)
    """Those to the whole call that began and have not reported."""
    done: list[str] = msgspec.field(default_factory=list)
    """Those that have: each hears a call once."""
    last: dict[str, LastSignal] = msgspec.field(default_factory=dict)
    """Listener, to the call or to a talk of it → what it noticed last."""
    over: bool = False


class HeardCalls:
    """Fold of the log: call → what matters to its listeners."""

    def __init__(self) -> None:
        self._calls: dict[str, HeardCall] = {}

    def __len__(self) -> int:
        return len(self._calls)

    def get(self, call: str) -> HeardCall | None:
        """Give a call; None when it is not on."""
        return self._calls.get(call)

    def all(self) -> list[HeardCall]:
        """Give every call."""
        return list(self._calls.values())

    def apply(self, recorded: Recorded) -> None:
        """Fold one event in."""
        event = recorded.event
        if isinstance(event, e.CallArrived | e.CallPlaced):
            self._calls[event.call] = HeardCall(event.call, event.subject)
            return
        found = self._calls.get(getattr(event, "call", ""))
        if found is None:
            return
        match event:
            case e.CallAnswered():
                found.answered_at = found.answered_at or recorded.at.timestamp()
            case e.QueueEntered() | e.CallConnected():
                found.queue = event.queue
            case e.CallTransferred() if event.kind != "blind" and event.to_kind == "agent":
                found.queue = event.queue
            case e.CallEnded():
                found.over = True
                self._drop_if_done(found)
            case _:
                self._note_listener(found, recorded)

    def _note_listener(self, found: HeardCall, recorded: Recorded) -> None:
        event = recorded.event
        match event:
            case e.ConsentGiven():
                found.agreed[event.to] = True
            case e.ConsentRefused():
                found.agreed[event.to] = False
                found.last.pop(event.to, None)
            case e.SignalNoted() if event.talk or event.side != "agent":
                # what a listener to the whole call makes of agents is no fact of the call: no rule goes by it
                found.last[event.listener] = LastSignal(
                    event.signal, event.side, event.at_s, event.value, event.confidence, event.detail,
                    recorded.at.timestamp(),
                )  # fmt: skip
            case e.ListeningBegan() if not event.talk and event.listener not in found.listeners:
                found.listeners.append(event.listener)
            case e.ListeningEnded() if not event.talk and event.listener in found.listeners:
                found.listeners.remove(event.listener)
                found.done.append(event.listener)
                if event.early:
                    found.last.pop(event.listener, None)
                self._drop_if_done(found)
            case _:
                pass

    def _drop_if_done(self, call: HeardCall) -> None:
        if call.over and not call.listeners:
            del self._calls[call.call]

    def snapshot(self) -> Any:
        """Give the state as JSON-able data."""
        return msgspec.to_builtins(self.all())

    def restore(self, state: Any) -> None:
        """Take the state of a snapshot."""
        self._calls = {call.call: call for call in msgspec.convert(state, list[HeardCall])}
