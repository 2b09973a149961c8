"""What one decision of the live core costs: 1,000 callers wait or 1,000 agents are ready, 50 skills.

Processor time, so that what others do on the machine does not count; a decision waits for nothing.
"""

from __future__ import annotations

import gc
import random
import statistics
import time
from typing import Any

from acd.core import inputs as i
from acd.core.acd import Acd
from acd.core.model import AgentProfile, QueueSpec

SKILLS = 50
CLASSES = {"vip": 8}
_NEVER_LAPSES_S = 1e9


def a_floor(size: int, dice: random.Random) -> Acd:
    """Make a floor with ``size`` agents of one to three of the 50 skills, one queue a skill."""
    acd = Acd(lease_s=_NEVER_LAPSES_S)
    acd.configure_queues(
        QueueSpec(
            f"q{skill}",
            needs={f"s{skill}": 1},
            strategy="index",
            classes=CLASSES,
            ageing_s=10.0,
            target_s=20.0,
            wrap_up_s=0.0,
        )
        for skill in range(SKILLS)
    )
    profiles = [
        AgentProfile(
            f"{10_000 + number}",
            skills={
                f"s{skill}": dice.randint(1, 5) for skill in dice.sample(range(SKILLS), dice.randint(1, 3))
            },
        )
        for number in range(size)
    ]
    acd.configure_agents(profiles, 0.0)
    acd.resume(0.0, {})
    for number, profile in enumerate(profiles):
        at = number * 0.01
        acd.handle(i.PhoneSeen(profile.number), at)
        acd.handle(i.LogIn(profile.number, profile.number), at)
        acd.handle(i.Ready(profile.number), at)
    return acd


class Stopwatch:
    """Times a method wherever it is called."""

    def __init__(self, owner: object, method: str) -> None:
        self.took: list[float] = []
        """Microseconds of processor time."""
        self._work = getattr(owner, method)
        setattr(owner, method, self)

    def __call__(self, *given: object) -> object:
        """Do the method's work."""
        began = time.thread_time_ns()
        found = self._work(*given)
        self.took.append((time.thread_time_ns() - began) / 1000)
        return found


def agent_chooses(size: int, rounds: int) -> tuple[list[float], list[float]]:
    """``size`` callers wait; an agent becomes ready: microseconds of the decision, and of the whole turn."""
    dice = random.Random(f"agent/{size}")
    acd = a_floor(size, dice)
    agents = sorted(acd.floor.profiles)
    for agent in agents:
        acd.handle(i.Pause(agent, "x"), 90.0)
    for number in range(size):
        vip = "vip" if dice.random() < 0.1 else ""
        comes = i.Enqueue(f"c{number}", f"q{dice.randrange(SKILLS)}", customer_class=vip)
        acd.handle(comes, 100.0 + number * 0.05)
    now = 101.0 + size * 0.05
    decision, turn = Stopwatch(acd.floor.lines, "best_calls"), Stopwatch(acd, "handle")
    for round_ in range(rounds):
        now += 0.05
        agent = agents[round_ % size]
        acd.handle(i.Ready(agent), now)
        # the call is given back, waits on, and is there the next time
        Acd.handle(acd, i.Pause(agent, "x"), now)
    return decision.took, turn.took


def call_chooses(size: int, rounds: int) -> tuple[list[float], list[float]]:
    """``size`` agents are ready; a call comes: microseconds of the decision, and of the whole turn."""
    dice = random.Random(f"call/{size}")
    acd = a_floor(size, dice)
    now = size * 0.01
    decision, turn = Stopwatch(acd.floor.lines, "best_agents"), Stopwatch(acd, "handle")
    for round_ in range(rounds):
        now += 0.05
        acd.handle(i.Enqueue(f"c{round_}", f"q{dice.randrange(SKILLS)}"), now)
        Acd.handle(acd, i.CallGone(f"c{round_}"), now)
    return decision.took, turn.took


def decision_cost(*, quick: bool) -> dict[str, Any]:
    """Measure both kinds at three sizes; ``p99_us`` is that of the worse kind at 1,000."""
    rounds = 200 if quick else 3000
    told: dict[str, Any] = {}
    gc.collect()
    gc.freeze()
    for size in (100, 1_000) if quick else (100, 1_000, 10_000):
        for name, measure in (("agent", agent_chooses), ("call", call_chooses)):
            decision, turn = measure(size, rounds)
            told[f"{name}_chooses_at_{size}"] = {
                "p50_us": round(statistics.median(decision), 1),
                "p99_us": round(_p99(decision), 1),
                "turn_p50_us": round(statistics.median(turn), 1),
                "turn_p99_us": round(_p99(turn), 1),
            }
    gc.unfreeze()
    at = [told[f"{name}_chooses_at_1000"] for name in ("agent", "call")]
    return {"p99_us": max(one["p99_us"] for one in at), "skills": SKILLS, **told}


def _p99(values: list[float]) -> float:
    return sorted(values)[int(0.99 * len(values))]
