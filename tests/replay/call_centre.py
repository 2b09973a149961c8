"""A call centre whose every cause is known: what a replay must find out from the log alone."""

from __future__ import annotations

from math import exp, log, sin
from random import Random
from typing import TYPE_CHECKING

from acd.core import inputs as i
from acd.core.model import AgentProfile, QueueSpec
from acd.replay.simulation import Arrival, Ring, Simulation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from records.events import Event

BEGIN, HOURS = 1_000_000.0, 4.0
SKILLS = {"a": 200.0, "b": 260.0, "c": 320.0}
"""Skill → mean handling, seconds."""
FACTOR = (0.0, 1.35, 1.15, 1.0, 0.92, 0.85)
"""Level → what handling is multiplied by."""
PATIENCE_S, CV, WRAP_S = 180.0, 0.8, 20.0


class CallCentre:
    """A world of ``agents`` people under one strategy."""

    def __init__(self, seed: int, strategy: str, agents: int = 40, load: float = 0.93) -> None:
        self.seed, self.strategy = seed, strategy
        self.begin, self.end = BEGIN, BEGIN + HOURS * 3600
        draw = Random(seed)
        self.people = [self._person(draw, number) for number in range(agents)]
        self.levels = {one.number: one.skills for one in self.people}
        self._arrivals = list(self._arrive(draw, load))
        self.skill = {one.call: one.spec.name for one in self._arrivals}

    @staticmethod
    def _person(draw: Random, number: int) -> AgentProfile:
        many = draw.choices((1, 2, 3), (0.45, 0.35, 0.20))[0]
        skills = draw.sample(sorted(SKILLS), many)
        levels = draw.choices((1, 2, 3, 4, 5), (0.10, 0.20, 0.35, 0.20, 0.15), k=many)
        return AgentProfile(f"{100 + number}", skills=dict(zip(skills, levels, strict=True)))

    def spec(self, skill: str) -> QueueSpec:
        return QueueSpec(skill, needs={skill: 1}, strategy=self.strategy, wrap_up_s=WRAP_S)

    def _arrive(self, draw: Random, load: float) -> Iterable[Arrival]:
        rates = {
            skill: load
            * sum(
                1 / len(one.skills) / (mean * FACTOR[one.skills[skill]])
                for one in self.people
                if skill in one.skills
            )
            for skill, mean in SKILLS.items()
        }
        most, at, number = 1.35 * sum(rates.values()), BEGIN, 0
        while (at := at + draw.expovariate(most)) < self.end:
            wave = 1 + 0.35 * sin(4 * 3.14159 * (at - BEGIN) / (self.end - BEGIN) - 1.5)
            if draw.random() * 1.35 < wave:
                number += 1
                skill = draw.choices(list(rates), list(rates.values()))[0]
                yield Arrival(f"c{number}", at, self.spec(skill))

    def arrivals(self) -> Iterable[Arrival]:
        return self._arrivals

    def diary(self) -> Iterable[tuple[float, i.Input | list[AgentProfile]]]:
        yield BEGIN, self.people
        for one in self.people:
            phone = f"p{one.number}"
            yield BEGIN, i.PhoneSeen(phone)
            yield BEGIN, i.LogIn(one.number, phone)
            yield BEGIN, i.Ready(one.number)

    def _random(self, call: str, what: str) -> Random:
        return Random(f"{self.seed}/{call}/{what}/truth")

    def patience(self, call: str) -> float:
        return self._random(call, "patience").expovariate(1 / PATIENCE_S)

    def ring(self, call: str, agent: str) -> Ring:
        random = self._random(call, agent)
        return Ring(8.0, "rejected") if random.random() < 0.02 else Ring(1.0 + 3.0 * random.random())

    def handling(self, call: str, agent: str) -> tuple[float, float]:
        skill, random = self.skill[call], self._random(call, "talk")
        spread = log(1 + CV**2) ** 0.5
        own = exp(random.gauss(-(spread**2) / 2, spread))
        talk = (SKILLS[skill] - WRAP_S) * FACTOR[self.levels[agent][skill]] * own
        return talk, WRAP_S * random.random()

    def recovery(self, call: str, agent: str) -> float:
        return 30.0 + 60.0 * self._random(call, agent).random()

    def live(self) -> list[tuple[float, Event]]:
        """Live through the day, and give its log."""
        written: list[tuple[float, Event]] = []
        simulation = Simulation(self, lambda event, at: written.append((at, event)), seed=self.seed)
        simulation.know_queues([self.spec(skill) for skill in SKILLS])
        simulation.run()
        return written
