"""The ledger's files, one a month, each going on where the one before ends.

An entry is on the disk when :meth:`LedgerFile.add` has returned.  What a crash tore off was never
acknowledged: it is cut at the next opening, which is itself an entry.
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, BinaryIO, Self

from outbound.ledger.chain import ORIGIN, ChainError, follow, link
from outbound.ledger.entry import Attempt, Damage, Disposed, Entry, rounded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from types import TracebackType

SUFFIX = ".ledger"
_RECENT = 2
TAIL_BYTES = 64 << 20
"""So much of a file's end is read at the opening, a second's work; the whole is for ``campaigns audit``.
What may be brought again after a crash was written last, and is in there."""
MOST_KNOWN = 200_000


class LedgerError(Exception):
    """The ledger can't be read, written or trusted; the message says which file and line."""


class LedgerFile:
    """Where attempts are written.  One process at a time; a context manager."""

    def __init__(self, folder: Path, now: float) -> None:
        """Open, reading the newest files' ends; ``now`` in Unix seconds.  Raises LedgerError."""
        self._folder = folder
        self.known: dict[str, None] = {}
        """The last attempts, and what was said of them: none is written twice."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.lockf(self._lock, os.F_TLOCK, 0)
        except OSError:
            os.close(self._lock)
            raise LedgerError(f"{folder}: another process writes this ledger") from None
        try:
            self._month, self._hash, torn = self._read()
            self._file = self._open(self._month or month_of(now))
            if torn:
                self.add([Damage(at=rounded(now), bytes_cut=torn)], now)
        except BaseException:
            os.close(self._lock)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def head(self) -> str:
        """The newest line's hash: kept elsewhere, it vouches for the whole ledger."""
        return self._hash

    def add(self, entries: Sequence[Entry], now: float) -> None:
        """Write entries, all of them or none, onto the disk; what is there already is left out.

        Raises LedgerError; then nothing of it counts as written.
        """
        month = month_of(now)
        if month > self._month:
            os.close(self._file)
            self._file = self._open(month)
        before, lines, new = self._hash, list[bytes](), dict[str, None]()
        for entry in entries:
            if (name := _name(entry)) is not None:
                if name in self.known or name in new:
                    continue
                new[name] = None
            before, line = link(before, entry)
            lines.append(line)
        if not lines:
            return
        size = os.fstat(self._file).st_size
        data = b"".join(lines)
        try:
            _write_all(self._file, data)
            os.fsync(self._file)
        except OSError as error:
            with suppress(OSError):
                os.ftruncate(self._file, size)
            raise LedgerError(f"{self._path(self._month)}: {error}") from error
        self._hash = before
        for name in new:
            self._remember(name)

    def close(self) -> None:
        """Let go."""
        os.close(self._file)
        os.close(self._lock)

    def _path(self, month: str) -> Path:
        return self._folder / f"{month}{SUFFIX}"

    def _open(self, month: str) -> int:
        self._month = month
        file = os.open(self._path(month), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        folder = os.open(self._folder, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
        return file

    def _read(self) -> tuple[str, str, int]:
        """Give newest month, last hash and how many torn bytes were cut off the end."""
        paths = files(self._folder)
        if not paths:
            return "", ORIGIN, 0
        torn = _cut(paths[-1])
        last = next((found for path in reversed(paths[:-_RECENT]) if (found := _last_hash(path))), ORIGIN)
        for path in paths[-_RECENT:]:
            last = self._learn(path, last)
        return paths[-1].stem, last, torn

    def _learn(self, path: Path, before: str) -> str:
        """Read the end of a file that goes on from ``before``; gives its last hash."""
        with path.open("rb") as lines:
            skipped = 0
            if path.stat().st_size > TAIL_BYTES:
                lines.seek(-TAIL_BYTES, os.SEEK_END)
                lines.readline()  # the line in whose middle that is
                before = lines.readline()[: len(ORIGIN)].decode("ascii", "replace")
                skipped = lines.tell()
            for found, entry in _follow(path, before, lines, skipped):
                before = found
                self._remember(_name(entry))
        return before

    def _remember(self, name: str | None) -> None:
        if name is not None:
            self.known[name] = None
            if len(self.known) > MOST_KNOWN:
                del self.known[next(iter(self.known))]


def _name(entry: Entry) -> str | None:
    """Give what an entry is known by that may be brought again after a crash; None for others."""
    match entry:
        case Attempt():
            return entry.attempt
        case Disposed():
            return f"{entry.attempt} {entry.at}"
        case _:
            return None


def _write_all(file: int, data: bytes) -> None:
    while data:  # a disk that is nearly full takes a part before it refuses
        data = data[os.write(file, data) :]


def month_of(now: float) -> str:
    """Give the month (UTC) that a time is in."""
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m")


def files(folder: Path) -> list[Path]:
    """Give the ledger's files, oldest first."""
    return sorted(folder.glob(f"*{SUFFIX}"))


def read(folder: Path) -> Iterator[tuple[str, Entry]]:
    """Give every line's hash and entry, oldest first; raises LedgerError at the first that is wrong."""
    before = ORIGIN
    for path in files(folder):
        for found, entry in _followed(path, before):
            before = found
            yield found, entry


def _followed(path: Path, before: str) -> Iterator[tuple[str, Entry]]:
    with path.open("rb") as lines:
        yield from _follow(path, before, lines, 0)


def _follow(path: Path, before: str, lines: BinaryIO, skipped: int) -> Iterator[tuple[str, Entry]]:
    """``skipped``: bytes before the first of the lines."""
    try:
        yield from follow(before, lines)
    except ChainError as error:
        place = f"{path}:{error.line}" if not skipped else f"{path}, line {error.line} after {skipped} bytes"
        raise LedgerError(
            f"{place}: {error.why}. Nothing is dialled on a ledger that is not whole: "
            "put the file back from a backup, or move the folder away to begin a new one"
        ) from None


def _cut(path: Path) -> int:
    """Cut what follows the last whole line; gives how many bytes that were."""
    size, end = path.stat().st_size, _end(path)
    torn = len(end) - (end.rfind(b"\n") + 1)
    if torn:
        os.truncate(path, size - torn)
    return torn


def _last_hash(path: Path) -> str:
    """Give the hash of a file's last line, what the next file goes on from; '' for an empty file."""
    last = _end(path).rstrip(b"\n").rpartition(b"\n")[2]
    return last[: len(ORIGIN)].decode("ascii", "replace")


def _end(path: Path) -> bytes:
    """Give the end of a file, which holds its last lines whole."""
    with path.open("rb") as file:
        file.seek(-min(path.stat().st_size, TAIL_BYTES), os.SEEK_END)
        return file.read()
