"""Audio over Asterisk's ``chan_websocket``: binary messages are audio, text messages control it (JSON).

A channel that only hears or only speaks is told so (``d(in)``, ``d(out)``): that halves what a stream costs
Asterisk, which else makes silence for a sender that never sends.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import msgspec

from telephony.asterisk.media_ways import FORMATS, Ahead, Direction
from telephony.switch import LegGone, SwitchError

if TYPE_CHECKING:
    from collections.abc import Callable

    from telephony.asterisk.asking import Asking
    from telephony.asterisk.media_ways import Ends

CONNECT_S = 3.0
_ID = "MEDIA_WEBSOCKET_CONNECTION_ID"
_DIRECTIONS: dict[Direction, str] = {"hear": "d(in)", "speak": "d(out)"}
_MESSAGE_BYTES = 16_000
"""Of a message; Asterisk closes the connection above 65,500."""


class _Notice(msgspec.Struct):
    """What Asterisk says of a stream."""

    event: str = ""
    correlation_id: str = ""


class _Command(msgspec.Struct, omit_defaults=True):
    """What we ask of it."""

    command: str
    correlation_id: str = ""


_notice = msgspec.json.Decoder(_Notice).decode


class WebSocketWays:
    """Opens ways to the Asterisk whose HTTP server is at ``url`` (``http://HOST:PORT``)."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/").removesuffix("/ari")
        self._session: aiohttp.ClientSession | None = None

    async def open(
        self, asking: Asking, *, app: str, channel: str, rate: int, direction: Direction, ends: Ends
    ) -> WebSocketWay:
        """Make the channel and connect to it; see :class:`~telephony.asterisk.media_ways.Ways`."""
        made = await asking.quick(
            lambda ari: ari.channels_external_media(
                app=app,
                channel_id=channel,
                format_=FORMATS[rate],
                external_host="INCOMING",
                encapsulation="none",
                transport="websocket",
                connection_type="server",
                transport_data=_DIRECTIONS[direction],
            )
        )
        connection = (made.channelvars or {}).get(_ID)
        if not connection:
            raise SwitchError(
                f"Asterisk does not tell the {_ID} of {channel}: add it to channelvars in its ari.conf"
            )
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        try:
            async with asyncio.timeout(CONNECT_S):
                socket = await self._session.ws_connect(
                    f"{self._url}/media/{connection}",
                    protocols=["media"],
                    compress=0,
                    timeout=aiohttp.ClientWSTimeout(ws_close=0.5),
                )
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise SwitchError(f"no media connection to Asterisk: {error or type(error).__name__}") from error
        return WebSocketWay(socket, rate, ends)

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()


class WebSocketWay:
    """One stream."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, rate: int, ends: Ends) -> None:
        self._socket = socket
        self._rate = rate
        self._ends = ends
        self._ahead = Ahead()
        self._may_send = asyncio.Event()
        self._may_send.set()
        self._marks: dict[str, Callable[[bool], None]] = {}
        self._reading = asyncio.get_running_loop().create_task(self._read(), name="media stream")

    async def _read(self) -> None:
        heard, binary = self._ends.heard, aiohttp.WSMsgType.BINARY
        async for message in self._socket:
            if message.type is binary:
                heard(message.data)
            elif message.type is aiohttp.WSMsgType.TEXT:
                self._take(message.data)
        self._may_send.set()
        self._settle(reached=False)
        self._ends.broke()

    def _take(self, text: str) -> None:
        try:
            notice = _notice(text)
        except msgspec.MsgspecError:
            return  # of a kind that is of no use here
        match notice.event:
            case "MEDIA_XOFF":
                self._may_send.clear()
            case "MEDIA_XON":
                self._may_send.set()
            case "MEDIA_MARK_PROCESSED":
                if (reached := self._marks.pop(notice.correlation_id, None)) is not None:
                    reached(True)
            case _:
                pass

    def _settle(self, *, reached: bool) -> None:
        marks, self._marks = self._marks, {}
        for tell in marks.values():
            tell(reached)

    async def play(self, pcm: bytes) -> None:
        """Send sound, as far ahead of what is heard as Asterisk takes it."""
        for start in range(0, len(pcm), _MESSAGE_BYTES):
            part = pcm[start : start + _MESSAGE_BYTES]
            await self._may_send.wait()
            if not await self._ahead.room(len(part) / 2 / self._rate):
                return  # the rest of it was flushed, too
            await self._send(part)

    async def mark(self, name: str, reached: Callable[[bool], None]) -> None:
        """Set a mark behind what was sent."""
        self._marks[name] = reached
        await self._send(_Command("MARK_MEDIA", name))

    async def flush(self) -> None:
        """Drop what Asterisk has not played; it does not tell of marks that go with it."""
        self._settle(reached=False)
        self._ahead.flush()
        await self._send(_Command("FLUSH_MEDIA"))
        self._may_send.set()  # a flush ends the pause that MEDIA_XOFF asked for

    async def _send(self, what: bytes | _Command) -> None:
        try:
            if isinstance(what, bytes):
                await self._socket.send_bytes(what)
            else:
                await self._socket.send_str(msgspec.json.encode(what).decode())
        except (aiohttp.ClientError, OSError) as error:
            raise LegGone(f"the stream is over: {error}") from error

    async def close(self) -> None:
        """Close the connection, upon which Asterisk ends its channel."""
        self._reading.cancel()
        self._may_send.set()
        self._settle(reached=False)
        await self._socket.close()
