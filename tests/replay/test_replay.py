"""A day whose truth is known, replayed from its log alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from acd.core import inputs as i
from acd.core.model import AgentProfile, QueueSpec
from acd.replay.figures import Figures, percentile
from acd.replay.observed import Observed, Reader
from acd.replay.run import Judged, as_it_was, replayed
from acd.replay.world import Changes
from records import events as e
from tests.acd.days import Day
from tests.acd.floor import TestFloor
from tests.replay.call_centre import BEGIN, CallCentre

if TYPE_CHECKING:
    from records.events import Event

SEEDS = (1, 2, 3)
POINT = 0.01
BOUNDS = {"service_level": 2.5 * POINT, "abandon_rate": 0.7 * POINT, "asa": 1.2, "occupancy": 0.8 * POINT}
"""How far the mean over three days may be off: shares, and seconds."""
SD_BOUND = 1.0 * POINT


def observed(log: list[tuple[float, Event]], end: float) -> Observed:
    reader = Reader(BEGIN, end, {}, [])
    for at, event in log:
        reader.take(event, at)
    return reader.close(log[-1][0])


class Lived:
    """Days under one strategy, and their truth under others."""

    def __init__(self) -> None:
        self.days: list[Observed] = []
        self.truth: dict[str, list[dict[str, Any]]] = {}
        for strategy in ("longest_idle", "best_skill"):
            for seed in SEEDS:
                centre = CallCentre(seed, strategy)
                log = centre.live()
                day = observed(log, centre.end)
                self.truth.setdefault(strategy, []).append(as_it_was(log, [], day, Judged()))
                if strategy == "longest_idle":
                    self.days.append(day)

    def again(self, changes: Changes) -> list[dict[str, Any]]:
        return [replayed(day, changes, Judged(), seed=7, runs=2) for day in self.days]


@pytest.fixture(scope="module")
def lived() -> Lived:
    return Lived()


def off(ours: list[dict[str, Any]], truth: list[dict[str, Any]]) -> dict[str, float]:
    return {
        name: abs(sum(one[name] for one in ours) - sum(one[name] for one in truth)) / len(truth)
        for name in (*BOUNDS, "occupancy_sd")
    }


@pytest.mark.parametrize("strategy", ["longest_idle", "best_skill"])
def test_a_replay_gives_what_would_be_true(lived: Lived, strategy: str) -> None:
    changes = Changes() if strategy == "longest_idle" else Changes(strategy=strategy)
    found = off(lived.again(changes), lived.truth[strategy])
    assert {
        name: error for name, error in found.items() if error > {**BOUNDS, "occupancy_sd": SD_BOUND}[name]
    } == {}


def test_strategies_differ_by_more_than_the_bounds(lived: Lived) -> None:
    """Else the test above would hold of a replay that changes nothing."""
    assert off(lived.truth["longest_idle"], lived.truth["best_skill"])["occupancy_sd"] > 5 * SD_BOUND


def test_the_same_seed_gives_the_same(lived: Lived) -> None:
    day = lived.days[0]
    one, two, other = (replayed(day, Changes(), Judged(), seed=seed) for seed in (4, 4, 5))
    assert one == two
    assert one != other


def test_more_agents_serve_more_and_fewer_less(lived: Lived) -> None:
    day = lived.days[0]
    more = replayed(day, Changes(doubled={"n1": "100", "n2": "101", "n3": "102"}), Judged(), seed=1)
    same = replayed(day, Changes(), Judged(), seed=1)
    fewer = replayed(day, Changes(removed=frozenset({"100", "101", "102"})), Judged(), seed=1)
    assert more["agents"] == same["agents"] + 3 == fewer["agents"] + 6
    assert more["service_level"] > same["service_level"] + 0.02 > fewer["service_level"] + 0.04


@pytest.mark.parametrize("seed", range(12))
def test_any_day_can_be_replayed(seed: int) -> None:
    day = Day(seed, steps=250)
    log: list[tuple[float, Any]] = day.log
    seen = observed(log, day.floor.now)
    was = as_it_was(log, [], seen, Judged())
    assert was["offered"] == len(seen.arrivals)
    again = replayed(seen, Changes(), Judged(), seed=1)
    assert again["offered"] + again["refused"] == was["offered"]


def test_pauses_and_logouts_are_lived_again() -> None:
    """What an agent asked for is asked for at the same times, during calls too; what came by itself isn't."""
    floor = TestFloor(
        (QueueSpec("sales", needs={"sales": 1}, wrap_up_s=10),), (AgentProfile("1", skills={"sales": 3}),)
    )
    floor.seat("1")
    floor.do(i.Enqueue("c1", "sales"))
    floor.wait(1)
    floor.connect("c1")
    for _ in range(5):
        floor.see_phones()
        floor.wait(10)
    floor.do(i.Pause("1", "lunch"))
    floor.do(i.Ready("1"))
    floor.do(i.Pause("1", "coffee"))
    floor.do(i.TalkOver("c1", "caller"))
    floor.wait(4)
    floor.do(i.FinishWrapUp("1"))
    floor.wait(6)
    floor.do(i.Ready("1"))
    floor.do(i.LogOut("1"))
    reader = Reader(BEGIN - 1, floor.now + 1, {}, [])
    for at, event in floor.log:
        reader.take(event, at)
    day = reader.close(floor.now)
    asked = [
        type(entry).__name__ + getattr(entry, "reason", "")
        for _, entry in sorted(day.diary, key=lambda one: one[0])
    ]
    assert [name for name in asked if name not in {"tuple", "PhoneSeen"}] == [
        "LogIn", "Ready", "Pauselunch", "Ready", "Pausecoffee", "Ready", "LogOut"
    ]  # fmt: skip
    served = day.served["c1"]
    assert (served.talk_s, served.wrap_s, served.agent) == (50.0, 4.0, "1")


def test_figures_are_those_of_the_definitions() -> None:
    figures = Figures(0.0, 1000.0)

    def enter(call: str, at: float) -> None:
        figures.take(e.QueueEntered(call=call, queue="q", priority=0, needs={}, position=1, since=at), at)

    def answer(call: str, at: float, wait_s: float) -> None:
        figures.take(e.CallConnected(offer="o", call=call, queue="q", agent="1", wait_s=wait_s), at)

    def leave(call: str, at: float, wait_s: float, reason: str) -> None:
        figures.take(e.QueueLeft(call=call, queue="q", reason=reason, wait_s=wait_s, position=1), at)

    for number in range(6):
        enter(f"c{number}", 10.0)
    answer("c0", 30.0, 20.0)
    answer("c1", 50.0, 40.0)
    leave("c2", 14.0, 4.0, "abandoned")
    leave("c3", 20.0, 10.0, "abandoned")
    leave("c4", 20.0, 10.0, "overflow")
    enter("c4", 20.0)
    answer("c4", 40.0, 30.0)
    leave("c5", 70.0, 60.0, "max_wait")
    figures.agent("1", "ready", -100.0)
    figures.agent("1", "talking", 400.0)
    figures.agent("1", "wrap_up", 700.0)
    figures.agent("1", "paused", 800.0)
    figures.agent("2", "ready", 0.0)
    figures.close()
    told = figures.told()
    assert (told["offered"], told["answered"], told["abandoned"]) == (6, 3, 1)
    assert (told["short_abandoned"], told["left_otherwise"]) == (1, 1)
    assert told["service_level"] == pytest.approx(1 / 4)
    assert told["asa"] == pytest.approx(30.0)
    assert told["abandon_rate"] == pytest.approx(1 / 6)
    assert told["p90_wait"] == 40.0
    assert told["occupancy"] == pytest.approx(400 / 1800)
    assert told["occupancy_sd"] == pytest.approx(0.25)
    assert percentile([], 0.9) is None
