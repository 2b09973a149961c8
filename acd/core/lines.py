"""Lines: where waiting calls and ready agents meet, kept so that only heads compete.

Calls with the same needs and the same strategy stand in one line, sorted by place.  A ready agent stands in
the pool of each line whose needs they meet.  An agent who becomes free looks at the head of each of their
lines; a call that comes in asks its own line's strategy.  Everything here follows from the floor's state and
the agents' skills and is rebuilt from them at will.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from typing import TYPE_CHECKING

from acd.core.strategies import make_strategy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from acd.core.model import Agent, AgentProfile, Ticket
    from acd.core.strategies import Strategy

Place = tuple[int, float, int, str]


class Line:
    """Waiting calls with the same needs, and the agents who could take them."""

    def __init__(self, needs: Mapping[str, int], strategy: Strategy) -> None:
        self.needs = needs
        self.waiting: list[Place] = []
        self.pool = strategy

    def fits(self, skills: Mapping[str, int]) -> bool:
        """Tell whether an agent with those skills may take this line's calls."""
        return all(skills.get(skill, 0) >= level for skill, level in self.needs.items())


class Lines:
    """All lines, and the places in each queue."""

    def __init__(
        self, profiles: Mapping[str, AgentProfile], barred: Mapping[str, Mapping[str, float]]
    ) -> None:
        self._profiles = profiles
        self._barred = barred
        self._lines: dict[tuple[frozenset[tuple[str, int]], str], Line] = {}
        self._lines_of: dict[str, list[Line]] = {}
        self._ready: dict[str, Agent] = {}
        self._waiting: set[str] = set()
        self._places: defaultdict[str, list[Place]] = defaultdict(list)

    # ── places in a queue, offered calls included ────────────────────────────────────────────────

    def enter(self, ticket: Ticket) -> None:
        """Give a call its place in its queue."""
        insort(self._places[ticket.queue], ticket.place)

    def leave(self, ticket: Ticket) -> None:
        """Take a call's place away."""
        places = self._places[ticket.queue]
        del places[bisect_left(places, ticket.place)]

    def position(self, queue: str, place: Place) -> int:
        """Tell the position that a place has, or would have: 1 for the caller who is next."""
        return bisect_left(self._places[queue], place) + 1

    def length(self, queue: str) -> int:
        """Count the calls that wait in a queue."""
        return len(self._places[queue])

    # ── who may be matched ───────────────────────────────────────────────────────────────────────

    def set_waiting(self, ticket: Ticket, waits: bool) -> None:
        """Let a call take part in matching, or not."""
        if waits == (ticket.call in self._waiting):
            return
        line = self._line(ticket)
        if waits:
            self._waiting.add(ticket.call)
            insort(line.waiting, ticket.place)
        else:
            self._waiting.discard(ticket.call)
            del line.waiting[bisect_left(line.waiting, ticket.place)]

    def set_ready(self, agent: Agent, ready: bool) -> None:
        """Let an agent take part in matching, or not."""
        if ready == (agent.number in self._ready):
            return
        if ready:
            self._ready[agent.number] = agent
            for line in self._of(agent.number):
                line.pool.add(agent)
        else:
            del self._ready[agent.number]
            for line in self._of(agent.number):
                line.pool.discard(agent.number)

    def best_call(self, agent: str, now: float) -> str | None:
        """Give the first call over all lines that the agent may be offered."""
        best: Place | None = None
        for line in self._of(agent):
            for place in line.waiting:
                if best is not None and place >= best:
                    break
                if agent not in self._barred_from(place[3], now):
                    best = place
                    break
        return best[3] if best else None

    def best_agent(self, ticket: Ticket, now: float) -> str | None:
        """Let the strategy choose one of the ready agents with the skills."""
        return self._line(ticket).pool.pick(self._barred_from(ticket.call, now))

    def _barred_from(self, call: str, now: float) -> set[str]:
        return {agent for agent, until in self._barred.get(call, {}).items() if until > now}

    def waiting_in_order(self) -> list[str]:
        """Give every call that takes part in matching, by place."""
        return [
            place[3] for place in sorted(place for line in self._lines.values() for place in line.waiting)
        ]

    def rebuild(self, tickets: Iterable[Ticket], waiting: set[str], ready: Iterable[Agent]) -> None:
        """Begin anew, after a restore or when skills have changed."""
        self._lines.clear()
        self._lines_of.clear()
        self._ready.clear()
        self._waiting.clear()
        self._places.clear()
        for ticket in tickets:
            self.enter(ticket)
            self.set_waiting(ticket, ticket.call in waiting)
        for agent in ready:
            self.set_ready(agent, True)

    def _line(self, ticket: Ticket) -> Line:
        key = (frozenset(ticket.needs.items()), ticket.strategy)
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = Line(ticket.needs, make_strategy(ticket.strategy))
            for number, profile in self._profiles.items():
                if not line.fits(profile.skills):
                    continue
                if number in self._lines_of:
                    self._lines_of[number].append(line)
                if number in self._ready:
                    line.pool.add(self._ready[number])
        return line

    def _of(self, agent: str) -> list[Line]:
        found = self._lines_of.get(agent)
        if found is None:
            profile = self._profiles.get(agent)
            lines = self._lines.values() if profile else ()
            found = [line for line in lines if profile and line.fits(profile.skills)]
            self._lines_of[agent] = found
        return found
