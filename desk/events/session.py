"""A WebSocket from its opening to its close: first the past that was asked for, then what happens."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog
from aiohttp import WSMsgType
from sqlalchemy.exc import SQLAlchemyError

from desk.events.listener import Close, Listener
from desk.events.tape import message
from records.errors import DatabaseError, in_a_line

if TYPE_CHECKING:
    from aiohttp import web

    from callflow.clock import Clock
    from desk.events.service import EventStream
    from desk.events.view import Wanted

_log = structlog.get_logger(__name__)

PAGE = 500
BEHIND_S = 0.05
"""Pause before the database, which is some milliseconds behind, is asked again."""
PATIENCE_S = 10.0
"""So long the past is waited for, and a listener that is to go may take to hear why."""
SOCKET_BYTES = 256 * 1024
"""What the system buffers for a listener; without a bound it is megabytes."""


class Session:
    """Sends one listener what it asked for; ends when it leaves or is closed."""

    def __init__(
        self,
        ws: web.WebSocketResponse,
        stream: EventStream,
        *,
        clock: Clock,
        wanted: Wanted,
    ) -> None:
        self._ws = ws
        self._stream = stream
        self._clock = clock
        self._wanted = wanted

    async def run(self, request: web.Request, listener: Listener, after: int | None) -> None:
        """Serve until it is over; the WebSocket has been prepared.  ``after``: None for from now on."""
        narrow(request)
        loop = asyncio.get_running_loop()
        reading = loop.create_task(self._until_gone(), name="listener reads")
        telling = loop.create_task(self._tell(listener, after), name="listener is told")
        listener.on_close = telling.cancel
        self._stream.enter(listener)
        try:
            await asyncio.wait({reading, telling}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            telling.cancel()
            try:
                await self._part(reading, request.transport, *(listener.closed or (Close.GOING_AWAY, "")))
            finally:
                reading.cancel()
                self._stream.leave(listener, self._wanted)

    async def _part(
        self, reading: asyncio.Task[None], transport: asyncio.Transport | None, code: Close, reason: str
    ) -> None:
        """Say why, and give it some time to be read; what is not read by then is not kept."""
        if not reading.done():
            frame = code.to_bytes(2, "big") + reason.encode()
            saying = asyncio.ensure_future(self._ws.send_frame(frame, WSMsgType.CLOSE))
            # hanging up at once could overtake the reason
            await asyncio.wait({reading}, timeout=PATIENCE_S)
            saying.cancel()
            await asyncio.gather(saying, return_exceptions=True)
        with suppress(ConnectionError):
            await self._ws.close(drain=False)
        with suppress(RuntimeError):  # uvloop's, of a transport that is closed by now
            if transport is not None and transport.get_write_buffer_size():
                transport.abort()

    async def _until_gone(self) -> None:
        """Read, so that pings are answered and a close is seen; what a listener says means nothing."""
        async for _ in self._ws:
            pass

    async def _tell(self, listener: Listener, after: int | None) -> None:
        try:
            await self._catch_up(listener, self._stream.tape.last if after is None else after)
            while True:
                await self._send(await listener.take())
        except (DatabaseError, SQLAlchemyError) as error:
            _log.error("events_without_database", error=in_a_line(error))
            listener.close(Close.NO_DATABASE, "the past can't be read now; try again")
        except ConnectionError:
            pass
        except Exception:  # noqa: BLE001 - the connection is a WebSocket by now: there is no answer to give
            _log.exception("events_failed")
            listener.close(Close.FAILED, "something failed here; it is in the server's log")

    async def _catch_up(self, listener: Listener, seq: int) -> None:
        """Send what followed an event, and join those who are told at once: no gap, nothing twice."""
        tape, patience = self._stream.tape, PATIENCE_S
        while True:
            lines, last = await self._stream.read(seq, PAGE)
            shown = [line.written for line in lines if self._wanted.shows(line.recorded)]
            if last == tape.last:
                # nothing is waited for from here to the joining
                listener.put(message(shown, last), self._clock.now())
                self._stream.join(listener, self._wanted)
                return
            if last == seq:
                if patience <= 0:
                    raise DatabaseError("the database is too far behind")
                patience -= BEHIND_S
                await asyncio.sleep(BEHIND_S)
            if shown:
                await self._send(message(shown, last))
            seq = last

    async def _send(self, told: bytes) -> None:
        await self._ws.send_frame(told, WSMsgType.TEXT)


def narrow(request: web.Request) -> None:
    """Keep the system from buffering megabytes for a listener who does not read."""
    made = None if request.transport is None else request.transport.get_extra_info("socket")
    if made is not None:
        with suppress(OSError):
            made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SOCKET_BYTES)
