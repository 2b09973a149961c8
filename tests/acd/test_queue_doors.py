"""Who is let into a queue, with which priority, and what follows a talk."""

from __future__ import annotations

import pytest

from acd.config import QueueDefinition
from acd.queue_stage import QueueStep
from callflow.expressions.template import parse_template
from records import events as e
from tests.acd.house import House

pytestmark = pytest.mark.virtual_time

QUEUE = QueueDefinition(
    needs={"sales": 2},
    prefers={"english": 4},
    max_length=2,
    priority=1,
    classes={"gold": 50, "silver": 20},
)


@pytest.fixture
async def house() -> House:
    house = await House().open()
    house.acd.configure({"sales": QUEUE}, "v2")
    return house


def asks(outcome: str = "") -> QueueStep:
    step = QueueStep(queue="sales")
    step.set_branches([outcome] if outcome else [])
    return step


async def test_a_full_queue_refuses_without_a_place_being_taken(house: House) -> None:
    for call in ("c1", "c2"):
        house.begin(call)
        await house.rest()
    house.begin("c3")
    assert await house.outcome("c3") == "full"
    [refused] = house.events(e.QueueRefused)
    assert (refused.call, refused.queue, refused.reason) == ("c3", "sales", "full")
    assert set(house.acd.core.state.tickets) == {"c1", "c2"}
    house.hang_up("c1")
    await house.rest()
    house.begin("c4")
    await house.rest()
    assert "c4" in house.acd.core.state.tickets


@pytest.mark.parametrize(
    ("agents", "outcome"), [((), "empty"), (("1001",), ""), (("1001", "1002"), "")], ids=str
)
async def test_an_empty_queue_refuses_where_the_admin_says_what_follows(
    house: House, agents: tuple[str, ...], outcome: str
) -> None:
    await house.seat(*agents, ready=False)
    house.begin("c1", asks("empty"))
    await house.rest()
    if outcome:
        assert await house.outcome("c1") == outcome
        assert house.events(e.QueueEntered) == []
    else:
        assert "c1" in house.acd.core.state.tickets, "paused agents serve it soon"


async def test_without_a_branch_callers_wait_for_somebody_to_log_in(house: House) -> None:
    house.begin("c1", asks())
    await house.rest()
    assert "c1" in house.acd.core.state.tickets


async def test_an_agent_without_the_skill_does_not_make_it_served(house: House) -> None:
    house.acd.configure({"sales": QueueDefinition(needs={"sales": 5})}, "v3")
    await house.seat("1001")
    house.begin("c1", asks("empty"))
    assert await house.outcome("c1") == "empty"


@pytest.mark.parametrize(
    ("customer_class", "priority", "expected"),
    [("gold", None, 50), ("silver", None, 20), ("bronze", None, 1), ("", None, 1), ("gold", 7, 7)],
)
async def test_the_class_of_a_customer_gives_the_priority(
    house: House, customer_class: str, priority: int | None, expected: int
) -> None:
    step = QueueStep(
        queue="sales", priority=priority, customer_class=parse_template(f"{{'{customer_class}'}}")
    )
    house.begin("c1", step)
    await house.rest()
    [entered] = house.events(e.QueueEntered)
    assert (entered.priority, entered.customer_class, entered.prefers) == (
        expected,
        customer_class,
        {"english": 4},
    )
