"""Everybody whom a campaign calls, in a process of their own: they answer, don't, are busy, hear, hang up.

``python -m benchmarks.callees PORT TALK_S FILE [SOUNDS]`` takes calls over SIP at 127.0.0.1:PORT.  What a
number does follows from its place (:func:`place_of`).  Whoever answers says a tone all the time or,
where the JSON of SOUNDS (place, two digits → WAV) has it, that; so an agent's phone that sends back what it
hears is heard.  ``key 9`` in place of a WAV is somebody who presses that key when they have heard something.
At the end (SIGTERM) FILE gets a line of JSON for each call: ``heard_at`` is when the first sound came,
``sounds`` how many packets had any.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import re
import signal
import socket
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from telephony.peers.sip_peer import Message, mu_law, parse
from telephony.wav import pcm_of

_FRAME, _FRAME_S = 160, 0.02
_QUIET = frozenset({0xFF, 0x7F, 0xFE, 0x7E, 0xFD, 0x7D})
"""μ-law of next to nothing."""
_LOUD_SHARE = 0.2
"""A packet of which so much is louder has sound in it."""
TONE = [
    mu_law(0.3 * np.sin(2 * np.pi * 400 * np.arange(k * _FRAME, (k + 1) * _FRAME) / 8000)) for k in range(5)
]
SILENCE = b"\xff" * _FRAME
AGAIN_S = 0.5
KEY, KEY_AFTER_S = "key ", 1.0


def frames_of(file: Path) -> list[bytes]:
    """Give a WAV file (8 kHz, mono) as frames of 20 ms, μ-law."""
    samples = np.frombuffer(pcm_of(file.read_bytes())[1], dtype="<i2").astype(np.float64) / 32_768
    whole = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME)
    return [mu_law(frame) for frame in whole]


@dataclass(frozen=True)
class Fate:
    """What somebody does who is called."""

    status: int
    """Final SIP status; 0: it rings until the caller gives up."""
    after_s: float
    """From the INVITE on."""


def place_of(number: str) -> int:
    """Give 0 to 99 by the number, in no order: people who answer don't stand in a row on a list."""
    return int.from_bytes(hashlib.blake2b(number.encode(), digest_size=4).digest()) % 100


def fate(number: str) -> Fate:
    """Give what a number does: 35 of 100 answer, 40 don't, 15 are busy, 5 refuse, 5 do not exist."""
    place = place_of(number)
    if place < 35:
        return Fate(200, 1.0 + place % 7)
    if place < 75:
        return Fate(0, 0.0)
    if place < 90:
        return Fate(486, 0.1)
    return Fate(603, 2.0) if place < 95 else Fate(404, 0.05)


@dataclass
class Callee:
    """One call.  Times in Unix seconds; 0: it did not come to that."""

    number: str
    call_id: str
    invited_at: float
    answered_at: float = 0.0
    heard_at: float = 0.0
    sounds: int = 0
    cancelled_at: float = 0.0
    over_at: float = 0.0
    over_by: str = ""
    invites: int = 1
    acknowledged: asyncio.Event = field(default_factory=asyncio.Event)


class Callees:
    """All of them, behind one SIP address."""

    def __init__(self, port: int, talk_s: float, sounds: dict[str, str]) -> None:
        self._keys = {place: said[-1] for place, said in sounds.items() if said.startswith(KEY)}
        self._sounds = {
            place: frames_of(Path(file)) for place, file in sounds.items() if place not in self._keys
        }
        self.calls: dict[str, Callee] = {}
        self._talk_s = talk_s
        self._chance = random.Random(11)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self._socket.setblocking(False)
        self._socket.bind(("127.0.0.1", port))
        self._port = port
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def serve(self) -> None:
        """Take what comes, for ever."""
        loop = asyncio.get_running_loop()
        while True:
            data, sender = await loop.sock_recvfrom(self._socket, 65_535)
            with suppress(KeyError, ValueError, IndexError):
                self._take(parse(data), sender)

    def _take(self, message: Message, sender: tuple[str, int]) -> None:
        if message.status:
            return
        call_id, method = message.headers["call-id"], message.start.split(" ", 1)[0]
        known = self.calls.get(call_id)
        match method:
            case "INVITE" if known is None:
                number = re.search(r"sip:([^@>;]+)", message.start.split(" ")[1])
                callee = Callee(number[1] if number else "", call_id, time.time())
                self.calls[call_id] = callee
                work = self._serve(callee, message, sender)
                self._tasks[call_id] = asyncio.get_running_loop().create_task(work)
            case "INVITE" if known is not None:
                known.invites += 1
            case "ACK" if known is not None:
                known.acknowledged.set()
            case "CANCEL":
                self._answer(message, sender, "200 OK")
                if known is not None and not known.answered_at:
                    known.cancelled_at = known.over_at = time.time()
                    self._tasks[call_id].cancel()
            case "BYE":
                self._answer(message, sender, "200 OK")
                if known is not None and not known.over_at:
                    known.over_at, known.over_by = time.time(), "caller"
                    self._tasks[call_id].cancel()
            case _:
                self._answer(message, sender, "200 OK")

    def _answer(self, request: Message, to: tuple[str, int], status: str, body: str = "") -> None:
        headers = request.headers
        tag = "" if "tag=" in headers["to"] or status.startswith("100") else f";tag={headers['call-id'][:16]}"
        lines = [
            f"SIP/2.0 {status}",
            f"Via: {headers['via']}",
            f"From: {headers['from']}",
            f"To: {headers['to']}{tag}",
            f"Call-ID: {headers['call-id']}",
            f"CSeq: {headers['cseq']}",
            f"Contact: <sip:callee@127.0.0.1:{self._port}>",
        ]
        if body:
            lines.append("Content-Type: application/sdp")
        lines += [f"Content-Length: {len(body)}", "", body]
        self._socket.sendto("\r\n".join(lines).encode(), to)

    async def _serve(self, callee: Callee, invite: Message, sender: tuple[str, int]) -> None:
        wanted = fate(callee.number)
        try:
            self._answer(invite, sender, "100 Trying")
            if wanted.status not in {486, 404}:
                self._answer(invite, sender, "180 Ringing")
            if not wanted.status:
                await asyncio.sleep(120)
                return
            await asyncio.sleep(wanted.after_s)
            if wanted.status != 200:
                self._answer(invite, sender, f"{wanted.status} No")
                callee.over_at, callee.over_by = time.time(), "callee"
                return
            await self._talk(callee, invite, sender)
        except asyncio.CancelledError:
            if callee.cancelled_at:
                self._answer(invite, sender, "487 Request Terminated")

    async def _talk(self, callee: Callee, invite: Message, sender: tuple[str, int]) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as media:
            media.setblocking(False)
            media.bind(("127.0.0.1", 0))
            port = media.getsockname()[1]
            body = "\r\n".join(
                ("v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0",
                 f"m=audio {port} RTP/AVP 0 101", "a=rtpmap:0 PCMU/8000",
                 "a=rtpmap:101 telephone-event/8000", "a=sendrecv", "")
            )  # fmt: skip
            callee.answered_at = time.time()
            talk_s = self._chance.uniform(0.5, 1.5) * self._talk_s
            hearing = asyncio.get_running_loop().create_task(self._hear(callee, media))
            far = re.search(r"m=audio (\d+)", invite.body)
            key = self._keys.get(f"{place_of(callee.number):02}")
            pressing = asyncio.get_running_loop().create_task(
                self._press(callee, media, ("127.0.0.1", int(far[1]) if far else 9), key)
            )
            saying = asyncio.get_running_loop().create_task(
                self._say(
                    media,
                    ("127.0.0.1", int(far[1]) if far else 9),
                    self._sounds.get(f"{place_of(callee.number):02}"),
                )
            )
            try:
                while not callee.acknowledged.is_set():
                    self._answer(invite, sender, "200 OK", body)
                    with suppress(TimeoutError):
                        async with asyncio.timeout(AGAIN_S):
                            await callee.acknowledged.wait()
                await asyncio.sleep(talk_s)
                self._bye(callee, invite, sender)
            finally:
                hearing.cancel()
                saying.cancel()
                pressing.cancel()

    def _bye(self, callee: Callee, invite: Message, to: tuple[str, int]) -> None:
        headers = invite.headers
        contact = re.search(r"<([^>]+)>", headers["contact"])
        lines = [
            f"BYE {contact[1] if contact else 'sip:asterisk'} SIP/2.0",
            f"Via: SIP/2.0/UDP 127.0.0.1:{self._port};branch=z9hG4bK{random.getrandbits(48):x}",
            "Max-Forwards: 70",
            f"From: {headers['to']};tag={headers['call-id'][:16]}",
            f"To: {headers['from']}",
            f"Call-ID: {headers['call-id']}",
            "CSeq: 1 BYE",
            "Content-Length: 0",
            "",
            "",
        ]
        self._socket.sendto("\r\n".join(lines).encode(), to)
        callee.over_at, callee.over_by = time.time(), "callee"

    async def _say(
        self, media: socket.socket, far: tuple[str, int], sound: list[bytes] | None = None
    ) -> None:
        """Say the tone for ever, or a sound once and then nothing."""
        loop, number = asyncio.get_running_loop(), 0
        started = loop.time()
        while True:
            head = bytes([0x80, 0]) + (number & 0xFFFF).to_bytes(2, "big")
            head += (number * _FRAME & 0xFFFFFFFF).to_bytes(4, "big") + b"call"
            with suppress(OSError):
                if sound is None:
                    media.sendto(head + TONE[number % len(TONE)], far)
                else:
                    media.sendto(head + (sound[number] if number < len(sound) else SILENCE), far)
            number += 1
            await asyncio.sleep(max(0.0, started + number * _FRAME_S - loop.time()))

    async def _press(
        self, callee: Callee, media: socket.socket, far: tuple[str, int], key: str | None
    ) -> None:
        """Press a key (RFC 4733), once, some time after the first sound."""
        while key is not None and not callee.heard_at:  # noqa: ASYNC110 - a packet may come at any time
            await asyncio.sleep(_FRAME_S)
        if key is None:
            return
        await asyncio.sleep(KEY_AFTER_S)
        for number in range(1, 14):
            head = bytes([0x80, 101 | (0x80 if number == 1 else 0)]) + number.to_bytes(2, "big")
            over = 0x80 if number > 10 else 0
            event = bytes([int(key), over | 10]) + (min(number, 11) * _FRAME).to_bytes(2, "big")
            media.sendto(head + (7 * _FRAME).to_bytes(4, "big") + b"keys" + event, far)
            await asyncio.sleep(_FRAME_S)

    async def _hear(self, callee: Callee, media: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            packet = await loop.sock_recv(media, 2048)
            sound = packet[12:]
            if len(sound) == _FRAME and sum(one not in _QUIET for one in sound) > _LOUD_SHARE * _FRAME:
                callee.sounds += 1
                callee.heard_at = callee.heard_at or time.time()


TOLD = (
    "number", "call_id", "invited_at", "answered_at", "heard_at", "sounds", "cancelled_at", "over_at",
    "over_by", "invites",
)  # fmt: skip
"""What FILE gets of each call."""


async def _main(port: int, talk_s: float, file: Path, sounds: dict[str, str]) -> None:
    callees = Callees(port, talk_s, sounds)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    serving = asyncio.create_task(callees.serve())
    print("ready", flush=True)
    await stop.wait()
    serving.cancel()
    with file.open("w") as lines:
        for callee in callees.calls.values():
            lines.write(json.dumps({name: getattr(callee, name) for name in TOLD}) + "\n")


if __name__ == "__main__":
    _sounds = json.loads(Path(sys.argv[4]).read_text()) if len(sys.argv) > 4 else {}
    asyncio.run(_main(int(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3]), _sounds))
