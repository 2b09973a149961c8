"""Which numbers a file had already, and where: 24 to 48 bytes each, a quarter of what a dict takes."""

from __future__ import annotations

from array import array

_FIRST_SIZE = 1 << 10


class Seen:
    """Keys of 8 bytes or more (whose first 8 count, and are as good as random) and the line of each."""

    def __init__(self) -> None:
        self._mask = _FIRST_SIZE - 1
        self._keys, self._lines = _empty(_FIRST_SIZE)
        self._count = 0

    def of(self, key: bytes, line: int) -> int:
        """Give the line (from 1 on) that had this key before; 0: none, from now on it is ``line``."""
        short = int.from_bytes(key[:8], "little") or 1
        place = self._place(short)
        if self._keys[place]:
            return self._lines[place]
        self._keys[place], self._lines[place] = short, line
        self._count += 1
        if self._count * 2 > self._mask:
            self._grow()
        return 0

    def _place(self, short: int) -> int:
        place = short & self._mask
        while (found := self._keys[place]) and found != short:
            place = (place + 1) & self._mask
        return place

    def _grow(self) -> None:
        keys, lines = self._keys, self._lines
        size = (self._mask + 1) * 2
        self._mask = size - 1
        self._keys, self._lines = _empty(size)
        for key, line in zip(keys, lines, strict=True):
            if key:
                place = self._place(key)
                self._keys[place], self._lines[place] = key, line


def _empty(size: int) -> tuple[array[int], array[int]]:
    return array("Q", bytes(8 * size)), array("I", bytes(array("I").itemsize * size))
