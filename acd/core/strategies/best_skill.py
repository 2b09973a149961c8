"""The agent with the highest level."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from acd.core.strategies.base import InOrder

if TYPE_CHECKING:
    from acd.core.model import Agent
    from acd.core.strategies.base import Member


class BestSkill(InOrder):
    """Agents by proficiency, then by idleness; scored by the proficiency (0 to 5)."""

    name: ClassVar[str] = "best_skill"
    weighs_skill: ClassVar[bool] = True

    def key(self, member: Member, agent: Agent) -> tuple[float, int]:
        """Sort by proficiency, the highest first, then by the begin of idleness."""
        return -member.proficiency, agent.idle_rank

    def score(self, key: tuple[float, int], agent: Agent, now: float) -> float:  # noqa: ARG002
        """Give the proficiency."""
        return round(-key[0], 3)
