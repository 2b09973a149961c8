"""Audio over RTP (``chan_rtp``): we keep the time ourselves, and nothing is sent again."""

from __future__ import annotations

import array
import asyncio
import secrets
import struct
import sys
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from telephony.asterisk.media_ways import FORMATS, Ahead, Direction
from telephony.media import FRAME_S
from telephony.switch import LegGone

if TYPE_CHECKING:
    from collections.abc import Callable

    from telephony.asterisk.asking import Asking
    from telephony.asterisk.media_ways import Ends

_HEADER = struct.Struct("!BBHII")
_VERSION = 0x80


class RtpWays:
    """Opens ways from ports of our own on ``address``."""

    def __init__(self, address: str = "127.0.0.1") -> None:
        self._address = address

    async def open(
        self, asking: Asking, *, app: str, channel: str, rate: int, direction: Direction, ends: Ends
    ) -> RtpWay:
        """Listen, and make the channel that sends to us; see :class:`~telephony.asterisk.media_ways.Ways`."""
        loop = asyncio.get_running_loop()
        transport, way = await loop.create_datagram_endpoint(
            lambda: RtpWay(rate, ends, hears=direction == "hear"), (self._address, 0)
        )
        try:
            port = transport.get_extra_info("sockname")[1]
            await asking.quick(
                lambda ari: ari.channels_external_media(
                    app=app,
                    channel_id=channel,
                    format_=FORMATS[rate],
                    external_host=f"{self._address}:{port}",
                    encapsulation="rtp",
                    transport="udp",
                )
            )
            if direction == "speak":
                theirs = await asking.quick(
                    lambda ari: ari.channels_get_channel_var(channel, variable="UNICASTRTP_LOCAL_PORT")
                )
                way.speak_to((self._address, int(theirs.value)))
        except BaseException:
            transport.close()
            raise
        return way

    async def close(self) -> None:
        """Let go of nothing: ways share nothing."""


class RtpWay(asyncio.DatagramProtocol):
    """One stream."""

    def __init__(self, rate: int, ends: Ends, *, hears: bool) -> None:
        self._ends = ends
        self._hears = hears
        self._rate = rate
        self._bytes = round(rate * FRAME_S) * 2
        self._transport: asyncio.DatagramTransport
        self._ahead = Ahead()
        self._queue: deque[bytes | Callable[[bool], None]] = deque()
        self._queued = asyncio.Event()
        self._sending: asyncio.Task[None] | None = None
        self._payload_type = 118 if rate == 16000 else 11

    def connection_made(self, transport: Any) -> None:
        """Take the socket."""
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:  # noqa: ARG002 - asyncio's signature
        """Take a packet's audio; RTP's is big-endian."""
        if self._hears and len(data) > 12 and data[0] & 0xC0 == _VERSION:
            start = 12 + 4 * (data[0] & 0x0F)
            if data[0] & 0x10:
                start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4], "big")
            self._ends.heard(_swapped(data[start:]))

    # ── speaking ─────────────────────────────────────────────────────────────────────────────────

    def speak_to(self, address: tuple[str, int]) -> None:
        """Begin to send what is to be played."""
        self._sending = asyncio.get_running_loop().create_task(self._send(address), name="media stream")

    async def _send(self, address: tuple[str, int]) -> None:
        """Send a frame each 20 ms; after a pause the time begins anew."""
        sequence, stamp, source = secrets.randbits(16), secrets.randbits(32), secrets.randbits(32)
        due, marker = time.monotonic(), 0x80
        while True:
            if not self._queue:
                self._queued.clear()
                await self._queued.wait()
                due, marker = max(due, time.monotonic()), 0x80
            item = self._queue.popleft()
            if not isinstance(item, bytes):
                item(True)
                continue
            header = _HEADER.pack(_VERSION, self._payload_type | marker, sequence, stamp, source)
            self._transport.sendto(header + _swapped(item), address)
            sequence, stamp = (sequence + 1) & 0xFFFF, (stamp + len(item) // 2) & 0xFFFFFFFF
            marker = 0
            due += FRAME_S
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def play(self, pcm: bytes) -> None:
        """Queue sound, not too far ahead of what is heard."""
        for start in range(0, len(pcm), self._bytes):
            if not await self._ahead.room(FRAME_S):
                return  # the rest of it was flushed, too
            if self._sending is None or self._transport.is_closing():
                raise LegGone("the stream is over")
            self._queue.append(pcm[start : start + self._bytes])
            self._queued.set()

    async def mark(self, name: str, reached: Callable[[bool], None]) -> None:  # noqa: ARG002 - by its place
        """Set a mark behind what was queued."""
        self._queue.append(reached)
        self._queued.set()

    async def flush(self) -> None:
        """Drop what was not sent."""
        items = list(self._queue)
        self._queue.clear()
        self._ahead.flush()
        for item in items:
            if not isinstance(item, bytes):
                item(False)

    async def close(self) -> None:
        """Close the socket; Asterisk's channel is hung up by whoever made it."""
        if self._sending is not None:
            self._sending.cancel()
        await self.flush()
        self._transport.close()


def _swapped(audio: bytes) -> bytes:
    """Turn big-endian samples into little-endian ones, or back."""
    samples = array.array("h", audio[: len(audio) // 2 * 2])
    if sys.byteorder == "little":
        samples.byteswap()
    return samples.tobytes()
