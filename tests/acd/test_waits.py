"""What callers are told of their wait: measured rates, places, classes, and what is not known."""

from __future__ import annotations

import json
from math import isclose, log

import msgspec
import pytest

from acd.core.waits import ENOUGH_STARTS, QUIET, Factors, QueueWaits, WaitEstimate, Waits, _mean
from benchmarks.waiting_world import Simulation, multi_skill, single_queue
from records import events as e

EVERY_S = 10.0


class Desk:
    """A queue in which callers come, are offered and connected, as the log tells it."""

    def __init__(self, waits: Waits | None = None) -> None:
        self.waits = waits or Waits()
        self.now = 1000.0
        self.calls = iter(range(1, 100_000))

    def enter(self, priority: int = 0, queue: str = "sales") -> str:
        call = f"c{next(self.calls)}"
        entered = e.QueueEntered(call=call, queue=queue, priority=priority, needs={}, position=1)
        self.waits.apply(entered, self.now)
        return call

    def offer(self, call: str, number: int = 1) -> None:
        offer = e.OfferMade(
            offer=f"{call}-{number}", call=call, queue="sales", agent="1", phone="p", deadline=0.0
        )
        self.waits.apply(offer, self.now)

    def give_back(self, call: str, number: int = 1) -> None:
        ended = e.OfferEnded(
            offer=f"{call}-{number}", call=call, queue="sales", agent="1", outcome="no_answer", rang_s=1.0
        )
        self.waits.apply(ended, self.now)

    def connect(self, call: str, number: int = 1) -> None:
        connected = e.CallConnected(offer=f"{call}-{number}", call=call, queue="sales", agent="1", wait_s=0.0)
        self.waits.apply(connected, self.now)

    def leave(self, call: str) -> None:
        left = e.QueueLeft(call=call, queue="sales", reason="abandoned", wait_s=0.0, position=1)
        self.waits.apply(left, self.now)

    def told(self, ahead: int = 0) -> WaitEstimate | None:
        return self.waits.estimate("sales", 0, ahead, self.now)

    def serve(self, times: int, ring_s: float = 0.0) -> None:
        """Serve callers one after another: an agent is free each 10 s, and two callers always wait."""
        waiting = [self.enter(), self.enter()]
        for _ in range(times):
            self.now += EVERY_S
            call = waiting.pop(0)
            self.offer(call)
            self.now += ring_s
            self.connect(call)
            waiting.append(self.enter())
        for call in waiting:
            self.leave(call)


def p50(waits: Waits, ahead: int) -> float:
    told = waits.estimate("sales", 0, ahead, waits.queues["sales"].at)
    assert told is not None
    return told.p50


def test_nothing_is_foretold_before_enough_was_measured() -> None:
    desk = Desk()
    assert desk.told() is None
    desk.serve(int(ENOUGH_STARTS))
    assert desk.told() is None, "the past fades: so many, and one more"
    desk.serve(2)
    assert desk.told() is not None


def test_callers_who_found_an_agent_ready_say_nothing_of_the_rate() -> None:
    desk = Desk()
    for _ in range(100):
        call = desk.enter()
        desk.offer(call)
        desk.now += 3.0
        desk.connect(call)
        desk.now += 60.0
    assert desk.told() is None


def test_the_wait_grows_with_the_callers_ahead_by_the_rate() -> None:
    desk = Desk()
    desk.serve(60)
    queue = desk.waits.queues["sales"]
    assert isclose(queue.starts / queue.busy_s, 1 / EVERY_S, rel_tol=0.02)
    queue.factors.clear()
    tenth, first = p50(desk.waits, 9), p50(desk.waits, 0)
    assert first < 10.0 < tenth < 100.0
    assert tenth > 8 * first


def test_those_who_give_up_shorten_the_wait_of_those_behind_them() -> None:
    desk = Desk()
    desk.serve(60)
    queue = desk.waits.queues["sales"]
    before = p50(desk.waits, 30)
    queue.left = queue.waited_s / 100.0
    assert p50(desk.waits, 30) < 0.7 * before


@pytest.mark.parametrize("patience_s", [None, 20.0, 240.0])
@pytest.mark.parametrize("ahead", [0, 7, 8, 9, 50, 3000])
def test_the_sum_over_many_callers_is_what_it_is_called(ahead: int, patience_s: float | None) -> None:
    leaving = 1 / patience_s if patience_s else 0.0
    queue = QueueWaits(starts=100.0, busy_s=500.0, left=leaving * 10_000.0, waited_s=10_000.0)
    exact = sum(1.0 / (0.2 + j * leaving) for j in range(ahead + 1))
    assert _mean(queue, ahead) == pytest.approx(exact, rel=2e-4)


def test_an_offer_that_came_to_nothing_is_no_agent_found() -> None:
    desk = Desk()
    desk.serve(20)
    waits = desk.waits
    starts = waits.queues["sales"].starts
    call = desk.enter()
    desk.now += 5.0
    desk.offer(call)
    assert waits.ahead("sales", 0) == 0
    desk.give_back(call)
    assert waits.ahead("sales", 0) == 1
    assert isclose(waits.queues["sales"].starts, starts, rel_tol=0.01)


def test_two_phones_that_ring_for_one_caller_are_one_agent_found() -> None:
    desk = Desk()
    desk.serve(20)
    starts = desk.waits.queues["sales"].starts
    call = desk.enter()
    desk.now += 5.0
    desk.offer(call, 1)
    desk.offer(call, 2)
    desk.give_back(call, 1)
    assert desk.waits.ahead("sales", 0) == 0
    desk.connect(call, 2)
    assert isclose(desk.waits.queues["sales"].starts, starts + 1, rel_tol=0.01)
    assert not desk.waits.queues["sales"].waiting


def test_customers_who_go_first_are_ahead_of_all_others_only() -> None:
    desk = Desk()
    for priority in (0, 0, 5, 0, 5):
        desk.enter(priority)
    assert [desk.waits.ahead("sales", priority) for priority in (0, 3, 5, 9)] == [5, 2, 2, 0]
    assert desk.waits.ahead("support", 0) == 0


def test_ringing_comes_on_top() -> None:
    quick, slow = Desk(), Desk()
    quick.serve(60)
    slow.serve(60, ring_s=8.0)
    assert slow.waits.queues["sales"].ring_s == pytest.approx(8.0, abs=0.5)
    assert p50(slow.waits, 0) > p50(quick.waits, 0) + 6.0


def test_each_caller_who_waited_longer_than_told_raises_what_the_next_is_told() -> None:
    desk = Desk()
    desk.serve(60)
    queue = desk.waits.queues["sales"]
    queue.factors.clear()
    call = desk.enter()
    told = desk.told()
    assert told is not None
    desk.now += told.p80 + 1.0
    desk.offer(call)
    desk.connect(call)
    learnt = queue.factors["0"]
    assert 0 < learnt.p50 < learnt.p80
    assert isclose(learnt.p80 / learnt.p50, 0.8 / 0.5)


def test_a_rate_that_holds_no_more_foretells_nothing() -> None:
    desk = Desk()
    desk.serve(60)
    call = desk.enter()
    desk.now += (QUIET - 1.0) * EVERY_S
    assert desk.told() is not None
    desk.now += 2.0 * EVERY_S
    assert desk.told() is None, "everybody has gone to lunch"
    desk.offer(call)
    assert desk.told() is not None


def test_one_who_comes_with_the_time_of_an_earlier_wait_is_told_of_those_before_them() -> None:
    desk = Desk()
    desk.serve(60)
    for _ in range(9):
        desk.enter()
        desk.now += 5.0
    kept = e.QueueEntered(call="kept", queue="sales", priority=0, needs={}, position=4, since=desk.now - 31.0)
    desk.waits.apply(kept, desk.now)
    waiter = desk.waits.waiter("kept")
    assert waiter is not None
    assert waiter.ahead == 3


def test_those_for_whom_a_phone_rings_are_no_longer_ahead() -> None:
    desk = Desk()
    desk.serve(60)
    first, second, third = desk.enter(), desk.enter(), desk.enter()
    desk.now += 1.0
    assert desk.waits.remaining(third, 3, desk.now) == desk.told(2)
    desk.offer(first)
    assert desk.waits.remaining(third, 3, desk.now) == desk.told(1)
    desk.leave(second)
    assert desk.waits.remaining(third, 2, desk.now) == desk.told(0)
    assert desk.waits.remaining("nobody", 1, desk.now) is None


def test_what_a_caller_was_told_is_known_until_they_are_served() -> None:
    desk = Desk()
    call = desk.enter()
    desk.now += 15.0
    desk.waits.apply(e.WaitAnnounced(call=call, queue="sales", within_s=120.0), desk.now)
    desk.now += 45.0
    desk.waits.apply(e.WaitAnnounced(call=call, queue="sales", position=2), desk.now)
    waiter = desk.waits.waiter(call)
    assert waiter is not None
    assert (waiter.announced_at, waiter.told_until) == (1060.0, 1135.0)
    desk.offer(call)
    desk.connect(call)
    assert desk.waits.waiter(call) is None


def test_a_call_that_enters_another_queue_waits_in_one_only() -> None:
    desk = Desk()
    call = desk.enter()
    again = e.QueueEntered(call=call, queue="support", priority=0, needs={}, position=1)
    desk.waits.apply(again, desk.now)
    assert (desk.waits.ahead("sales", 0), desk.waits.ahead("support", 0)) == (0, 1)


def test_events_of_calls_that_do_not_wait_change_nothing() -> None:
    desk = Desk()
    desk.offer("nobody")
    desk.give_back("nobody")
    desk.connect("nobody")
    desk.leave("nobody")
    assert desk.waits.queues == {}


def test_what_was_learnt_and_who_waits_survives_a_snapshot() -> None:
    desk = Desk()
    desk.serve(40)
    call = desk.enter(priority=5)
    kept = json.loads(json.dumps(msgspec.to_builtins(desk.waits.queues)))
    after = Desk(Waits(msgspec.convert(kept, dict[str, QueueWaits])))
    after.now = desk.now
    assert after.waits.queues == desk.waits.queues
    assert after.told(3) == desk.told(3)
    after.leave(call)
    assert after.waits.ahead("sales", 0) == 0


@pytest.fixture(scope="module", params=["single", "skills"])
def world(request: pytest.FixtureRequest) -> Simulation:
    size = (
        single_queue(20, 1.1, hours=16)
        if request.param == "single"
        else multi_skill(30, 1.1, hours=16, seed=3)
    )
    simulation = Simulation(size, seed=5)
    simulation.run()
    return simulation


def test_four_fifths_of_all_callers_wait_no_longer_than_told(world: Simulation) -> None:
    held = [one.wait <= one.p80 for one in world.served]
    assert len(held) > 1000
    assert 0.75 < sum(held) / len(held) < 0.85
    assert 0.45 < sum(one.wait <= one.p50 for one in world.served) / len(held) < 0.55


def test_it_is_nearer_than_the_last_callers_wait(world: Simulation) -> None:
    with_last = [one for one in world.served if one.last_wait is not None]
    ours = sum((one.p50 - one.wait) ** 2 for one in with_last)
    theirs = sum((one.last_wait - one.wait) ** 2 for one in with_last if one.last_wait is not None)
    assert ours < 0.7 * theirs


def test_factors_stay_near_one_in_a_world_that_is_as_assumed(world: Simulation) -> None:
    factors = [one.factors.values() for one in world.waits.queues.values()]
    assert all(abs(f.p80) < log(2.5) for of_queue in factors for f in of_queue)


def test_it_learns_by_what_a_caller_was_told_not_by_what_they_would_be_told_now() -> None:
    desk = Desk()
    desk.serve(60)
    queue = desk.waits.queues["sales"]
    queue.factors.clear()
    call = desk.enter()
    told = desk.told()
    assert told is not None
    learnt = queue.factors["0"] = Factors(p50=1.0, p80=1.0)
    desk.now += told.p80 + 1.0
    desk.offer(call)
    desk.connect(call)
    assert learnt.p80 > 1.0, "they waited longer than they were told, if not longer than others are told now"


def test_a_replay_learns_the_same_although_the_log_writes_microseconds() -> None:
    live, replayed = Desk(), Desk()
    live.now, replayed.now = 1_800_000_000.123456789, 1_800_000_000.123457
    for desk in (live, replayed):
        desk.enter()
    live.now, replayed.now = 1_800_000_007.987654321, 1_800_000_007.987654
    for desk in (live, replayed):
        desk.leave("c1")
    assert live.waits.queues == replayed.waits.queues
