"""Any of them, with equal chances."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, ClassVar

from acd.core.strategies.linear import Linear

if TYPE_CHECKING:
    from collections.abc import Container

    from acd.core.strategies.base import Scored


class RandomAgent(Linear):
    """Agents by number, from a drawn one on; the same again in a replay with the same seed."""

    name: ClassVar[str] = "random"

    def best(self, without: Container[str], now: float) -> list[Scored]:
        """Draw until one is found who may be offered the call."""
        free = [entry for entry in self._order if entry[1] not in without]
        if not free:
            return []
        start = self._ground.draw() % len(free)
        return self._scored(chain(islice(free, start, None), islice(free, start)), (), now)
