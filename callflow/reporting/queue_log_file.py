"""The file ``queue_log``: each line once, whatever dies when.

Beside the file lies ``queue_log.place``: up to which event its lines are in the file, and where in it they
end.  It is written after the lines.  What a death left behind that place is written again from the log, byte
by byte the same, over itself; so nothing is doubled, lost or torn.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from pathlib import Path


class Place(msgspec.Struct):
    """How far the file has come."""

    seq: int
    size: int
    inode: int


class QueueLogFile:
    """Appends lines; all methods raise OSError when the disk does not take them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._place_path = path.with_name(f"{path.name}.place")
        self._file: int | None = None
        self.seq = 0
        """Last event whose lines are in the file."""
        self._size = 0
        self._inode = 0

    def open(self) -> None:
        """Make the file unless it is there, and find the place where it goes on."""
        place = self._read_place()
        if place is not None:
            self.seq = place.seq
        self._open_file()
        if place is not None and place.inode == self._inode and place.size <= self._size:
            self._size = place.size
        self._write_place()

    def write(self, lines: list[str], seq: int) -> None:
        """Add lines that make the file complete up to event ``seq``."""
        self._follow_rotation()
        assert self._file is not None  # noqa: S101 - opened by now
        data = "".join(f"{line}\n" for line in lines).encode()
        written = 0
        while written < len(data):
            written += os.pwrite(self._file, data[written:], self._size + written)
        self._size += written
        self.seq = seq
        self._write_place()

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _open_file(self) -> None:
        self.close()
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o640)
        found = os.fstat(self._file)
        self._size, self._inode = found.st_size, found.st_ino

    def _follow_rotation(self) -> None:
        """Go on in a new file when somebody moved the old one away, or emptied it."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            found = None
        if self._file is None or found is None or found.st_ino != self._inode:
            self._open_file()
        elif found.st_size < self._size:
            self._size = found.st_size
        else:
            return
        self._write_place()  # before any line, or a death would leave lines of which no place tells

    def _read_place(self) -> Place | None:
        try:
            return msgspec.json.decode(self._place_path.read_bytes(), type=Place)
        except (FileNotFoundError, msgspec.MsgspecError):
            return None

    def _write_place(self) -> None:
        new = self._place_path.with_name(f"{self._place_path.name}.new")
        new.write_bytes(msgspec.json.encode(Place(self.seq, self._size, self._inode)))
        new.replace(self._place_path)
