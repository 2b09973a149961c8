"""The customer is called first, says that it is them, and talks with the next agent."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING

import pytest

from acd.callbacks.service import CallbackDialer
from acd.core import inputs as i
from acd.visit import MUSIC_AFTER_S
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
    async with a_callback_house(tmp_path, tries=2) as house:
        yield house


async def test_what_comes_due_while_one_looks_is_not_left_for_a_minute(
    house: CallbackHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The timer is a moment early, and the time to call has come when the next deadline is asked for."""
    await house.promise()
    house.customer(Behaviour.rings())
    house.house.ready(Behaviour.answers(1.0))
    async with asyncio.timeout(120):
        while not house.tried():  # noqa: ASYNC110 - virtual time
            await asyncio.sleep(0.05)
    [tried] = house.house.events(e.CallbackTried)
    (dialer,) = house.house.controller.runtime.all_of(CallbackDialer)
    moments = itertools.chain([tried.next_at - 1e-4], itertools.repeat(tried.next_at + 1e-4))
    with monkeypatch.context() as early:
        early.setattr(dialer, "now", lambda: next(moments))
        if dialer._timer is not None:
            dialer._timer.cancel()
        dialer._look()
    assert dialer._due is not None
    assert dialer._due - asyncio.get_running_loop().time() < 0.1


async def test_promised_called_back_and_served_at_the_kept_place(house: CallbackHouse) -> None:
    promise = await house.promise()
    [entered] = house.house.events(e.QueueEntered)
    [promised] = house.house.events(e.CallbackPromised)
    assert (promised.since, promised.waited, promised.priority) == (entered.since, True, 0)
    await asyncio.sleep(1)
    assert house.held() == [promise], "the place counts from now on"
    assert house.called() == 0, "no agent is there"
    assert [ended.outcome for ended in house.house.events(e.CallEnded)] == ["callback_promised"]

    house.customer(Behaviour.answers(3.0))
    house.house.ready(Behaviour.answers(1.0))
    await house.until("You asked us to call you back")
    house.asterisk.press(house.customer_leg(), "1")
    await house.until("talk:")
    assert house.held() == []
    again = house.house.events(e.QueueEntered)[-1]
    assert (again.since, again.position) == (entered.since, 1)
    [connected] = house.house.events(e.CallConnected)
    assert connected.wait_s > 10, "the wait counts from the first entry"
    house.asterisk.hang_up(house.customer_leg())
    await asyncio.sleep(2)
    assert house.settled() == ["done"]
    assert house.open() == []
    assert house.house.agent() == "ready"

    first, back = sorted(await house.house.records(), key=lambda record: record.arrived_at)
    assert (back.purpose, back.reference, back.follows) == ("callback", promise, first.call)
    assert (back.outcome, back.agent, back.dialed) == ("completed", AGENT, "…63")
    assert first.outcome == "callback_promised"
    seen = [str(one) for one in house.house._seen if not isinstance(one.event, e.PhoneStateChanged)]
    known = [event for event in seen if CUSTOMER[-9:] in event]
    assert known == [], "numbers are in the vault alone"


async def test_the_agent_sees_that_it_is_a_callback(house: CallbackHouse) -> None:
    promise = await house.promise()
    house.customer(Behaviour.answers(1.0))
    house.house.ready(Behaviour.rings())
    await house.until("You asked us to call you back")
    house.asterisk.press(house.customer_leg(), "1")
    await asyncio.sleep(1 + MUSIC_AFTER_S)
    [leg] = house.asterisk.phones[PHONE].called
    variables = house.asterisk.channels[leg].variables
    assert variables["CONNECTEDLINE(name)"] == "Callback: sales"
    assert variables["CONNECTEDLINE(num)"] == CUSTOMER
    assert variables["PJSIP_HEADER(add,X-Ringhall-Callback)"] == promise
    [customer] = house.asterisk.phones[CUSTOMER_PHONE].called
    assert house.asterisk.channels[customer].variables["CONNECTEDLINE(num)"] == "+4685551000"
    assert house.asterisk.hears(customer) == "music:default"


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        (Behaviour.busy(), "busy"),
        (Behaviour.rejects(), "rejected"),
        (Behaviour.rings(), "no_answer"),
        (Behaviour.silent(), "no_answer"),
        (Behaviour(refuses_after=1.0, cause=38, sip_status=503), "failed"),
        (None, "failed"),
    ],
)
async def test_whom_we_do_not_reach_is_tried_again_and_then_given_up(
    house: CallbackHouse, behaviour: Behaviour | None, outcome: str
) -> None:
    await house.promise()
    if behaviour is not None:
        house.customer(behaviour)
    house.house.ready(Behaviour.answers(1.0))
    await asyncio.sleep(60)
    assert house.tried() == [outcome]
    assert house.held() == [], "it does not stand in the queue while it rests"
    [tried] = house.house.events(e.CallbackTried)
    own_fault = outcome == "failed"
    assert (tried.since == house.house.events(e.CallbackPromised)[0].since) == own_fault
    while house.house.agent() != "ready" or not house.settled():
        house.house.controller.acd.phone_seen(PHONE)
        await asyncio.sleep(10)
    assert house.outcomes() == [outcome, outcome]
    assert house.settled() == ["given_up"]
    assert house.tried() == [outcome]
    assert [ended.outcome for ended in house.house.events(e.DialEnded)] == [outcome, outcome]
    first, second = house.house.events(e.DialStarted)
    assert first.leg != second.leg
    assert not house.asterisk.channels
    assert house.house.agent() == "ready"


async def test_an_answering_machine_never_reaches_an_agent(house: CallbackHouse) -> None:
    await house.promise()
    house.customer(Behaviour.answers(1.0))
    house.house.ready(Behaviour.answers(1.0))
    await house.until("You asked us to call you back")
    await house.until_over()
    assert house.tried() == ["unconfirmed"]
    assert PHONE not in house.asterisk.phones or house.asterisk.phones[PHONE].called == []


async def test_who_needs_no_call_any_more_is_not_called_again(house: CallbackHouse) -> None:
    await house.promise()
    house.customer(Behaviour.answers(1.0))
    house.house.ready(Behaviour.answers(1.0))
    await house.until("You asked us to call you back")
    house.asterisk.press(house.customer_leg(), "9")
    await house.until("We will not call again")
    await house.until_over()
    assert house.settled() == ["declined"]


@pytest.mark.parametrize("when", ["greeting", "waiting"])
async def test_the_customer_hangs_up_before_there_is_an_agent(house: CallbackHouse, when: str) -> None:
    await house.promise()
    house.customer(Behaviour.answers(1.0))
    house.house.ready(Behaviour.rings())
    await house.until("You asked us to call you back")
    leg = house.customer_leg()
    if when == "waiting":
        house.asterisk.press(leg, "1")
        await house.until("music:")
        await asyncio.sleep(1)
    house.asterisk.hang_up(leg)
    await house.until_over()
    assert house.tried() == ["unconfirmed" if when == "greeting" else "abandoned"]
    assert house.house.agent() == "ready"


async def test_nobody_is_free_after_all(house: CallbackHouse) -> None:
    await house.promise()
    house.customer(Behaviour.answers(1.0))
    house.house.ready(Behaviour.busy())  # misses the offer
    await house.until("You asked us to call you back")
    house.asterisk.press(house.customer_leg(), "1")
    await house.until("nobody is free after all", 700)
    await house.until_over()
    assert house.tried() == ["not_served"]
    [tried] = house.house.events(e.CallbackTried)
    assert tried.since == house.house.events(e.CallbackPromised)[0].since, "that was not the customer's fault"


async def test_who_calls_in_and_gets_an_agent_is_not_called(house: CallbackHouse) -> None:
    await house.promise()
    house.house.ready(Behaviour.answers(0.5))
    # the same person, before the dialer got to it
    house.customer(Behaviour.rings())
    again = house.asterisk.call_in("1000", number=CUSTOMER)
    await asyncio.sleep(8)
    assert house.asterisk.hears(again).startswith("talk:")
    assert house.settled() == ["called_in"]
    assert not [leg for leg in house.asterisk.channels if leg.endswith("-p")], "and the ringing has ended"
    [settled] = house.house.events(e.CallbackSettled)
    assert settled.call != ""
    house.asterisk.hang_up(again)
    await house.until_over()
    await asyncio.sleep(900)
    assert house.called() == 1


async def test_somebody_elses_call_withdraws_nothing(house: CallbackHouse) -> None:
    await house.promise()
    other = house.asterisk.call_in("1000", number="+46799")
    house.house.ready(Behaviour.answers(0.5))
    await asyncio.sleep(8)
    assert house.asterisk.hears(other).startswith("talk:")
    assert house.settled() == []


async def test_outside_the_hours_nothing_is_dialed(tmp_path: Path) -> None:
    async with a_callback_house(tmp_path, hours="office") as house:
        now = house.house.controller.runtime.clock.now()
        house.hours.opens["office"] = now + 3600
        promise = await house.promise()
        house.customer(Behaviour.rings())
        house.house.ready(Behaviour.answers(1.0))
        for _ in range(34):
            house.house.controller.acd.phone_seen(PHONE)
            await asyncio.sleep(100)
        assert house.called() == 0
        assert house.held() == []
        house.house.ready(Behaviour.answers(1.0))
        await asyncio.sleep(200)
        assert house.called() == 1
        [dialed] = house.house.events(e.DialStarted)
        assert house.open() == [promise]
        assert dialed.to == "…63"
        assert len(house.house.events(e.PlaceHeld)) == 1


async def test_nothing_is_dialed_after_the_agents_have_left(house: CallbackHouse) -> None:
    house.house.ready(Behaviour.answers(1.0))
    house.house.controller.acd.submit(i.LogOut(AGENT))
    await house.promise()
    house.customer(Behaviour.answers(1.0))
    await asyncio.sleep(3600)
    assert house.called() == 0
    house.house.ready(Behaviour.answers(1.0))
    await asyncio.sleep(1)
    assert house.called() == 1


async def test_a_number_that_the_trunk_may_not_dial_is_settled_at_once(house: CallbackHouse) -> None:
    await house.promise("+4915112345678")
    house.house.ready(Behaviour.answers(1.0))
    await asyncio.sleep(1)
    assert house.settled() == ["not_allowed"]
    assert not house.house.events(e.DialStarted)


async def test_a_person_who_was_erased_is_not_called(house: CallbackHouse) -> None:
    await house.promise()
    house.house.controller.log.vault.erase_number(CUSTOMER)
    house.customer(Behaviour.answers(1.0))
    house.house.ready(Behaviour.answers(1.0))
    await asyncio.sleep(1)
    assert house.settled() == ["erased"]
    assert house.called() == 0


async def test_now_means_now_and_withdrawn_means_never(house: CallbackHouse) -> None:
    await house.promise()
    dialer = house.house.controller.dialer
    house.customer(Behaviour.rings())
    house.house.ready(Behaviour.answers(1.0))
    await asyncio.sleep(40)
    assert house.tried() == ["no_answer"]
    [case] = dialer.cases
    dialer.hurry(case, "ada")
    await asyncio.sleep(1)
    assert house.called() == 2, "the rest between two tries is skipped"
    dialer.settle(case, "withdrawn")
    await house.until_over()
    assert house.outcomes() == ["no_answer", "withdrawn"]
    assert house.settled() == ["withdrawn"]
    await asyncio.sleep(900)
    assert house.called() == 2


async def test_live_callers_are_served_between_two_callbacks(house: CallbackHouse) -> None:
    customers = [f"+4670000010{n}" for n in range(4)]
    for number in customers:
        await house.promise(number)
        house.customer(Behaviour.answers(1.0), f"{number}@carrier")
    live = [house.asterisk.call_in("1000", number=f"+4679900{n}") for n in range(4)]
    await asyncio.sleep(5)
    house.house.ready(Behaviour.answers(0.5))
    order: list[str] = []
    for _ in range(8):
        talking: list[str] = []
        async with asyncio.timeout(60):
            while not talking:
                for leg in house.hearing("Press one") + house.hearing("press one"):
                    house.asterisk.press(leg, "1")
                house.house.controller.acd.phone_seen(PHONE)
                await asyncio.sleep(0.2)
                talking = [leg for leg in house.hearing("talk:") if leg in live or leg.endswith("-p")]
        order.append("live" if talking[0] in live else "callback")
        house.asterisk.hang_up(talking[0])
        await asyncio.sleep(0.3)
    assert order[:2].count("callback") <= 2
    for n in range(7):
        assert order[n : n + 3].count("callback") <= 2, order
    assert order.count("callback") == 4
    assert "live" in order[:2]
