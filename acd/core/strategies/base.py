"""What a strategy is: which of the ready agents in one line takes a call, and which call pleases an agent."""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable

    from acd.core.model import Agent
    from acd.core.pressure import Pressure

Scored = tuple[str, float]
"""(agent, score): the higher the better, unless the strategy says otherwise."""
SHOWN = 5
"""So many of those who competed are kept with a decision."""


class Member(NamedTuple):
    """An agent as the calls of one line see them."""

    number: str
    rank: int
    """In the line's queue, from 1; 0 for the agent whom a call waits for."""
    proficiency: float
    """Mean level (0 to 5) in what is needed or preferred; more than is preferred counts no more."""
    others: tuple[str, ...]
    """Skills of the agent that the line does not ask for."""
    wished: bool
    """Whether they have every level that is preferred."""


class Ground(NamedTuple):
    """What a strategy may know besides the agents."""

    queue: str
    pressure: Pressure
    last: Callable[[str], str]
    """Queue → the agent who was offered its last call, '' at first."""
    draw: Callable[[], int]
    """A number that differs from decision to decision, and is the same again with the same seed."""


class Strategy(Protocol):
    """The ready agents who could take the calls of one line, ordered so that a choice is cheap."""

    name: ClassVar[str]
    rings_all: ClassVar[bool]
    """Whether a call is offered to all of them at once."""
    weighs_skill: ClassVar[bool]
    """Whether proficiency decides already; else those with the preferred levels go before the others."""
    per_level_s: ClassVar[float]
    """Seconds of a call's waiting that a level more of the agent is worth, when an agent chooses a call."""
    target_bonus_s: ClassVar[float]
    """Seconds that a call gains while it has waited for less than the queue's target."""

    def __init__(self, ground: Ground) -> None:
        """Make an empty pool."""

    def add(self, member: Member, agent: Agent) -> None:
        """Take an agent in who became ready."""

    def discard(self, number: str) -> None:
        """Let an agent go, if they are in."""

    def best(self, without: Container[str], now: float) -> list[Scored]:
        """Give the agents who compete, the best first, up to :data:`SHOWN` (all, if it rings all).

        Agents in ``without`` are passed over.  Changes nothing.
        """


class InOrder:
    """A pool in the order of a key that does not change while an agent is ready: only the head competes."""

    name: ClassVar[str] = ""
    rings_all: ClassVar[bool] = False
    weighs_skill: ClassVar[bool] = False
    per_level_s: ClassVar[float] = 0.0
    target_bonus_s: ClassVar[float] = 0.0

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._order: list[tuple[Any, str]] = []
        self._in: dict[str, tuple[Any, str]] = {}
        self._agents: dict[str, Agent] = {}

    def key(self, member: Member, agent: Agent) -> Any:
        """Give what the agents are sorted by, the lowest first."""
        raise NotImplementedError

    def score(self, key: Any, agent: Agent, now: float) -> float:
        """Give what is shown for an agent."""
        raise NotImplementedError

    def add(self, member: Member, agent: Agent) -> None:
        """Take an agent in who became ready."""
        entry = (self.key(member, agent), member.number)
        self._in[member.number], self._agents[member.number] = entry, agent
        insort(self._order, entry)

    def discard(self, number: str) -> None:
        """Let an agent go, if they are in."""
        entry = self._in.pop(number, None)
        if entry is not None:
            del self._agents[number]
            del self._order[bisect_left(self._order, entry)]

    def best(self, without: Container[str], now: float) -> list[Scored]:
        """Give the first in the order."""
        return self._scored(self._order, without, now)

    def _scored(
        self, entries: Iterable[tuple[Any, str]], without: Container[str], now: float
    ) -> list[Scored]:
        found: list[Scored] = []
        for key, number in entries:
            if number not in without:
                found.append((number, self.score(key, self._agents[number], now)))
                if len(found) == SHOWN and not self.rings_all:
                    break
        return found
