"""The ways of pacing that ``benchmarks.dialer`` compares, and one part of it: some days of one campaign."""

from __future__ import annotations

import functools
import math
import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.dialing_optimum import SmallWorld, Worth, optimum, worth_of
from benchmarks.dialing_world import Campaign, World
from outbound.pacing.adaptive import Adaptive
from outbound.pacing.budget import CAP, Budget
from outbound.pacing.durations import Learnt
from outbound.pacing.floor import Floor
from outbound.pacing.port import Progressive
from outbound.pacing.threshold import ThresholdPacer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from outbound.pacing.durations import Array
    from outbound.pacing.outlook import Outlook
    from outbound.pacing.port import Pacer


@dataclass(frozen=True)
class Ran:
    """Some days of one campaign."""

    utilisation: list[float]
    drop_rate: list[float]
    answers: int
    drops: int
    decision_p99_ms: float
    """CPU time: all cores are busy."""
    cpu_s: float
    """What all of it has cost."""


class Knowing(ThresholdPacer):
    """The default, told when each agent will be free; its campaign gives it every lead's true probability."""

    campaign: Campaign

    def _supply(self, outlook: Outlook, floor: Floor) -> Array:
        campaign = self.campaign
        campaign.free_at = [at for at in campaign.free_at if at > floor.now]
        ends = np.array(campaign.free_at) - floor.now
        free = [floor.idle + float((ends <= horizon + 2.0).sum()) for horizon in outlook.horizons]
        return np.array([free, [0.0] * len(free), [0.0] * len(free)])


def pacer_of(name: str, learnt: Learnt, budget: Budget, **settings: Any) -> Pacer:
    """Make a way of pacing by its name."""
    match name:
        case "progressive":
            return Progressive()
        case "classic":
            return Adaptive(budget, **settings)
        case "knowing":
            return Knowing(learnt, budget)
        case _:
            return ThresholdPacer(learnt, budget)


def run(name: str, world: World, seed: int, days: int, settings: dict[str, Any]) -> Ran:
    """Run some days of one campaign."""
    began = time.process_time()
    campaign = Campaign(world, functools.partial(pacer_of, name, **settings), seed)
    if isinstance(campaign.pacer, Knowing):
        campaign.pacer.campaign, campaign.logit = campaign, 0.0
    told = [campaign.day(time.thread_time) for _ in range(days)]
    decisions = sorted(seconds for day in told for seconds in day.decision_s)
    return Ran(
        utilisation=[day.utilisation for day in told],
        drop_rate=[day.drop_rate for day in told],
        answers=sum(day.answers for day in told),
        drops=sum(day.drops for day in told),
        decision_p99_ms=decisions[int(len(decisions) * 0.99)] * 1000,
        cpu_s=time.process_time() - began,
    )


def summed(parts: Iterable[Ran]) -> dict[str, Any]:
    """Add campaigns up."""
    ran = list(parts)
    days = [rate for one in ran for rate in one.drop_rate]
    answers = sum(one.answers for one in ran)
    return {
        "utilisation": round(100 * statistics.fmean(each for one in ran for each in one.utilisation), 2),
        "drop_rate": round(100 * sum(one.drops for one in ran) / max(1, answers), 2),
        "worst_day": round(100 * max(days), 2),
        "days": len(days),
        "days_over_cap": sum(rate > CAP for rate in days),
        "decision_p99_ms": round(max(one.decision_p99_ms for one in ran), 3),
        "cpu_s": round(sum(one.cpu_s for one in ran), 1),
    }


class Exponential:
    """A distribution without memory, by its mean (seconds)."""

    def __init__(self, mean: float) -> None:
        self._mean = mean

    def cdf(self, edges: Array) -> Array:
        """See :class:`~outbound.pacing.durations.Distribution`."""
        shares: Array = 1 - np.exp(-edges / self._mean)
        return shares


def in_small_world(world: SmallWorld, alpha: float) -> dict[str, Any]:
    """Compare the live policy, at the thresholds around the aim, with the exact optimum."""
    ringing = Exponential(world.ringing_s)
    learnt = Learnt(
        Exponential(world.handling_s), Exponential(0.01), ringing, ringing, ring_s=20 * world.ringing_s,
        worth=1e9
    )  # fmt: skip

    def worth(threshold: float) -> Worth:
        pacer = ThresholdPacer(learnt, Budget(), first=threshold, grace_s=0.0, ramp_s=0.0)
        leads = [world.chance] * (world.most_lines + 1)

        def lines(busy: int, rings: int) -> int:
            floor = Floor(
                now=0.0,
                idle=world.agents - busy,
                talking=np.full(busy, 0.5),
                ringing=np.full(rings, 0.1),
                chances=np.full(rings, world.chance),
            )
            return rings + pacer.lines(floor, leads)

        return worth_of(world, lines)

    low, high = math.log(1e-4), math.log(0.7)
    for _ in range(14):
        middle = (low + high) / 2
        low, high = (low, middle) if worth(math.exp(middle)).drop_rate > alpha else (middle, high)
    below, above = worth(math.exp(low)), worth(math.exp(high))
    span = above.drop_rate - below.drop_rate
    share = (alpha - below.drop_rate) / span if span > 1e-12 else 0.0
    ours = below.utilisation + share * (above.utilisation - below.utilisation)
    best = optimum(world, alpha).utilisation
    return {
        "agents": world.agents,
        "chance": world.chance,
        "ours": round(100 * ours, 2),
        "optimum": round(100 * best, 2),
        "gap": round(100 * (best - ours), 3),
    }
