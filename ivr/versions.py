"""The versions of a site that went live, kept: a broken edit or a restart never loses a working one.

``<home>/dialplans-good/<version>/`` holds each file as it was and a manifest; ``live`` names the last one.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from ivr.load import Source

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_KEPT = 20
_MANIFEST = "manifest.json"
_LIVE = "live"


class Versions:
    """The kept versions below a home folder."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "dialplans-good"

    def keep(self, version: str, sources: Sequence[Source]) -> None:
        """Keep a version and note that it is the live one.  Raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        target = self._folder / version
        if not (target / _MANIFEST).exists():
            with tempfile.TemporaryDirectory(dir=self._folder, prefix=".new-") as made:
                new = Path(made) / version
                new.mkdir()
                entries = []
                for number, source in enumerate(sources):
                    file = f"{number:03d}.yaml"
                    (new / file).write_bytes(source.content)
                    entries.append({"file": file, "name": source.name, "folder": str(source.folder)})
                (new / _MANIFEST).write_text(json.dumps(entries, ensure_ascii=False), encoding="utf-8")
                shutil.rmtree(target, ignore_errors=True)
                new.rename(target)
        os.utime(target)
        mark = self._folder / f".{_LIVE}"
        mark.write_text(version, encoding="utf-8")
        mark.replace(self._folder / _LIVE)
        self._forget_old(version)

    def live(self) -> str:
        """Give the version that was live last, empty when there was none."""
        try:
            return (self._folder / _LIVE).read_text(encoding="utf-8").strip()
        except OSError:
            return ""

    def sources(self, version: str) -> list[Source]:
        """Give a kept version's files, none when it is not kept any more."""
        folder = self._folder / version
        if not version.isalnum():
            return []
        try:
            entries = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
            return [
                Source(entry["name"], Path(entry["folder"]), (folder / entry["file"]).read_bytes())
                for entry in entries
            ]
        except (OSError, ValueError, KeyError):
            return []

    def _forget_old(self, live: str) -> None:
        kept = [path for path in self._folder.iterdir() if path.is_dir() and path.name.isalnum()]
        kept.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        for path in kept[MOST_KEPT:]:
            if path.name != live:
                shutil.rmtree(path, ignore_errors=True)
