"""One line: waiting calls that ask for the same, and the ready agents who could take them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from acd.core.model import FIRST_RANK, STRICT_S
from acd.core.strategies.base import Member

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

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


Candidate = tuple[int, float, "Place"]
"""A call that competes for an agent: (the agent's rank in its queue, seconds of urgency, negated, its place).
Sorts the best first."""
KeptFrom = Callable[[str, str], bool]
"""(call, agent) → whether that agent must not be offered the call now."""


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
        self._bonus = strategy.target_bonus_s if key.target_s else 0.0
        self._fresh_s = key.target_s + key.head_start_s
        """A weighed time of entry that is not so far back is within the target."""
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
            others=tuple(
                sorted(skill for skill in skills if skill not in self.needs and skill not in self.prefers)
            ),
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

    def compete(self, member: Member, now: float, kept: KeptFrom, found: list[Candidate]) -> None:
        """Add this line's calls that compete for an agent: the first, and the first within the target.

        Urgency = wait + head start + 12 s a level (strategy ``index``; see there), + 40 s within the target.
        """
        waiting, rank = self.waiting, member.rank
        first = _first(waiting, 0, member.number, kept)
        if first is None:
            return
        weighed, gain = first[0], now + member.proficiency * self.strategy.per_level_s
        if not self._bonus:
            found.append((rank, weighed - gain, first))
            return
        fresh_from = now - self._fresh_s
        if weighed > fresh_from:
            found.append((rank, weighed - gain - self._bonus, first))
            return
        found.append((rank, weighed - gain, first))
        fresh = _first(waiting, bisect_right(waiting, (fresh_from, 0, "")), member.number, kept)
        if fresh is not None:
            found.append((rank, fresh[0] - gain - self._bonus, fresh))

    def first_ringing(self, member: Member, kept: KeptFrom) -> Place | None:
        """Give the first call that rings at others and may ring at this agent too."""
        return _first(self.ringing, 0, member.number, kept)


def _first(places: list[Place], start: int, agent: str, kept: KeptFrom) -> Place | None:
    for index in range(start, len(places)):
        place = places[index]
        if not kept(place[2], agent):
            return place
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
