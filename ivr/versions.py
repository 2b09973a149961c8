"""The versions of a site that went live, kept: a broken edit or a restart never loses a working one.

``<home>/dialplans-good/<version>/`` holds each file as it was, and a manifest with the times at which it went
live; ``live.json`` names the one that is live now, and whether it is so by a rollback.
"""

from __future__ import annotations

import shutil
import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ivr.load import Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_KEPT = 100
"""Versions; a site of 2,000 menus takes a quarter of a megabyte for each."""
_MOST_TIMES = 20
_MANIFEST = "manifest.json"
_LIVE = "live.json"

ROLLBACK = "rollback"


class GoneLive(msgspec.Struct, frozen=True):
    """One time at which a version went live."""

    at: datetime
    """UTC."""
    who: str
    """The name of the user who asked for it; ``watch`` for a saved file, ``start`` for a start."""
    how: str
    """start, saved, reload or rollback."""


class Live(msgspec.Struct, frozen=True):
    """Which version is live."""

    version: str = ""
    """Empty when there was none yet."""
    instead_of: str = ""
    """After a rollback: the version of the folder's files, which stay out of use until they change."""


class Kept(msgspec.Struct, frozen=True):
    """A version that can be brought back."""

    version: str
    files: tuple[str, ...]
    times: tuple[GoneLive, ...]
    """Oldest first; at least one."""

    @property
    def last(self) -> GoneLive:
        """When it went live last."""
        return self.times[-1]

    @property
    def written(self) -> datetime:
        """When the folder's files had this content last, as far as is known: not at a rollback."""
        return next((time.at for time in reversed(self.times) if time.how != ROLLBACK), self.last.at)


class _File(msgspec.Struct, frozen=True):
    file: str
    name: str
    folder: str


class _Manifest(msgspec.Struct, frozen=True):
    files: list[_File]
    times: list[GoneLive]


class Versions:
    """The kept versions below a home folder."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "dialplans-good"

    def keep(self, live: Live, sources: Sequence[Source], time: GoneLive) -> None:
        """Keep a version and note that it is the live one.  Raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        manifest = self._manifest(live.version)
        if manifest is None:
            self._write(live.version, sources, time)
        elif live.version != self.live().version:
            times = [*manifest.times, time][-_MOST_TIMES:]
            self._put(self._folder / live.version / _MANIFEST, _Manifest(manifest.files, times))
        self._put(self._folder / _LIVE, live)
        self._forget_old(live)

    def live(self) -> Live:
        """Give the version that was live last."""
        try:
            return msgspec.json.decode((self._folder / _LIVE).read_bytes(), type=Live)
        except (OSError, msgspec.MsgspecError):
            return Live()

    def sources(self, version: str) -> list[Source]:
        """Give a kept version's files, none when it is not kept any more."""
        manifest = self._manifest(version)
        try:
            return [
                Source(entry.name, Path(entry.folder), (self._folder / version / entry.file).read_bytes())
                for entry in (manifest.files if manifest else ())
            ]
        except OSError:
            return []

    def all(self) -> list[Kept]:
        """Give every kept version, newest first by when its files were written."""
        try:
            names = [path.name for path in self._folder.iterdir() if path.is_dir()]
        except OSError:
            return []
        found = [
            Kept(name, tuple(entry.name for entry in manifest.files), tuple(manifest.times))
            for name in names
            if (manifest := self._manifest(name)) is not None and manifest.times
        ]
        return sorted(found, key=lambda kept: kept.written, reverse=True)

    # ── files ────────────────────────────────────────────────────────────────────────────────────

    def _manifest(self, version: str) -> _Manifest | None:
        if not version.isalnum():
            return None
        try:
            return msgspec.json.decode((self._folder / version / _MANIFEST).read_bytes(), type=_Manifest)
        except (OSError, msgspec.MsgspecError):
            return None

    def _write(self, version: str, sources: Iterable[Source], time: GoneLive) -> None:
        with tempfile.TemporaryDirectory(dir=self._folder, prefix=".new-") as made:
            new = Path(made) / version
            new.mkdir()
            files = []
            for number, source in enumerate(sources):
                file = f"{number:03d}.yaml"
                (new / file).write_bytes(source.content)
                files.append(_File(file, source.name, str(source.folder)))
            (new / _MANIFEST).write_bytes(msgspec.json.encode(_Manifest(files, [time])))
            shutil.rmtree(self._folder / version, ignore_errors=True)
            new.rename(self._folder / version)

    @staticmethod
    def _put(path: Path, value: msgspec.Struct) -> None:
        """Write a file that is never seen half written."""
        mark = path.with_name(f".{path.name}")
        mark.write_bytes(msgspec.json.encode(value))
        mark.replace(path)

    def _forget_old(self, live: Live) -> None:
        newest = sorted(self.all(), key=lambda kept: kept.last.at, reverse=True)
        for kept in newest[MOST_KEPT:]:
            if kept.version != live.version:
                shutil.rmtree(self._folder / kept.version, ignore_errors=True)
