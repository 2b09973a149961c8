"""How late the event loop is: whatever holds it up, holds every call up."""

from __future__ import annotations

import asyncio
import time
from collections import deque

from prometheus_client import Histogram

EVERY_S = 0.01
"""A shorter hold-up may go unseen, and a longer one be seen shorter by as much."""
SECONDS_KEPT = 300

LAG = Histogram(
    "ringhall_loop_lag_seconds",
    "How late the controller's event loop was.",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5),
)


class LoopWatch:
    """Wakes a hundred times a second and notes how late it is."""

    def __init__(self) -> None:
        self._worst: deque[tuple[int, float]] = deque(maxlen=SECONDS_KEPT)

    async def run(self) -> None:
        """Watch for ever."""
        while True:
            due = time.monotonic() + EVERY_S
            await asyncio.sleep(EVERY_S)
            self.note(max(0.0, time.monotonic() - due), time.time())

    def note(self, late_s: float, at: float) -> None:
        """Take note of one lateness; ``at`` is Unix time."""
        LAG.observe(late_s)
        second = int(at)
        if self._worst and self._worst[-1][0] == second:
            late_s = max(late_s, self._worst.pop()[1])
        self._worst.append((second, late_s))

    def worst(self) -> list[tuple[int, float]]:
        """Give the worst lateness of each of the last seconds: (Unix second, ms), oldest first."""
        return [(second, round(late_s * 1000, 1)) for second, late_s in self._worst]
