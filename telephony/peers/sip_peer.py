"""A SIP party written out by hand, for what SIPp and softphones do not show.

Any source address, any header, each response with its time, and the RTP that came before an answer.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import socket
import struct
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import numpy as np

from telephony.g711 import mu_law_encode
from telephony.peers.sip_registration import digest_answer

if TYPE_CHECKING:
    from types import TracebackType

_numbers = itertools.count(1)
_FRAME_S = 0.02
_FRAME = 160


@dataclass(frozen=True)
class Message:
    """A SIP message that arrived, and when (seconds of the monotonic clock)."""

    start: str
    headers: dict[str, str]
    body: str
    at: float

    @property
    def status(self) -> int:
        """Status of a response, 0 for a request."""
        return int(self.start.split()[1]) if self.start.startswith("SIP/2.0") else 0

    @property
    def method(self) -> str:
        """The method, of a response that of its request."""
        return self.headers["cseq"].split()[1]


def parse(data: bytes) -> Message:
    """Read a message; of headers that come more than once the first is kept."""
    head, _, body = data.decode().partition("\r\n\r\n")
    start, *lines = head.split("\r\n")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers.setdefault(name.strip().lower(), value.strip())
    return Message(start, headers, body, time.monotonic())


class SipPeer:
    """One address that sends and takes SIP over UDP or TCP, with a socket for RTP beside it."""

    def __init__(
        self, server: tuple[str, int], address: str = "127.0.0.1", transport: str = "udp", port: int = 0
    ) -> None:
        self.server = server
        self.address = address
        self.transport = transport
        self.port = port
        self.requests: asyncio.Queue[Message] = asyncio.Queue()
        self.responses: asyncio.Queue[Message] = asyncio.Queue()
        self.rtp: list[tuple[float, bytes]] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._speaking: asyncio.Task[None] | None = None
        self._keys = self._key_packets = 0
        self._writer: asyncio.StreamWriter | None = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._rtp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._rtp.setblocking(False)
        self._rtp.bind((self.address, 0))
        if self.transport == "tcp":
            reader, self._writer = await asyncio.open_connection(*self.server, local_addr=(self.address, 0))
            self.port = int(self._writer.get_extra_info("sockname")[1])
            self._tasks.append(loop.create_task(self._read_stream(reader)))
        else:
            self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._udp.setblocking(False)
            self._udp.bind((self.address, self.port))
            self.port = int(self._udp.getsockname()[1])
            self._tasks.append(loop.create_task(self._read_datagrams()))
        self._tasks.append(loop.create_task(self._read_rtp()))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.fall_silent()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._rtp.close()
        if self._writer is not None:
            self._writer.close()
        else:
            self._udp.close()

    @property
    def hears_at(self) -> tuple[str, int]:
        """Address and port at which sound is taken."""
        address, port = self._rtp.getsockname()
        return address, port

    async def say(self, session: Message, hz: float) -> None:
        """Send a tone (0: silence) to where a message's SDP wants it, from now on: μ-law, 20 ms a packet."""
        await self.fall_silent()
        media = re.search(r"m=audio (\d+)", session.body)
        if media is None:
            raise ValueError("the message says of no place that takes sound")
        work = self._say((self.server[0], int(media[1])), hz)
        self._speaking = asyncio.get_running_loop().create_task(work, name="sound")

    async def press_key(self, session: Message, key: str) -> float:
        """Press a key for 100 ms (RFC 4733, payload 101); gives when it was let go (monotonic seconds)."""
        media = re.search(r"m=audio (\d+)", session.body)
        if media is None:
            raise ValueError("the message says of no place that takes sound")
        far, event = (self.server[0], int(media[1])), "0123456789*#ABCD".index(key)
        self._keys += 1
        stamp, let_go = self._keys * 8000, 0.0
        for step in (1, 2, 3, 4, 5, 5, 5, 5):
            last = let_go > 0 or step == 5
            self._key_packets += 1
            head = struct.pack(
                "!BBHII", 0x80, 101 | (0x80 if step == 1 else 0), self._key_packets, stamp, 0x6B657973
            )
            self._rtp.sendto(
                head + struct.pack("!BBH", event, (0x80 if last else 0) | 10, step * _FRAME), far
            )
            if last:
                let_go = let_go or time.monotonic()
            else:
                await asyncio.sleep(_FRAME_S)
        return let_go

    async def fall_silent(self) -> None:
        """Send no sound any more."""
        if self._speaking is not None:
            self._speaking.cancel()
            await asyncio.gather(self._speaking, return_exceptions=True)
            self._speaking = None

    async def _say(self, far: tuple[str, int], hz: float) -> None:
        loop = asyncio.get_running_loop()
        started, number = loop.time(), 0
        while True:
            when = np.arange(number * _FRAME, (number + 1) * _FRAME) / 8000
            sound = mu_law(0.3 * np.sin(2 * np.pi * hz * when))
            head = struct.pack("!BBHII", 0x80, 0, number & 0xFFFF, number * _FRAME & 0xFFFFFFFF, 0x52696E67)
            with suppress(BlockingIOError, ConnectionRefusedError):
                self._rtp.sendto(head + sound, far)
            number += 1
            await asyncio.sleep(max(0.0, started + number * _FRAME_S - loop.time()))

    async def _read_rtp(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            packet = await loop.sock_recv(self._rtp, 2048)
            self.rtp.append((time.monotonic(), packet))

    async def _read_datagrams(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._take(parse(await loop.sock_recv(self._udp, 65535)))

    async def _read_stream(self, reader: asyncio.StreamReader) -> None:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?im)^content-length\s*:\s*(\d+)", head)
            self._take(parse(head + await reader.readexactly(int(length[1]) if length else 0)))

    def _take(self, message: Message) -> None:
        if message.status:
            self.responses.put_nowait(message)
            return
        self.requests.put_nowait(message)
        if message.method != "ACK":
            self.answer(message)

    def answer(self, request: Message, status: str = "200 OK") -> None:
        """Answer a request; a REGISTER gets its contact back, as from a registrar."""
        lines = [f"SIP/2.0 {status}"]
        names = ("Via", "From", "To", "Call-ID", "CSeq") + (
            ("Contact",) if request.method == "REGISTER" else ()
        )
        for name in names:
            value = request.headers[name.lower()]
            if name == "To" and "tag=" not in value:
                value += ";tag=peer"
            lines.append(f"{name}: {value}")
        self.send("\r\n".join([*lines, "Expires: 300", "Content-Length: 0", "", ""]))

    def send(self, text: str) -> None:
        """Send a message as it is."""
        if self._writer is not None:
            self._writer.write(text.encode())
        else:
            self._udp.sendto(text.encode(), self.server)

    def request(
        self,
        method: str,
        uri: str,
        *,
        caller: str,
        to: str,
        call: str,
        number: int,
        extra: str = "",
        body: str = "",
    ) -> None:
        """Send a request in a dialog of its own."""
        branch = f"z9hG4bK{call}n{number}"  # a CANCEL and an ACK belong to their INVITE's transaction
        to_tag = to if to.startswith("<") else f"<{to}>"
        self.send(
            f"{method} {uri} SIP/2.0\r\n"
            f"Via: SIP/2.0/{self.transport.upper()} {self.address}:{self.port};rport;branch={branch}\r\n"
            f"From: <sip:{caller}@{self.address}>;tag={call}\r\nTo: {to_tag}\r\nCall-ID: {call}\r\n"
            f"CSeq: {number} {method}\r\nMax-Forwards: 70\r\n"
            f"Contact: <sip:{caller}@{self.address}:{self.port};transport={self.transport}>\r\n{extra}"
            + ("Content-Type: application/sdp\r\n" if body else "")
            + f"Content-Length: {len(body)}\r\n\r\n{body}"
        )

    async def response(self, within: float) -> Message | None:
        """Give the next response; None when there is none in that time."""
        try:
            async with asyncio.timeout(within):
                return await self.responses.get()
        except TimeoutError:
            return None

    async def next_request(self, method: str, within: float = 5.0) -> Message:
        """Give the next request of a method; raises TimeoutError."""
        async with asyncio.timeout(within):
            while (request := await self.requests.get()).method != method:
                pass
        return request

    def call(self, number: str, *, caller: str = "5551234", uri: str = "") -> Call:
        """Place a call; ``uri`` replaces the request's address."""
        host, port = self.server
        return Call(self, uri or f"sip:{number}@{host}:{port}", caller)

    async def register(self, name: str, secret: str, *, answer: bool = True) -> int:
        """Register as ``name``; return the last status, 0 without an answer."""
        host, port = self.server
        call = f"reg{next(_numbers)}"
        uri, aor = f"sip:{host}:{port}", f"sip:{name}@{host}:{port}"
        self.request("REGISTER", uri, caller=name, to=aor, call=call, number=1, extra="Expires: 300\r\n")
        first = await self.response(3)
        if first is None:
            return 0
        if first.status != 401 or not answer:
            return first.status
        credentials = authorization(first, "REGISTER", uri, name, secret)
        self.request(
            "REGISTER", uri, caller=name, to=aor, call=call, number=2, extra=f"{credentials}Expires: 300\r\n"
        )
        second = await self.response(3)
        return 0 if second is None else second.status


def mu_law(samples: np.ndarray[tuple[int], np.dtype[np.float64]]) -> bytes:
    """Code samples of ±1 in μ-law, shape (n,) → n bytes."""
    return mu_law_encode((np.clip(samples, -1, 1) * 32_767).astype(np.int16)).tobytes()


def authorization(challenge: Message, method: str, uri: str, name: str, secret: str) -> str:
    """Answer a 401 (RFC 7616): a header line."""
    fields = dict(re.findall(r'(\w+)="?([^",]+)"?', challenge.headers["www-authenticate"]))
    return f"Authorization: {digest_answer(fields, name, secret, method, uri)}\r\n"


@dataclass
class Call:
    """A call that a peer places: its INVITE, and every response to it."""

    peer: SipPeer
    uri: str
    caller: str
    id: str = field(default_factory=lambda: f"call{next(_numbers)}")
    number: int = 1
    began: float = 0.0
    heard: list[Message] = field(default_factory=list)

    def invite(self, extra: str = "") -> None:
        """Send the INVITE, with what we can hear."""
        address, port = self.peer.hears_at
        body = (
            f"v=0\r\no=- 1 1 IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\n"
            f"m=audio {port} RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"
        )
        self.began = self.began or time.monotonic()
        self.peer.request(
            "INVITE",
            self.uri,
            caller=self.caller,
            to=self.uri,
            call=self.id,
            number=self.number,
            extra=extra,
            body=body,
        )

    async def until(self, *statuses: int, within: float) -> Message | None:
        """Collect responses until one of ``statuses`` or any final one came; None when time ran out."""
        deadline = time.monotonic() + within
        while (left := deadline - time.monotonic()) > 0:
            message = await self.peer.response(left)
            if message is None:
                return None
            if message.method != "INVITE" or message.headers["call-id"] != self.id:
                continue
            self.heard.append(message)
            if message.status >= 200:
                self._request("ACK", message)
            if message.status >= 200 or message.status in statuses:
                return message
        return None

    def cancel(self) -> None:
        """Take the INVITE back."""
        self.peer.request(
            "CANCEL", self.uri, caller=self.caller, to=self.uri, call=self.id, number=self.number
        )

    def _request(self, method: str, message: Message, extra: str = "") -> None:
        self.peer.request(
            method,
            self.uri,
            caller=self.caller,
            to=message.headers["to"],
            call=self.id,
            number=self.number,
            extra=extra,
        )

    def bye(self) -> None:
        """Hang up."""
        self._in_dialog("BYE")

    def refer(self, target: str) -> None:
        """Ask the far end to call somebody else."""
        self._in_dialog("REFER", f"Refer-To: <{target}>\r\n")

    def _in_dialog(self, method: str, extra: str = "") -> None:
        answered = next(message for message in self.heard if message.status == 200)
        self.number += 1
        self._request(method, answered, extra)
