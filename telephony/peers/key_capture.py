"""Keys pressed on a telephone, as a packet capture that SIPp can play (RFC 4733 events in a pcap file).

SIPp's own ``play_dtmf`` loses digits; a capture plays them reliably, and made here it may hold any keys.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

EVENTS = {key: number for number, key in enumerate("0123456789*#ABCD")}
"""Event numbers of RFC 4733, section 3.2."""

PAYLOAD_TYPE = 101
"""The payload type that the scenarios offer for ``telephone-event/8000``."""

_PACKET_MS = 20
_TICKS_PER_MS = 8
_END_PACKETS = 3  # the last packet is sent three times, so that loss does not make a key endless
_VOLUME = 10
_PORT = 6000  # SIPp puts the real ports in, counting from the capture's


def key_capture(
    keys: str, *, key_ms: int = 120, gap_ms: int = 120, first_sequence: int = 1, first_timestamp: int = 0
) -> bytes:
    """Make a pcap file in which ``keys`` are pressed one after another.

    Each key sounds ``key_ms`` and is followed by ``gap_ms`` of rest (both rounded to 20 ms).  Captures
    that are played in one call must go on counting: pass greater ``first_sequence`` and
    ``first_timestamp`` (RTP ticks of 1/8000 s) to the later ones.  Raises ValueError for a key that a
    telephone does not have.
    """
    out = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)]
    for at_ms, rtp in _packets(keys, key_ms, gap_ms, first_sequence, first_timestamp):
        frame = _ethernet(rtp)
        out.append(struct.pack("<IIII", at_ms // 1000, at_ms % 1000 * 1000, len(frame), len(frame)) + frame)
    return b"".join(out)


def length_ms(keys: str, *, key_ms: int = 120, gap_ms: int = 120) -> int:
    """Tell how long :func:`key_capture` plays, the rest after the last key included."""
    return len(keys) * (key_ms + gap_ms)


def _packets(
    keys: str, key_ms: int, gap_ms: int, sequence: int, timestamp: int
) -> Iterator[tuple[int, bytes]]:
    started_ms = 0
    for key in keys:
        if key not in EVENTS:
            raise ValueError(f"no telephone has the key {key!r}; keys are {''.join(EVENTS)}")
        steps = max(1, key_ms // _PACKET_MS)
        for step in range(1, steps + _END_PACKETS):
            last = step >= steps
            duration = min(step, steps) * _PACKET_MS * _TICKS_PER_MS
            at_ms = started_ms + min(step, steps) * _PACKET_MS
            event = struct.pack("!BBH", EVENTS[key], (0x80 if last else 0) | _VOLUME, duration)
            marker = 0x80 if step == 1 else 0
            ticks = (timestamp + started_ms * _TICKS_PER_MS) & 0xFFFFFFFF
            header = struct.pack("!BBHII", 0x80, marker | PAYLOAD_TYPE, sequence & 0xFFFF, ticks, 0x52494E47)
            yield at_ms, header + event
            sequence += 1
        started_ms += key_ms + gap_ms


def _ethernet(rtp: bytes) -> bytes:
    udp = struct.pack("!HHHH", _PORT, _PORT, 8 + len(rtp), 0) + rtp
    loopback = b"\x7f\x00\x00\x01"
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, loopback, loopback)
    return b"\x00" * 12 + b"\x08\x00" + ip + udp
