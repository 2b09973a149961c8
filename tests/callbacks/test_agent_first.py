"""The promise takes its turn like a caller; the agent is there first and hears the customer's phone ring."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from acd.core import inputs as i
from records import events as e
from telephony.ari.fake import Behaviour
from tests.callbacks.house import CUSTOMER, CUSTOMER_PHONE, CallbackHouse, a_callback_house
from tests.callflow.house import AGENT, PHONE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.virtual_time


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[CallbackHouse]:
    async with a_callback_house(tmp_path, first="agent", tries=2) as house:
        yield house


def agent_leg(house: CallbackHouse) -> str:
    [leg] = [leg for leg in house.asterisk.channels if "-a" in leg]
    return leg


async def test_the_agent_hears_it_ring_and_the_two_talk(house: CallbackHouse) -> None:
    promise = await house.promise()
    house.customer(Behaviour.answers(4.0))
    house.house.ready(Behaviour.answers(1.0))
    await house.until("ringing", 10)
    leg = agent_leg(house)
    assert house.asterisk.hears(leg) == "ringing"
    assert house.house.agent() == "dialing"
    variables = house.asterisk.channels[leg].variables
    assert variables["CONNECTEDLINE(num)"] == CUSTOMER
    assert variables["PJSIP_HEADER(add,X-Ringhall-Callback)"] == promise
    await house.until("talk:")
    assert house.asterisk.hears(leg) == f"talk:{house.customer_leg()}"
    assert house.house.agent() == "talking"
    [connected] = house.house.events(e.CallConnected)
    await asyncio.sleep(30)
    house.asterisk.hang_up(leg)
    await house.until_over()
    [talk] = house.house.events(e.TalkEnded)
    assert round(talk.talk_s) == 30, "the ringing is no talk"
    assert connected.wait_s > 14, "and the wait ends with it"
    assert house.settled() == ["done"]
    assert not [left for left in house.house.events(e.QueueLeft) if left.call == connected.call]


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [(Behaviour.busy(), "busy"), (Behaviour.rings(), "no_answer"), (None, "failed")],
)
async def test_an_agent_whose_customer_is_not_there_is_ready_at_once(
    house: CallbackHouse, behaviour: Behaviour | None, outcome: str
) -> None:
    await house.promise()
    if behaviour is not None:
        house.customer(behaviour)
    house.house.ready(Behaviour.answers(1.0))
    await asyncio.sleep(1)
    await house.until_over()
    assert house.tried() == [outcome]
    assert house.house.agent() == "ready"
    states = [event.after for event in house.house.events(e.AgentStateChanged)]
    assert states[-2:] == ["dialing", "ready"], "no wrap-up"
    [left] = [left for left in house.house.events(e.QueueLeft) if left.call == house.placed()[0]]
    assert left.reason == f"callback_{outcome}"
    assert not house.house.events(e.CallConnected)


async def test_the_agent_hangs_up_while_it_rings(house: CallbackHouse) -> None:
    await house.promise()
    house.customer(Behaviour.rings())
    house.house.ready(Behaviour.answers(1.0))
    await house.until("ringing", 10)
    house.asterisk.hang_up(agent_leg(house))
    await house.until_over()
    assert house.tried() == ["agent_left"]
    assert house.called() == 1
    assert house.house.agent() == "ready"


async def test_an_agent_who_does_not_take_it_costs_the_customer_nothing(house: CallbackHouse) -> None:
    promise = await house.promise()
    house.customer(Behaviour.answers(1.0))
    house.house.ready(Behaviour.rejects(1.0))
    await asyncio.sleep(5)
    assert house.house.agent() == "missed(rejected)"
    assert house.called() == 0
    house.house.ready(Behaviour.answers(1.0))
    await house.until("talk:")
    assert len(house.placed()) == 1, "the same call waits on"
    assert house.open() == [promise]


async def test_withdrawn_while_it_waits_and_while_it_rings(house: CallbackHouse) -> None:
    for ringing in (False, True):
        await house.promise()
        house.customer(Behaviour.rings())
        house.house.ready(Behaviour.answers(1.0) if ringing else Behaviour.rings())
        await asyncio.sleep(5)
        dialer = house.house.controller.dialer
        [case] = dialer.cases
        dialer.settle(case, "withdrawn")
        await house.until_over()
        assert house.house.agent() == "ready"
    assert house.called() == 1
    assert house.outcomes() == ["withdrawn", "withdrawn"]


async def test_the_customer_answers_in_the_instant_in_which_the_agent_leaves(house: CallbackHouse) -> None:
    await house.promise()
    house.customer(Behaviour.rings())
    house.house.ready(Behaviour.answers(1.0))
    await house.until("ringing", 10)
    agent, customer = agent_leg(house), house.customer_leg()
    house.asterisk.hang_up(agent)
    house.asterisk.answer(customer)
    await asyncio.sleep(1)
    if customer in house.asterisk.channels:  # whichever was heard first won
        house.house.ready(Behaviour.answers(1.0))
        await house.until("talk:")
    assert house.called() == 1


async def test_when_the_hours_end_a_waiting_callback_is_taken_back(tmp_path: Path) -> None:
    async with a_callback_house(tmp_path, first="agent", hours="office") as house:
        await house.promise()
        house.customer(Behaviour.answers(1.0))
        house.house.ready(Behaviour.rings())
        await asyncio.sleep(5)
        assert len(house.placed()) == 1
        house.hours.opens["office"] = house.house.controller.runtime.clock.now() + 7200
        await house.until_over()
        assert house.outcomes() == ["withdrawn"]
        assert house.called() == 0
        house.house.controller.acd.submit(i.LogOut(AGENT))
        await asyncio.sleep(7200)
        house.house.ready(Behaviour.answers(1.0))
        await house.until("talk:")
        assert len(house.asterisk.phones[CUSTOMER_PHONE].called) == 1
        assert PHONE in house.asterisk.phones
