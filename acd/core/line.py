"""One line: waiting calls that ask for the same, and the ready agents who could take them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from typing import TYPE_CHECKING, NamedTuple

from acd.core.model import FIRST_RANK, STRICT_S
from acd.core.strategies.base import Member

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping

    from acd.core.model import Agent, AgentProfile, Place, Ticket
    from acd.core.strategies.base import Scored, Strategy

Tier = tuple[int, bool]
"""(rank, lacks what is preferred): the lowest is asked first."""


class LineKey(NamedTuple):
    """What the calls of a line have in common."""

    queue: str
    needs: frozenset[tuple[str, int]]
    prefers: frozenset[tuple[str, int]]
    strategy: str
    head_start_s: float
    """Seconds by which the priority moves a call ahead."""
    target_s: float
    agent: str
    """The only agent who is offered these calls, '' for all with the skills."""

    @classmethod
    def of(cls, ticket: Ticket) -> LineKey:
        """Give the line in which a call stands now."""
        return cls(
            ticket.queue,
            frozenset(ticket.needs.items()),
            frozenset(ticket.prefers.items()),
            ticket.strategy,
            ticket.priority * (ticket.ageing_s or STRICT_S),
            ticket.target_s,
            ticket.preferred_agent,
        )


class Candidate(NamedTuple):
    """A call that competes for an agent; sorts the best first."""

    rank: int
    """The agent's, in the call's queue."""
    urgency: float
    """Seconds, negated so that the most urgent sorts first."""
    place: Place


class Line:
    """Calls by place, agents in pools by tier."""

    def __init__(self, key: LineKey, strategy: type[Strategy], make_pool: Callable[[], Strategy]) -> None:
        self.key = key
        self.needs = dict(key.needs)
        self.prefers = dict(key.prefers)
        self.strategy = strategy
        self.waiting: list[Place] = []
        """Calls that nobody is offered."""
        self.ringing: list[Place] = []
        """Calls that are offered to some and may be offered to others too (a strategy that rings all)."""
        self._make_pool = make_pool
        self._pools: dict[Tier, Strategy] = {}
        self._tiers: list[Tier] = []
        self._tier_of: dict[str, Tier] = {}

    # ── agents ───────────────────────────────────────────────────────────────────────────────────

    def member(self, profile: AgentProfile) -> Member | None:
        """See an agent with this line's eyes; None for one who may not take its calls."""
        number, skills = profile.number, profile.skills
        if self.key.agent not in {"", number} or not fits(skills, self.needs):
            return None
        return Member(
            number=number,
            rank=0 if self.key.agent else profile.ranks.get(self.key.queue, FIRST_RANK),
            proficiency=proficiency(skills, self.needs, self.prefers),
            others=tuple(sorted(skill for skill in skills if skill not in self.needs | self.prefers)),
            wished=fits(skills, self.prefers),
        )

    def add(self, member: Member, agent: Agent) -> None:
        """Let a ready agent be found."""
        tier = (member.rank, not (member.wished or self.strategy.weighs_skill))
        if tier not in self._pools:
            self._pools[tier] = self._make_pool()
            insort(self._tiers, tier)
        self._tier_of[member.number] = tier
        self._pools[tier].add(member, agent)

    def discard(self, number: str) -> None:
        """Let an agent go, if they are in."""
        tier = self._tier_of.pop(number, None)
        if tier is not None:
            self._pools[tier].discard(number)

    def best_agents(self, without: Container[str], now: float) -> list[Scored]:
        """Give the agents who compete for a call, the best first: those of the first tier that has any."""
        for tier in self._tiers:
            found = self._pools[tier].best(without, now)
            if found:
                return found
        return []

    # ── calls ────────────────────────────────────────────────────────────────────────────────────

    def candidates(
        self, member: Member, now: float, barred: Callable[[str], Container[str]]
    ) -> Iterator[Candidate]:
        """Give this line's calls that compete for an agent: the first, and the first within the target.

        Urgency = wait + head start + 12 s a level (strategy ``index``; see there), + 40 s within the target.
        """
        first = self._first(self.waiting, 0, member.number, barred)
        if first is None:
            return
        gain = now + member.proficiency * self.strategy.per_level_s
        bonus = self.strategy.target_bonus_s if self.key.target_s else 0.0
        if not bonus:
            yield Candidate(member.rank, first[0] - gain, first)
            return
        fresh_from = now - self.key.target_s - self.key.head_start_s
        yield Candidate(member.rank, first[0] - gain - (bonus if first[0] > fresh_from else 0.0), first)
        if first[0] <= fresh_from:
            start = bisect_right(self.waiting, (fresh_from, 0, ""))
            fresh = self._first(self.waiting, start, member.number, barred)
            if fresh is not None:
                yield Candidate(member.rank, fresh[0] - gain - bonus, fresh)

    def first_ringing(self, member: Member, barred: Callable[[str], Container[str]]) -> Place | None:
        """Give the first call that rings at others and may ring at this agent too."""
        return self._first(self.ringing, 0, member.number, barred)

    @staticmethod
    def _first(
        places: list[Place], start: int, agent: str, barred: Callable[[str], Container[str]]
    ) -> Place | None:
        for index in range(start, len(places)):
            if agent not in barred(places[index][2]):
                return places[index]
        return None


def fits(skills: Mapping[str, int], needs: Mapping[str, int]) -> bool:
    """Tell whether skills reach every level that is asked for."""
    return all(skills.get(skill, 0) >= level for skill, level in needs.items())


def proficiency(skills: Mapping[str, int], needs: Mapping[str, int], prefers: Mapping[str, int]) -> float:
    """Give the mean level (0 to 5) in what is needed or preferred; 0 where nothing is.

    More than is preferred counts no more; a skill that is needed too counts with its whole level.
    """
    wanted = len(prefers.keys() | needs.keys())
    if not wanted:
        return 0.0
    total = sum(skills.get(skill, 0) for skill in needs)
    total += sum(min(skills.get(skill, 0), level) for skill, level in prefers.items() if skill not in needs)
    return total / wanted


def put(places: list[Place], place: Place) -> None:
    """Put a place where it belongs."""
    insort(places, place)


def take(places: list[Place], place: Place) -> None:
    """Take a place out that is in."""
    del places[bisect_left(places, place)]
