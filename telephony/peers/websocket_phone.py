"""A phone that speaks SIP over a WebSocket (RFC 7118), as browsers do: registers, tells when it is called.

It has no sound: what it is for is who is reachable.  When its connection ends it makes another one and
registers again, as browser phones do.
"""

from __future__ import annotations

import asyncio
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING, Self

import aiohttp

from telephony.peers.sip_registration import challenge_of, digest_answer, parse

if TYPE_CHECKING:
    from types import TracebackType

AGAIN_S = 2.0
"""JsSIP's ``connection_recovery_min_interval``."""
EXPIRES_S = 600
_KEPT = ("via:", "from:", "to:", "call-id:", "cseq:", "record-route:")


class WebSocketPhone:
    """One phone; an async context manager."""

    def __init__(self, name: str, secret: str, url: str) -> None:
        """``url``: of Asterisk's WebSocket, ``ws://HOST:PORT/ws``."""
        self._name, self._secret, self._url = name, secret, url
        self._host = f"{secrets.token_hex(6)}.invalid"
        self._call, self._number = secrets.token_hex(8), 0
        self._answers: asyncio.Queue[tuple[int, dict[str, str]]] = asyncio.Queue()
        self._living: asyncio.Task[None] | None = None
        self.registered = asyncio.Event()
        """Set while there is a registration of this connection."""
        self.registrations = 0
        self.invited = asyncio.Event()
        """Set when a call has come; it rings until the caller gives up."""

    async def __aenter__(self) -> Self:
        self._living = asyncio.create_task(self._live(), name=f"phone {self._name}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._living is not None:
            self._living.cancel()
            await asyncio.gather(self._living, return_exceptions=True)

    async def _live(self) -> None:
        async with aiohttp.ClientSession() as client:
            while True:
                with suppress(aiohttp.ClientError, OSError):
                    async with client.ws_connect(self._url, protocols=["sip"]) as ws:
                        registering = asyncio.create_task(self._register(ws))
                        try:
                            async for message in ws:
                                if message.type is aiohttp.WSMsgType.TEXT:
                                    await self._take(ws, message.data)
                        finally:
                            registering.cancel()
                self.registered.clear()
                await asyncio.sleep(AGAIN_S)

    async def _register(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        status, headers = await self._ask(ws, "")
        if status == 401:
            challenge = challenge_of(headers["www-authenticate"])
            answer = digest_answer(challenge, self._name, self._secret, "REGISTER", "sip:ringhall")
            status, _ = await self._ask(ws, answer)
        if status == 200:
            self.registrations += 1
            self.registered.set()
        else:
            await ws.close()

    async def _ask(
        self, ws: aiohttp.ClientWebSocketResponse, authorization: str
    ) -> tuple[int, dict[str, str]]:
        self._number += 1
        who = f"<sip:{self._name}@ringhall>"
        lines = [
            "REGISTER sip:ringhall SIP/2.0",
            f"Via: SIP/2.0/WS {self._host};branch=z9hG4bK{self._call}{self._number}",
            f"From: {who};tag={self._call}",
            f"To: {who}",
            f"Call-ID: {self._call}",
            f"CSeq: {self._number} REGISTER",
            f"Contact: <sip:{self._name}@{self._host};transport=ws>",
            f"Expires: {EXPIRES_S}",
            "Max-Forwards: 70",
            *([f"Authorization: {authorization}"] if authorization else []),
            "Content-Length: 0",
        ]
        await ws.send_str("\r\n".join([*lines, "", ""]))
        while True:
            status, headers = await self._answers.get()
            if status >= 200 and headers.get("cseq", "").startswith(f"{self._number} "):
                return status, headers

    async def _take(self, ws: aiohttp.ClientWebSocketResponse, text: str) -> None:
        lines = text.partition("\r\n\r\n")[0].split("\r\n")
        match lines[0].split(" ")[0]:
            case "SIP/2.0":
                self._answers.put_nowait(parse(text.encode()))
            case "ACK":
                pass
            case "INVITE":
                self.invited.set()
                await ws.send_str(self._response(lines, "180 Ringing"))
            case "CANCEL":
                await ws.send_str(self._response(lines, "200 OK"))
                invite = [
                    line.replace("CANCEL", "INVITE") if line.startswith("CSeq") else line for line in lines
                ]
                await ws.send_str(self._response(invite, "487 Request Terminated"))
            case _:
                await ws.send_str(self._response(lines, "200 OK"))

    def _response(self, request: list[str], status: str) -> str:
        lines = [f"SIP/2.0 {status}"]
        for line in request[1:]:
            if line.lower().startswith(_KEPT):
                tagged = not line.lower().startswith("to:") or "tag=" in line
                lines.append(line if tagged else f"{line};tag={self._call}")
        contact = f"Contact: <sip:{self._name}@{self._host};transport=ws>"
        return "\r\n".join([*lines, contact, "Content-Length: 0", "", ""])
