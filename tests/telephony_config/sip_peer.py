"""A SIP party written out by hand, for what SIPp and softphones do not show: any source address, any header,
each response with its time, and the RTP that came before an answer."""

from __future__ import annotations

import asyncio
import itertools
import re
import socket
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from telephony.peers.sip_registration import digest_answer

if TYPE_CHECKING:
    from types import TracebackType

_numbers = itertools.count(1)


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
        return self.headers["cseq"].split()[1]


def parse(data: bytes) -> Message:
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
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._rtp.close()
        if self._writer is not None:
            self._writer.close()
        else:
            self._udp.close()

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
        try:
            async with asyncio.timeout(within):
                return await self.responses.get()
        except TimeoutError:
            return None

    async def next_request(self, method: str, within: float = 5.0) -> Message:
        async with asyncio.timeout(within):
            while (request := await self.requests.get()).method != method:
                pass
        return request

    def call(self, number: str, *, caller: str = "5551234", uri: str = "") -> Call:
        """Place a call; ``uri`` replaces the request's address."""
        host, port = self.server
        return Call(self, uri or f"sip:{number}@{host}:{port}", caller)

    async def register(self, name: str, secret: str, *, answer: bool = True) -> int:
        """Register as ``name``; return the last status."""
        host, port = self.server
        call = f"reg{next(_numbers)}"
        uri, aor = f"sip:{host}:{port}", f"sip:{name}@{host}:{port}"
        self.request("REGISTER", uri, caller=name, to=aor, call=call, number=1, extra="Expires: 300\r\n")
        first = await self.response(3)
        assert first is not None
        if first.status != 401 or not answer:
            return first.status
        credentials = authorization(first, "REGISTER", uri, name, secret)
        self.request(
            "REGISTER", uri, caller=name, to=aor, call=call, number=2, extra=f"{credentials}Expires: 300\r\n"
        )
        second = await self.response(3)
        assert second is not None
        return second.status


def authorization(challenge: Message, method: str, uri: str, name: str, secret: str) -> str:
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
        address, port = self.peer._rtp.getsockname()
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
        self._in_dialog("BYE")

    def refer(self, target: str) -> None:
        self._in_dialog("REFER", f"Refer-To: <{target}>\r\n")

    def _in_dialog(self, method: str, extra: str = "") -> None:
        answered = next(message for message in self.heard if message.status == 200)
        self.number += 1
        self._request(method, answered, extra)
