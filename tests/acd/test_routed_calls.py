"""The queue stage with what routing asks of it: all phones, one agent, another queue; and restarts."""

from __future__ import annotations

from typing import Any

import pytest

from acd.config import OverflowDefinition, QueueDefinition, RelaxDefinition
from acd.core import inputs as i
from acd.headers import AUTO_ANSWER
from acd.queue_stage import QueueStep
from callflow.expressions import parse_template
from records import events as e
from records.errors import DatabaseError
from telephony.switch import Cause, SwitchError
from tests.acd.house import House

pytestmark = pytest.mark.virtual_time

QUEUES = {
    "sales": QueueDefinition(needs={"sales": 2}),
    "team": QueueDefinition(needs={"sales": 2}, strategy="ring_all"),
    "night": QueueDefinition(
        needs={"night": 1},
        overflow=[OverflowDefinition(to="sales", length=2), OverflowDefinition(to="sales", after=30.0)],
        max_wait=60.0,
    ),
    "relaxed": QueueDefinition(
        needs={"sales": 5}, relax=[RelaxDefinition(after=30.0, needs={"sales": 4})], max_wait=60.0
    ),
    "loud": QueueDefinition(needs={"sales": 2}, auto_answer=True),
}


@pytest.fixture
async def house() -> House:
    house = await House().open()
    house.acd.configure(QUEUES, "v2")
    return house


def to(queue: str, **keys: Any) -> QueueStep:
    return QueueStep(queue=queue, **keys)


def offers(house: House) -> list[str]:
    return [event.agent for event in house.events(e.OfferMade)]


# ── all phones ───────────────────────────────────────────────────────────────────────────────────


async def test_all_ring_one_answers_and_the_others_are_told_why(house: House) -> None:
    await house.seat("1001", "1002")
    house.begin("c1", to("team"))
    await house.rest()
    assert [asked[1] for asked in house.fake.did("start_leg")] == ["p1001", "p1002"]
    for leg in ("c1-a1", "c1-a2"):
        house.ring(leg)
    house.answer("c1-a2")
    await house.rest()
    assert house.fake.causes == {"c1-a1": Cause.ELSEWHERE}
    assert house.fake.did("connect") == [("c1", "leg.c1", "c1-a2")]
    assert (house.state("1001"), house.state("1002")) == ("ready", "talking")
    house.hang_up("c1")
    assert await house.outcome("c1") == "gone"
    assert house.fake.legs == {}


async def test_two_answer_in_the_same_instant(house: House) -> None:
    await house.seat("1001", "1002")
    house.begin("c1", to("team"))
    await house.rest()
    for leg in ("c1-a1", "c1-a2"):
        house.answer(leg)
    await house.rest()
    assert [event.agent for event in house.events(e.CallConnected)] == ["1001"]
    assert house.fake.causes == {"c1-a2": Cause.ELSEWHERE}
    assert house.state("1002") == "ready"
    assert house.fake.talks == {"c1": {"leg.c1", "c1-a1"}}


async def test_the_winner_can_not_be_connected(house: House) -> None:
    """The other is rung again, the winner is left in peace for five seconds."""
    await house.seat("1001", "1002")
    house.begin("c1", to("team"))
    await house.rest()
    house.fake.fails["connect"] = [SwitchError("timed out")]
    house.answer("c1-a1")
    await house.rest()
    assert offers(house) == ["1001", "1002", "1002"]
    await house.rest(5)
    assert offers(house) == ["1001", "1002", "1002", "1001"]


async def test_the_caller_hangs_up_while_all_ring(house: House) -> None:
    await house.seat("1001", "1002")
    house.begin("c1", to("team"))
    await house.rest()
    house.hang_up("c1")
    assert await house.outcome("c1") == "gone"
    assert house.fake.legs == {}
    assert set(house.fake.causes.values()) == {Cause.NORMAL}, "a missed call may be shown"
    assert {house.state(agent) for agent in ("1001", "1002")} == {"ready"}


async def test_killed_while_all_ring(house: House) -> None:
    await house.seat("1001", "1002")
    house.begin("c1", to("team"))
    await house.rest()
    after = await house.killed()
    await after.rest()
    assert after.fake.legs.keys() == {"leg.c1", "c1-a3", "c1-a4"}, "given back, and made anew"


# ── one agent ────────────────────────────────────────────────────────────────────────────────────


def wished(agent: str, seconds: float = 20.0) -> QueueStep:
    return to("sales", agent=parse_template(agent), agent_for=seconds)


async def test_the_agent_of_last_time_is_waited_for(house: House) -> None:
    await house.seat("1001")
    await house.seat("1002", ready=False)
    house.history.last["s1"] = "1002"
    house.begin("c1", wished("last"))
    await house.rest(19)
    assert offers(house) == []
    house.acd.submit(i.Ready("1002"))
    await house.rest()
    assert offers(house) == ["1002"]


async def test_and_not_for_longer_than_the_step_says(house: House) -> None:
    await house.seat("1001")
    await house.seat("1002", ready=False)
    house.history.last["s1"] = "1002"
    house.begin("c1", wished("last", 5.0))
    await house.rest(4.9)
    assert offers(house) == []
    await house.rest(0.2)
    assert offers(house) == ["1001"]


@pytest.mark.parametrize("agent", ["1002", " 1002 ", "{owner}"])
async def test_a_number_of_the_dialplan(house: House, agent: str) -> None:
    await house.seat("1001", "1002")
    step = wished(agent)
    house.begin("c1", step)
    house.calls["c1"].facts["owner"] = "1002"
    await house.rest()
    assert offers(house) == ["1002"]


@pytest.mark.parametrize("agent", ["", "{owner}", "last", "9999", "nobody", "{'last'}"])
async def test_whom_nobody_knows_nobody_waits_for(house: House, agent: str) -> None:
    await house.seat("1001")
    house.begin("c1", to("sales", agent=parse_template(agent or "{nothing}")))
    await house.rest()
    assert offers(house) == ["1001"]
    assert house.events(e.QueueEntered)[0].preferred_agent == ""


async def test_a_slow_or_broken_database_keeps_no_caller_waiting(house: House) -> None:
    await house.seat("1001")
    house.history.takes_s = 60.0
    house.history.last["s1"] = "1002"
    house.begin("c1", wished("last"))
    await house.rest(0.4)
    assert offers(house) == ["1001"]

    async def broken(subject: str) -> str:
        raise DatabaseError("the disk is full")

    house.history.last_agent = broken  # type: ignore[method-assign]
    house.hang_up("c1")
    await house.rest()
    house.begin("c2", wished("last"))
    await house.rest()
    assert offers(house) == ["1001", "1001"]


async def test_an_agent_who_is_kept_from_the_caller_is_not_waited_for(house: House) -> None:
    await house.seat("1001", "1002")
    house.acd.core.block({"s1": ["1002"]})
    house.begin("c1", wished("1002"))
    await house.rest()
    assert offers(house) == ["1001"]
    house.fake.end("c1-a1", Cause.BUSY)
    await house.rest(600)
    assert offers(house) == ["1001"], "not even when nobody else is there"


# ── less, and elsewhere ──────────────────────────────────────────────────────────────────────────


async def test_less_is_asked_for_in_time(house: House) -> None:
    await house.seat("1001")
    house.begin("c1", to("relaxed"))
    await house.rest(29.9)
    assert offers(house) == []
    await house.rest(0.2)
    assert offers(house) == ["1001"]


async def test_overflow_keeps_time_music_and_the_longest_wait(house: House) -> None:
    house.begin("c1", to("night"))
    await house.rest(40)
    assert [event.queue for event in house.events(e.QueueEntered)] == ["night", "sales"]
    assert len(house.fake.did("wait_with_music")) == 1, "the music goes on"
    assert not house.tasks["c1"].done()
    assert await house.outcome("c1") == "max_wait"
    left = house.events(e.QueueLeft)[-1]
    assert (left.queue, left.reason) == ("sales", "max_wait")
    assert left.wait_s == pytest.approx(60, abs=0.1)


async def test_overflow_by_length(house: House) -> None:
    for call in ("c1", "c2", "c3"):
        house.begin(call, to("night"))
        await house.rest()
    assert {ticket.call: ticket.queue for ticket in house.acd.core.state.tickets.values()} == {
        "c1": "night",
        "c2": "night",
        "c3": "sales",
    }


async def test_a_full_queue_takes_no_overflow(house: House) -> None:
    house.acd.configure({**QUEUES, "sales": QueueDefinition(needs={"sales": 2}, max_length=1)}, "v3")
    house.begin("c1", to("sales"))
    await house.rest()
    house.begin("c2", to("night"))
    await house.rest(31)
    [refused] = house.events(e.QueueRefused)
    assert (refused.call, refused.queue, refused.reason) == ("c2", "sales", "full")
    assert await house.outcome("c2") == "max_wait"
    assert house.events(e.QueueLeft)[-1].queue == "night"


@pytest.mark.parametrize("ends", ["max_wait", "completed"])
async def test_killed_before_the_end_of_an_overflowed_call_was_told(house: House, ends: str) -> None:
    """The step names the queue that the call came to; its end counts, and the wait is not begun anew."""
    if ends == "completed":
        await house.seat("1001")
    house.begin("c1", to("night"))
    await house.rest(31)
    if ends == "completed":
        leg = await house.talk("c1")
        house.acd.submit(i.TalkOver("c1", "agent"))
        house.fake.legs.pop(leg)
    else:
        house.calls["c1"].post = lambda message: None  # type: ignore[method-assign] # dies with the message
        await house.rest(60)
    for task in house.tasks.values():
        task.cancel()
    await house.acd.stop()
    house.log.listeners.clear()
    after = await House(house.fake, house.log).open()
    after.begin("c1", to("night"), resumed=True)
    await after.rest()
    assert await after.outcome("c1") == ends
    assert len(after.events(e.QueueEntered)) == 2


async def test_phones_are_asked_to_answer_where_the_queue_says_so(house: House) -> None:
    await house.seat("1001")
    for queue, headers in (("loud", AUTO_ANSWER), ("sales", {})):
        house.begin(f"c{queue}", to(queue))
        await house.rest()
        assert house.fake.did("start_leg")[-1][4] == {"X-Ringhall-Call": f"c{queue}"} | headers
        house.hang_up(f"c{queue}")
        await house.rest()
