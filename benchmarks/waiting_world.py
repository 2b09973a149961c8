"""The simulated worlds in which expected waits are judged, feeding the live estimator.

A plain event simulator: callers, agents and their choices are played, but every fact about a caller reaches
:class:`acd.core.waits.Waits` as the event that the log would have, and every estimate comes from it.  Agents
answer at once, so no phone rings.  Times in seconds.
"""

from __future__ import annotations

import heapq
import math
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from acd.core.waits import Waits
from records import events as e

if TYPE_CHECKING:
    from collections.abc import Callable

PERIOD_S = 14_400.0
VIP = 1
"""Priority of the customers who go first; 0 for all others."""
LEVEL_FACTORS = (1.35, 1.15, 1.00, 0.92, 0.85)
LEVEL_RESOLVES = (0.58, 0.66, 0.74, 0.81, 0.87)


@dataclass(frozen=True)
class World:
    """Who calls, who answers, and by which rule."""

    agents: tuple[dict[int, int], ...]
    """Of each: skill → level, 1 to 5."""
    handling_s: tuple[float, ...]
    """Mean by skill."""
    cv: float
    rates: tuple[float, ...]
    """Calls a second by skill, without the swing."""
    swing: float
    patience_s: float | None
    hours: float
    drop_s: float
    """Callers who come before it are not judged."""
    vip_share: float = 0.0
    vip_bonus: float = 0.0
    level_bonus: float = 0.0
    """A free agent takes the call with the longest wait + bonuses."""
    levels_count: bool = False
    """Handling and resolution depend on the level, and who is not helped calls again."""


@dataclass
class Caller:
    """Somebody who waits."""

    call: str
    skill: int
    priority: int
    since: float
    p50: float | None
    p80: float | None
    last_wait: float | None
    """How long the last caller who was served had waited: the baseline."""


@dataclass(frozen=True)
class Served:
    """A caller who had to wait and was served: what was foretold, and what came."""

    priority: int
    wait: float
    p50: float
    p80: float
    last_wait: float | None


def single_queue(agents: int, load: float, *, hours: float, abandons: bool = True) -> World:
    """Make the world with one queue (WORLDS, Waits)."""
    return World(
        agents=({0: 3},) * agents,
        handling_s=(240.0,),
        cv=0.9,
        rates=(load * agents / 240.0,),
        swing=0.4,
        patience_s=240.0 if abandons else None,
        hours=hours,
        drop_s=min(7200.0, hours * 900.0),
    )


def multi_skill(agents: int, load: float, *, hours: float, seed: int) -> World:
    """Make the world with three skills, levels and VIPs."""
    rng, handling = random.Random(seed), (200.0, 260.0, 320.0)
    staff = []
    for _ in range(agents):
        skills = rng.sample(range(3), rng.choices((1, 2, 3), (0.45, 0.35, 0.20))[0])
        staff.append({s: rng.choices(range(1, 6), (0.10, 0.20, 0.35, 0.20, 0.15))[0] for s in skills})
    capacity = [0.0, 0.0, 0.0]
    for skilled in staff:
        for skill, level in skilled.items():
            capacity[skill] += 1.0 / len(skilled) / (handling[skill] * LEVEL_FACTORS[level - 1])
    return World(
        agents=tuple(staff),
        handling_s=handling,
        cv=0.8,
        rates=tuple(load * one for one in capacity),
        swing=0.35,
        patience_s=240.0,
        hours=hours,
        drop_s=hours * 1800.0,
        vip_share=0.1,
        vip_bonus=80.0,
        level_bonus=20.0,
        levels_count=True,
    )


@dataclass
class Simulation:
    """One run; the same seed gives the same run."""

    world: World
    seed: int
    waits: Waits = field(default_factory=Waits)
    served: list[Served] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._rng = random.Random(self.seed)
        self._heap: list[tuple[float, int, Callable[[float], None]]] = []
        self._count = 0
        skills = range(len(self.world.rates))
        self._waiting: dict[tuple[int, int], dict[str, Caller]] = {
            (skill, priority): {} for skill in skills for priority in (VIP, 0)
        }
        self._last_wait: list[float | None] = [None for _ in skills]
        self._idle = dict.fromkeys(range(len(self.world.agents)))

    def run(self) -> list[Served]:
        """Play the whole time and give the callers who are judged."""
        for skill in range(len(self.world.rates)):
            self._next_call(skill, 0.0)
        end = self.world.hours * 3600.0
        while self._heap and self._heap[0][0] <= end:
            now, _, happens = heapq.heappop(self._heap)
            happens(now)
        return self.served

    def _at(self, when: float, happens: Callable[[float], None]) -> None:
        self._count += 1
        heapq.heappush(self._heap, (when, self._count, happens))

    # ── callers ──────────────────────────────────────────────────────────────────────────────────

    def _next_call(self, skill: int, now: float) -> None:
        """Find the next arrival by thinning."""
        world, rng, when = self.world, self._rng, now
        while True:
            when += rng.expovariate(world.rates[skill] * (1.0 + world.swing))
            swing = 1.0 + world.swing * math.sin(2.0 * math.pi * when / PERIOD_S)
            if rng.random() * (1.0 + world.swing) <= swing:
                break
        priority = VIP if rng.random() < world.vip_share else 0

        def comes(now: float) -> None:
            self._next_call(skill, now)
            self._arrive(skill, priority, now)

        self._at(when, comes)

    def _arrive(self, skill: int, priority: int, now: float) -> None:
        self._count += 1
        call, queue = f"c{self._count}", f"skill-{skill}"
        told = self.waits.estimate(queue, priority, self.waits.ahead(queue, priority), now)
        entered = e.QueueEntered(call=call, queue=queue, priority=priority, needs={}, position=0)
        self.waits.apply(entered, now)
        caller = Caller(
            call,
            skill,
            priority,
            since=now,
            p50=told.p50 if told else None,
            p80=told.p80 if told else None,
            last_wait=self._last_wait[skill],
        )
        skilled = [agent for agent in self._idle if skill in self.world.agents[agent]]
        if skilled:
            self._serve(caller, max(skilled, key=lambda agent: self.world.agents[agent][skill]), now)
            return
        self._waiting[skill, priority][call] = caller
        if self.world.patience_s is not None:
            self._at(
                now + self._rng.expovariate(1.0 / self.world.patience_s), lambda at: self._give_up(caller, at)
            )

    def _give_up(self, caller: Caller, now: float) -> None:
        if self._waiting[caller.skill, caller.priority].pop(caller.call, None) is not None:
            left = e.QueueLeft(call=caller.call, queue="", reason="abandoned", wait_s=0.0, position=0)
            self.waits.apply(left, now)

    # ── agents ───────────────────────────────────────────────────────────────────────────────────

    def _free(self, agent: int, now: float) -> None:
        """Let an agent take the best of the callers who are first of their skill and class."""
        world, best, most = self.world, None, -math.inf
        for skill, level in world.agents[agent].items():
            for priority in (VIP, 0):
                first = next(iter(self._waiting[skill, priority].values()), None)
                if first is None:
                    continue
                value = now - first.since + world.vip_bonus * priority + world.level_bonus * level
                if value > most:
                    best, most = first, value
        if best is None:
            self._idle[agent] = None
            return
        del self._waiting[best.skill, best.priority][best.call]
        wait = now - best.since
        if best.since >= world.drop_s and best.p50 is not None and best.p80 is not None:
            self.served.append(Served(best.priority, wait, best.p50, best.p80, best.last_wait))
        self._last_wait[best.skill] = wait
        self._serve(best, agent, now)

    def _serve(self, caller: Caller, agent: int, now: float) -> None:
        world, rng, call = self.world, self._rng, caller.call
        self._idle.pop(agent, None)
        self.waits.apply(
            e.OfferMade(offer=call, call=call, queue="", agent=str(agent), phone="", deadline=now), now
        )
        self.waits.apply(
            e.CallConnected(offer=call, call=call, queue="", agent=str(agent), wait_s=now - caller.since), now
        )
        level, mean = world.agents[agent][caller.skill] - 1, world.handling_s[caller.skill]
        resolves = 1.0
        if world.levels_count:
            mean *= LEVEL_FACTORS[level]
            resolves = LEVEL_RESOLVES[level]
        variance = math.log(1.0 + world.cv**2)
        done = now + rng.lognormvariate(math.log(mean) - variance / 2.0, math.sqrt(variance))
        self._at(done, lambda at: self._free(agent, at))
        if rng.random() >= resolves and rng.random() < 0.5:
            again = done + rng.expovariate(1.0 / 600.0)
            self._at(again, lambda at: self._arrive(caller.skill, caller.priority, at))
