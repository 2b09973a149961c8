"""One after another: the agent after the one who was offered the queue's last call."""

from __future__ import annotations

from bisect import bisect_right
from itertools import chain, islice
from typing import TYPE_CHECKING, ClassVar

from acd.core.strategies.linear import Linear, by_number

if TYPE_CHECKING:
    from collections.abc import Container

    from acd.core.strategies.base import Scored


class RoundRobin(Linear):
    """Agents by number, from the last one's successor on and round to the begin."""

    name: ClassVar[str] = "round_robin"

    def best(self, without: Container[str], now: float) -> list[Scored]:
        """Begin after the last."""
        last = self._ground.last(self._ground.queue)
        start = bisect_right(self._order, (by_number(last), last))
        return self._scored(chain(islice(self._order, start, None), islice(self._order, start)), without, now)
