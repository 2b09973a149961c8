"""The service ``callbacks``: who is to be called back, as a fold of the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from aiohttp import web

from callflow.call import vault_name
from callflow.protocol import HoursKeeper
from records.events import CallbackPromised, CallbackSettled
from records.log import EventLog

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callflow.protocol import Call, Runtime
    from records.events import Recorded


NOW, NEXT_OPENING = "now", "next_opening"
"""When a caller wants to be called."""


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


class CallbacksService:
    """Keeps the promises that are open, the oldest first."""

    needs: ClassVar[tuple[str, ...]] = ()

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._open: dict[str, Promise] = {}

    @classmethod
    def create(cls, runtime: Runtime) -> CallbacksService:
        """Make the service."""
        return cls(runtime)

    async def start(self) -> None:
        """Go on with what happens."""
        self._runtime.subscribe(self.replay)

    async def stop(self) -> None:
        """Let go of nothing."""

    def promise(self, call: Call, number: str, *, queue: str, when: str, hours: str) -> str:
        """Record a promise; the number goes into the vault.  Gives its id."""
        callback = f"{call.id}-c{sum(one.call == call.id for one in self._open.values()) + 1}"
        call.keep(f"callback:{callback}", number)
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

    def number_of(self, promise: Promise) -> str:
        """Give the number to call; empty when its person was erased."""
        vault = self._runtime.require(EventLog).vault
        return vault.get(promise.subject, vault_name(promise.call, f"callback:{promise.callback}")) or ""

    # ── restart ──────────────────────────────────────────────────────────────────────────────────

    def snapshot(self) -> Any:
        """Give the state as JSON-able data."""
        return msgspec.to_builtins(self._open)

    def restore(self, state: Any) -> None:
        """Take the state of a snapshot."""
        self._open = msgspec.convert(state, dict[str, Promise])

    def replay(self, recorded: Recorded) -> None:
        """Fold one event in."""
        event = recorded.event
        if isinstance(event, CallbackPromised):
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

    # ── control ──────────────────────────────────────────────────────────────────────────────────

    def control_routes(self) -> Iterable[web.RouteDef]:
        """Give the routes of ``ringhall callbacks``."""
        return [
            web.get("/control/callbacks", self._list),
            web.post("/control/callbacks/{callback}/{outcome:done|withdrawn}", self._settle),
        ]

    async def _list(self, request: web.Request) -> web.Response:  # noqa: ARG002 - a handler's shape
        return _answer(
            [msgspec.structs.asdict(one) | {"number": self.number_of(one)} for one in self._open.values()]
        )

    async def _settle(self, request: web.Request) -> web.Response:
        callback, outcome = request.match_info["callback"], request.match_info["outcome"]
        if callback not in self._open:
            raise web.HTTPNotFound(text="there is no such callback; 'ringhall callbacks list' lists them")
        self._runtime.record(CallbackSettled(callback=callback, outcome=outcome))
        return _answer({"callback": callback, "outcome": outcome})


def _answer(value: Any) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type="application/json")
