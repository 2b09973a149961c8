"""A site that is edited while calls go on: how soon each save counts, and whether any call noticed."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchmarks.big_site import site_text
from benchmarks.machine import spread_ms
from records import events as e

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from callflow.private_server import PrivateServer
    from records.events import Recorded

BREAK = "        timeout: 9s"
"""What is replaced to break the site."""
AFTER_S = 1.0
"""What happens on the loop so long after a site went live is still put down to it."""


@dataclass
class Save:
    """One save of the site's file."""

    at: float
    """Unix time at which it was written."""
    good: bool
    done_at: float = 0.0
    """Unix time at which it was live or refused; 0 when it never was."""


@dataclass
class Edits:
    """Saves the file of a site again and again."""

    file: Path
    menus: int
    every_s: float
    saves: list[Save] = field(default_factory=list)

    async def run(self, server: PrivateServer, seq: int, times: int) -> None:
        """Wait for the first call after ``seq``, then save ``times`` times; every third save is broken."""
        await server.until_event(e.CallArrived, 120, after=seq)
        for number in range(1, times + 1):
            good = number % 3 != 2
            text = site_text(self.menus, edition=number)
            if not good:
                text = text.replace(BREAK, "        timeuot: 9s")
            await asyncio.to_thread(self.file.write_text, text, "utf-8")
            self.saves.append(Save(time.time(), good))
            await asyncio.sleep(self.every_s)


def outcome(
    saves: Sequence[Save], events: Iterable[Recorded], lag: Iterable[Sequence[float]]
) -> dict[str, Any]:
    """Put together what came of the saves: times in s, the loop in ms, calls on two versions.

    ``events``: the log's, since before the first save.  ``lag``: Unix second, ms late, ms of CPU.
    """
    versions: dict[str, set[str]] = {}
    changes: list[tuple[float, bool]] = []
    for recorded in events:
        match recorded.event:
            case e.SiteLoaded(how="saved"):
                changes.append((recorded.at.timestamp(), True))
            case e.SiteRefused():
                changes.append((recorded.at.timestamp(), False))
            case e.StepEntered(call=call, version=version):
                versions.setdefault(call, set()).add(version)
            case _:
                pass
    for save, until in zip(saves, [*(later.at for later in saves[1:]), float("inf")], strict=True):
        save.done_at = next((at for at, good in changes if save.at <= at < until and good is save.good), 0.0)
    live = [save.done_at - save.at for save in saves if save.good and save.done_at]
    refused = [save.done_at - save.at for save in saves if not save.good and save.done_at]
    inside, outside = _split(lag, [(save.at, (save.done_at or save.at) + AFTER_S) for save in saves])
    return {
        "saves": len(saves),
        "never_counted": sum(not save.done_at for save in saves),
        "live_s": [round(seconds, 2) for seconds in live],
        "refused_s": [round(seconds, 2) for seconds in refused],
        "reload_max_s": round(max(live, default=0.0), 2),
        "loop_late_reloading_ms": spread_ms([late_ms / 1000 for late_ms, _ in inside]),
        "loop_late_otherwise_ms": spread_ms([late_ms / 1000 for late_ms, _ in outside]),
        "loop_cpu_reloading_ms": spread_ms([cpu_ms / 1000 for _, cpu_ms in inside]),
        "loop_cpu_otherwise_ms": spread_ms([cpu_ms / 1000 for _, cpu_ms in outside]),
        "calls_on_two_versions": sum(len(found) > 1 for found in versions.values()),
        "versions_in_use": len({version for found in versions.values() for version in found}),
    }


def _split(
    lag: Iterable[Sequence[float]], spans: Sequence[tuple[float, float]]
) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Part the loop's seconds into those that touch a span of time and all others."""
    inside: list[tuple[float, float]] = []
    outside: list[tuple[float, float]] = []
    for second, late_ms, cpu_ms in lag:
        touched = any(began < second + 1 and second < ended for began, ended in spans)
        (inside if touched else outside).append((late_ms, cpu_ms))
    return inside, outside
