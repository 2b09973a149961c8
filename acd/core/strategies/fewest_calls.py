"""The agent who has taken the fewest calls since logging in."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from acd.core.strategies.base import InOrder

if TYPE_CHECKING:
    from acd.core.model import Agent
    from acd.core.strategies.base import Member


class FewestCalls(InOrder):
    """Agents by the calls they took, then by idleness; scored by the calls, the fewest the best."""

    name: ClassVar[str] = "fewest_calls"

    def key(self, member: Member, agent: Agent) -> tuple[int, int]:  # noqa: ARG002 - keys are alike
        """Sort by calls, then by the begin of idleness."""
        return agent.calls, agent.idle_rank

    def score(self, key: tuple[int, int], agent: Agent, now: float) -> float:  # noqa: ARG002
        """Give the calls."""
        return key[0]
