"""A SIP phone in a few lines: it answers an INVITE as it was told to, with any status at any time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 9 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
)


@dataclass(frozen=True)
class Reply:
    """A response to an INVITE, ``after`` seconds."""

    status: str
    after: float = 0.0


class SipPhone(asyncio.DatagramProtocol):
    """Takes calls on a UDP port of its own."""

    def __init__(self, replies: Sequence[Reply]) -> None:
        self.replies = list(replies)
        self.invited = asyncio.Event()
        self._timers: list[asyncio.TimerHandle] = []
        self._seen: set[str] = set()

    async def start(self) -> int:
        """Open the port and return it."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        return int(self._transport.get_extra_info("sockname")[1])

    def close(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        lines = data.decode().split("\r\n\r\n")[0].split("\r\n")
        method = lines[0].split()[0]
        if method == "INVITE":
            self._invite(lines, addr)
        elif method not in ("ACK", "SIP/2.0"):
            self._send(lines, "200 OK", addr)
            if method == "CANCEL":
                for timer in self._timers:
                    timer.cancel()
                invite = [
                    line.replace("CANCEL", "INVITE") if line.startswith("CSeq") else line for line in lines
                ]
                self._send(invite, "487 Request Terminated", addr)

    def _invite(self, lines: list[str], addr: tuple[str, int]) -> None:
        self.invited.set()
        call = next(line for line in lines if line.lower().startswith("call-id"))
        if call in self._seen:  # a retransmission
            return
        self._seen.add(call)
        loop = asyncio.get_running_loop()
        for reply in self.replies:
            self._timers.append(loop.call_later(reply.after, self._send, lines, reply.status, addr))

    def _send(self, request: list[str], status: str, addr: tuple[str, int]) -> None:
        kept = ("via:", "from:", "to:", "call-id:", "cseq:", "record-route:")
        lines = [f"SIP/2.0 {status}"]
        for line in request[1:]:
            if line.lower().startswith(kept):
                tagged = not line.lower().startswith("to:") or "tag=" in line
                lines.append(line if tagged else f"{line};tag=phone")
        port = self._transport.get_extra_info("sockname")[1]
        lines.append(f"Contact: <sip:phone@127.0.0.1:{port}>")
        answered = status.startswith("200") and any(line.lower().endswith("invite") for line in lines)
        body = SDP if answered else ""
        if body:
            lines.append("Content-Type: application/sdp")
        text = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", body])
        self._transport.sendto(text.encode(), addr)
