"""The agent who has been idle longest."""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Container

    from acd.core.model import Agent


class LongestIdle:
    """Agents in the order in which they became idle; only the head competes."""

    name: ClassVar[str] = "longest_idle"

    def __init__(self) -> None:
        self._order: list[tuple[int, str]] = []
        self._keys: dict[str, tuple[int, str]] = {}

    def add(self, agent: Agent) -> None:
        """Take an agent in; those who became idle later stand behind."""
        key = (agent.idle_rank, agent.number)
        self._keys[agent.number] = key
        insort(self._order, key)

    def discard(self, number: str) -> None:
        """Let an agent go, if they are in."""
        key = self._keys.pop(number, None)
        if key is not None:
            del self._order[bisect_left(self._order, key)]

    def pick(self, without: Container[str]) -> str | None:
        """Choose the head."""
        return next((number for _, number in self._order if number not in without), None)
