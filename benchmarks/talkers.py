"""Many callers who talk, in a process of their own, and when the sound of the far end reaches each of them.

``python -m benchmarks.talkers HOST:PORT [WAV]`` reads commands from stdin and answers each with a line of
JSON (WAV: of 8 kHz, said in place of noise):
``call NUMBER COUNT PER_SECOND [quiet]`` (quiet ones only listen), ``try NUMBER [quiet]`` (one that may not be
answered), ``mark`` (count from now on),
``gaps [FROM TO]`` (what was counted, of all or of some in the order in which they called), ``over`` (how many
the far end has hung up on), ``hang_up FROM TO``, ``end``.
The kernel stamps each packet as it arrives, so that what Python is doing meanwhile does not matter.
"""

from __future__ import annotations

import asyncio
import json
import random
import select
import socket
import struct
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measuring_caller import CallFailed, Dialog, Signals
from telephony.g711 import mu_law_encode
from telephony.wav import pcm_of

FRAME_S = 0.02
_GROUPS = 4
"""Callers speak at four points of each 20 ms, not all in the same instant."""
_SO_TIMESTAMPNS = 35
_TIMEOUT_S = 20.0
_T1_S = 0.5
_FIRST_NUMBER = 4_420_700_000
LATE_MS = 40.0


def speech_like(frames: int) -> list[bytes]:
    """Make frames of μ-law noise in bursts of a second or so, with pauses between."""
    noise = random.Random(7)
    made: list[bytes] = []
    while len(made) < frames:
        made += [
            bytes(noise.choice((0x20, 0xA0, 0x30, 0xB0, 0x45, 0xC5)) for _ in range(160))
            for _ in range(noise.randrange(40, 100))
        ]
        made += [b"\xff" * 160] * noise.randrange(20, 60)
    return made[:frames]


def spoken(path: Path) -> list[bytes]:
    """Cut a WAV file of 8 kHz into frames of μ-law."""
    rate, pcm = pcm_of(path.read_bytes())
    if rate != 8000:
        raise CallFailed(f"{path} has {rate} samples a second, and must have 8000")
    said = mu_law_encode(np.frombuffer(pcm, dtype="<i2")).tobytes()
    return [said[at : at + 160] for at in range(0, len(said) - 159, 160)]


class Talker:
    """One caller: what it sends, and when what it hears arrives."""

    def __init__(self, address: str, phase: int, *, speaks: bool) -> None:
        self.speaks = speaks
        self.rtp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.rtp.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self.rtp.bind((address, 0))
        self.rtp.setblocking(False)
        self.dialog: Dialog
        self.transport: asyncio.DatagramTransport
        self.signals: Signals
        self._sequence = phase
        self._stamp = phase * 160
        self._source = 0x1000 + phase
        self.last = 0
        """When a packet came last, nanoseconds since 1970."""
        self.gaps_ms: list[float] = []

    def send(self, payload: bytes) -> None:
        """Say 20 ms."""
        self._sequence = (self._sequence + 1) & 0xFFFF
        self._stamp = (self._stamp + 160) & 0xFFFFFFFF
        header = struct.pack("!BBHII", 0x80, 0, self._sequence, self._stamp, self._source)
        with suppress(OSError):  # the far end has gone
            self.rtp.send(header + payload)

    def hear(self) -> None:
        """Take what has come, and the time between."""
        while True:
            try:
                _, stamps, _, _ = self.rtp.recvmsg(2048, 64)
            except OSError:
                return
            seconds, nanoseconds = struct.unpack("qq", stamps[0][2])
            at = seconds * 1_000_000_000 + nanoseconds
            if self.last:
                self.gaps_ms.append((at - self.last) / 1e6)
            self.last = at

    def forget(self) -> None:
        """Begin to count anew."""
        self.gaps_ms = []


class Talkers:
    """All callers of the process."""

    def __init__(self, server: str, says: Path | None = None) -> None:
        host, port = server.rsplit(":", 1)
        self._server = (host, int(port))
        self._talkers: list[Talker] = []
        self._speech = spoken(says) if says else speech_like(1000)
        self._running = True
        self._worst_late = 0.0
        self._thread = threading.Thread(target=self._talk, daemon=True)

    async def call(self, number: str, count: int, per_second: float, *, speaks: bool) -> int:
        """Bring further calls up, one after another."""
        pending = []
        for index in range(len(self._talkers), len(self._talkers) + count):
            pending.append(asyncio.create_task(self._bring_up(number, index, speaks=speaks)))
            await asyncio.sleep(1 / per_second)
        self._talkers = [*self._talkers, *await asyncio.gather(*pending)]
        if not self._thread.is_alive():
            self._thread.start()
        return count

    async def _invited(self, talker: Talker, number: str) -> dict[str, str]:
        """Send the INVITE, again and again as long as nothing comes (RFC 3261, 17.1.1.2); give its 200 OK."""
        invite, again_s = talker.dialog.request("INVITE", 1), _T1_S
        heard = False
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                while True:
                    if not heard:
                        talker.transport.sendto(invite, self._server)
                    try:
                        async with asyncio.timeout(again_s):
                            _, status, response = await talker.signals.responses.get()
                    except TimeoutError:
                        again_s *= 2
                        continue
                    heard = True
                    if status >= 300:
                        raise CallFailed(f"{number} answered {status}")
                    if status >= 200:
                        return response
        except TimeoutError:
            raise CallFailed(f"{number} did not answer in {_TIMEOUT_S:g} s") from None

    async def attempt(self, number: str, *, speaks: bool) -> dict[str, bool]:
        """Bring one more call up, if it is answered; it has its place in the order either way."""
        index = len(self._talkers)
        try:
            talker = await self._bring_up(number, index, speaks=speaks)
            answered = True
        except CallFailed:
            talker, answered = Talker("127.0.0.1", index, speaks=False), False
            talker.transport, talker.signals = await asyncio.get_running_loop().create_datagram_endpoint(
                Signals, ("127.0.0.1", 0)
            )
            talker.dialog = Dialog(self._server, talker.transport.get_extra_info("sockname"), 0)
        self._talkers = [*self._talkers, talker]
        if not self._thread.is_alive():
            self._thread.start()
        return {"answered": answered}

    async def _bring_up(self, number: str, index: int, *, speaks: bool) -> Talker:
        loop = asyncio.get_running_loop()
        talker = Talker("127.0.0.1", index, speaks=speaks)
        talker.transport, talker.signals = await loop.create_datagram_endpoint(Signals, ("127.0.0.1", 0))
        talker.dialog = Dialog(
            self._server, talker.transport.get_extra_info("sockname"), talker.rtp.getsockname()[1]
        )
        talker.dialog.dial, talker.dialog.number = number, str(_FIRST_NUMBER + index)
        response = await self._invited(talker, number)
        talker.dialog.accepted(response)
        talker.rtp.connect((self._server[0], talker.dialog.audio_port))
        talker.transport.sendto(talker.dialog.request("ACK", 1), self._server)
        talker.send(b"\xff" * 160)
        return talker

    def _talk(self) -> None:
        """Send and take packets until the end."""
        tick, due = 0, time.monotonic()
        speech = self._speech
        while self._running:
            place = tick // _GROUPS
            group = self._talkers[tick % _GROUPS :: _GROUPS]
            for number, talker in enumerate(group):
                if talker.speaks:
                    talker.send(speech[(place + 37 * number) % len(speech)])
            for talker in group:
                talker.hear()
            tick += 1
            due += FRAME_S / _GROUPS
            wait = due - time.monotonic()
            if wait > 0:
                select.select((), (), (), wait)
            else:
                self._worst_late = max(self._worst_late, -wait)

    def mark(self) -> None:
        """Count from now on."""
        self._worst_late = 0.0
        for talker in self._talkers:
            talker.forget()

    def over(self) -> int:
        """Count those whom the far end has hung up on."""
        return sum(talker.signals.hung_up_on for talker in self._talkers)

    def gaps(self, first: int = 0, last: int | None = None) -> dict[str, Any]:
        """Give the times between packets since the mark, of all callers or of some."""
        talkers = self._talkers[first:last]
        every = sorted(gap for talker in talkers for gap in list(talker.gaps_ms))
        if not every:
            return {"packets": 0}
        now = time.time_ns()
        return {
            "packets": len(every),
            "max_ms": round(every[-1], 1),
            "p999_ms": round(every[int(len(every) * 0.999)], 1),
            "p50_ms": round(every[len(every) // 2], 1),
            "over_40_ms": sum(gap > LATE_MS for gap in every),
            "quiet_now_max_ms": round(max((now - talker.last) / 1e6 for talker in talkers), 1),
            "silent_callers": sum(not talker.gaps_ms for talker in talkers),
            "sender_late_max_ms": round(self._worst_late * 1000, 1),
        }

    async def hang_up(self, first: int, last: int) -> int:
        """Let some hang up, in the order in which they called; they stay in the count."""
        leaving = self._talkers[first:last]
        for talker in leaving:
            talker.speaks = False
            talker.transport.sendto(talker.dialog.request("BYE", 2), self._server)
            await asyncio.sleep(0.005)
        return len(leaving)

    async def end(self) -> int:
        """Hang up."""
        self._running = False
        for talker in self._talkers:
            talker.transport.sendto(talker.dialog.request("BYE", 2), self._server)
            await asyncio.sleep(0.005)
        await asyncio.sleep(0.5)
        return len(self._talkers)


async def serve(server: str, says: Path | None = None) -> None:
    """Carry commands out."""
    talkers = Talkers(server, says)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        words = line.split()
        told: object = None
        try:
            match words:
                case ["call", number, count, per_second, *quiet]:
                    told = await talkers.call(number, int(count), float(per_second), speaks=not quiet)
                case ["try", number, *quiet]:
                    told = await talkers.attempt(number, speaks=not quiet)
                case ["mark"]:
                    talkers.mark()
                case ["gaps"]:
                    told = talkers.gaps()
                case ["gaps", first, last]:
                    told = talkers.gaps(int(first), int(last))
                case ["hang_up", first, last]:
                    told = await talkers.hang_up(int(first), int(last))
                case ["over"]:
                    told = talkers.over()
                case ["end"]:
                    told = await talkers.end()
                case _:
                    told = {"error": f"unknown command {line.strip()}"}
        except CallFailed as error:
            told = {"error": str(error)}
        print(json.dumps(told), flush=True)
        if words == ["end"]:
            return


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], *map(Path, sys.argv[2:])))
