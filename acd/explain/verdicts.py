"""Why an agent was, or was not, offered a call: one verdict on every agent of the directory.  Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, NoReturn

import msgspec

from acd.core.line import Line, LineKey, fits
from acd.core.model import AgentProfile, Ticket
from acd.core.states import State
from acd.core.strategies import strategy_type
from acd.core.strategies.linear import by_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from acd.core.floor import Floor
    from acd.core.line import Tier
    from acd.core.model import Agent
    from acd.core.strategies.base import Member


class Why(StrEnum):
    """What decided about an agent; the first that holds, in this order."""

    OFFERED = "offered"
    LACKS_SKILL = "lacks_skill"
    BLOCKED = "blocked"
    """Is kept from this caller."""
    STATE = "state"
    """Was not ready: the verdict's ``state`` says what they were doing."""
    ONLY_ANOTHER = "only_another"
    """The call waited for one agent alone."""
    BARRED = "barred"
    """Was kept from this call for some seconds, after an offer of it that came to nothing."""
    LATER_RANK = "later_rank"
    LACKS_PREFERRED = "lacks_preferred"
    LOWER_SCORE = "lower_score"
    NOT_ASKED = "not_asked"
    """Could have been offered it, but nobody was offered any: after a restart, or with the switch unheard."""


class Lacking(msgspec.Struct, frozen=True):
    """A skill in which an agent did not reach the level that the call asked for."""

    skill: str
    has: int
    needs: int


class Verdict(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is said of one agent at one decision.  Times in steady (Unix) seconds."""

    agent: str
    why: Why
    state: str = State.READY.value
    """What they were doing, by METRICS' words."""
    reason: str = ""
    since: float | None = None
    call: str = ""
    """The call that they were busy with."""
    lacking: list[Lacking] = []
    fits_from: float | None = None
    """When the call will ask for no more than they have."""
    until: float | None = None
    """End of what kept them: the wait for another agent, the bar, a wrap-up."""
    waited_for: str = ""
    rank: int = 0
    ahead: int = 0
    """The rank of those who were asked first."""
    score: float | None = None
    """As the strategy counts; None when they were not among those whose scores are kept."""
    best: float | None = None
    """The winner's score."""
    idle_s: float | None = None
    level: float | None = None
    """Proficiency, 0 to 5, in what the call asked for."""


class Chosen(msgspec.Struct, frozen=True):
    """What OfferMade says of a decision."""

    agents: Collection[str]
    scores: Sequence[tuple[str, float]]


def verdicts(
    floor: Floor, call: str, now: float, chosen: Chosen | None, agents: Collection[str] | None = None
) -> list[Verdict]:
    """Give one verdict on each agent of the directory (or of ``agents``), by number.

    ``floor`` is as it was just before the offer; ``chosen`` is None where nobody was.
    """
    judge = _Judge(floor, floor.state.tickets[call], now, chosen)
    numbers = {*floor.state.profiled, *(chosen.agents if chosen else ())} if agents is None else agents
    return [judge.verdict(number) for number in sorted(numbers, key=by_number)]


class _Judge:
    def __init__(self, floor: Floor, ticket: Ticket, now: float, chosen: Chosen | None) -> None:
        self._floor, self._ticket, self._now, self._chosen = floor, ticket, now, chosen
        self._barred = floor.barred.get(ticket.call, {})
        self._strategy = strategy_type(ticket.strategy)
        self._line = _line(LineKey.of(ticket))
        self._anybody = _line(LineKey.of(ticket)._replace(agent=""))
        """The same without the agent whom the call waits for."""
        self._scores = dict(chosen.scores) if chosen else {}
        self._best = next(iter(self._scores.values()), None)
        tiers = [
            self._tier(member)
            for number in (chosen.agents if chosen else ())
            if (member := self._member(number))
        ]
        self._first_tier: Tier | None = min(tiers, default=None)

    def _profile(self, number: str) -> AgentProfile | None:
        known = self._floor.state.profiled.get(number)
        return AgentProfile(number, skills=known.skills, ranks=known.ranks) if known else None

    def _member(self, number: str) -> Member | None:
        profile = self._profile(number)
        return self._line.member(profile) if profile else None

    def _tier(self, member: Member) -> Tier:
        return member.rank, not (member.wished or self._strategy.weighs_skill)

    def verdict(self, number: str) -> Verdict:
        agent, profile = self._floor.agent(number), self._profile(number)
        member = self._anybody.member(profile) if profile else None
        ready = agent.state is State.READY
        basis = Verdict(
            agent=number,
            why=Why.NOT_ASKED,
            state=agent.state.value,
            reason=agent.reason,
            since=agent.since or None,
            score=self._scores.get(number),
            best=self._best,
            idle_s=round(self._now - agent.idle_since, 3) if ready and agent.idle_since else None,
            level=round(member.proficiency, 3) if member else None,
        )
        return msgspec.structs.replace(basis, **self._decided(number, agent, profile, member))

    def _decided(
        self, number: str, agent: Agent, profile: AgentProfile | None, member: Member | None
    ) -> dict[str, object]:
        ticket = self._ticket
        decided: dict[str, object] | None = None
        if self._chosen is not None and number in self._chosen.agents:
            decided = {"why": Why.OFFERED}
        elif member is None:
            decided = self._lacks(profile)
        elif number in ticket.blocked:
            decided = {"why": Why.BLOCKED}
        elif agent.state is not State.READY:
            decided = {"why": Why.STATE, "call": agent.call, "until": agent.until}
        elif ticket.preferred_agent and number != ticket.preferred_agent:
            waits = {"waited_for": ticket.preferred_agent, "until": ticket.preferred_until}
            decided = {"why": Why.ONLY_ANOTHER, **waits}
        elif self._barred.get(number, 0.0) > self._now:
            decided = {"why": Why.BARRED, "until": self._barred[number]}
        return self._compared(member) if decided is None and member else decided or {}

    def _lacks(self, profile: AgentProfile | None) -> dict[str, object]:
        skills = profile.skills if profile else {}
        lacking = [
            Lacking(skill, skills.get(skill, 0), level)
            for skill, level in sorted(self._ticket.needs.items())
            if skills.get(skill, 0) < level
        ]
        return {"why": Why.LACKS_SKILL, "lacking": lacking, "fits_from": _fits_from(skills, self._ticket)}

    def _compared(self, member: Member) -> dict[str, object]:
        if self._first_tier is None:
            return {"why": Why.NOT_ASKED}
        tier = self._tier(member)
        if tier[0] > self._first_tier[0]:
            return {"why": Why.LATER_RANK, "rank": tier[0], "ahead": self._first_tier[0]}
        if tier > self._first_tier:
            return {"why": Why.LACKS_PREFERRED}
        return {"why": Why.LOWER_SCORE}


def _line(key: LineKey) -> Line:
    """Make a line that is only asked who may take its calls."""
    return Line(key, strategy_type(key.strategy), _no_pool)


def _no_pool() -> NoReturn:
    raise NotImplementedError("an explanation matches nobody")


def _fits_from(skills: Mapping[str, int], ticket: Ticket) -> float | None:
    return next((at for at, needs, _ in ticket.relax if fits(skills, needs)), None)
