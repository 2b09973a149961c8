"""The service ``callbacks``: who was promised a callback, and the place in the queue that goes with it.

Who calls them, and when, is the business of whoever has the agents (``acd/callbacks``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from callflow.call import vault_name
from callflow.protocol import HoursKeeper
from callflow.stages.callback import NOW
from records.events import CallbackPromised, CallbackSettled, CallEnded, QueueEntered
from records.log import EventLog

if TYPE_CHECKING:
    from callflow.protocol import Call, Runtime
    from records.events import Recorded


class Promise(msgspec.Struct, frozen=True):
    """A callback that was promised and is not settled."""

    callback: str
    call: str
    queue: str
    subject: str
    when: str
    """now, next_opening."""
    hours: str
    language: str
    at: float
    """Steady seconds of the promise."""
    due: float | None = None
    """Steady seconds before which nobody is to call; None when that is not known."""


class Wait(msgspec.Struct, frozen=True):
    """The last wait of a call in a queue."""

    since: float
    priority: int
    customer_class: str


class CallbacksService:
    """Keeps the promises that are open, the oldest first."""

    needs: ClassVar[tuple[str, ...]] = ()

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._open: dict[str, Promise] = {}
        self._waits: dict[str, dict[str, Wait]] = {}
        """Call that is on → queue → its last wait there."""

    @classmethod
    def create(cls, runtime: Runtime) -> CallbacksService:
        """Make the service."""
        return cls(runtime)

    async def start(self) -> None:
        """Go on with what happens."""
        self._runtime.subscribe(self.replay, QueueEntered, CallEnded, CallbackPromised, CallbackSettled)

    async def stop(self) -> None:
        """Let go of nothing."""

    def promise(self, call: Call, number: str, *, queue: str, when: str, hours: str) -> str:
        """Record a promise; the number goes into the vault.  Gives its id.

        A call that has waited in that queue keeps its place: time of entry, priority and customer's class.
        """
        callback = f"{call.id}-c{sum(one.call == call.id for one in self._open.values()) + 1}"
        call.keep(f"callback:{callback}", number)
        wait = self._waits.get(call.id, {}).get(queue)
        call.record(
            CallbackPromised(
                call=call.id,
                callback=callback,
                queue=queue,
                subject=call.caller.subject,
                when=when,
                hours=hours,
                due=self._due(when, hours),
                language=call.language,
                since=wait.since if wait else call.now(),
                waited=wait is not None,
                priority=wait.priority if wait else None,
                customer_class=wait.customer_class if wait else "",
            )
        )
        return callback

    def _due(self, when: str, hours: str) -> float | None:
        if when == NOW:
            return self._runtime.clock.now()
        keepers = self._runtime.all_of(HoursKeeper)
        return next((due for keeper in keepers if (due := keeper.next_opening(hours)) is not None), None)

    def promises(self) -> list[Promise]:
        """Give those that are open."""
        return list(self._open.values())

    def get(self, callback: str) -> Promise | None:
        """Give an open one."""
        return self._open.get(callback)

    def number_of(self, promise: Promise) -> str:
        """Give the number to call; empty when its person was erased, or the database does not answer."""
        vault = self._runtime.require(EventLog).vault
        return vault.get(promise.subject, vault_name(promise.call, f"callback:{promise.callback}")) or ""

    def erased(self, promise: Promise) -> bool:
        """Tell whether whoever was promised a callback has been erased."""
        return self._runtime.require(EventLog).vault.erased(promise.subject)

    # ── restart ──────────────────────────────────────────────────────────────────────────────────

    def snapshot(self) -> Any:
        """Give the state as JSON-able data."""
        return {"open": msgspec.to_builtins(self._open), "waits": msgspec.to_builtins(self._waits)}

    def restore(self, state: Any) -> None:
        """Take the state of a snapshot."""
        if "open" not in state:  # of a version that kept no places
            state = {"open": state, "waits": {}}
        self._open = msgspec.convert(state["open"], dict[str, Promise])
        self._waits = msgspec.convert(state["waits"], dict[str, dict[str, Wait]])

    def replay(self, recorded: Recorded) -> None:
        """Fold one event in."""
        event = recorded.event
        if isinstance(event, QueueEntered):
            since = event.since or recorded.at.timestamp()
            wait = Wait(since, event.priority, event.customer_class)
            self._waits.setdefault(event.call, {})[event.queue] = wait
        elif isinstance(event, CallEnded):
            self._waits.pop(event.call, None)
        elif isinstance(event, CallbackPromised):
            self._open[event.callback] = Promise(
                callback=event.callback,
                call=event.call,
                queue=event.queue,
                subject=event.subject,
                when=event.when,
                hours=event.hours,
                language=event.language,
                at=recorded.at.timestamp(),
                due=event.due,
            )
        elif isinstance(event, CallbackSettled):
            self._open.pop(event.callback, None)
