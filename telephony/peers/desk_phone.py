"""A desk phone with hold and transfer keys, its SIP written out: what each sends, and when what comes back.

It answers each call by itself and sends no sound until :meth:`DeskPhone.speak`.
"""

from __future__ import annotations

import asyncio
import itertools
import re
from contextlib import suppress
from urllib.parse import quote

from telephony.peers.sip_peer import Call, Message, SipPeer, authorization

_numbers = itertools.count(1)
_BETWEEN_S = 0.1
"""Pause after a key."""


class DeskPhoneError(Exception):
    """What was asked of the phone did not come about in time; the message says what."""


class DeskPhone(SipPeer):
    """One phone on one address; at most one call at a time."""

    def __init__(self, server: tuple[str, int], address: str = "127.0.0.1") -> None:
        super().__init__(server, address)
        self.name = ""
        self.rang_at = 0.0
        """When the last INVITE of a new call came (seconds of the monotonic clock)."""
        self.invite: Message | None = None
        """That INVITE."""
        self._over = asyncio.Event()
        self._rang = asyncio.Event()

    async def log_on(self, name: str, secret: str) -> None:
        """Register under a name."""
        self.name = name
        status = await self.register(name, secret)
        if status != 200:
            raise DeskPhoneError(f"{name} was not registered: {status}")

    # ── calls that come ──────────────────────────────────────────────────────────────────────────

    def answer(self, request: Message, status: str = "200 OK") -> None:
        """Answer a request; a new call with sound in both directions."""
        if request.method == "BYE":
            self._over.set()
        if request.method != "INVITE":
            super().answer(request, status)
            return
        if "tag=" not in request.headers["to"]:
            self.rang_at, self.invite = request.at, request
            self._over.clear()
            self._rang.set()
        lines = ["SIP/2.0 200 OK"]
        for name in ("Via", "From", "To", "Call-ID", "CSeq"):
            value = request.headers[name.lower()]
            lines.append(f"{name}: {value}{';tag=peer' if name == 'To' and 'tag=' not in value else ''}")
        body = self._sdp("sendrecv")
        lines += [f"Contact: <sip:{self.name}@{self.address}:{self.port}>", "Content-Type: application/sdp"]
        self.send("\r\n".join([*lines, f"Content-Length: {len(body)}", "", body]))

    async def rings(self, within: float = 10.0) -> float:
        """Wait for a call, the next one after the last time this was asked; gives when its INVITE came."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._rang.wait()
                self._rang.clear()
                return self.rang_at
        raise DeskPhoneError(f"{self.name} was not called in {within:g} s")

    async def over(self, within: float = 10.0) -> None:
        """Wait until the far end has ended the call."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._over.wait()
                return
        raise DeskPhoneError(f"the call of {self.name} was not ended in {within:g} s")

    @property
    def hung_up(self) -> bool:
        """Whether the far end has ended the call."""
        return self._over.is_set()

    # ── keys ─────────────────────────────────────────────────────────────────────────────────────

    async def hold(self) -> None:
        """Press the hold key (re-INVITE, sendonly)."""
        await self._reinvite("sendonly")

    async def resume(self) -> None:
        """Take the call off hold."""
        await self._reinvite("sendrecv")

    async def dial(self, number: str, secret: str) -> Call:
        """Dial on the second line; gives the call when it is up."""
        line = self.call(number, caller=self.name)
        line.invite()
        challenge = await line.until(401, within=5)
        if challenge is None or challenge.status != 401:
            raise DeskPhoneError(f"{self.name} was not asked for its password")
        line.number += 1
        line.invite(authorization(challenge, "INVITE", line.uri, self.name, secret))
        answer = await line.until(200, within=10)
        if answer is None or answer.status != 200:
            raise DeskPhoneError(f"{self.name} could not call {number}: {answer and answer.status}")
        return line

    def transfer_to(self, line: Call) -> None:
        """Press the transfer key on the first line, for whoever is on the second (REFER with Replaces)."""
        answer = next(message for message in line.heard if message.status == 200)
        far = re.search(r"tag=([^;>]+)", answer.headers["to"])
        if far is None:
            raise DeskPhoneError(f"{self.name}'s second line is not up")
        replaces = quote(f"{line.id};to-tag={far[1]};from-tag={line.id}", safe="")
        self.transfer(f"{line.uri}?Replaces={replaces}")

    def transfer(self, target: str) -> None:
        """Press the transfer key with an address (REFER)."""
        self._in_dialog("REFER", extra=f"Refer-To: <{target}>\r\n")

    async def transfer_result(self, within: float = 8.0) -> int:
        """Give the final status that NOTIFY tells of the transfer (RFC 3515)."""
        async with asyncio.timeout(within):
            while True:
                told = await self.next_request("NOTIFY", within)
                status = re.match(r"SIP/2\.0 (\d+)", told.body)
                if status is not None and int(status[1]) >= 200:
                    return int(status[1])

    async def press(self, keys: str) -> float:
        """Press keys (RFC 4733), each for 100 ms; gives when the last was let go (monotonic seconds)."""
        if self.invite is None:
            raise DeskPhoneError(f"{self.name} has no call to press keys in")
        let_go = 0.0
        for key in keys:
            let_go = await self.press_key(self.invite, key)
            await asyncio.sleep(_BETWEEN_S)
        return let_go

    async def speak(self, hz: float) -> None:
        """Say a tone from now on."""
        if self.invite is None:
            raise DeskPhoneError(f"{self.name} has no call to speak in")
        await self.say(self.invite, hz)

    # ── SIP ──────────────────────────────────────────────────────────────────────────────────────

    async def _reinvite(self, direction: str) -> None:
        number = self._in_dialog("INVITE", body=self._sdp(direction))
        while True:
            answer = await self.response(5.0)
            if answer is None:
                raise DeskPhoneError(f"{self.name}: no answer to the re-INVITE ({direction}) in 5 s")
            if answer.status >= 200 and answer.headers["cseq"] == f"{number} INVITE":
                break
        if answer.status != 200:
            raise DeskPhoneError(f"{self.name}: the re-INVITE ({direction}) was answered {answer.status}")
        self._in_dialog("ACK", number=number)

    def _sdp(self, direction: str) -> str:
        address, port = self._rtp.getsockname()
        return (
            f"v=0\r\no=- 1 {next(_numbers)} IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\n"
            f"m=audio {port} RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\na={direction}\r\n"
        )

    def _in_dialog(self, method: str, extra: str = "", body: str = "", number: int = 0) -> int:
        invite = self.invite
        contact = re.search(r"<([^>]+)>", invite.headers["contact"]) if invite is not None else None
        if invite is None or contact is None:
            raise DeskPhoneError(f"{self.name} has no call")
        number = number or next(_numbers)
        self.send(
            f"{method} {contact[1]} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {self.address}:{self.port};rport;branch=z9hG4bKkey{number}{method[:1]}\r\n"
            f"From: {invite.headers['to']};tag=peer\r\nTo: {invite.headers['from']}\r\n"
            f"Call-ID: {invite.headers['call-id']}\r\nCSeq: {number} {method}\r\nMax-Forwards: 70\r\n"
            f"Contact: <sip:{self.name}@{self.address}:{self.port}>\r\n{extra}"
            + ("Content-Type: application/sdp\r\n" if body else "")
            + f"Content-Length: {len(body)}\r\n\r\n{body}"
        )
        return number
