"""A connection to the fake Asterisk: the events of one application, and two lanes for requests."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from telephony.ari.errors import ApplicationTaken, AriDisconnected, AriError, AriTimeout, error_for
from telephony.ari.fake import rest
from telephony.ari.inbox import Inbox
from telephony.ari.port import Connected, Disconnected
from telephony.ari.requests import Requests

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from telephony.ari.fake.asterisk import FakeAsterisk
    from telephony.ari.models import AnyEvent
    from telephony.ari.port import Message
    from telephony.ari.transport import Params

T = TypeVar("T")

TIMEOUT_S = 5.0
VERSION = "22.0.0-fake"


class FakeLane(Requests):
    """Requests to the fake; ``ordered`` ones wait for those before them."""

    def __init__(
        self, asterisk: FakeAsterisk, name: str, seen: list[tuple[str, str, str]], *, ordered: bool
    ) -> None:
        self._asterisk = asterisk
        self._name = name
        self._seen = seen
        self._ordered = ordered
        self._up = False
        self._last: asyncio.Task[object] | None = None
        self._waiting: set[asyncio.Future[object]] = set()
        self._failures: dict[str, AriError] = {}
        self._delays: dict[str, float] = {}

    def fail_next(self, request: str, error: AriError) -> None:
        """Let the next request that begins so (``POST channels/create``) fail, unseen by Asterisk."""
        self._failures[request] = error

    def delay_next(self, request: str, seconds: float) -> None:
        """Let the next request that begins so take longer."""
        self._delays[request] = seconds

    def connect(self) -> None:
        """Take requests."""
        self._up = True
        self._last = None

    def drop(self, reason: str) -> None:
        """Fail what waits for an answer; what Asterisk works on goes on, as it would."""
        self._up = False
        for future in self._waiting:
            if not future.done():
                future.set_exception(AriDisconnected(0, f"the connection broke before the answer: {reason}"))

    async def send(self, method: str, path: str, params: Params, body: Any) -> bytes:
        """See :class:`~telephony.ari.transport.Transport`."""
        self._seen.append((self._name, method, path))
        if not self._up:
            raise AriDisconnected(0, "there is no connection to Asterisk", method, path)
        if (error := _take(self._failures, method, path)) is not None:
            raise error
        loop = asyncio.get_running_loop()
        done: asyncio.Future[object] = loop.create_future()
        self._waiting.add(done)
        # Asterisk carries out what it has read even when nobody waits for the answer any more.
        running = loop.create_task(
            self._run(self._last if self._ordered else None, method, path, params, body)
        )
        running.add_done_callback(lambda task: _hand_over(task, done))
        self._last = running
        try:
            async with asyncio.timeout(TIMEOUT_S):
                answer = await done
        except TimeoutError as error:
            raise AriTimeout(0, f"no answer within {TIMEOUT_S:g} s", method, path) from error
        finally:
            self._waiting.discard(done)
        if isinstance(answer, bytes):
            return answer
        return b"" if answer is None else msgspec.json.encode(answer)

    async def _run(
        self, before: asyncio.Task[object] | None, method: str, path: str, params: Params, body: Any
    ) -> object:
        if before is not None:
            await asyncio.wait([before])
        await asyncio.sleep(self._asterisk.latency / 2 + (_take(self._delays, method, path) or 0))
        given = {name: value for name, value in params.items() if value is not None}
        try:
            answer = await rest.carry_out(self._asterisk, method, path, given, body)
        except rest.Refused as refused:
            raise error_for(refused.status, str(refused), method, path) from None
        await asyncio.sleep(self._asterisk.latency / 2)
        return answer


def _take(prepared: dict[str, T], method: str, path: str) -> T | None:
    """Take out what was prepared for the next request of a kind."""
    found = next((begin for begin in prepared if f"{method} {path}".startswith(begin)), None)
    return None if found is None else prepared.pop(found)


def _hand_over(task: asyncio.Task[object], done: asyncio.Future[object]) -> None:
    """Pass a request's outcome on to whoever still waits for it."""
    if task.cancelled():
        done.cancel()
        return
    error = task.exception()
    if done.done():
        return
    if error is not None:
        done.set_exception(error)
    else:
        done.set_result(task.result())


class FakeAri:
    """Satisfies :class:`~telephony.ari.port.Ari`."""

    def __init__(
        self,
        asterisk: FakeAsterisk,
        app: str,
        *,
        event_filter: Mapping[str, Any] | None = None,
    ) -> None:
        self.app = app
        self.connected = False
        self.deaf = False
        """Asterisk answers, and has forgotten that this connection is the application's: no event comes."""
        self.seen: list[tuple[str, str, str]] = []
        """Every request: (lane, method, path)."""
        self._asterisk = asterisk
        allowed = (event_filter or {}).get("allowed")
        self._allowed = None if allowed is None else {rule["type"] for rule in allowed}
        self._quick = FakeLane(asterisk, "quick", self.seen, ordered=True)
        self._slow = FakeLane(asterisk, "slow", self.seen, ordered=False)
        self._inbox = Inbox()
        self._starts: int | None = None
        self._started = False
        self._timer: asyncio.TimerHandle | None = None

    @property
    def quick(self) -> FakeLane:
        """Requests in order."""
        return self._quick

    @property
    def slow(self) -> FakeLane:
        """Requests side by side."""
        return self._slow

    async def start(self) -> None:
        """Begin to connect."""
        self._started = True
        self._timer = asyncio.get_running_loop().call_later(self._asterisk.latency, self._connect)

    async def close(self) -> None:
        """Disconnect for good."""
        self._end("closed by us")
        self._inbox.end()

    def renew(self, reason: str) -> None:
        """Give the connection up and connect anew."""
        self.deaf = False
        self.drop(reason, self._asterisk.latency)

    def messages(self) -> AsyncIterator[Message]:
        """Yield events and markers in order."""
        return self._inbox.read()

    def take(self, event: AnyEvent, timestamp: str) -> None:
        """Receive an event; lost while there is no connection."""
        if (
            self.connected
            and not self.deaf
            and (self._allowed is None or type(event).__name__ in self._allowed)
        ):
            marked = msgspec.structs.replace(event, application=self.app, timestamp=timestamp)
            self._inbox.put(marked)

    def drop(self, reason: str, seconds: float) -> None:
        """Lose the connection and have it back after ``seconds``."""
        if self._started:
            self._disconnect(reason)
            self._timer = asyncio.get_running_loop().call_later(seconds, self._connect)

    def take_over(self) -> None:
        """Let another controller connect under this application's name."""
        self._end("the application was taken over")
        self._inbox.end(ApplicationTaken(self.app))

    def fail(self, error: Exception) -> None:
        """Let the client itself fail, for good."""
        self._end("the client failed")
        self._inbox.end(error)

    def _end(self, reason: str) -> None:
        self._started = False
        self._disconnect(reason)

    def _connect(self) -> None:
        before, self._starts = self._starts, self._asterisk.starts
        self.connected = True
        self._quick.connect()
        self._slow.connect()
        self._inbox.put(
            Connected(
                first=before is None,
                asterisk_started=before is not None and before != self._starts,
                entity_id="02:00:00:00:00:01",
                startup_time=f"start {self._starts}",
                version=VERSION,
            )
        )

    def _disconnect(self, reason: str) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self.connected:
            self.connected = False
            self._quick.drop(reason)
            self._slow.drop(reason)
            self._inbox.put(Disconnected(reason))
