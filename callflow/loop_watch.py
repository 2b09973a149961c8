"""How late the event loop is: whatever holds it up, holds every call up."""

from __future__ import annotations

import asyncio
import time
from collections import deque

from prometheus_client import Histogram

EVERY_S = 0.02
"""A shorter hold-up may go unseen, and a longer one be seen shorter by as much."""
SECONDS_KEPT = 300

LAG = Histogram(
    "ringhall_loop_lag_seconds",
    "How late the controller's event loop was.",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5),
)


class LoopWatch:
    """Wakes fifty times a second and notes how late it is.

    Late may be the machine's fault (other programs had the cores) or ours (something ran too long): the
    loop's own CPU time since the last look tells which.
    """

    def __init__(self) -> None:
        self._worst: deque[tuple[int, float, float]] = deque(maxlen=SECONDS_KEPT)

    async def run(self) -> None:
        """Watch for ever."""
        loop = asyncio.get_running_loop()
        due = used = 0.0
        timer: asyncio.TimerHandle | None = None

        def look() -> None:
            self.note(max(0.0, time.monotonic() - due), time.thread_time() - used, time.time())
            wait()

        def wait() -> None:
            nonlocal due, used, timer
            due, used = time.monotonic() + EVERY_S, time.thread_time()
            timer = loop.call_later(EVERY_S, look)  # a task's sleep costs four times as much

        wait()
        try:
            await asyncio.Event().wait()
        finally:
            if timer is not None:
                timer.cancel()

    def note(self, late_s: float, cpu_s: float, at: float) -> None:
        """Take note of one lateness and the CPU time since the look before; ``at`` is Unix time."""
        LAG.observe(late_s)
        second = int(at)
        if self._worst and self._worst[-1][0] == second:
            _, late_before, cpu_before = self._worst.pop()
            late_s, cpu_s = max(late_s, late_before), max(cpu_s, cpu_before)
        self._worst.append((second, late_s, cpu_s))

    def worst(self) -> list[tuple[int, float, float]]:
        """Give the worst of each of the last seconds: (Unix second, ms late, ms of CPU between two looks)."""
        return [
            (second, round(late_s * 1000, 1), round(cpu_s * 1000, 1)) for second, late_s, cpu_s in self._worst
        ]
