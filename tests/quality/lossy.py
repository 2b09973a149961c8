"""A way that loses packets: a relay between a caller and the server, for SIP and for the caller's sound."""

from __future__ import annotations

import asyncio
import random
import re
from typing import Any, Self

_MEDIA = re.compile(rb"(?m)^(m=audio )(\d+)")
_FROM_US = re.compile(rb"(?m)^(c=IN IP4 )\S+")


class _Wire(asyncio.DatagramProtocol):
    def __init__(self, take: Any) -> None:
        self._take = take

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._take(data, addr)


class LossyWay:
    """Passes a caller's RTP on to the server and back, and drops a share of it each way.

    The caller sends to :attr:`sip` as if that were the server.  SIP passes unharmed, but for the ports of the
    sound, which are made ours; RTCP passes too.
    """

    def __init__(self, server: str, *, drops_in: float, drops_out: float) -> None:
        host, port = server.split(":")
        self._server = (host, int(port))
        self._drops = {"in": drops_in, "out": drops_out}
        self._chance = random.Random(7)
        self.sip = ""
        self.passed = {"in": 0, "out": 0}
        self.dropped = {"in": 0, "out": 0}
        self.reports = {"in": 0, "out": 0}
        self._caller: Any = None
        self._caller_media: int | None = None
        self._server_media: int | None = None
        self._transports: list[asyncio.DatagramTransport] = []

    async def __aenter__(self) -> Self:
        self._to_caller = await self._open(self._from_caller)
        self._to_server = await self._open(self._from_server)
        self.sip = f"127.0.0.1:{self._port(self._to_caller)}"
        # to the caller we are the server's media, to the server the caller's; RTCP on the port after each
        self._media = {"caller": await self._pair("caller"), "server": await self._pair("server")}
        return self

    async def __aexit__(self, *_: object) -> None:
        for transport in self._transports:
            transport.close()

    async def _open(self, take: Any, port: int = 0) -> asyncio.DatagramTransport:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: _Wire(take), ("127.0.0.1", port))
        self._transports.append(transport)
        return transport

    @staticmethod
    def _port(transport: asyncio.DatagramTransport) -> int:
        return int(transport.get_extra_info("sockname")[1])

    async def _pair(self, side: str) -> tuple[asyncio.DatagramTransport, asyncio.DatagramTransport]:
        """Open two ports that follow each other, the first an even one."""
        while True:
            rtp = await self._open(lambda data, _: self._sound(side, 0, data))
            port = self._port(rtp)
            try:
                if port % 2 == 0:
                    return rtp, await self._open(lambda data, _: self._sound(side, 1, data), port + 1)
            except OSError:
                pass

    # ── SIP ──────────────────────────────────────────────────────────────────────────────────────

    def _from_caller(self, data: bytes, address: Any) -> None:
        self._caller = address
        found = _MEDIA.search(data)
        if found is not None:
            self._caller_media = int(found[2])
        self._to_server.sendto(self._with_port(data, "server"), self._server)

    def _from_server(self, data: bytes, _address: Any) -> None:
        found = _MEDIA.search(data)
        if found is not None:
            self._server_media = int(found[2])
        self._to_caller.sendto(self._with_port(data, "caller"), self._caller)

    def _with_port(self, data: bytes, towards: str) -> bytes:
        """Put our port in place of the other end's; a body of another length gets another Content-Length."""
        ours = str(self._port(self._media[towards][0])).encode()
        changed = _MEDIA.sub(rb"\g<1>" + ours, data)
        head, separator, body = changed.partition(b"\r\n\r\n")
        head = re.sub(rb"(?im)^(content-length|l)( *: *)\d+", rb"\g<1>\g<2>%d" % len(body), head)
        return head + separator + body

    # ── sound ────────────────────────────────────────────────────────────────────────────────────

    def _sound(self, side: str, place: int, data: bytes) -> None:
        """Pass on what came to the port that ``side`` sends to; ``place`` is 1 for RTCP."""
        way, other = ("in", "server") if side == "caller" else ("out", "caller")
        port = self._server_media if way == "in" else self._caller_media
        if port is None:
            return
        if place == 0:
            if self._chance.random() < self._drops[way]:
                self.dropped[way] += 1
                return
            self.passed[way] += 1
        else:
            self.reports[way] += 1
        self._media[other][place].sendto(data, ("127.0.0.1", port + place))
