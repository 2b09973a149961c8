"""The section ``queues:`` of the site's YAML."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from acd.core.errors import UnknownStrategy
from acd.core.model import QueueSpec
from acd.core.strategies import STRATEGIES, make_strategy
from acd.waiting_terms import WaitingTerms
from callflow.protocol import Refers
from callflow.values import Duration, matching, told


def _known(strategy: str) -> str:
    try:
        make_strategy(strategy)
    except UnknownStrategy as error:
        raise told(
            "strategy", str(error).partition("; ")[0], f"Write one of: {', '.join(sorted(STRATEGIES))}."
        ) from None
    return strategy


MusicClass = Annotated[
    str,
    *matching(
        "[A-Za-z0-9_-]{1,40}", "can't name a music class", "Use up to 40 letters, digits, '-' and '_'."
    ),
]


class QueueDefinition(WaitingTerms, BaseModel):
    """A queue: who may take its calls, in which order, and how long callers wait."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    needs: dict[Annotated[str, Refers("skill")], Annotated[int, Field(ge=1, le=5)]] = {}
    """Skill → least level, 1 to 5: only agents who have all of them are offered the calls."""
    prefers: dict[Annotated[str, Refers("skill")], Annotated[int, Field(ge=1, le=5)]] = {}
    """Skill → level that is wished for; it is on record with each call."""
    priority: Annotated[int, Field(ge=0, le=100)] = 0
    """Calls of higher priority go first, over all queues."""
    classes: dict[str, Annotated[int, Field(ge=0, le=100)]] = {}
    """Customer class → priority of its calls, instead of the queue's."""
    strategy: Annotated[str, AfterValidator(_known)] = "longest_idle"
    """Which of several agents is offered a call."""
    ring: Annotated[Duration, Field(ge=3, le=300)] = 20.0
    """How long a phone rings before the call goes back and the agent is marked as missed."""
    wrap_up: Annotated[Duration, Field(ge=0)] = 10.0
    """Time an agent has after a call before the next."""
    max_wait: Annotated[Duration, Field(gt=0)] | None = None
    """Longest wait; then ``on_max_wait`` follows."""
    on_max_wait: Annotated[str, Refers("menu")] | None = None
    """Menu for callers who have waited for ``max_wait``."""
    max_length: Annotated[int, Field(ge=1, le=100_000)] | None = None
    """Callers who may wait at the same time; for further ones ``on_full`` follows."""
    on_full: Annotated[str, Refers("menu")] | None = None
    """Menu for callers who find the queue full."""
    on_empty: Annotated[str, Refers("menu")] | None = None
    """Menu for callers who come when no agent with the skills is logged in; without it they wait."""
    on_completed: Annotated[str, Refers("menu")] | None = None
    """Menu for callers whose agent has hung up first, such as a survey; without it the call ends."""
    music: MusicClass = "default"
    """Music class that waiting callers hear."""

    def spec(self, name: str) -> QueueSpec:
        """Give the queue as the core knows it."""
        return QueueSpec(
            name=name,
            needs=dict(self.needs),
            priority=self.priority,
            strategy=self.strategy,
            ring_s=self.ring,
            wrap_up_s=self.wrap_up,
            max_wait_s=self.max_wait,
            music=self.music,
            prefers=dict(self.prefers),
            max_length=self.max_length,
            classes=dict(self.classes),
        )
