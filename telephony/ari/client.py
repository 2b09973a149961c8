"""The ARI client: a WebSocket for events and quick requests, HTTP for the rest, always trying to connect.

What it promises:

- Events come in Asterisk's order, between a :class:`Connected` and a :class:`Disconnected`; events of the
  time in between are lost, so each ``Connected`` asks for a survey.
- Whoever reads too slowly is told: at ``queue_limit`` unread messages the connection counts as lost, what
  was unread is thrown away (and counted), and a ``Disconnected`` stands in its place.
- A socket that is silent for ``heartbeat`` × 1.5 seconds, pings included, counts as lost.
- Whoever finds that a connection answers but brings no events has it replaced (:meth:`AriClient.renew`).
- A second controller that takes our application over ends this client for good.  An attempt of our own that
  was given up and reaches Asterisk late takes it over just so: then the client connects again.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec
import structlog
from yarl import URL

from telephony.ari.backoff import Backoff
from telephony.ari.errors import ApplicationTaken, AriError
from telephony.ari.inbox import Inbox
from telephony.ari.lanes import HttpLane, QuickLane
from telephony.ari.models import AnyEvent, ApplicationReplaced, AsteriskInfo, RESTResponse
from telephony.ari.port import Connected, Disconnected, Message, UnknownEvent
from telephony.ari.stats import AriStats, Observe, ignore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

log = structlog.get_logger(__name__)

STABLE_S = 10.0
"""A connection that lasted this long lets the backoff begin anew."""
CONNECT_S = 5.0
"""Bound on the opening of a connection."""
LATE_S = 120.0
"""So long an attempt that was given up may be on its way to Asterisk, through a network that stalled."""
CLOSE_S = 0.5
"""Bound on the farewell to a socket that may be dead."""

_decode = msgspec.json.Decoder(AnyEvent | RESTResponse).decode


class _Named(msgspec.Struct):
    type: str = ""


_decode_name = msgspec.json.Decoder(_Named).decode


class _Lost(Exception):  # noqa: N818 - named for what happened
    """The connection is given up; the message says why."""


def decode(data: str | bytes) -> AnyEvent | RESTResponse | UnknownEvent:
    """Decode a message of the WebSocket; what the models don't know becomes an :class:`UnknownEvent`."""
    try:
        message: AnyEvent | RESTResponse = _decode(data)
    except (msgspec.MsgspecError, UnicodeError):
        raw = data.encode(errors="replace") if isinstance(data, str) else data
        try:
            return UnknownEvent(_decode_name(raw).type, raw)
        except (msgspec.MsgspecError, UnicodeError):
            return UnknownEvent("", raw)
    return message


class AriClient:
    """See the module; satisfies :class:`~telephony.ari.port.Ari`.

    ``url`` is Asterisk's HTTP server (``http://127.0.0.1:8088``), with or without ARI's ``/ari``.
    ``event_filter`` is what ``applications_filter`` takes; it is put in place at each connection, before
    :class:`Connected` is reported.  Times are seconds.
    """

    def __init__(
        self,
        url: str,
        user: str,
        password: str,
        app: str,
        *,
        event_filter: Mapping[str, Any] | None = None,
        timeout: float = 5.0,
        heartbeat: float = 3.0,
        queue_limit: int = 10_000,
        pending_limit: int = 2_000,
        http_connections: int = 8,
        backoff: Backoff | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        observe: Observe = ignore,
    ) -> None:
        base = url.rstrip("/").removesuffix("/ari") + "/ari/"
        self.app = app
        self.stats = AriStats()
        self._events_url = (URL(base) / "events").with_query(app=app)
        self._headers = {"Authorization": aiohttp.encode_basic_auth(user, password)}
        self._event_filter = None if event_filter is None else _passing_our_own(event_filter)
        self._heartbeat = heartbeat
        self._http_connections = http_connections
        self._backoff = backoff or Backoff()
        self._sleep = sleep
        self._quick = QuickLane(self.stats.quick, observe, timeout=timeout, limit=pending_limit)
        self._slow = HttpLane(self.stats.slow, observe, base=base, timeout=timeout, limit=pending_limit)
        self._inbox = Inbox()
        self._queue_limit = queue_limit
        self._early: list[Message] | None = None
        self._process: tuple[str, str] | None = None
        self._given_up: deque[float] = deque()
        """When attempts were given up of which Asterisk may hear yet (loop seconds)."""
        self._session: aiohttp.ClientSession | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._renewing: tuple[str, asyncio.Task[bool]] | None = None
        """Why the present connection is given up, and its closing."""
        self._running: asyncio.Task[None] | None = None

    @property
    def quick(self) -> QuickLane:
        """Requests in order over the events WebSocket."""
        return self._quick

    @property
    def slow(self) -> HttpLane:
        """Requests over HTTP, for what can wait or may block."""
        return self._slow

    async def start(self) -> None:
        """Begin to connect, and to reconnect whenever it is needed."""
        connector = aiohttp.TCPConnector(limit=self._http_connections + 1, keepalive_timeout=10)
        self._session = aiohttp.ClientSession(headers=self._headers, connector=connector)
        self._slow.attach(self._session)
        self._running = asyncio.create_task(self._run(), name=f"ari {self.app}")
        self._running.add_done_callback(self._stopped)

    async def close(self) -> None:
        """Disconnect for good."""
        if self._running is not None:
            self._running.cancel()
            # An ApplicationTaken has gone to the reader of the messages.
            with suppress(asyncio.CancelledError, ApplicationTaken):
                await self._running
        self._slow.attach(None)
        if self._session is not None:
            await self._session.close()
        self._inbox.end()

    def renew(self, reason: str) -> None:
        """Give the present connection up, which ``reason`` speaks against, and connect anew."""
        if self._socket is not None and self._renewing is None:
            closing = asyncio.create_task(self._socket.close(), name=f"ari {self.app} renewal")
            self._renewing = reason, closing

    def messages(self) -> AsyncIterator[Message]:
        """Yield events and markers in order; only one reader.

        Raises :class:`ApplicationTaken` when another controller took the application over.
        """
        return self._inbox.read()

    def _stopped(self, running: asyncio.Task[None]) -> None:
        """Tell the reader of the messages why there will be no more."""
        error = None if running.cancelled() else running.exception()
        if isinstance(error, Exception):
            log.error("ari client stopped for good", app=self.app, reason=str(error))
            self._inbox.end(error)

    # ── the connection's life ────────────────────────────────────────────────────────────────────

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            try:
                await self._connect_once()
            except (AriError, _Lost, aiohttp.ClientError, OSError, TimeoutError) as error:
                log.warning("ari not connected", app=self.app, reason=_reason(error))
            if loop.time() - began >= STABLE_S:
                self._backoff.reset()
            await self._sleep(self._backoff.next())

    async def _connect_once(self) -> None:
        """Connect, greet, and read until the connection ends; always leaves by an exception."""
        assert self._session is not None  # noqa: S101 - start() made it
        try:
            async with asyncio.timeout(CONNECT_S):
                socket = await self._session.ws_connect(
                    self._events_url,
                    heartbeat=self._heartbeat,
                    timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_S),
                )
        except BaseException as error:
            self.stats.failures += 1
            if isinstance(error, TimeoutError):
                self._given_up.append(asyncio.get_running_loop().time())
            raise
        self._early = []
        self._socket = socket
        self._quick.attach(socket)
        reader = asyncio.create_task(self._read(socket), name=f"ari {self.app} reader")
        reason = ""
        try:
            self._flow(await self._greet(reader))
            await reader
        except (AriError, _Lost, ApplicationTaken) as error:
            reason = str(error)
            raise
        finally:
            self._quick.detach(reason or "closed by us")
            reader.cancel()
            with suppress(asyncio.CancelledError, _Lost, ApplicationTaken):
                await reader
            if self._early is not None:
                self.stats.failures += 1
            else:
                self.stats.losses += bool(reason)
                self._inbox.put(Disconnected(reason or "closed by us"))
            self._socket = self._renewing = None
            with suppress(OSError):
                await socket.close()

    def _flow(self, connected: Connected) -> None:
        """Let the events flow: the marker first, then those that came while we greeted."""
        self.stats.connects += 1
        self._inbox.put(connected)
        for message in self._early or ():
            self._inbox.put(message)
        self._early = None
        log.info("ari connected", app=self.app, asterisk=connected.version, started=connected.startup_time)

    async def _greet(self, reader: asyncio.Task[None]) -> Connected:
        """Put the filter in place and learn which Asterisk process answers."""
        try:
            return await self._introduce()
        except AriError:
            if reader.done():
                await reader  # It knows better what happened.
            raise

    async def _introduce(self) -> Connected:
        if self._event_filter is not None:
            await self._quick.applications_filter(self.app, filter_=self._event_filter)
        info: AsteriskInfo = await self._quick.asterisk_get_info(only=["system", "status"])
        if info.system is None or info.status is None:
            raise AriError(0, "Asterisk tells neither its id nor its start-up time", "GET", "asterisk/info")
        process = (info.system.entity_id, info.status.startup_time)
        before, self._process = self._process, process
        return Connected(
            first=before is None,
            asterisk_started=before is not None and before != process,
            entity_id=process[0],
            startup_time=process[1],
            version=info.system.version,
        )

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Take messages until the connection ends; always leaves by an exception."""
        try:
            while (message := await socket.receive()).type is aiohttp.WSMsgType.TEXT:
                self._take(decode(message.data))
        except (_Lost, ApplicationTaken) as error:
            # Whoever greets would wait for answers that will not come.
            self._quick.detach(str(error))
            raise
        ending = _ending(socket, message) if self._renewing is None else self._renewing[0]
        self._quick.detach(ending)
        raise _Lost(ending)

    def _is_late_attempt(self) -> bool:
        """Tell whether it may be an attempt of ours that has taken the application over; each is, once."""
        oldest = asyncio.get_running_loop().time() - LATE_S
        while self._given_up and self._given_up[0] < oldest:
            self._given_up.popleft()
        if not self._given_up:
            return False
        self._given_up.popleft()
        return True

    def _take(self, message: AnyEvent | RESTResponse | UnknownEvent) -> None:
        if isinstance(message, RESTResponse):
            self._quick.settle(message)
            return
        self.stats.events += 1
        if isinstance(message, UnknownEvent):
            self.stats.unknown_events += 1
        elif isinstance(message, ApplicationReplaced) and message.application == self.app:
            if self._is_late_attempt():
                raise _Lost("an attempt of ours that was given up came late, and has the application now")
            raise ApplicationTaken(self.app)
        if self._early is not None:
            self._early.append(message)
        else:
            self._inbox.put(message)
        if len(self._inbox) + len(self._early or ()) >= self._queue_limit:
            given_up = self._inbox.clear() + len(self._early or ())
            self.stats.overflows += 1
            self.stats.events_given_up += given_up
            raise _Lost(f"{given_up} events were not taken in time")


def _passing_our_own(event_filter: Mapping[str, Any]) -> Mapping[str, Any]:
    """Let a list of allowed events pass what the client lives on.

    To Asterisk the answers on the WebSocket are events, and a filter that does not name them holds them back.
    """
    if not event_filter.get("allowed"):
        return event_filter
    allowed = list(event_filter["allowed"])
    own = ({"type": "RESTResponse"}, {"type": "ApplicationReplaced"})
    return {**event_filter, "allowed": [*allowed, *(rule for rule in own if rule not in allowed)]}


def _ending(socket: aiohttp.ClientWebSocketResponse, message: aiohttp.WSMessage) -> str:
    """Say in words why a socket ended."""
    if message.type is aiohttp.WSMsgType.ERROR:
        return f"the socket failed: {_reason(message.data)}"
    error = socket.exception()
    if error is not None:
        return f"the socket failed: {_reason(error)}"
    return f"Asterisk closed the socket (code {socket.close_code})"


def _reason(error: object) -> str:
    if isinstance(error, aiohttp.WSServerHandshakeError) and error.status in (401, 403):
        return "Asterisk refused ARI's user or password; compare ari.conf with the controller's settings"
    return str(error) or type(error).__name__
