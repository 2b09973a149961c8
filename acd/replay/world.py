"""A recorded day as a world that can be played, with whatever is to be changed in it.  Pure."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from random import Random
from typing import TYPE_CHECKING

import msgspec

from acd.core import inputs as i
from acd.core.model import AgentProfile, Profile, QueueSpec
from acd.replay.handling import Handling
from acd.replay.observed import phone_of
from acd.replay.patience import Patience
from acd.replay.simulation import Arrival, Ring

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from acd.replay.observed import Observed

_OFFERS = 10.0
"""So many offers of an average agent are added to each agent's own, for their share of misses."""
_AT_LIMIT_S = 0.1
"""A wrap-up that lasted until this near its limit would have gone on."""


class Shift(msgspec.Struct, frozen=True):
    """One agent's time at work in a roster."""

    agent: str
    login: float
    logout: float
    """Steady seconds."""
    skills: Mapping[str, int] = {}
    ranks: Mapping[str, int] = {}


class Changes(msgspec.Struct, frozen=True):
    """What is to be otherwise."""

    strategy: str = ""
    """Of all queues; empty: as it was."""
    queues: Mapping[str, Mapping[str, object]] = {}
    """Queue → fields of :class:`acd.core.model.QueueSpec` with new values."""
    removed: frozenset[str] = frozenset()
    """Agents who stay at home."""
    doubled: Mapping[str, str] = {}
    """New agent → the one whose day they have, too."""
    roster: tuple[Shift, ...] | None = None
    """Who works instead of everybody."""


class ReplayedDay:
    """Answers the simulation's questions with what was observed, or with draws from it."""

    def __init__(self, day: Observed, changes: Changes, seed: int) -> None:
        self.begin, self.end = day.begin, day.end
        self._day, self._changes, self._seed = day, changes, seed
        self._profiles = self._people()
        everybody = {**self._profiles, **day.profiles}
        for _, entry in day.diary:
            if isinstance(entry, tuple) and entry[1] is not None:
                everybody.setdefault(entry[0], entry[1])
        self._handling = Handling(day, everybody)
        self._limits = {one.call: one.spec.wrap_up_s for one in day.arrivals}
        self._patience = Patience((one.waited_s, bool(one.left)) for one in day.served.values())
        self._rings = [one.ring_s for one in day.served.values() if one.agent] or [2.0]
        self._rings_of: dict[str, list[float]] = {}
        for one in day.served.values():
            if one.agent:
                self._rings_of.setdefault(one.agent, []).append(one.ring_s)
        self._all_misses = [one for some in day.misses.values() for one in some]
        offers = sum(day.offers.values())
        self._miss_share = len(self._all_misses) / offers if offers else 0.0

    def _people(self) -> dict[str, Profile]:
        """Give who is in the directory at the begin."""
        day, changes = self._day, self._changes
        if changes.roster is not None:
            return {
                one.agent: Profile(dict(one.skills), dict(one.ranks))
                if one.skills
                else day.profiles.get(one.agent, Profile())
                for one in changes.roster
            }
        people = {number: one for number, one in day.profiles.items() if number not in changes.removed}
        people |= {new: day.profiles[like] for new, like in changes.doubled.items() if like in day.profiles}
        return people

    # ── callers ──────────────────────────────────────────────────────────────────────────────────

    def queues(self) -> list[QueueSpec]:
        """Give the queues as they were last, changed as wished."""
        return [self._changed(spec) for spec in self._day.queues.values()]

    def _changed(self, spec: QueueSpec) -> QueueSpec:
        fields = dict(self._changes.queues.get(spec.name, {}))
        if self._changes.strategy:
            fields.setdefault("strategy", self._changes.strategy)
        kept = {name: value for name, value in fields.items() if name not in {"priority", "max_wait_s"}}
        return msgspec.structs.replace(spec, **kept) if kept else spec

    def arrivals(self) -> Iterator[Arrival]:
        """Give the callers, in order."""
        for one in self._day.arrivals:
            fields = self._changes.queues.get(one.spec.name, {})
            own = {
                name: fields[key]
                for name, key in (("priority", "priority"), ("max_wait", "max_wait_s"))
                if key in fields
            }
            yield msgspec.structs.replace(one, spec=self._changed(one.spec), **own)

    def patience(self, call: str) -> float:
        """Give what is known, or a draw from the day's estimate that is more than the wait."""
        served = self._day.served[call]
        if served.left:
            return served.waited_s
        return self._patience.draw(served.waited_s, self._random(call, "patience"))

    def reason(self, call: str) -> str:
        """Tell why a caller leaves who does so by themselves."""
        return self._day.served[call].left or "abandoned"

    # ── agents ───────────────────────────────────────────────────────────────────────────────────

    def diary(self) -> Iterable[tuple[float, i.Input | list[AgentProfile]]]:
        """Give who is there, what they ask for and when, those who were added included."""
        people = dict(self._profiles)
        yield self.begin, _directory(people)
        if self._changes.roster is not None:
            for shift in self._changes.roster:
                yield from _at_work(shift)
            return
        like: dict[str, list[str]] = {}
        for new, old in self._changes.doubled.items():
            like.setdefault(old, []).append(new)
        for at, entry in self._day.diary:
            if isinstance(entry, tuple):
                number, profile = entry
                if number in self._changes.removed:
                    continue
                for one in (number, *like.get(number, ())):
                    if profile is None:
                        people.pop(one, None)
                    else:
                        people[one] = profile
                yield at, _directory(people)
                continue
            number = _agent_of(entry)
            if number not in self._changes.removed:
                yield at, entry
            for new in like.get(number, ()):
                yield at, _as(entry, new)

    def ring(self, call: str, agent: str) -> Ring:
        """Let an agent take or miss an offer as often, and as quickly, as they did."""
        served, like = self._day.served[call], self._like(agent)
        if served.agent == like == agent:
            return Ring(served.ring_s)
        random = self._random(call, agent)
        mine = self._day.misses.get(like, [])
        share = (len(mine) + _OFFERS * self._miss_share) / (self._day.offers.get(like, 0) + _OFFERS)
        if random.random() < share:
            missed = random.choice(mine or self._all_misses)
            return Ring(missed.after_s, missed.cause)
        return Ring(random.choice(self._rings_of.get(like) or self._rings))

    def handling(self, call: str, agent: str) -> tuple[float, float]:
        """Give talk and wrap-up; a wrap-up that only its limit ended is left to the limit."""
        like, random = self._like(agent), self._random(call, "handling")
        talk_s = self._handling.talk(call, like, random)
        wrap_s = self._handling.wrap(call, like, random)
        return talk_s, inf if wrap_s >= self._limits[call] - _AT_LIMIT_S else wrap_s

    def recovery(self, call: str, agent: str) -> float:
        """Draw a time after which an agent who missed a call is ready again."""
        found = self._day.recoveries
        return self._random(call, f"{agent} ready").choice(found) if found else inf

    def _like(self, agent: str) -> str:
        return self._changes.doubled.get(agent, agent)

    def _random(self, call: str, what: str) -> Random:
        """Give chance of its own to each question: what one answer changes does not change the others."""
        return Random(f"{self._seed}/{call}/{what}")


def _directory(people: Mapping[str, Profile]) -> list[AgentProfile]:
    return [AgentProfile(number, skills=one.skills, ranks=one.ranks) for number, one in people.items()]


def _at_work(shift: Shift) -> Iterator[tuple[float, i.Input]]:
    yield shift.login, i.PhoneSeen(phone_of(shift.agent))
    yield shift.login, i.LogIn(shift.agent, phone_of(shift.agent))
    yield shift.login, i.Ready(shift.agent)
    yield shift.logout, i.LogOut(shift.agent)


def _agent_of(asked: i.Input) -> str:
    if isinstance(asked, i.PhoneSeen | i.PhoneGone):
        return asked.phone.removeprefix("phone of ")
    return str(getattr(asked, "agent", ""))


def _as(asked: i.Input, agent: str) -> i.Input:
    """Let somebody else ask for the same."""
    fields = {"agent": agent, "phone": phone_of(agent)}
    own = {name: value for name, value in fields.items() if hasattr(asked, name)}
    return msgspec.structs.replace(asked, **own)
