"""Random days on the floor, with every rule of routing in them: what they wrote into the log."""

from __future__ import annotations

from contextlib import suppress
from random import Random

from acd.core import inputs as i
from acd.core.errors import AcdError
from acd.core.model import AgentProfile, OverflowStep, QueueSpec, RelaxStep
from acd.core.strategies import STRATEGIES
from tests.acd.floor import TestFloor

AGENTS = (
    AgentProfile("11", skills={"sales": 5, "support": 1, "gold": 3}),
    AgentProfile("12", skills={"sales": 3, "gold": 2}, ranks={"sales": 2}),
    AgentProfile("13", skills={"sales": 2}),
    AgentProfile("14", skills={"support": 4}, ranks={"support": 3}),
    AgentProfile("15", skills={"support": 2, "sales": 4}),
    AgentProfile("16", skills={"support": 3, "sales": 3}, ranks={"any": 2}),
    AgentProfile("17"),
)
CAUSES = ("normal", "busy", "rejected", "no_answer", "unreachable", "failure")


def queues(draw: Random) -> tuple[QueueSpec, ...]:
    def strategy() -> str:
        return draw.choice(sorted(STRATEGIES))

    return (
        QueueSpec(
            "sales", needs={"sales": 3}, prefers={"gold": 1},
            relax=(RelaxStep(8, {"sales": 2}, {"gold": 0}),),
            strategy=strategy(), ageing_s=30, wrap_up_s=5, classes={"vip": 3},
        ),
        QueueSpec(
            "support", needs={"support": 3},
            relax=(RelaxStep(6, {"support": 2}), RelaxStep(12, {"support": 0})),
            overflow=(OverflowStep("any", after_s=30),), strategy=strategy(), after_no_answer="ready",
            ring_s=8,
        ),
        QueueSpec("any", strategy=strategy(), priority=1, max_wait_s=60, wrap_up_s=0, target_s=20, ring_s=5),
    )  # fmt: skip


class Day:
    """A day that goes on by chance, the same again with the same seed."""

    def __init__(self, seed: int, steps: int = 150) -> None:
        self.draw = Random(seed)
        self.floor = TestFloor(queues(self.draw), AGENTS)
        self.floor.acd.block({"s1": ["11"], "s2": ["15", "16"]})
        self._calls = 0
        for agent in AGENTS:
            if self.draw.random() < 0.8:
                self.floor.seat(agent.number)
        for _ in range(steps):
            self.step()

    @property
    def log(self) -> list[tuple[float, object]]:
        return list(self.floor.log)

    def step(self) -> None:
        draw, floor = self.draw, self.floor
        state, agent = floor.acd.state, draw.choice(AGENTS).number
        waiting, talking = list(state.tickets), list(state.talks)
        match draw.choices(range(9), (8, 8, 4, 2, 3, 2, 1, 8, 2))[0]:
            case 0:
                self._calls += 1
                self.do(i.Enqueue(
                    f"c{self._calls}", draw.choice(("sales", "support", "any")),
                    customer_class=draw.choice(("", "", "vip")), subject=draw.choice(("", "s1", "s2")),
                    preferred_agent=draw.choice(("", "", agent)), preferred_s=draw.choice((4.0, 15.0)),
                ))  # fmt: skip
            case 1:
                for call in waiting:
                    if floor.offer_of(call) and draw.random() < 0.6:
                        floor.connect(call)
            case 2 if talking:
                self.do(i.TalkOver(draw.choice(talking), draw.choice(("caller", "agent"))))
            case 3 if waiting:
                self.do(i.CallGone(draw.choice(waiting)))
            case 4 if state.offers:
                self.do(i.OfferFailed(draw.choice(list(state.offers)), draw.choice(CAUSES)))
            case 5:
                self.do(i.Pause(agent, draw.choice(("lunch", "break"))))
            case 6:
                self.do(draw.choice((i.LogOut(agent), i.LogIn(agent, f"p{agent}"), i.PhoneGone(f"p{agent}"))))
            case 7:
                self.do(i.PhoneSeen(f"p{agent}"))
                self.do(i.Ready(agent))
            case 8:
                floor.see_phones()
        floor.wait(draw.choice((0.0, 0.5, 2.0, 5.0)))

    def do(self, happened: i.Input) -> None:
        with suppress(AcdError):
            self.floor.do(happened)
