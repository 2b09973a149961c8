"""Strategies: which of the ready agents with the skills takes a call.  One small class a file, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

from acd.core.errors import UnknownStrategy
from acd.core.strategies.longest_idle import LongestIdle

if TYPE_CHECKING:
    from collections.abc import Container

    from acd.core.model import Agent


class Strategy(Protocol):
    """The ready agents who could take the calls of one line, ordered so that a choice is cheap."""

    name: ClassVar[str]

    def add(self, agent: Agent) -> None:
        """Take an agent in who became ready."""

    def discard(self, number: str) -> None:
        """Let an agent go, if they are in."""

    def pick(self, without: Container[str]) -> str | None:
        """Choose an agent who is not in ``without``; None when there is none.  Changes nothing."""


STRATEGIES: dict[str, type[Strategy]] = {strategy.name: strategy for strategy in (LongestIdle,)}


def make_strategy(name: str) -> Strategy:
    """Make a strategy by its name; raises :class:`UnknownStrategy`, which lists near names."""
    if name not in STRATEGIES:
        raise UnknownStrategy(name, STRATEGIES)
    return STRATEGIES[name]()
