"""One SIP caller at a time, who measures when the first sound of a prompt reaches their ear.

SIPp can't tell when audio arrives.  This is as little SIP as that needs: INVITE, ACK, BYE over UDP, and an
RTP socket that looks at every packet.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass
from typing import Any, cast

_QUIET = 300
"""Amplitude (of 32,768) below which a sample counts as silence."""
_TIMEOUT_S = 10.0


def linear(code: int) -> int:
    """Decode a byte of G.711 μ-law to a sample (ITU-T G.711)."""
    code = ~code & 0xFF
    magnitude = (((code & 0x0F) << 3) + 0x84) << ((code & 0x70) >> 4)
    return 0x84 - magnitude if code & 0x80 else magnitude - 0x84


LOUD = bytes(1 if abs(linear(code)) > _QUIET else 0 for code in range(256))
"""Turns each byte of μ-law into 1 when it is more than silence."""


class CallFailed(Exception):  # noqa: N818 - named for what happened
    """The call was refused, or nothing was heard in time."""


@dataclass(frozen=True)
class Measured:
    """Seconds from the INVITE's leaving to …"""

    provisional: float
    """… the first provisional response other than 100; 0 without one."""
    answer: float
    """… the 200 OK."""
    first_packet: float
    """… the first RTP packet."""
    first_sound: float
    """… the first RTP packet that holds more than silence."""


class MeasuringCaller:
    """Calls ``server`` (``host:port``) from ``address``."""

    def __init__(self, server: str, *, address: str = "127.0.0.1") -> None:
        host, port = server.rsplit(":", 1)
        self._server = (host, int(port))
        self._address = address

    async def call(self, dial: str, number: str) -> Measured:
        """Call ``dial`` as ``number``, listen until the first sound, and hang up.

        Raises :class:`CallFailed`.
        """
        loop = asyncio.get_running_loop()
        sip_transport, sip = await loop.create_datagram_endpoint(Signals, (self._address, 0))
        rtp_transport, rtp = await loop.create_datagram_endpoint(_Ear, (self._address, 0))
        dialog = Dialog(
            self._server,
            sip_transport.get_extra_info("sockname"),
            rtp_transport.get_extra_info("sockname")[1],
        )
        dialog.dial, dialog.number = dial, number
        try:
            return await self._measure(dialog, sip_transport, sip, rtp)
        finally:
            sip_transport.close()
            rtp_transport.close()

    async def _measure(
        self, dialog: Dialog, transport: asyncio.DatagramTransport, sip: Signals, rtp: _Ear
    ) -> Measured:
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                sent = time.perf_counter()
                transport.sendto(dialog.request("INVITE", 1), self._server)
                provisional = 0.0
                while True:
                    at, status, response = await sip.responses.get()
                    if 100 < status < 200 and not provisional:
                        provisional = at - sent
                    elif 200 <= status < 300:
                        break
                    elif status >= 300:
                        raise CallFailed(f"{dialog.dial} answered {status}")
                answer = at - sent
                dialog.accepted(response)
                transport.sendto(dialog.request("ACK", 1), self._server)
                await rtp.heard.wait()
                transport.sendto(dialog.request("BYE", 2), self._server)
                while (await sip.responses.get())[2].get("cseq") != "2 BYE":
                    pass
        except TimeoutError:
            raise CallFailed(f"{dialog.dial}: not answered and heard in {_TIMEOUT_S:g} s") from None
        return Measured(provisional, answer, rtp.first_packet - sent, rtp.first_sound - sent)


class Dialog:
    """What a call's requests are made of."""

    audio_port: int
    """Where the far end wants to hear us, once it has answered."""

    def __init__(self, server: tuple[str, int], local: tuple[str, int], rtp_port: int) -> None:
        self.dial = self.number = ""
        self._server = server
        self._local = f"{local[0]}:{local[1]}"
        self._host = local[0]
        self._rtp_port = rtp_port
        self._call = secrets.token_hex(8)
        self._to_tag = ""
        self._target = ""

    def accepted(self, headers: dict[str, str]) -> None:
        """Take the far end's tag and address from a 200 OK."""
        self._to_tag = headers.get("to", "").partition(";")[2]
        self._target = headers.get("contact", "").partition("<")[2].partition(">")[0]
        self.audio_port = int(headers.get("m=audio", "0"))

    def request(self, method: str, number: int) -> bytes:
        """Write a request as it goes over the wire."""
        first = f"sip:{self.dial}@{self._server[0]}:{self._server[1]}"
        tag = f";{self._to_tag}" if self._to_tag else ""
        body = self._offer() if method == "INVITE" else ""
        lines = [
            f"{method} {self._target or first} SIP/2.0",
            f"Via: SIP/2.0/UDP {self._local};branch=z9hG4bK{secrets.token_hex(6)};rport",
            f"From: <sip:{self.number}@{self._local}>;tag={self._call}",
            f"To: <{first}>{tag}",
            f"Call-ID: {self._call}",
            f"CSeq: {number} {method}",
            f"Contact: <sip:{self.number}@{self._local}>",
            "Max-Forwards: 70",
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body)}",
        ]
        return ("\r\n".join([*lines, "", ""]) + body).encode()

    def _offer(self) -> str:
        lines = [
            "v=0",
            f"o=caller 1 1 IN IP4 {self._host}",
            "s=-",
            f"c=IN IP4 {self._host}",
            "t=0 0",
            f"m=audio {self._rtp_port} RTP/AVP 0 101",
            "a=rtpmap:0 PCMU/8000",
            "a=rtpmap:101 telephone-event/8000",
        ]
        return "\r\n".join([*lines, ""])


class Signals(asyncio.DatagramProtocol):
    """Receives SIP: responses as (time, status, headers), the audio port of their SDP among the headers."""

    def __init__(self) -> None:
        self.responses: asyncio.Queue[tuple[float, int, dict[str, str]]] = asyncio.Queue()
        self.hung_up_on = False
        """Whether the far end has ended the call."""
        self._transport: asyncio.DatagramTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what answers go out by."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """Take a packet; of requests the far end's BYE alone is answered."""
        at = time.perf_counter()
        first, *rest = data.decode(errors="replace").split("\r\n")
        if first.startswith("BYE "):
            self.hung_up_on = True
            kept = ("via:", "from:", "to:", "call-id:", "cseq:")
            same = [line for line in rest if line.lower().startswith(kept)]
            self._transport.sendto(
                "\r\n".join(["SIP/2.0 200 OK", *same, "Content-Length: 0", "", ""]).encode(), addr
            )
        if first.startswith("SIP/2.0 "):
            headers = {key.lower(): value.strip() for key, _, value in (line.partition(":") for line in rest)}
            headers |= dict(line.split(" ")[:2] for line in rest if line.startswith("m=audio "))
            self.responses.put_nowait((at, int(first.split(" ")[1]), headers))


class _Ear(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.first_packet = 0.0
        self.first_sound = 0.0
        self.heard = asyncio.Event()

    def datagram_received(self, data: bytes, addr: Any) -> None:  # noqa: ARG002 - asyncio's signature
        at = time.perf_counter()
        if len(data) < 13 or data[1] & 0x7F != 0:  # payload type 0 is PCMU
            return
        self.first_packet = self.first_packet or at
        if not self.heard.is_set() and any(data[12:].translate(LOUD)):
            self.first_sound = at
            self.heard.set()
