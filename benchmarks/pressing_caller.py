"""One SIP caller at a time, who presses a key and measures when the prompt that answers it is heard."""

from __future__ import annotations

import asyncio
import math
import secrets
import struct
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.measuring_caller import LOUD, CallFailed, Dialog, Signals, linear

if TYPE_CHECKING:
    from collections.abc import Callable

_TIMEOUT_S = 15.0
_PACKET_S, _SAMPLES = 0.02, 160
_EVENT_PAYLOAD = 101
_KEY_PACKETS = 4
"""A key of 80 ms, as a quick thumb presses it; its end is sent three times (RFC 4733)."""
_KEY_ENDS = 3
_SILENCE = b"\xff" * _SAMPLES
_LINEAR = tuple(linear(code) / 32768 for code in range(256))
_KEYS = "0123456789*#"


@dataclass(frozen=True)
class Pressed:
    """Seconds to the first packet that holds the answer from …"""

    from_begin: float
    """… the key's going down."""
    from_end: float
    """… the key's coming up, which is when it counts."""


def any_sound(payload: bytes) -> bool:
    """Tell whether a packet of μ-law holds more than silence."""
    return any(payload.translate(LOUD))


def tone_of(hz: float, threshold: float = 0.02) -> Callable[[bytes], bool]:
    """Make the test whether a packet of μ-law at 8 kHz holds a tone of that frequency (Goertzel, 1958)."""
    factor = 2 * math.cos(2 * math.pi * hz / 8000)

    def holds(payload: bytes) -> bool:
        one = two = 0.0
        for code in payload:
            one, two = _LINEAR[code] + factor * one - two, one
        power = one * one + two * two - factor * one * two
        return math.sqrt(max(power, 0.0)) * 2 / max(len(payload), 1) > threshold

    return holds


class PressingCaller:
    """Calls ``server`` (``host:port``), sending audio (silence) all the time as telephones do."""

    def __init__(self, server: str, *, address: str = "127.0.0.1") -> None:
        host, port = server.rsplit(":", 1)
        self._server = (host, int(port))
        self._address = address

    async def press_after(self, dial: str, number: str, key: str, *, quiet_s: float = 0.4) -> Pressed:
        """Hear the question to its end and ``quiet_s`` of silence, press, and wait for any sound."""
        return await self._call(dial, number, key, lambda ear: ear.quiet(quiet_s), any_sound)

    async def press_into(
        self, dial: str, number: str, key: str, *, answer: Callable[[bytes], bool], after_s: float = 0.5
    ) -> Pressed:
        """Hear ``after_s`` of the question, press while it goes on, and wait for what ``answer`` accepts."""
        return await self._call(dial, number, key, lambda ear: ear.sounding(after_s), answer)

    async def _call(
        self,
        dial: str,
        number: str,
        key: str,
        ready: Callable[[_Line], bool],
        answer: Callable[[bytes], bool],
    ) -> Pressed:
        loop = asyncio.get_running_loop()
        transport, sip = await loop.create_datagram_endpoint(Signals, (self._address, 0))
        rtp, line = await loop.create_datagram_endpoint(_Line, (self._address, 0))
        dialog = Dialog(self._server, transport.get_extra_info("sockname"), rtp.get_extra_info("sockname")[1])
        dialog.dial, dialog.number = dial, number
        talking: asyncio.Task[None] | None = None
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                transport.sendto(dialog.request("INVITE", 1), self._server)
                dialog.accepted(await _final(sip, dial))
                transport.sendto(dialog.request("ACK", 1), self._server)
                line.far_end = (self._server[0], dialog.audio_port)
                talking = asyncio.create_task(line.talk())
                await line.until(lambda: ready(line))
                pressed = await line.press(key, answer)
                transport.sendto(dialog.request("BYE", 2), self._server)
                while (await sip.responses.get())[2].get("cseq") != "2 BYE":
                    pass
                return pressed
        except TimeoutError:
            raise CallFailed(f"{dial}: no question and answer in {_TIMEOUT_S:g} s") from None
        finally:
            if talking is not None:
                talking.cancel()
                with suppress(asyncio.CancelledError):
                    await talking
            transport.close()
            rtp.close()


async def _final(sip: Signals, dial: str) -> dict[str, str]:
    while True:
        _, status, response = await sip.responses.get()
        if 200 <= status < 300:
            return response
        if status >= 300:
            raise CallFailed(f"{dial} answered {status}")


class _Line(asyncio.DatagramProtocol):
    """Speaks and hears RTP."""

    far_end: tuple[str, int]
    _transport: asyncio.DatagramTransport

    def __init__(self) -> None:
        self._source = secrets.token_bytes(4)
        self._sequence = secrets.randbelow(1 << 15)
        self._clock = secrets.randbelow(1 << 30)
        self._key = ""
        self._key_step = 0
        self._key_clock = 0
        self._key_began = self._key_ended = 0.0
        self._first_sound = self._last_sound = 0.0
        self._answer: Callable[[bytes], bool] | None = None
        self._answered = 0.0
        self._changed = asyncio.Event()

    # ── what the caller does ─────────────────────────────────────────────────────────────────────

    def quiet(self, seconds: float) -> bool:
        """Tell whether something was heard and then nothing for so long."""
        return self._first_sound > 0 and time.perf_counter() - self._last_sound >= seconds

    def sounding(self, seconds: float) -> bool:
        """Tell whether the first sound was heard so long ago."""
        return self._first_sound > 0 and time.perf_counter() - self._first_sound >= seconds

    async def until(self, met: Callable[[], bool]) -> None:
        """Wait for a condition that packets or 20 ms bring about."""
        while not met():
            self._changed.clear()
            await self._changed.wait()

    async def press(self, key: str, answer: Callable[[bytes], bool]) -> Pressed:
        """Press a key and wait for the packet that ``answer`` accepts."""
        self._key, self._key_step, self._answer = key, 0, answer
        await self.until(lambda: self._answered > 0)
        return Pressed(self._answered - self._key_began, self._answered - self._key_ended)

    async def talk(self) -> None:
        """Send a packet every 20 ms: silence, or the key that is being pressed."""
        due = time.perf_counter()
        while True:
            self._send()
            self._changed.set()  # time has gone by: a silent far end may send nothing
            due += _PACKET_S
            await asyncio.sleep(max(0.0, due - time.perf_counter()))

    def _send(self) -> None:
        self._clock += _SAMPLES
        if not self._key:
            self._packet(0, self._clock, _SILENCE, marker=False)
            return
        self._key_step += 1
        now = time.perf_counter()  # before the packet leaves: who receives it may take this core at once
        if self._key_step == 1:
            self._key_clock, self._key_began = self._clock, now
        if self._key_step == _KEY_PACKETS + 1:
            self._key_ended = now
        ended = self._key_step > _KEY_PACKETS
        duration = min(self._key_step, _KEY_PACKETS + 1) * _SAMPLES
        event = struct.pack("!BBH", _KEYS.index(self._key), (0x80 if ended else 0) | 10, duration)
        self._packet(_EVENT_PAYLOAD, self._key_clock, event, marker=self._key_step == 1)
        if self._key_step == _KEY_PACKETS + _KEY_ENDS:
            self._key = ""

    def _packet(self, payload: int, clock: int, content: bytes, *, marker: bool) -> None:
        self._sequence = (self._sequence + 1) & 0xFFFF
        header = struct.pack("!BBHI", 0x80, (0x80 if marker else 0) | payload, self._sequence, clock)
        self._transport.sendto(header + self._source + content, self.far_end)

    # ── what the caller hears ────────────────────────────────────────────────────────────────────

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:  # noqa: ARG002 - asyncio's signature
        at = time.perf_counter()
        if len(data) < 13 or data[1] & 0x7F != 0:  # payload type 0 is PCMU
            return
        payload = data[12:]
        if any_sound(payload):
            self._first_sound, self._last_sound = self._first_sound or at, at
        if self._key_ended and not self._answered and self._answer is not None and self._answer(payload):
            self._answered = at
        self._changed.set()
