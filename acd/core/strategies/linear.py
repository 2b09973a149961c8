"""Always the first agent who is ready, in the order of their numbers; ranks make another order."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from acd.core.strategies.base import InOrder

if TYPE_CHECKING:
    from acd.core.model import Agent
    from acd.core.strategies.base import Member


def by_number(number: str) -> tuple[int, str]:
    """Sort agents' numbers as numbers, were they of different lengths."""
    return len(number), number


class Linear(InOrder):
    """Agents by number; scored by nothing: the order is all."""

    name: ClassVar[str] = "linear"

    def key(self, member: Member, agent: Agent) -> tuple[int, str]:  # noqa: ARG002 - keys are alike
        """Sort by number."""
        return by_number(member.number)

    def score(self, key: tuple[int, str], agent: Agent, now: float) -> float:  # noqa: ARG002
        """Give the same for all."""
        return 0.0
