"""Logs that never fill the disk: one that has grown too long is set aside, and the oldest is dropped.

Standard library only: the small parent does it, since it knows every log, also those of an Asterisk that has
no controller.  A log is copied and then emptied in place, because the programs that write it keep it open
(all of them append); a line written between the two is lost.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

LONGEST: Final = 20_000_000
"""Bytes of a log beyond which it is set aside."""
KEPT: Final = 3
"""Older ones that are kept of each log: ``NAME.log.1`` is the newest."""
LOOK_EVERY_S: Final = 30.0


class LogRotation:
    """Watches the logs (``*.log``) in some folders."""

    def __init__(self, folders: Iterable[Path], *, longest: int = LONGEST, kept: int = KEPT) -> None:
        self._folders = tuple(folders)
        self._longest = longest
        self._kept = kept
        self._next_look = 0.0

    def tick(self, now: float) -> list[str]:
        """Look, if it is time, and set aside what is too long; give complaints for a person to read."""
        if now < self._next_look:
            return []
        self._next_look = now + LOOK_EVERY_S
        complaints = []
        for folder in self._folders:
            for log in sorted(folder.glob("*.log")):
                try:
                    if log.stat().st_size > self._longest:
                        self._set_aside(log)
                except OSError as error:
                    complaints.append(f"the log {log} can't be set aside: {error.strerror}")
        return complaints

    def wait_s(self, now: float) -> float:
        """Seconds until it is time to look again."""
        return max(0.0, self._next_look - now)

    def _set_aside(self, log: Path) -> None:
        older = [log.with_name(f"{log.name}.{number}") for number in range(1, self._kept + 1)]
        older[-1].unlink(missing_ok=True)
        for place, name in reversed(list(zip(older[1:], older, strict=False))):
            with contextlib.suppress(FileNotFoundError):
                name.replace(place)
        try:
            _copy(log, older[0])
        finally:
            # also where there is no room for the copy: what was lost is better than a disk that is full
            os.truncate(log, 0)


def _copy(log: Path, copy: Path) -> None:
    try:
        target = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with log.open("rb") as source, os.fdopen(target, "wb") as written:
            shutil.copyfileobj(source, written)
    except OSError:
        copy.unlink(missing_ok=True)
        raise
