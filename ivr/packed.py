"""A big site's blocks, packed: unpacked one by one when a call comes to them.

A site of thousands of menus is tens of thousands of objects.  Making them all takes the event loop's time
when the site goes live, and for as long as it lives Python's garbage collector walks them again and again,
some 15 ms each time.  Packed, each block is one string of bytes.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ivr.steps import Block

MOST_UNPACKED = 256
"""Blocks that are kept unpacked, those used last."""


def pack(block: Block) -> bytes:
    """Pack a block."""
    return pickle.dumps(block)


class PackedBlocks(Mapping[str, "Block"]):
    """Name → block, equal to a dict of the same blocks."""

    def __init__(self, packed: Mapping[str, bytes]) -> None:
        """``packed``: blocks by name as :func:`pack` made them."""
        self._packed = packed
        self._unpacked: dict[str, Block] = {}

    def __getitem__(self, name: str) -> Block:
        block = self._unpacked.pop(name, None)
        if block is None:
            block = pickle.loads(self._packed[name])  # noqa: S301 - packed by our own child process
            if len(self._unpacked) >= MOST_UNPACKED:
                del self._unpacked[next(iter(self._unpacked))]
        self._unpacked[name] = block  # last again
        return block

    def __contains__(self, name: object) -> bool:
        return name in self._packed

    def __iter__(self) -> Iterator[str]:
        return iter(self._packed)

    def __len__(self) -> int:
        return len(self._packed)

    __hash__ = None  # type: ignore[assignment]
