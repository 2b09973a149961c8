"""A desk phone with hold and transfer keys, its SIP written out: what each key sends, and what comes back."""

from __future__ import annotations

import asyncio
import itertools
import re

from tests.telephony_config.sip_peer import Message, SipPeer

_numbers = itertools.count(1)


class DeskPhone(SipPeer):
    """Answers a call by itself; then its keys may be pressed."""

    name = ""
    invite: Message | None = None

    async def log_on(self, name: str, secret: str) -> None:
        self.name = name
        assert await self.register(name, secret) == 200

    def answer(self, request: Message, status: str = "200 OK") -> None:
        if request.method != "INVITE":
            super().answer(request, status)
            return
        self.invite = request
        lines = ["SIP/2.0 200 OK"]
        for name in ("Via", "From", "To", "Call-ID", "CSeq"):
            value = request.headers[name.lower()]
            lines.append(f"{name}: {value}{';tag=peer' if name == 'To' and 'tag=' not in value else ''}")
        body = self._sdp("sendrecv")
        lines += [f"Contact: <sip:{self.name}@{self.address}:{self.port}>", "Content-Type: application/sdp"]
        self.send("\r\n".join([*lines, f"Content-Length: {len(body)}", "", body]))

    async def hold(self) -> None:
        await self._reinvite("sendonly")

    async def resume(self) -> None:
        await self._reinvite("sendrecv")

    async def _reinvite(self, direction: str) -> None:
        number = self._in_dialog("INVITE", body=self._sdp(direction))
        while True:
            answer = await self.response(5.0)
            assert answer is not None
            if answer.status >= 200 and answer.headers["cseq"] == f"{number} INVITE":
                break
        assert answer.status == 200
        self._in_dialog("ACK", number=number)

    def transfer(self, target: str) -> None:
        self._in_dialog("REFER", extra=f"Refer-To: <{target}>\r\n")

    async def transfer_result(self, within: float = 8.0) -> int:
        """Give the final status that NOTIFY tells of the transfer (RFC 3515)."""
        async with asyncio.timeout(within):
            while True:
                told = await self.next_request("NOTIFY", within)
                status = re.match(r"SIP/2\.0 (\d+)", told.body)
                if status is not None and int(status[1]) >= 200:
                    return int(status[1])

    def hung_up(self) -> bool:
        """Tell whether the far end has ended the call."""
        found = [self.requests.get_nowait() for _ in range(self.requests.qsize())]
        return any(request.method == "BYE" for request in found)

    def _sdp(self, direction: str) -> str:
        address, port = self._rtp.getsockname()
        return (
            f"v=0\r\no=- 1 {next(_numbers)} IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\n"
            f"m=audio {port} RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\na={direction}\r\n"
        )

    def _in_dialog(self, method: str, extra: str = "", body: str = "", number: int = 0) -> int:
        invite = self.invite
        assert invite is not None
        contact = re.search(r"<([^>]+)>", invite.headers["contact"])
        assert contact is not None
        number = number or next(_numbers)
        kind = "Content-Type: application/sdp\r\n" if body else ""
        self.send(
            f"{method} {contact[1]} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {self.address}:{self.port};rport;branch=z9hG4bKkey{number}\r\n"
            f"From: {invite.headers['to']};tag=peer\r\nTo: {invite.headers['from']}\r\n"
            f"Call-ID: {invite.headers['call-id']}\r\nCSeq: {number} {method}\r\nMax-Forwards: 70\r\n"
            f"Contact: <sip:{self.name}@{self.address}:{self.port}>\r\n{extra}{kind}"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )
        return number
