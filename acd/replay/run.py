"""A day replayed: figures of the log, and of the day played again with changes or none.  Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from acd.replay.figures import SHORT_S, TARGET_S, Figures
from acd.replay.simulation import Simulation
from acd.replay.world import Changes, ReplayedDay
from records import events as e

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from acd.core.model import Agent
    from acd.replay.observed import Observed


class Judged(msgspec.Struct, frozen=True):
    """By what the figures are counted."""

    target_s: float = TARGET_S
    short_s: float = SHORT_S


def as_it_was(
    log: Iterable[tuple[float, e.Event]], agents: Iterable[Agent], day: Observed, judged: Judged
) -> dict[str, Any]:
    """Give the figures of the log; ``agents``: their states at the begin of the day."""
    figures = Figures(day.begin, day.end, target_s=judged.target_s, short_s=judged.short_s)
    for agent in agents:
        figures.agent(agent.number, agent.state.value, day.begin)
    for at, event in log:
        figures.take(event, at)
    figures.close()
    return figures.told()


def replayed(day: Observed, changes: Changes, judged: Judged, *, seed: int, runs: int = 1) -> dict[str, Any]:
    """Give the figures of the day played again: the mean over ``runs``, the seeds counted up."""
    return mean([_once(day, changes, judged, seed + number) for number in range(runs)])


def _once(day: Observed, changes: Changes, judged: Judged, seed: int) -> dict[str, Any]:
    world = ReplayedDay(day, changes, seed)
    figures = Figures(day.begin, day.end, target_s=judged.target_s, short_s=judged.short_s)
    simulation = Simulation(world, _telling(figures, world), seed=seed)
    simulation.know_queues(world.queues())
    simulation.run()
    figures.close()
    return {**figures.told(), "refused": simulation.refused}


def _telling(figures: Figures, world: ReplayedDay) -> Callable[[e.Event, float], None]:
    def tell(event: e.Event, at: float) -> None:
        if isinstance(event, e.QueueLeft) and event.reason == "abandoned":
            # who left by a key, say, did so again
            event = msgspec.structs.replace(event, reason=world.reason(event.call))
        figures.take(event, at)

    return tell


def mean(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Give the mean of each figure, None where one of them has none."""
    told: dict[str, Any] = {}
    for name, first in runs[0].items():
        values = [one.get(name) for one in runs]
        if isinstance(first, dict):
            told[name] = mean([value or {} for value in values]) if all(values) else first
        elif any(value is None for value in values):
            told[name] = None
        else:
            told[name] = sum(float(value or 0) for value in values) / len(values)
    return told
