"""The caller's answer and the agent's phone are on their way together."""

from __future__ import annotations

import asyncio

import pytest

from acd.queue_stage import QueueStep
from callflow.expressions import parse_template
from callflow.protocol import CallerGone
from records import events as e
from telephony.switch import LegGone, SwitchError
from tests.acd.house import FakeSwitch, House

pytestmark = pytest.mark.virtual_time


class SlowToAnswer(FakeSwitch):
    """Tells what came of an answer when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.told: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def answer(self, leg: str) -> None:
        await super().answer(leg)
        await self.told


@pytest.fixture
async def slow() -> SlowToAnswer:
    return SlowToAnswer()


@pytest.fixture
async def house(slow: SlowToAnswer) -> House:
    house = await House(slow).open()
    await house.seat("1001")
    return house


def asked(house: House) -> list[str]:
    return [request[0] for request in house.fake.asked]


def given_back(house: House) -> bool:
    return house.state("1001") == "ready" and not house.acd.core.state.tickets


async def test_the_phone_is_rung_while_the_answer_is_on_its_way(house: House, slow: SlowToAnswer) -> None:
    house.begin("c1")
    await house.rest()
    assert asked(house) == ["answer", "start_leg"]
    kinds = [type(recorded.event) for recorded in house.log.recorded]
    assert kinds.index(e.CallAnswered) < kinds.index(e.QueueEntered)
    slow.told.set_result(None)
    await house.talk("c1")
    assert asked(house) == ["answer", "start_leg", "connect"]


async def test_nothing_else_goes_on_before_the_answer(house: House, slow: SlowToAnswer) -> None:
    house.begin("c1")
    await house.rest()
    house.ring("c1-a1")
    house.answer("c1-a1")
    await house.rest(1)
    assert asked(house) == ["answer", "start_leg"]
    slow.told.set_result(None)
    await house.rest()
    assert house.fake.talks == {"c1": {"leg.c1", "c1-a1"}}


async def test_music_waits_for_the_answer(house: House, slow: SlowToAnswer) -> None:
    house.begin("c1", QueueStep(queue="support"))
    await house.rest(2)
    assert asked(house) == ["answer"]
    slow.told.set_result(None)
    await house.rest()
    assert asked(house) == ["answer", "wait_with_music"]


async def test_the_caller_is_gone_as_the_answer_comes(house: House, slow: SlowToAnswer) -> None:
    house.begin("c1")
    await house.rest()
    slow.told.set_exception(LegGone("no such channel"))
    assert await house.outcome("c1") == "gone"
    assert house.fake.legs.keys() == {"leg.c1"}, "the agent's phone has stopped ringing"
    assert house.events(e.OfferEnded)[0].outcome == "caller_gone"
    assert [left.reason for left in house.events(e.QueueLeft)] == ["abandoned"]
    assert given_back(house)


async def test_the_caller_hangs_up_while_the_answer_is_on_its_way(house: House, slow: SlowToAnswer) -> None:
    house.begin("c1")
    await house.rest()
    house.hang_up("c1")
    slow.told.set_exception(LegGone("no such channel"))
    assert await house.outcome("c1") == "gone"
    assert house.fake.legs == {}
    assert given_back(house)


async def test_an_answer_that_the_switch_refuses_gives_everything_back(
    house: House, slow: SlowToAnswer
) -> None:
    house.begin("c1")
    await house.rest()
    slow.told.set_exception(SwitchError("timed out"))
    assert await house.outcome("c1") == "failed"
    assert house.fake.legs.keys() == {"leg.c1"}
    assert given_back(house)


async def test_who_is_not_let_in_is_answered_all_the_same(house: House, slow: SlowToAnswer) -> None:
    house.acd.configure({}, "v2")
    house.begin("c1")
    await house.rest(1)
    assert not house.tasks["c1"].done(), "what comes next is for an answered call"
    slow.told.set_result(None)
    assert await house.outcome("c1") == "unavailable"


@pytest.mark.parametrize("looks_up_s", [0.0, 5.0])
async def test_a_controller_that_stops_leaves_no_answer_behind(
    house: House, slow: SlowToAnswer, looks_up_s: float
) -> None:
    house.history.takes_s = looks_up_s
    house.begin("c1", QueueStep(queue="sales", agent=parse_template("last")))
    await house.rest(0.1)
    house.tasks["c1"].cancel()
    await asyncio.gather(house.tasks["c1"], return_exceptions=True)
    await house.rest()
    assert slow.told.cancelled()
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("answer")]


async def test_two_reasons_to_end_are_one_end(
    house: House, slow: SlowToAnswer, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.begin("c1")
    call = house.calls["c1"]

    async def gone(deadline: float | None = None) -> object:
        slow.told.set_exception(LegGone("no such channel"))
        await asyncio.sleep(0.01)
        raise CallerGone("normal")

    monkeypatch.setattr(call, "next", gone)
    assert await house.outcome("c1") == "gone"
    assert [left.reason for left in house.events(e.QueueLeft)] == ["abandoned"]
    assert given_back(house)
