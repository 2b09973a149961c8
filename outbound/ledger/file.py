"""The ledger's files, one a month, each going on where the one before ends.

An entry is on the disk when :meth:`LedgerFile.add` has returned.  What a crash tore off was never
acknowledged: it is cut at the next opening, which is itself an entry.
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from outbound.ledger.chain import ORIGIN, ChainError, follow, link
from outbound.ledger.entry import Attempt, Damage, Disposed, Entry, rounded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from types import TracebackType

SUFFIX = ".ledger"
_RECENT = 2


class LedgerError(Exception):
    """The ledger can't be read, written or trusted; the message says which file and line."""


class LedgerFile:
    """Where attempts are written.  One process at a time; a context manager."""

    def __init__(self, folder: Path, now: float) -> None:
        """Open, reading the newest file; ``now`` in Unix seconds.  Raises LedgerError."""
        self._folder = folder
        self.known: set[str] = set()
        """Attempts, and what was said of them, of the newest files: none is written twice."""
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
        before, lines, new = self._hash, list[bytes](), set[str]()
        for entry in entries:
            if (name := _name(entry)) is not None:
                if name in self.known or name in new:
                    continue
                new.add(name)
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
        self.known |= new

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
        torn = _cut(paths[-1]) if paths else 0
        last = _last_hash(paths[-3]) if len(paths) > _RECENT else ORIGIN
        for path in paths[-_RECENT:]:
            for found, entry in _followed(path, last):
                last = found
                if (name := _name(entry)) is not None:
                    self.known.add(name)
        return (paths[-1].stem if paths else ""), last, torn


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
        try:
            yield from follow(before, lines)
        except ChainError as error:
            raise LedgerError(
                f"{path}:{error.line}: {error.why}. Nothing is dialled on a ledger that is not whole: "
                "put the file back from a backup, or move the folder away to begin a new one"
            ) from None


def _cut(path: Path) -> int:
    """Cut what follows the last whole line; gives how many bytes that were."""
    data = path.read_bytes()
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        os.truncate(path, whole)
    return len(data) - whole


def _last_hash(path: Path) -> str:
    """Give the hash of a file's last line: what the next file goes on from."""
    last = path.read_bytes().rstrip(b"\n").rpartition(b"\n")[2]
    return last[: len(ORIGIN)].decode("ascii", "replace")
