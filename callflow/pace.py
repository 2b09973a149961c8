"""Long work on the event loop, in slices: calls get their turn between."""

from __future__ import annotations

import asyncio
import time

SLICE_S = 0.003
"""Longest time that calls wait for such work."""


class Pace:
    """Asked often, lets everything else on the loop run once a slice is used up."""

    def __init__(self, slice_s: float = SLICE_S) -> None:
        self._slice_s = slice_s
        self._began = time.perf_counter()

    async def give_way(self) -> None:
        """Come back at once, or after everybody else's turn."""
        if time.perf_counter() - self._began >= self._slice_s:
            await asyncio.sleep(0)
            self._began = time.perf_counter()
