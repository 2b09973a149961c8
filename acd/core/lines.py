"""Lines: where waiting calls and ready agents meet, kept so that only heads compete.

Calls that ask for the same stand in one line, sorted by place.  A ready agent stands in the pool of each line
whose calls they may take.  An agent who becomes free looks at the head of each of their lines; a call that
comes in asks its own line's strategy.  Everything here follows from the floor's state and the agents' skills
and is rebuilt from them at will.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from enum import Enum
from typing import TYPE_CHECKING
from zlib import crc32

from acd.core.line import Line, LineKey, put, take
from acd.core.pressure import Pressure
from acd.core.strategies import strategy_type
from acd.core.strategies.base import SHOWN, Ground

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from acd.core.line import Candidate
    from acd.core.model import Agent, AgentProfile, FloorState, Place, Ticket
    from acd.core.strategies.base import Member, Scored


class Standing(Enum):
    """How a call takes part in the matching."""

    OUT = "out"
    """Not at all: it is offered, or has no task that could ring anybody."""
    WAITING = "waiting"
    RINGING = "ringing"
    """It rings at some agents, and may ring at others too."""


class Lines:
    """All lines, and the places in each queue."""

    def __init__(
        self,
        profiles: Mapping[str, AgentProfile],
        barred: Mapping[str, Mapping[str, float]],
        state: FloorState,
        seed: int = 0,
    ) -> None:
        self.pressure = Pressure()
        self._profiles = profiles
        self._barred = barred
        self._state = state
        self._seed = seed
        self._now = 0.0
        self._lines: dict[LineKey, Line] = {}
        self._by_skill: defaultdict[str, list[Line]] = defaultdict(list)
        """Lines by one of the skills that they need, '' for those that need none."""
        self._lines_of: dict[str, dict[LineKey, tuple[Line, Member]]] = {}
        self._with_skill: defaultdict[str, list[str]] | None = None
        """Skill → agents who have it, once it was asked for."""
        self._ready: dict[str, Agent] = {}
        self._stands: dict[str, tuple[Standing, Line, Place]] = {}
        self._places: defaultdict[str, list[Place]] = defaultdict(list)

    # ── places in a queue, offered calls included ────────────────────────────────────────────────

    def enter(self, ticket: Ticket) -> None:
        """Give a call its place in its queue."""
        if ticket.direct:
            return
        put(self._places[ticket.queue], ticket.place)

    def leave(self, ticket: Ticket) -> None:
        """Take a call's place away."""
        if ticket.direct:
            return
        take(self._places[ticket.queue], ticket.place)

    def position(self, queue: str, place: Place) -> int:
        """Tell the position that a place has, or would have: 1 for the caller who is next."""
        return bisect_left(self._places[queue], place) + 1

    def length(self, queue: str) -> int:
        """Count the calls that wait in a queue."""
        return len(self._places[queue])

    # ── who may be matched ───────────────────────────────────────────────────────────────────────

    def stand(self, ticket: Ticket, standing: Standing) -> None:
        """Let a call take part in matching, in the line that its terms ask for now, or not."""
        if ticket.call in self._stands:
            was, line, place = self._stands.pop(ticket.call)
            take(line.waiting if was is Standing.WAITING else line.ringing, place)
            if was is Standing.WAITING:
                self.pressure.waits(line.needs, -1)
        if standing is Standing.OUT:
            return
        line, place = self._line(ticket), ticket.place
        self._stands[ticket.call] = standing, line, place
        put(line.waiting if standing is Standing.WAITING else line.ringing, place)
        if standing is Standing.WAITING:
            self.pressure.waits(line.needs, 1)

    def takes_part(self, call: str) -> bool:
        """Tell whether a call may be offered now."""
        return call in self._stands

    def set_ready(self, agent: Agent, ready: bool) -> None:
        """Let an agent take part in matching, or not."""
        if ready == (agent.number in self._ready):
            return
        profile = self._profiles.get(agent.number)
        if ready:
            self._ready[agent.number] = agent
            for line, member in self._of(agent.number):
                line.add(member, agent)
        else:
            del self._ready[agent.number]
            for line, _ in self._of(agent.number):
                line.discard(agent.number)
        if profile is not None:
            self.pressure.ready(profile.skills, 1 if ready else -1)

    def best_calls(self, agent: str, now: float) -> list[tuple[str, float]]:
        """Give the calls that compete for an agent with their urgency in seconds, the best first.

        Calls that ring at others already come in question only when there are no others.
        """
        self._now = now
        mine, kept = self._of(agent), self._kept
        found: list[Candidate] = []
        for line, member in mine:
            if line.waiting:
                line.compete(member, now, kept, found)
        if found:
            found.sort()
            return [(place[2], round(-urgency, 3)) for _, urgency, place in found[:SHOWN]]
        ringing = [line.first_ringing(member, kept) for line, member in mine if line.ringing]
        return [(place[2], 0.0) for place in sorted(place for place in ringing if place)[:1]]

    def best_agents(self, ticket: Ticket, now: float) -> list[Scored]:
        """Let the strategy put the ready agents with the skills in order, the best first."""
        self._now = now
        stands = self._stands.get(ticket.call)
        line = stands[1] if stands else self._line(ticket)
        return line.best_agents(self._barred_from(ticket.call), now)

    def rings_all(self, ticket: Ticket) -> bool:
        """Tell whether a call is offered to all at once."""
        return strategy_type(ticket.strategy).rings_all

    def _kept(self, call: str, agent: str) -> bool:
        barred = self._barred.get(call)
        if barred is not None and barred.get(agent, 0.0) > self._now:
            return True
        return agent in self._state.tickets[call].blocked

    def _barred_from(self, call: str) -> Collection[str]:
        kept, blocked = self._barred.get(call), self._state.tickets[call].blocked
        if not kept:
            return blocked
        return {*blocked, *(agent for agent, until in kept.items() if until > self._now)}

    def waiting_in_order(self) -> list[str]:
        """Give every call that takes part in matching, by place."""
        return [place[2] for place in sorted(place for _, _, place in self._stands.values())]

    def rebuild(
        self,
        state: FloorState,
        tickets: Iterable[tuple[Ticket, Standing]],
        ready: Iterable[Agent],
    ) -> None:
        """Begin anew, after a restore or when skills have changed."""
        self._state = state
        self._lines.clear()
        self._by_skill.clear()
        self._lines_of.clear()
        self._with_skill = None
        self._ready.clear()
        self._stands.clear()
        self._places.clear()
        self.pressure.clear()
        for ticket, standing in tickets:
            self.enter(ticket)
            self.stand(ticket, standing)
        for agent in ready:
            self.set_ready(agent, True)

    # ── lines ────────────────────────────────────────────────────────────────────────────────────

    def _line(self, ticket: Ticket) -> Line:
        key = LineKey.of(ticket)
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = self._make_line(key)
            self._by_skill[min(line.needs, default="")].append(line)
            profiles = self._profiles
            for number in self._who_could(line):
                member = line.member(profiles[number]) if number in profiles else None
                if member is None:
                    continue
                if number in self._lines_of:
                    self._lines_of[number][key] = line, member
                if number in self._ready:
                    line.add(member, self._ready[number])
        return line

    def _who_could(self, line: Line) -> Iterable[str]:
        """Give the agents among whom those of a line are found."""
        if line.key.agent or not line.needs:
            return (line.key.agent,) if line.key.agent else list(self._profiles)
        if self._with_skill is None:
            self._with_skill = defaultdict(list)
            for number, profile in self._profiles.items():
                for skill in profile.skills:
                    self._with_skill[skill].append(number)
        return min((self._with_skill[skill] for skill in line.needs), key=len)

    def _make_line(self, key: LineKey) -> Line:
        strategy = strategy_type(key.strategy)
        ground = Ground(key.queue, self.pressure, self._last_of, self._draw)
        return Line(key, strategy, lambda: strategy(ground))

    def _last_of(self, queue: str) -> str:
        return self._state.rotation.get(queue, "")

    def _draw(self) -> int:
        return crc32(f"{self._seed}/{self._state.offers_made}".encode())

    def _of(self, agent: str) -> Collection[tuple[Line, Member]]:
        found = self._lines_of.get(agent)
        if found is None:
            found = self._lines_of[agent] = {}
            profile = self._profiles.get(agent)
            if profile is not None:
                for skill in ("", *profile.skills):
                    for line in self._by_skill.get(skill, ()):
                        if (member := line.member(profile)) is not None:
                            found[line.key] = line, member
        return found.values()
