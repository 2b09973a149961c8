"""Recordings as files: made before the switch writes into them, finished afterwards, read back, deleted.

A file has its WAV header from the beginning and the switch appends to it, so that nothing is ever copied and
what a crash leaves behind can be played.  While it is written to it is called ``….raw``.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import struct
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from telephony.recorder import FRAME_BYTES, RATE

if TYPE_CHECKING:
    from pathlib import Path

HEADER_BYTES = 44
_PCM = 1
_CHUNK = 1 << 20
_MOST_BYTES = 0xFFFFFFFF - HEADER_BYTES
"""What a WAV file's header can say: 37 hours."""


class Finished(NamedTuple):
    """A file that is whole."""

    seconds: float
    bytes: int
    sha256: str


def header(length: int) -> bytes:
    """Give the header of a stereo WAV file with ``length`` bytes of sound."""
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        *(b"RIFF", 36 + length, b"WAVE", b"fmt ", 16, _PCM, 2, RATE, RATE * FRAME_BYTES, FRAME_BYTES, 16),
        *(b"data", length),
    )


def path_of(recording: str, begun_at: float) -> str:
    """Give where a recording lies below the folder of recordings: a folder for each day (UTC)."""
    return f"{datetime.fromtimestamp(begun_at, UTC):%Y/%m/%d}/{recording}.wav"


def unfinished(path: Path) -> Path:
    """Give what a file is called while it is written to; Asterisk wants that name."""
    return path.with_suffix(".raw")


def make(path: Path, seconds: float) -> Path:
    """Have the file to which the switch appends next, and give its name; raises OSError.

    Unless it is there it is made.  It is made ``seconds`` long with silence, so that what follows is where it
    belongs in time.
    """
    raw = unfinished(path)
    raw.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(raw, os.O_WRONLY | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        there = os.fstat(file.fileno()).st_size
        if there < HEADER_BYTES:
            file.write(header(0))
            file.flush()
        wanted = HEADER_BYTES + round(seconds * RATE) * FRAME_BYTES
        # also where it is long enough: half a moment, as a crash may leave, would swap the sides
        whole = HEADER_BYTES + max(0, there - HEADER_BYTES) // FRAME_BYTES * FRAME_BYTES
        file.truncate(max(wanted, whole))
    return raw


def size(path: Path) -> int:
    """Give the size of a recording's file, finished or not; -1 when there is none."""
    for one in (unfinished(path), path):
        try:
            return one.stat().st_size
        except FileNotFoundError:
            continue
    return -1


def finish(path: Path, most_s: float | None = None) -> Finished | None:
    """Cut a file to ``most_s`` seconds, put its length into the header, and give it its name.

    May be done again, as after a crash.  None when nothing was recorded: then there is no file any more.
    Raises OSError.
    """
    raw = unfinished(path)
    at = raw if raw.exists() else path
    length = _sound_bytes(at, most_s)
    if length == 0:
        delete(path)
        return None
    with at.open("r+b") as file:
        file.truncate(HEADER_BYTES + length)
        file.write(header(length))
        file.flush()
        os.fsync(file.fileno())
    if at == raw:
        raw.rename(path)
    return Finished(length / FRAME_BYTES / RATE, HEADER_BYTES + length, checksum(path))


def _sound_bytes(path: Path, most_s: float | None) -> int:
    """Give how much of a file's sound is kept; 0 when there is no file."""
    try:
        length = max(0, path.stat().st_size - HEADER_BYTES)
    except FileNotFoundError:
        return 0
    if most_s is not None:
        length = min(length, round(most_s * RATE) * FRAME_BYTES)
    return min(length, _MOST_BYTES) // FRAME_BYTES * FRAME_BYTES


def checksum(path: Path) -> str:
    """Give a file's SHA-256, in hex digits; raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def delete(path: Path) -> None:
    """Delete a recording's file, finished or not; one that is gone is fine.  Raises OSError."""
    unfinished(path).unlink(missing_ok=True)
    path.unlink(missing_ok=True)


def room(folder: Path, least_free: int) -> str:
    """Tell why nothing can be recorded into ``folder``: no_room, not_writable with why; empty when it can.

    ``least_free``: bytes that are to stay free on its disk.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
        if free < least_free:
            return f"no_room: {free / 1e6:,.0f} MB are free, {least_free / 1e6:,.0f} MB are to stay so"
        probe = folder / ".probe"
        with probe.open("wb") as file:
            file.write(b"\0")
        probe.unlink()
    except OSError as error:
        return f"not_writable: {error.strerror}"
    return ""
