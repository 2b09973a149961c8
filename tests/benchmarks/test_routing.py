"""The routing benchmark: the world is the one that is meant, baselines are held to, figures are counted."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys

import pytest

from benchmarks import routing
from benchmarks.routing import BASELINE, FIFO, INDEX_TARGET, POLICIES, Day, gains, not_reproduced, simulate
from benchmarks.routing_world import HOURS_S, MEAN_S, PATIENCE_S, Size, World, handling_s

SIZE = Size(60, 0.93, 1)


def test_the_quick_run_says_everything() -> None:
    run = [sys.executable, "-m", "benchmarks.routing", "--quick", "--json"]
    done = subprocess.run(run, capture_output=True, text=True, check=True, timeout=120)
    told = json.loads(done.stdout)
    assert set(routing.TARGETS) <= set(told)
    assert set(told["policies"]["20"]) == set(POLICIES)
    assert told["decision_p99_us"] == told["decision_cost"]["p99_us"] > 0


def test_the_world_has_the_rates_and_means_that_are_meant() -> None:
    worlds = [World.drawn(SIZE, seed) for seed in range(20)]
    offered = statistics.fmean(len(world.callers) for world in worlds)
    wanted = statistics.fmean(
        0.93 * SIZE.load * sum(world.capacity(skill) for skill in range(3)) * HOURS_S for world in worlds
    )
    assert offered == pytest.approx(wanted, rel=0.05)
    callers = [caller for world in worlds for caller in world.callers]
    assert statistics.fmean(caller.patience_s for caller in callers) == pytest.approx(PATIENCE_S, rel=0.03)
    assert statistics.fmean(caller.vip for caller in callers) == pytest.approx(0.1, abs=0.005)
    for skill, mean in enumerate(MEAN_S):
        took = [handling_s(caller, 3) for caller in callers if caller.skill == skill]
        assert statistics.fmean(took) == pytest.approx(mean, rel=0.03)
        assert statistics.pstdev(took) / statistics.fmean(took) == pytest.approx(0.8, abs=0.05)


@pytest.mark.parametrize("policy", POLICIES)
def test_everybody_is_served_once_or_gives_up(policy: str) -> None:
    world = World.drawn(Size(12, 1.0, 1), 3)
    day = simulate(world, POLICIES[policy](world, 3))
    assert day.offered == len(day.waits) + day.abandoned
    assert day.offered >= len(world.callers)
    assert all(wait >= 0 for wait in day.waits)
    assert all(busy < HOURS_S * 1.3 for busy in day.busy_s.values())


def test_the_same_seed_gives_the_same_day() -> None:
    def day() -> Day:
        world = World.drawn(Size(12, 1.0, 1), 5)
        return simulate(world, POLICIES[INDEX_TARGET](world, 5))

    assert day().figures() == day().figures()


def test_a_baseline_that_is_off_is_told() -> None:
    good = {60: {BASELINE: {"service_level": 65.0}, FIFO: {"service_level": 60.0}}}
    assert not_reproduced(good) == []
    off = {60: {BASELINE: {"service_level": 63.9}, FIFO: {"service_level": 60.0}}}
    assert not_reproduced(off) == [
        "app_queue leastrecent with 60 agents: service level 63.9 %, known: 65.1 %"
    ]


def test_gains_are_those_of_the_worst_size() -> None:
    def figures(level: float, vip: float) -> dict[str, float]:
        rest = dict.fromkeys(("abandoned", "fcr", "p90_wait_s", "occupancy_sd"), 10.0)
        return {"service_level": level, "vip_wait_s": vip, **rest}

    told = {
        60: {BASELINE: figures(60, 4), "x": figures(70, 2)},
        200: {BASELINE: figures(60, 4), "x": figures(67, 3)},
    }
    found = gains(told, "x")
    assert (found["service_level_gain_points"], found["vip_wait_ratio"]) == (7, 0.75)
