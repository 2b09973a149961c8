"""The journal's frames: how an entry stands in a file, and how to read a file that is torn or damaged.

A frame is marker (2 bytes), payload length (4), CRC-32 of the payload (4), payload; little-endian.  A payload
is kind (1), entry number (8), sequence number (8; 0 unless an event), time (8, UTC in µs), body.
"""

from __future__ import annotations

import struct
import zlib
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARKER = b"\xf5\x1e"
"""0xF5 is in no UTF-8 text, so a body seldom looks like a frame."""
_FRAME = struct.Struct("<2sII")
_FIXED = struct.Struct("<BQQq")
_MAX_BODY = 16 * 1024 * 1024


class Kind(IntEnum):
    """What an entry is."""

    OPENING = 1
    """First frame of a file: who writes it."""
    EVENT = 2
    VAULT = 3
    """A change in the subject vault, values encrypted."""


class Frame:
    """One entry as read from a file."""

    __slots__ = ("at_us", "body", "entry", "kind", "seq")

    def __init__(self, kind: Kind, entry: int, seq: int, at_us: int, body: bytes) -> None:
        self.kind = kind
        self.entry = entry
        self.seq = seq
        self.at_us = at_us
        self.body = body


class Damage:
    """Bytes of a file that are no whole frame."""

    __slots__ = ("at_end", "length", "offset")

    def __init__(self, offset: int, length: int, *, at_end: bool) -> None:
        self.offset = offset
        self.length = length
        self.at_end = at_end
        """True when nothing readable follows: a write that was cut short."""


def pack(kind: Kind, entry: int, seq: int, at_us: int, body: bytes) -> bytes:
    """Make a frame."""
    payload = _FIXED.pack(kind, entry, seq, at_us) + body
    return _FRAME.pack(_MARKER, len(payload), zlib.crc32(payload)) + payload


def scan(data: bytes) -> Iterator[Frame | Damage]:
    """Read frames; damaged bytes are reported and reading goes on at the next whole frame."""
    offset, end = 0, len(data)
    while offset < end:
        frame, after = _frame_at(data, offset)
        if frame is not None:
            yield frame
            offset = after
            continue
        start = offset
        while offset < end:
            offset = data.find(_MARKER, offset + 1)
            if offset < 0:
                offset = end
            elif _frame_at(data, offset)[0] is not None:
                break
        yield Damage(start, offset - start, at_end=offset >= end)


def _frame_at(data: bytes, offset: int) -> tuple[Frame | None, int]:
    body_at = offset + _FRAME.size
    if body_at > len(data):
        return None, offset
    marker, length, checksum = _FRAME.unpack_from(data, offset)
    after = body_at + length
    if marker != _MARKER or not _FIXED.size <= length <= _MAX_BODY or after > len(data):
        return None, offset
    payload = data[body_at:after]
    if zlib.crc32(payload) != checksum:
        return None, offset
    kind, entry, seq, at_us = _FIXED.unpack_from(payload)
    if kind not in Kind._value2member_map_:
        return None, offset
    return Frame(Kind(kind), entry, seq, at_us, payload[_FIXED.size :]), after
