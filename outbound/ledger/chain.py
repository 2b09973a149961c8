"""How a line vouches for all lines before it.

A line is ``HASH BODY``: HASH is SHA-256 over the hash of the line before and BODY, in hexadecimal.  Whoever
changes, removes or inserts a line must change every later one; the newest hash, kept elsewhere, shows that
too.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from outbound.ledger.entry import Entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ORIGIN = "0" * 64
"""What stands for the hash before the first line."""
_HASH = len(ORIGIN)
_encoder = msgspec.json.Encoder(order="deterministic")
_decoder: msgspec.json.Decoder[Entry] = msgspec.json.Decoder(Entry)


class ChainError(Exception):
    """A line does not follow from those before it."""

    def __init__(self, line: int, why: str) -> None:
        self.line = line
        """From 1 on, in its file."""
        self.why = why
        super().__init__(f"line {line}: {why}")


def link(before: str, entry: Entry) -> tuple[str, bytes]:
    """Give the hash of the line for an entry, and the line, newline included."""
    body = _encoder.encode(entry)
    found = _hash(before, body)
    return found, b"%s %s\n" % (found.encode(), body)


def follow(before: str, lines: Iterable[bytes]) -> Iterator[tuple[str, Entry]]:
    """Give each line's hash and entry; raises ChainError at the first that is wrong."""
    for number, line in enumerate(lines, 1):
        if not line.endswith(b"\n"):
            raise ChainError(number, "it has no end: it was torn off, or is still being written")
        told, space, body = line[:_HASH], line[_HASH : _HASH + 1], line[_HASH + 1 : -1]
        found = _hash(before, body)
        if space != b" " or told != found.encode():
            raise ChainError(number, "it was changed, or a line before it was changed, removed or inserted")
        try:
            entry = _decoder.decode(body)
        except msgspec.MsgspecError as error:
            raise ChainError(number, f"it can't be understood: {error}") from None
        before = found
        yield found, entry


def _hash(before: str, body: bytes) -> str:
    return hashlib.sha256(before.encode() + b" " + body).hexdigest()
