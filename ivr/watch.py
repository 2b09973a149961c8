"""Watches a folder of dialplans: says when a file in it was saved, replaced, added or removed.

It looks often instead of asking the system to be told: that works on every file system, network mounts, a
container's volumes and swapped links included, where notifications are silently missing.
"""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

_log = structlog.get_logger(__name__)

INTERVAL_S = 0.15
SETTLED_S = 0.1
"""A save may take several writes: it is over when nothing has changed for so long."""
LONGEST_SAVE_S = 2.0
SHARE = 0.02
"""Most of a core's time that looking may take: a huge folder is looked at less often."""
LONGEST_INTERVAL_S = 10.0
WATCHED = frozenset({".yaml", ".yml", ".wav"})

Look = frozenset[tuple[str, int, int, int]]
"""Path, time of change in ns, size and inode of each file."""


def look_at(folder: Path) -> Look:
    """Give what a folder holds of dialplans and recordings, folders below it included."""
    found = set()
    for place, folders, files in os.walk(folder, followlinks=False):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if os.path.splitext(name)[1].lower() in WATCHED and not name.startswith("."):  # noqa: PTH122 - often
                path = os.path.join(place, name)  # noqa: PTH118
                try:
                    state = os.stat(path)  # noqa: PTH116
                except OSError:
                    continue
                found.add((path, state.st_mtime_ns, state.st_size, state.st_ino))
    return frozenset(found)


class Watch:
    """Calls ``noticed`` when what ``look`` sees begins to change, and ``changed`` when that is over."""

    def __init__(
        self,
        look: Callable[[], Look],
        noticed: Callable[[], Awaitable[object]],
        changed: Callable[[], Awaitable[object]],
        seen: Look,
    ) -> None:
        """``seen``: what was there when the files were read last."""
        self._look = look
        self._noticed = noticed
        self._changed = changed
        self._seen = seen

    async def run(self) -> None:
        """Watch for ever."""
        while True:
            now, cpu_s = await asyncio.to_thread(self._timed)
            if now != self._seen:
                await _safely(self._noticed)
                self._seen = await self._settled(now)
                await _safely(self._changed)
            await asyncio.sleep(max(INTERVAL_S, min(cpu_s / SHARE, LONGEST_INTERVAL_S)))

    def _timed(self) -> tuple[Look, float]:
        began = time.thread_time()
        return self._look(), time.thread_time() - began

    async def _settled(self, now: Look) -> Look:
        """Wait until a save is over, and give what is there then."""
        deadline = asyncio.get_running_loop().time() + LONGEST_SAVE_S
        while asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(SETTLED_S)
            before, now = now, await asyncio.to_thread(self._look)
            if now == before:
                break
        return now


async def _safely(do: Callable[[], Awaitable[object]]) -> None:
    try:
        await do()
    except Exception:  # noqa: BLE001 - the next save must be noticed all the same
        _log.exception("dialplans_not_loaded")
