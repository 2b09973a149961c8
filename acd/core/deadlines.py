"""Every deadline of the floor in one heap; what is really due is asked of the floor."""

from __future__ import annotations

from heapq import heapify, heappop, heappush, heapreplace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_SLACK = 1024
"""Entries whose deadline has gone are dropped when they come to the head, or all at once beyond this."""


class Deadlines:
    """(time, kind, key), the earliest first; entries may be stale or early, never late."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, str, str]] = []
        self._limit = _SLACK

    def clear(self) -> None:
        """Forget all."""
        self._heap.clear()

    def add(self, at: float, kind: str, key: str) -> None:
        """Take note of a deadline (steady seconds)."""
        heappush(self._heap, (at, kind, key))

    def first(self, due: Callable[[str, str], float | None]) -> tuple[float, str, str] | None:
        """Give the earliest that is still due; ``due`` tells when each really is."""
        if len(self._heap) > self._limit:
            self._compact(due)
        while self._heap:
            at, kind, key = self._heap[0]
            really = due(kind, key)
            if really is None:
                heappop(self._heap)
            elif really > at:
                heapreplace(self._heap, (really, kind, key))
            else:
                return self._heap[0]
        return None

    def _compact(self, due: Callable[[str, str], float | None]) -> None:
        live = {(kind, key) for _, kind, key in self._heap}
        self._heap = [(at, *entry) for entry in live if (at := due(*entry)) is not None]
        heapify(self._heap)
        self._limit = 2 * len(self._heap) + _SLACK
