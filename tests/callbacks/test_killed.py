"""The controller may die at any moment between a promise and its end: nobody is forgotten or called twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from records import events as e
from telephony.ari.fake import Behaviour
from tests.callbacks.house import CallbackHouse, a_callback_house
from tests.callflow.house import PHONE

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.virtual_time

# Seconds after the agent is ready: placed at 0.05; the customer rings at 0.1, answers 2 s later, is greeted
# for 2 s and asked for 2 s, presses one at 5; the agent answers 1 s later.  With the agent first: offered at
# 0.05, answers at 1.05, the customer at 3.05.
MOMENTS = [
    *(step / 2000 for step in range(96, 130)),
    0.5,
    *(1.05 + step / 2000 for step in range(0, 30, 2)),
    *(2.05 + step / 2000 for step in range(0, 30, 2)),
    *(3.05 + step / 2000 for step in range(0, 30, 2)),
    4.0,
    *(5.1 + step / 1000 for step in range(0, 30, 3)),
    *(6.1 + step / 1000 for step in range(0, 30, 3)),
    8.0,
]


async def kept(house: CallbackHouse, number: int) -> None:
    """Go on until the promise is kept: the customer presses one when asked, the agent is ready again."""
    house.house.ready(Behaviour.answers(1.0))
    async with asyncio.timeout(1500):
        while not [leg for leg in house.hearing("talk:") if leg.endswith("-p")]:
            for leg in house.hearing("press one"):
                house.asterisk.press(leg, "1")
            acd = house.house.controller.acd
            acd.phone_seen(PHONE)
            if house.house.agent().startswith(("missed", "paused")):
                house.house.ready(Behaviour.answers(1.0))
            ringing = [leg for leg in house.asterisk.channels if leg.endswith("-p")]
            assert len(ringing) <= 1, "two calls to one customer at once"
            await asyncio.sleep(0.5)
    house.asterisk.hang_up(house.customer_leg())
    await house.until_over()
    assert len(house.settled()) == number
    assert house.settled()[-1] == "done"
    assert house.open() == []
    assert house.held() == []


@pytest.mark.parametrize("first", ["customer", "agent"])
@pytest.mark.parametrize("away", [0.0, 3.0, 60.0])
async def test_killed_at_any_moment(tmp_path: Path, first: str, away: float) -> None:
    async with a_callback_house(tmp_path, first=first, tries=3, retry_after=60.0) as house:
        for number, moment in enumerate(MOMENTS, 1):
            await house.away()
            await house.promise()
            await asyncio.sleep(1)
            house.customer(Behaviour.answers(2.0))
            house.house.ready(Behaviour.answers(1.0))
            pressing = asyncio.create_task(_press_at(house, 5.0))
            await asyncio.sleep(moment)
            before = house.called()
            await house.house.killed(away)
            await pressing
            await kept(house, number)
            assert house.called() <= before + 1, (moment, "called again although the first call was there")
        ended = Counter(event.call for event in house.house.events(e.CallEnded))
        assert set(ended.values()) == {1}
        assert set(house.placed()) <= set(ended)
        dials = Counter(event.call for event in house.house.events(e.DialStarted))
        assert set(dials.values()) == {1}, "a call dials once, whoever serves it"
        started = [event.leg for event in house.house.events(e.DialStarted)]
        assert house.called() <= len(started), "no phone rings that the log does not know of"
        records = await house.house.records()
        assert len(records) == len(ended)


async def _press_at(house: CallbackHouse, seconds: float) -> None:
    await asyncio.sleep(seconds)
    for leg in house.hearing("press one"):
        house.asterisk.press(leg, "1")


async def test_killed_between_the_fact_and_the_request(tmp_path: Path) -> None:
    """It is on record that the customer was dialed, and it may have been: the next try waits its time."""
    async with a_callback_house(tmp_path, tries=3, retry_after=60.0) as house:
        await house.promise()
        house.customer(Behaviour.answers(2.0))
        house.house.controller.ari.quick.delay_next("POST channels/create", 1000.0)
        house.house.ready(Behaviour.answers(1.0))
        await asyncio.sleep(0.5)
        assert len(house.house.events(e.DialStarted)) == 1
        assert house.called() == 0
        await house.house.killed(1.0)
        await asyncio.sleep(1)
        assert house.outcomes() == ["lost"]
        assert house.tried() == ["lost"]
        [tried] = house.house.events(e.CallbackTried)
        assert tried.tries == 1
        await asyncio.sleep(40)
        assert house.called() == 0
        await kept(house, 1)
        assert house.called() == 1


async def test_a_call_in_which_nobody_was_dialed_goes_on_waiting(tmp_path: Path) -> None:
    async with a_callback_house(tmp_path, first="agent") as house:
        await house.promise()
        house.customer(Behaviour.answers(2.0))
        house.house.ready(Behaviour.rings())
        await asyncio.sleep(4)
        [place] = house.house.controller.acd.core.state.tickets.values()
        await house.house.killed(1.0)
        await asyncio.sleep(4)
        [after] = house.house.controller.acd.core.state.tickets.values()
        assert after.place == place.place
        await kept(house, 1)
        assert len(house.placed()) == 1
        assert house.tried() == []


async def test_a_snapshot_knows_all_of_it(tmp_path: Path) -> None:
    async with a_callback_house(tmp_path, tries=2) as house:
        await house.promise()
        house.customer(Behaviour.busy())
        house.house.ready(Behaviour.answers(1.0))
        await asyncio.sleep(3)
        dialer, promises = house.house.controller.dialer, house.house.controller.promises
        from acd.callbacks.cases import Cases
        from callflow.stages.callbacks import CallbacksService

        again = Cases()
        again.restore(dialer.snapshot())
        assert again.snapshot() == dialer.snapshot()
        fresh = CallbacksService(house.house.controller.runtime)
        fresh.restore(promises.snapshot())
        assert fresh.snapshot() == promises.snapshot()
