"""The agent who has been idle longest."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from acd.core.strategies.base import InOrder

if TYPE_CHECKING:
    from acd.core.model import Agent
    from acd.core.strategies.base import Member


class LongestIdle(InOrder):
    """Agents in the order in which they became idle; scored by the seconds since."""

    name: ClassVar[str] = "longest_idle"

    def key(self, member: Member, agent: Agent) -> int:  # noqa: ARG002 - keys are alike
        """Sort by the begin of idleness."""
        return agent.idle_rank

    def score(self, key: int, agent: Agent, now: float) -> float:  # noqa: ARG002
        """Give the seconds of idleness."""
        return round(now - agent.idle_since, 3)
