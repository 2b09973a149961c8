"""How long calls take, by agent and queue: what was observed, lent to calls that went otherwise.  Pure.

A talk is taken as the call's own length times the agent's pace.  The pace of an agent in a queue is their
mean talk there ÷ the queue's mean, drawn towards the mean of agents of the same level (by 10 calls' weight),
and that towards the queue's (by 20): an agent with few calls is nothing out of the ordinary.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from acd.core.line import proficiency

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from acd.core.model import Profile, QueueSpec
    from acd.replay.observed import Observed

_OF_LEVEL, _OF_QUEUE = 10.0, 20.0
_ENOUGH = 5
"""Wrap-ups of an agent from which theirs are drawn, not everybody's."""


class _Mean:
    __slots__ = ("count", "total")

    def __init__(self) -> None:
        self.count, self.total = 0, 0.0

    def add(self, value: float) -> None:
        self.count += 1
        self.total += value

    def towards(self, prior: float, weight: float) -> float:
        return (self.total + weight * prior) / (self.count + weight)


class Handling:
    """The day's talks and wrap-ups."""

    def __init__(self, day: Observed, profiles: Mapping[str, Profile]) -> None:
        """``profiles``: of everybody who may take calls in the replay."""
        self._profiles = profiles
        self._specs = {one.call: one.spec for one in day.arrivals}
        self._served = day.served
        self._queue: defaultdict[str, _Mean] = defaultdict(_Mean)
        self._level: defaultdict[tuple[str, int], _Mean] = defaultdict(_Mean)
        self._agent: defaultdict[tuple[str, str], _Mean] = defaultdict(_Mean)
        self._wraps: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
        """By queue and agent; agent '' for all."""
        self._lengths: defaultdict[str, list[float]] = defaultdict(list)
        """By queue: calls' own lengths, without the agents' paces."""
        for call, served in day.served.items():
            if served.talk_s is not None:
                self._note(self._specs[call], served.agent, served.talk_s, served.wrap_s)
        for call, served in day.served.items():
            if served.talk_s is not None:
                spec = self._specs[call]
                self._lengths[spec.name].append(served.talk_s / self.pace(spec, served.agent))

    def _note(self, spec: QueueSpec, agent: str, talk_s: float, wrap_s: float | None) -> None:
        self._queue[spec.name].add(talk_s)
        self._level[spec.name, self._level_of(spec, agent)].add(talk_s)
        self._agent[spec.name, agent].add(talk_s)
        if wrap_s is not None:
            self._wraps[spec.name, agent].append(wrap_s)
            self._wraps[spec.name, ""].append(wrap_s)

    def _level_of(self, spec: QueueSpec, agent: str) -> int:
        profile = self._profiles.get(agent)
        return round(proficiency(profile.skills, spec.needs, spec.prefers)) if profile else 0

    def pace(self, spec: QueueSpec, agent: str) -> float:
        """Give an agent's pace in a queue: above 1 takes longer."""
        queue = self._queue[spec.name]
        if not queue.total:
            return 1.0
        mean = queue.total / queue.count
        level = self._level[spec.name, self._level_of(spec, agent)].towards(mean, _OF_QUEUE)
        return self._agent[spec.name, agent].towards(level, _OF_LEVEL) / mean

    def talk(self, call: str, agent: str, random: Random) -> float:
        """Give the seconds of a talk; a call that nobody answered gets another's length."""
        served, spec = self._served[call], self._specs[call]
        if served.talk_s is not None and served.agent == agent:
            return served.talk_s
        if served.talk_s is not None:
            return served.talk_s / self.pace(spec, served.agent) * self.pace(spec, agent)
        lengths = self._lengths.get(spec.name) or [one for some in self._lengths.values() for one in some]
        return random.choice(lengths) * self.pace(spec, agent) if lengths else 0.0

    def wrap(self, call: str, agent: str, random: Random) -> float:
        """Give the seconds of a wrap-up."""
        served, spec = self._served[call], self._specs[call]
        if served.wrap_s is not None and served.agent == agent:
            return served.wrap_s
        mine = self._wraps.get((spec.name, agent), [])
        found = mine if len(mine) >= _ENOUGH else self._wraps.get((spec.name, ""), [])
        return random.choice(found) if found else 0.0
