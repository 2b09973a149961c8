"""The switch can't be heard: its silence is nobody's fault, and nothing is asked of it."""

from __future__ import annotations

import pytest

from acd.core import inputs as i
from acd.core.model import LEASE_S, PROGRESS_S
from tests.acd.floor import TestFloor


@pytest.fixture
def floor() -> TestFloor:
    return TestFloor()


def test_no_deadline_counts(floor: TestFloor) -> None:
    floor.seat("1001")
    floor.do(i.Enqueue("c1", "sales"))
    offer = floor.offer_of("c1")
    floor.do(i.SwitchLost())
    assert floor.acd.next_deadline() is None
    assert floor.wait(2 * LEASE_S) == []
    floor.do(i.SwitchBack())
    assert floor.wait(PROGRESS_S - 0.1) == []
    floor.do(i.OfferProgress(offer))
    assert floor.state("1001") == "ringing"


def test_a_phone_that_is_silent_afterwards_is_unreachable(floor: TestFloor) -> None:
    floor.seat("1001")
    floor.do(i.Enqueue("c1", "sales"))
    floor.do(i.SwitchLost())
    floor.wait(10)
    floor.do(i.SwitchBack())
    floor.wait(PROGRESS_S)
    assert floor.state("1001") == "unreachable(silent)"


def test_nobody_is_offered_until_it_is_back(floor: TestFloor) -> None:
    floor.do(i.Enqueue("c1", "sales"))
    floor.do(i.SwitchLost())
    floor.seat("1001")
    assert floor.offered_to("c1") == ""
    floor.do(i.SwitchBack())
    assert floor.offered_to("c1") == "1001"


def test_the_longest_wait_ends_when_it_is_back(floor: TestFloor) -> None:
    floor.do(i.Enqueue("c1", "sales", max_wait=5.0))
    floor.do(i.SwitchLost())
    floor.wait(20)
    assert "c1" in floor.acd.state.tickets
    floor.do(i.SwitchBack())
    floor.wait(0)
    assert "c1" not in floor.acd.state.tickets
