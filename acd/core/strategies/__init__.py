"""Strategies: which of the ready agents with the skills takes a call.  One small class a file, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acd.core.errors import UnknownStrategy
from acd.core.strategies.best_skill import BestSkill
from acd.core.strategies.fewest_calls import FewestCalls
from acd.core.strategies.index import Index
from acd.core.strategies.linear import Linear
from acd.core.strategies.longest_idle import LongestIdle
from acd.core.strategies.random_agent import RandomAgent
from acd.core.strategies.ring_all import RingAll
from acd.core.strategies.round_robin import RoundRobin

if TYPE_CHECKING:
    from collections.abc import Iterable

    from acd.core.strategies.base import Strategy

_ALL: Iterable[type[Strategy]] = (
    Index, LongestIdle, RoundRobin, FewestCalls, BestSkill, RandomAgent, RingAll, Linear,
)  # fmt: skip
STRATEGIES: dict[str, type[Strategy]] = {strategy.name: strategy for strategy in _ALL}


def strategy_type(name: str) -> type[Strategy]:
    """Give a strategy by its name; raises :class:`UnknownStrategy`, which lists near names."""
    if name not in STRATEGIES:
        raise UnknownStrategy(name, STRATEGIES)
    return STRATEGIES[name]
