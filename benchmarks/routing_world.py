"""The simulated contact centre of the routing benchmark: who calls when, who works there, what it takes.

Three skills; agents with one to three of them at levels 1 to 5; a level shortens the handling and resolves
more; the load swings over four hours; 10 % are VIPs; callers are patient for an exponential time, and half of
those whose matter was not resolved call again.  Everything is drawn beforehand from the seed, so that every
policy meets the same callers.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field

HOURS_S = 4 * 3600.0
SERVED_ON_S = 1800.0
"""So long after the last arrival the rest is served."""
MEAN_S = (200.0, 260.0, 320.0)
"""Mean handling by skill, wrap-up included."""
SLOWER = (1.35, 1.15, 1.00, 0.92, 0.85)
"""By level 1 to 5: factor of the handling."""
RESOLVES = (0.58, 0.66, 0.74, 0.81, 0.87)
"""By level: probability that the call resolves the matter."""
SKILLS_OF_AN_AGENT = (0.45, 0.35, 0.20)
LEVELS = (0.10, 0.20, 0.35, 0.20, 0.15)
CV = 0.8
VIPS, PATIENCE_S, AGAIN, AGAIN_AFTER_S = 0.10, 180.0, 0.5, 600.0
SWING, SHARE_FIRST = 0.35, 0.93
_SIGMA = math.sqrt(math.log(1 + CV * CV))


@dataclass(frozen=True)
class Size:
    """How big it is."""

    agents: int
    load: float
    """Rate of calls ÷ capacity, callers who call again included."""
    seeds: int
    first_seed: int = 0

    def all_seeds(self) -> range:
        """Give the seeds of its worlds."""
        return range(self.first_seed, self.first_seed + self.seeds)


@dataclass(frozen=True)
class Caller:
    """One call, with all that chance has to say about it."""

    name: str
    at: float
    skill: int
    vip: bool
    patience_s: float
    handling: float
    """Factor of the mean handling (lognormal, mean 1, cv 0.8)."""
    resolve: float
    """Below the level's probability: the matter is resolved."""
    again: float
    again_after_s: float


@dataclass
class World:
    """Agents and first calls of one seed."""

    agents: dict[str, dict[int, int]] = field(default_factory=dict)
    """Agent → skill → level."""
    callers: list[Caller] = field(default_factory=list)
    dice: random.Random = field(default_factory=random.Random)

    @classmethod
    def drawn(cls, size: Size, seed: int) -> World:
        """Draw a world."""
        dice = random.Random(f"routing/{size.agents}/{seed}")
        world = cls(dice=dice)
        for number in range(size.agents):
            count = dice.choices((1, 2, 3), SKILLS_OF_AN_AGENT)[0]
            skills = sorted(dice.sample(range(3), count))
            world.agents[f"{1000 + number}"] = {
                skill: dice.choices((1, 2, 3, 4, 5), LEVELS)[0] for skill in skills
            }
        for skill in range(3):
            world._draw_arrivals(skill, SHARE_FIRST * size.load * world.capacity(skill))
        world.callers.sort(key=lambda caller: caller.at)
        return world

    def capacity(self, skill: int) -> float:
        """Calls of a skill that its agents can handle in a second, each shared among their skills."""
        return sum(
            1 / len(skills) / (MEAN_S[skill] * SLOWER[skills[skill] - 1])
            for skills in self.agents.values()
            if skill in skills
        )

    def _draw_arrivals(self, skill: int, rate: float) -> None:
        most, at = rate * (1 + SWING), 0.0
        while True:
            at += self.dice.expovariate(most)
            if at >= HOURS_S:
                return
            now = rate * (1 + SWING * math.sin(4 * math.pi * at / HOURS_S - 1.5))
            if self.dice.random() * most < now:
                name = f"c{skill}-{len(self.callers)}"
                self.callers.append(self._caller(name, at, skill, self.dice.random() < VIPS, self.dice))

    @staticmethod
    def _caller(name: str, at: float, skill: int, vip: bool, dice: random.Random) -> Caller:
        return Caller(
            name=name,
            at=at,
            skill=skill,
            vip=vip,
            patience_s=dice.expovariate(1 / PATIENCE_S),
            handling=dice.lognormvariate(-_SIGMA * _SIGMA / 2, _SIGMA),
            resolve=dice.random(),
            again=dice.random(),
            again_after_s=dice.expovariate(1 / AGAIN_AFTER_S),
        )

    def calls_again(self, caller: Caller, now: float) -> Caller | None:
        """Give the call that follows one that resolved nothing; its chances follow from the first one's."""
        at = now + caller.again_after_s
        if caller.again >= AGAIN or at >= HOURS_S:
            return None
        return self._caller(
            f"{caller.name}r", at, caller.skill, caller.vip, random.Random(f"{caller.name}/{caller.resolve}")
        )


def handling_s(caller: Caller, level: int) -> float:
    """Seconds that an agent of that level spends on a call."""
    return MEAN_S[caller.skill] * SLOWER[level - 1] * caller.handling


def resolves(caller: Caller, level: int) -> bool:
    """Tell whether an agent of that level resolves the matter."""
    return caller.resolve < RESOLVES[level - 1]
