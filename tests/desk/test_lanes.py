"""What is under way to a subscription: order, rests, windows, and nothing lost on the way."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.deliveries.lanes import AT_ONCE, DOWN_AFTER, GIVEN_UP_S, PAUSES_S, WINDOW, Lanes, Waiting


def sent(lanes: Lanes, now: float) -> list[int]:
    return [one.seq for one in lanes.due(now)]


def test_one_of_each_call_at_a_time_and_in_order() -> None:
    lanes = Lanes()
    for seq, call in enumerate(["a", "a", "b", "a", "b"], 1):
        lanes.take(seq, call)
    assert sent(lanes, 0.0) == [1, 3]
    lanes.taken(3)
    assert sent(lanes, 0.0) == [5]
    lanes.taken(1)
    assert sent(lanes, 0.0) == [2]
    lanes.taken(2)
    assert sent(lanes, 0.0) == [4]
    for seq in (4, 5):
        lanes.taken(seq)
    assert len(lanes) == 0
    assert lanes.next_due(0.0) is None


def test_not_more_at_once_than_is_good() -> None:
    lanes = Lanes()
    for seq in range(1, 20):
        lanes.take(seq, f"call {seq}")
    assert sent(lanes, 0.0) == list(range(1, AT_ONCE + 1))
    assert lanes.next_due(0.0) is None
    lanes.taken(2)
    assert sent(lanes, 0.0) == [AT_ONCE + 1]


def test_a_failed_one_holds_its_own_call_up_alone() -> None:
    lanes = Lanes()
    for seq, call in enumerate(["a", "a", "b"], 1):
        lanes.take(seq, call)
    assert sent(lanes, 0.0) == [1, 3]
    lanes.failed(1, 0.0)
    lanes.taken(3)
    assert sent(lanes, 0.5) == []
    assert lanes.next_due(0.5) == PAUSES_S[0]
    assert sent(lanes, PAUSES_S[0]) == [1]
    lanes.taken(1)
    assert sent(lanes, PAUSES_S[0]) == [2]


def test_a_server_that_is_down_is_tried_with_one_at_a_time_and_then_all_goes_on() -> None:
    lanes = Lanes()
    for seq in range(1, 101):
        lanes.take(seq, f"call {seq}")
    now, tries = 0.0, 0
    while now < 3600:
        for seq in sent(lanes, now):
            tries += 1
            lanes.failed(seq, now)
        due = lanes.next_due(now)
        assert due is not None
        now = max(due, now + 0.001)
    assert tries < DOWN_AFTER + AT_ONCE + 20
    assert len(lanes) == 100
    [probe] = sent(lanes, now)
    lanes.taken(probe)
    assert len(sent(lanes, now)) == AT_ONCE, "the others rest no longer"


def test_after_a_day_it_is_given_up() -> None:
    lanes = Lanes()
    lanes.take(1, "a")
    now, given_up = 0.0, None
    while given_up is None:
        for seq in sent(lanes, now):
            given_up = lanes.failed(seq, now)
        now = lanes.next_due(now) or now
    assert GIVEN_UP_S - 2 * PAUSES_S[-1] < now <= GIVEN_UP_S
    assert len(lanes) == 0


def test_what_is_refused_lets_the_next_one_go() -> None:
    lanes = Lanes()
    lanes.take(1, "a")
    lanes.take(2, "a")
    assert sent(lanes, 0.0) == [1]
    assert lanes.refused(1).seq == 1
    assert sent(lanes, 0.0) == [2]


def test_the_window_is_bounded() -> None:
    lanes = Lanes()
    for seq in range(1, WINDOW + 1):
        assert lanes.room
        lanes.take(seq, "a")
    assert lanes.room == 0


Steps = st.lists(
    st.tuples(st.sampled_from(["take", "taken", "failed", "refused", "wait", "killed"]), st.integers(0, 9)),
    max_size=60,
)


@settings(max_examples=200, deadline=None)
@given(Steps)
@pytest.mark.filterwarnings("error")
def test_nothing_is_lost_and_no_call_overtakes_itself(steps: list[tuple[str, int]]) -> None:
    lanes, now, seq = Lanes(), 0.0, 0
    flying: dict[int, Waiting] = {}
    open_: set[int] = set()
    settled: dict[str, list[int]] = {}

    def settle(number: int) -> None:
        open_.discard(number)
        lane = settled.setdefault(flying.pop(number).lane, [])
        assert not lane or lane[-1] < number
        lane.append(number)

    moves: dict[str, Any] = {"taken": Lanes.taken, "refused": Lanes.refused}
    for what, which in steps:
        if what == "take":
            seq += 1
            lanes.take(seq, f"call {which % 3}")
            open_.add(seq)
        elif what == "wait":
            now += 10.0**which
        elif what == "killed":
            kept = msgspec.json.decode(msgspec.json.encode(lanes.waiting()), type=list[Waiting])
            lanes, flying = Lanes(seq, kept), {}
        elif flying:
            number = sorted(flying)[which % len(flying)]
            if what == "failed":
                if lanes.failed(number, now) is None:
                    flying.pop(number)
                else:
                    settle(number)
            else:
                moves[what](lanes, number)
                settle(number)
        for one in lanes.due(now):
            assert one.lane not in {other.lane for other in flying.values()}
            flying[one.seq] = one
        assert {one.seq for one in lanes.waiting()} == open_
        assert len(flying) <= AT_ONCE
