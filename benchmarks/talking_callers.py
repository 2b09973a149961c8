"""Callers who talk: SIP by :mod:`benchmarks.measuring_caller`, RTP each 20 ms, and when each came back.

The kernel stamps the packets (SO_TIMESTAMPNS), so that what this process takes its time with is not measured.
Each carries its number in its sound, so that it is known, too, when it was sent: late, on a busy machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import struct
import time
from dataclasses import dataclass, field

from benchmarks.measuring_caller import CallFailed, Dialog, Signals

PACKET_S = 0.02
_SAMPLES = 160
_HEAD = struct.Struct("!BBHII")
_STAMP = struct.Struct("qq")
_TIMESTAMP_NS = getattr(socket, "SO_TIMESTAMPNS", 35)
_NUMBER = struct.Struct("!I")
_ANSWER_S = 15.0
_TONE = (bytes((0x00, 0x10, 0x20, 0x10, 0x80, 0x90, 0xA0, 0x90)) * (_SAMPLES // 8))[_NUMBER.size :]
"""A kilohertz in μ-law, near enough: no voice detector would take it for silence."""
_PACKET_BYTES = _HEAD.size + _SAMPLES


@dataclass
class Talk:
    """A caller's call."""

    dialog: Dialog
    sip: Signals
    signals: asyncio.DatagramTransport
    sound: socket.socket
    to: tuple[str, int] = ("", 0)
    sent: list[float] = field(default_factory=list)
    """When each packet was sent (Unix seconds), from the first on."""
    came: list[tuple[int, float]] = field(default_factory=list)
    """(number of a packet, when it came by the kernel's clock)."""

    def send(self) -> None:
        """Say 20 ms."""
        number = len(self.sent)
        self.sent.append(time.time())
        head = _HEAD.pack(0x80, 0, number & 0xFFFF, number * _SAMPLES & 0xFFFFFFFF, id(self) & 0xFFFFFFFF)
        with contextlib.suppress(OSError):  # the call is over at the other end
            self.sound.sendto(head + _NUMBER.pack(number) + _TONE, self.to)

    def take(self) -> None:
        """Take all packets that are there."""
        while True:
            try:
                data, extra, _, _ = self.sound.recvmsg(2048, 64)
            except OSError:
                return
            if len(data) == _PACKET_BYTES and data[1] & 0x7F == 0:
                for level, kind, stamp in extra:
                    if level == socket.SOL_SOCKET and kind == _TIMESTAMP_NS:
                        seconds, nanoseconds = _STAMP.unpack(stamp)
                        number = _NUMBER.unpack_from(data, _HEAD.size)[0]
                        self.came.append((number, seconds + nanoseconds / 1e9))


class TalkingCallers:
    """Many of them; an async context manager that hangs up at its end."""

    def __init__(self, server: str, dial: str, first_number: int) -> None:
        host, port = server.rsplit(":", 1)
        self._server = (host, int(port))
        self._dial = dial
        self._number = first_number
        self.talks: list[Talk] = []
        self.sent_late_s = 0.0
        """How late we were with a packet, at worst: what the far end hears can't be better."""
        self._talking: asyncio.Task[None] | None = None

    async def __aenter__(self) -> TalkingCallers:
        self._talking = asyncio.create_task(self._talk(), name="talking callers")
        return self

    async def __aexit__(self, *_: object) -> None:
        for talk in self.talks:
            talk.signals.sendto(talk.dialog.request("BYE", 2), self._server)
        await asyncio.sleep(0.5)
        if self._talking is not None:
            self._talking.cancel()
        for talk in self.talks:
            asyncio.get_running_loop().remove_reader(talk.sound)
            talk.sound.close()
            talk.signals.close()

    async def call(self) -> Talk:
        """Let another one call; come back when it is answered.  Raises :class:`CallFailed`."""
        loop = asyncio.get_running_loop()
        signals, sip = await loop.create_datagram_endpoint(Signals, ("127.0.0.1", 0))
        sound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sound.setblocking(False)
        sound.setsockopt(socket.SOL_SOCKET, _TIMESTAMP_NS, 1)
        sound.bind(("127.0.0.1", 0))
        dialog = Dialog(self._server, signals.get_extra_info("sockname"), sound.getsockname()[1])
        dialog.dial, dialog.number = self._dial, str(self._number)
        self._number += 1
        talk = Talk(dialog, sip, signals, sound)
        signals.sendto(dialog.request("INVITE", 1), self._server)
        try:
            async with asyncio.timeout(_ANSWER_S):
                while True:
                    _, status, response = await sip.responses.get()
                    if 200 <= status < 300:
                        break
                    if status >= 300:
                        raise CallFailed(f"{self._dial} answered {status}")
        except TimeoutError:
            raise CallFailed(f"{self._dial}: not answered in {_ANSWER_S:g} s") from None
        dialog.accepted(response)
        signals.sendto(dialog.request("ACK", 1), self._server)
        talk.to = (self._server[0], dialog.audio_port)
        loop.add_reader(sound, talk.take)
        self.talks.append(talk)
        return talk

    async def _talk(self) -> None:
        """Send everybody's packets, spread over the 20 ms as real callers' are."""
        due = time.perf_counter()
        while True:
            talks = list(self.talks)
            for place, talk in enumerate(talks):
                at = due + PACKET_S * place / len(talks)
                wait = at - time.perf_counter()
                if wait > 0.0005:
                    await asyncio.sleep(wait)
                self.sent_late_s = max(self.sent_late_s, time.perf_counter() - at)
                talk.send()
            due += PACKET_S
            await asyncio.sleep(max(0.0, due - time.perf_counter()))


@dataclass(frozen=True)
class Gaps:
    """Seconds between packets that followed each other, of all calls; in order of size."""

    heard: list[float]
    added: list[float]
    """By how much longer than when they were sent."""

    @classmethod
    def of(cls, talks: list[Talk], since: float, until: float) -> Gaps:
        """Take those of a stretch of time (Unix seconds)."""
        heard, added = [], []
        for talk in talks:
            came = [(number, at) for number, at in talk.came if since <= at <= until]
            for (number, at), (following, later) in itertools.pairwise(came):
                heard.append(later - at)
                if following < len(talk.sent):
                    added.append(later - at - (talk.sent[following] - talk.sent[number]))
        return cls(sorted(heard), sorted(added))
