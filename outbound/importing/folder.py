"""What the disk has of one import: its file while it is needed, how far it is, which lines are refused.

One process writes it at a time: who holds its lock.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import msgspec

from outbound.leads.lead import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

Kind = Literal["list", "do_not_call"]
Stand = Literal["waiting", "running", "done", "failed", "broken_off"]
OVER: frozenset[Stand] = frozenset({"done", "failed", "broken_off"})
MOST_REFUSALS = 100_000
"""Lines that are told one by one; the others are counted."""
ID_PATTERN = "^[0-9a-z]{16}$"
_STATE, _REFUSED, _LOCK, _UPLOAD = "import.json", "refused", "lock", "upload"
_NOT_IN_NAMES = re.compile(r"[^\w.-]+")
_ENTRY = msgspec.json.Decoder(Refused)


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """One import.  Times in Unix seconds."""

    id: str
    kind: Kind
    name: str
    """Of the list; of a do-not-call list the campaign, '' for the site's."""
    file: str
    """As it was named."""
    home: str
    countries: list[str]
    encoding: str
    consent: str = ""
    columns: dict[str, str] = {}
    """As those of :class:`~outbound.leads.csv_list.CsvList`."""
    by: str
    """Name of the token."""
    at: float
    state: Stand = "waiting"
    why: str = ""
    """What came in the way, and what would do."""
    version: str = ""
    """Of the list, once it has begun."""
    good: int = 0
    refused: int = 0
    ended_at: float = 0.0


class ImportFolder:
    """The folder of one import."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def make(self) -> None:
        """Make it, for a file that is still to come; raises OSError."""
        (self.path / _UPLOAD).mkdir(parents=True, mode=0o700)

    def upload(self, wanted: Import) -> Path:
        """Give where its file lies, by a name that is one."""
        plain = _NOT_IN_NAMES.sub("_", wanted.file)[-100:].lstrip(".")
        return self.path / _UPLOAD / (plain or "file.csv")

    def read(self) -> Import | None:
        """Give how it stands; None for a folder that is none, or whose file never came whole."""
        try:
            return msgspec.json.decode((self.path / _STATE).read_bytes(), type=Import)
        except (OSError, msgspec.MsgspecError):
            return None

    def write(self, state: Import) -> None:
        """Keep how it stands; raises OSError."""
        new = self.path / f".{_STATE}"
        new.write_bytes(msgspec.json.encode(state))
        new.replace(self.path / _STATE)

    def end(self, state: Import) -> None:
        """Keep how it ended, and its file no more."""
        self.write(state)
        shutil.rmtree(self.path / _UPLOAD, ignore_errors=True)

    def remove(self) -> None:
        """Forget it."""
        shutil.rmtree(self.path, ignore_errors=True)

    @contextmanager
    def locked(self, *, wait: bool) -> Iterator[bool]:
        """Hold its lock, or give False when another process does and this one is not to wait."""
        with (self.path / _LOCK).open("wb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
                return
            yield True

    @contextmanager
    def refusals(self) -> Iterator[BinaryIO]:
        """Open the lines that are refused, anew, to be written by :func:`note`."""
        with (self.path / _REFUSED).open("wb") as file:
            yield file

    def refused(self, after: int, limit: int) -> tuple[list[Refused], int]:
        """Give refused lines from a place on (0: the first), and the place of what follows, 0 at the end."""
        found: list[Refused] = []
        try:
            with (self.path / _REFUSED).open("rb") as file:
                file.seek(after)
                while len(found) < limit and (line := file.readline()).endswith(b"\n"):
                    found.append(_ENTRY.decode(line))
                place = file.tell()
                more = file.readline().endswith(b"\n")
        except (OSError, msgspec.MsgspecError):
            return found, 0
        return found, place if more else 0


def note(file: BinaryIO, refused: Refused) -> None:
    """Write one refused line."""
    file.write(msgspec.json.encode(refused) + b"\n")


def folders(path: Path) -> list[ImportFolder]:
    """Give those that there are, the latest first: ids begin with their time."""
    try:
        names = sorted((one.name for one in os.scandir(path) if one.is_dir()), reverse=True)
    except OSError:
        return []
    return [ImportFolder(path / name) for name in names]
