"""The journal: files on the controller's own disk that hold what the database does not have yet.

An append, of however many entries, is one ``write``, so it survives the death of the process at once (the
kernel has it).  A thread syncs the file to the disk at most every 50 ms, so a power cut loses no more than
that.  Files are dropped when the database holds all of them.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from records.entries import Entry
from records.errors import JournalInUse, RecordsError
from records.frames import Damage, Kind, pack, scan

if TYPE_CHECKING:
    from collections.abc import Iterator

SEGMENT_BYTES = 8 * 1024 * 1024
_SUFFIX = ".journal"


class Opening(msgspec.Struct, frozen=True):
    """Who writes a file: its first frame."""

    site: str
    node: str
    epoch: int


class Segment(msgspec.Struct, frozen=True):
    """One file, by its name ``<first entry>-<epoch>.journal``."""

    path: Path
    first: int
    epoch: int


class DamageReport(msgspec.Struct, frozen=True):
    """A place that could not be read."""

    path: Path
    offset: int
    length: int
    at_end: bool

    def __str__(self) -> str:
        what = "torn off" if self.at_end else "damaged"
        return f"{self.path.name}: {self.length} bytes {what} at offset {self.offset}"


class Journal:
    """The files of one stream's owner.  Used by one thread but for :meth:`sync` and :meth:`read`."""

    def __init__(self, folder: Path, *, site: str, node: str, segment_bytes: int = SEGMENT_BYTES) -> None:
        """Claim the folder; raises JournalInUse, or RecordsError when it can't be made or written."""
        self._folder = folder
        self._site = site
        self._node = node
        self._segment_bytes = segment_bytes
        self._file: int | None = None
        self._size = 0
        self.closed_files = len(list(folder.glob(f"*{_SUFFIX}"))) if folder.exists() else 0
        """Files that no entry is added to any more and that were not dropped."""
        self._new_files = False
        self._unsynced: list[int] = []
        """Files closed for writing whose last bytes were not synced yet."""
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = os.open(folder / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise RecordsError(
                f"the journal folder {folder} can't be used: {error.strerror}; it must be writable"
            ) from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            raise JournalInUse(
                f"another process writes to the journal in {folder}; stop it, or give this one its own home"
            ) from None
        try:
            self.id = self._read_id()
        except OSError as error:
            os.close(self._lock)
            raise RecordsError(
                f"the journal folder {folder} can't be written: {error.strerror}; make room, or move it"
            ) from None

    @property
    def segments(self) -> list[Segment]:
        """All files, oldest first."""
        found = []
        for path in self._folder.glob(f"*{_SUFFIX}"):
            first, _, epoch = path.stem.partition("-")
            if first.isdigit() and epoch.isdigit():
                found.append(Segment(path, int(first), int(epoch)))
        return sorted(found, key=lambda segment: (segment.first, segment.epoch))

    def append(self, *entries: Entry) -> None:
        """Write entries at once; raises OSError when they can't be written: nothing of them stays then."""
        if self._file is None or self._size >= self._segment_bytes:
            self._begin(entries[0])
        self._write(b"".join([entry.frame() for entry in entries]))

    def rotate(self) -> None:
        """Begin a new file with the next entry, so that the present one can be dropped."""
        if self._file is not None:
            self._unsynced.append(self._file)
            self._file = None
            self.closed_files += 1

    def sync(self) -> None:
        """Bring everything onto the disk; raises OSError.  May be called in another thread."""
        # only this method closes files (and close), so the present one can't be closed under its hands
        present = self._file
        while self._unsynced:
            closed = self._unsynced.pop()
            try:
                os.fdatasync(closed)
            finally:
                os.close(closed)
            if closed == present:
                present = None
        if present is not None:
            os.fdatasync(present)
        if self._new_files:
            self._new_files = False
            folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def read(self, damage: list[DamageReport] | None = None, since: int = 0) -> Iterator[Entry]:
        """Read the entries numbered ``since`` and above, in order, each once; damage goes into the list."""
        segments = self.segments
        last = since - 1
        for number, segment in enumerate(segments):
            if number + 1 < len(segments) and segments[number + 1].first <= since:
                continue
            for entry in self._read_segment(segment, damage):
                if entry.entry > last:
                    last = entry.entry
                    yield entry

    def drop_through(self, entry: int) -> None:
        """Remove the files whose entries all have numbers up to ``entry``."""
        segments = self.segments
        kept = len(segments)
        for segment, following in pairwise(segments):
            if following.first - 1 <= entry:
                segment.path.unlink(missing_ok=True)
                kept -= 1
        self.closed_files = kept - (self._file is not None)

    def drop_all(self) -> None:
        """Remove every file: the database has it all."""
        self.rotate()
        for segment in self.segments:
            segment.path.unlink(missing_ok=True)
        self.closed_files = 0

    def set_aside(self, epoch: int, entries: list[Entry]) -> Path:
        """Keep events that must not enter the database in a file of their own; vault changes are not kept."""
        path = self._folder / f"{epoch:010d}.refused"
        frames = [entry.frame() for entry in entries if entry.kind is Kind.EVENT]
        path.write_bytes(b"".join(frames))
        path.chmod(0o600)
        return path

    def close(self) -> None:
        """Let go; what is written stays."""
        self.rotate()
        for closed in self._unsynced:
            os.close(closed)
        self._unsynced.clear()
        os.close(self._lock)

    def _begin(self, entry: Entry) -> None:
        self.rotate()
        path = self._folder / f"{entry.entry:020d}-{entry.epoch:010d}{_SUFFIX}"
        self._file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._new_files = True
        self._size = os.fstat(self._file).st_size
        opening = msgspec.json.encode(Opening(self._site, self._node, entry.epoch))
        self._write(pack(Kind.OPENING, 0, 0, entry.at_us, opening))

    def _write(self, frame: bytes) -> None:
        if self._file is None:
            raise OSError("no file")
        try:
            written = os.write(self._file, frame)
        except OSError:
            self.rotate()
            raise
        if written != len(frame):
            # a torn frame would only be skipped by readers, but a clean end is cheaper to explain
            with suppress(OSError):
                os.ftruncate(self._file, self._size)
            self.rotate()
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._size += written

    def _read_segment(self, segment: Segment, damage: list[DamageReport] | None) -> Iterator[Entry]:
        try:
            data = segment.path.read_bytes()
        except FileNotFoundError:
            return
        site, node = self._site, self._node
        for item in scan(data):
            if isinstance(item, Damage):
                if damage is not None:
                    damage.append(DamageReport(segment.path, item.offset, item.length, item.at_end))
            elif item.kind is Kind.OPENING:
                opening = msgspec.json.decode(item.body, type=Opening)
                site, node = opening.site, opening.node
            else:
                yield Entry(
                    kind=item.kind,
                    entry=item.entry,
                    seq=item.seq,
                    epoch=segment.epoch,
                    at_us=item.at_us,
                    body=item.body,
                    site=site,
                    node=node,
                )

    def _read_id(self) -> str:
        text = os.pread(self._lock, 64, 0).decode("ascii", "ignore").strip()
        if not text:
            text = secrets.token_hex(16)
            os.pwrite(self._lock, text.encode(), 0)
        return text
