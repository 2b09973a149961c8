"""The promises that are open, and how far each has come: a fold of the event log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from records import events as e

if TYPE_CHECKING:
    from collections.abc import Iterator

PURPOSE = "callback"
"""Purpose of the calls that keep promises."""
SETTLED_KEPT = 200
HANDLE_S = 180.0
"""Length of a talk while nothing is known of a queue."""
_WEIGHT = 0.05
"""Weight of the last talk in the mean."""


class Case(msgspec.Struct):
    """A promise and what was done about it.  Times in steady seconds."""

    callback: str
    call: str
    """The call in which it was promised."""
    queue: str
    subject: str
    language: str
    hours: str
    """Opening hours in which the customer may be called, beside the queue's; empty for none."""
    promised_at: float
    since: float
    """Its place in the queue."""
    priority: int | None = None
    customer_class: str = ""
    tries: int = 0
    """Calls that were dialed."""
    next_at: float = 0.0
    """Not tried before."""
    hurried: bool = False
    """Somebody asked for it to be kept now."""
    at: str = ""
    """The call that is to keep it; empty when there is none."""
    dialed: bool = False
    """That call was dialed."""
    over: str = ""
    """That call is over, with this outcome, and nothing was concluded yet."""
    last: str = ""
    """What came of the last call."""


class Settled(msgspec.Struct, frozen=True):
    """A promise that needs nothing more."""

    callback: str
    queue: str
    outcome: str
    tries: int
    at: float
    call: str = ""


class CasesState(msgspec.Struct):
    """Everything that follows from the events."""

    open: dict[str, Case] = {}
    settled: list[Settled] = []
    """The last ones, the oldest first."""
    live_served: dict[str, int] = {}
    """Queue → callers who got an agent since the last callback was begun."""
    handle_s: dict[str, float] = {}
    """Queue → mean length of its talks, the last ones weighing most."""


class Cases:
    """Fold of the log: callback → :class:`Case`."""

    def __init__(self) -> None:
        self.state = CasesState()
        self._by_call: dict[str, str] = {}

    def get(self, callback: str) -> Case | None:
        """Give an open promise."""
        return self.state.open.get(callback)

    def of_call(self, call: str) -> Case | None:
        """Give the open promise that a call is to keep."""
        return self.state.open.get(self._by_call.get(call, ""))

    def __iter__(self) -> Iterator[Case]:
        return iter(list(self.state.open.values()))

    def __len__(self) -> int:
        return len(self.state.open)

    def in_progress(self, queue: str) -> list[Case]:
        """Give the promises of a queue that a call is to keep now."""
        return [case for case in self.state.open.values() if case.at and case.queue == queue]

    def handle_s(self, queue: str) -> float:
        """Give the mean length of the queue's talks."""
        return self.state.handle_s.get(queue, HANDLE_S)

    def apply(self, event: e.Event, at: float) -> bool:
        """Fold one event in; ``at`` is its time in steady seconds.  Tells whether it was about promises."""
        state = self.state
        case = state.open.get(getattr(event, "callback", "")) or self.of_call(getattr(event, "call", ""))
        match event:
            case e.CallbackPromised():
                state.open[event.callback] = Case(
                    callback=event.callback,
                    call=event.call,
                    queue=event.queue,
                    subject=event.subject,
                    language=event.language,
                    hours=event.hours,
                    promised_at=at,
                    since=event.since or at,
                    priority=event.priority,
                    customer_class=event.customer_class,
                )
            case e.CallPlaced(purpose="callback"):
                self._placed(event)
            case e.CallConnected() if case is None:
                state.live_served[event.queue] = state.live_served.get(event.queue, 0) + 1
                return False
            case e.TalkEnded():
                mean = self.handle_s(event.queue)
                state.handle_s[event.queue] = round(mean + _WEIGHT * (event.talk_s - mean), 3)
                return case is not None
            case _ if case is None:
                return False
            case e.DialStarted() if event.trunk:
                case.tries, case.dialed = case.tries + 1, True
            case e.CallEnded() if event.call == case.at:
                case.over = event.outcome
            case e.CallbackTried():
                self._by_call.pop(case.at, None)
                case.at = case.over = ""
                case.dialed = case.hurried = False
                case.last, case.next_at, case.since = event.outcome, event.next_at, event.since
            case e.CallbackHurried():
                case.hurried, case.next_at = True, 0.0
            case e.CallbackSettled():
                self._settled(case, event, at)
            case _:
                return False
        return True

    def _placed(self, event: e.CallPlaced) -> None:
        case = self.state.open.get(event.reference)
        if case is not None:
            case.at, case.dialed, case.over = event.call, False, ""
            self._by_call[event.call] = case.callback
            self.state.live_served[case.queue] = 0

    def _settled(self, case: Case, event: e.CallbackSettled, at: float) -> None:
        del self.state.open[case.callback]
        self._by_call.pop(case.at, None)
        done = Settled(case.callback, case.queue, event.outcome, case.tries, at, event.call)
        self.state.settled = [*self.state.settled, done][-SETTLED_KEPT:]

    def snapshot(self) -> Any:
        """Give the state as JSON-able data."""
        return msgspec.to_builtins(self.state)

    def restore(self, state: Any) -> None:
        """Take the state of a snapshot."""
        self.state = msgspec.convert(state, CasesState)
        self._by_call = {case.at: case.callback for case in self.state.open.values() if case.at}
