"""How long somebody outside may ring and talk, in whatever part of a talk: a line to them costs money."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from acd.in_call.keys import Act
from callflow.dialing.definitions import TrunkDefinition
from callflow.stages.trunks import TrunksService
from records import events as e
from telephony.switch import LegAnswered, LegRinging
from tests.acd.test_in_call import OUTSIDE, ask, house, nothing_left, talking, together

if TYPE_CHECKING:
    from tests.acd.house import House

__all__ = ["house"]
pytestmark = pytest.mark.virtual_time

LONGEST_S = 300.0


@pytest.fixture(autouse=True)
def limited(house: House) -> None:
    trunk = TrunkDefinition(allow=("+86 21 *",), most_calls=1, longest=LONGEST_S)
    trunks = next(part for part in house.parts if isinstance(part, TrunksService))
    trunks.configure({"carrier": trunk}, "v2")


@pytest.mark.parametrize("joined", [False, True])
async def test_in_a_consultation_or_conference(house: House, joined: bool) -> None:
    leg = await talking(house)
    await ask(house, Act.CONSULT, number=OUTSIDE)
    await house.rest(20)
    house._dispatch(LegAnswered(leg="c1+1-x1"))
    await house.rest()
    if joined:
        await ask(house, Act.JOIN)
    await house.rest(LONGEST_S - 10)
    assert "c1+1-x1" in house.fake.legs
    await house.rest(15)
    assert "c1+1-x1" not in house.fake.legs
    assert together(house) == {"c1": {"leg.c1", leg}}, "the caller is with the agent again"
    [ended] = house.events(e.DialEnded)
    assert (ended.outcome, ended.talk_s) == ("completed", LONGEST_S)
    house.hang_up("c1")
    await nothing_left(house)


async def test_over_a_transfer_it_is_one_talk(house: House) -> None:
    await talking(house)
    await ask(house, Act.CONSULT, number=OUTSIDE)
    house._dispatch(LegAnswered(leg="c1+1-x1"))
    await house.rest(LONGEST_S - 20)
    await ask(house, Act.COMPLETE)
    await house.rest(10)
    assert together(house) == {"c1": {"leg.c1", "c1+1-x1"}}
    await house.rest(15)
    assert await house.outcome("c1") == "completed"
    [ended] = house.events(e.DialEnded)
    assert ended.talk_s == LONGEST_S
    await nothing_left(house)


@pytest.mark.parametrize("act", [Act.CONSULT, Act.TRANSFER])
async def test_who_only_rings_is_given_up(house: House, act: Act) -> None:
    await talking(house)
    await ask(house, act, number=OUTSIDE)
    [dialed] = [leg for leg, *_ in house.fake.did("start_outside_leg")]
    house._dispatch(LegRinging(leg=dialed))
    await house.rest(44)
    assert dialed in house.fake.legs
    await house.rest(3)
    assert dialed not in house.fake.legs
    [ended] = house.events(e.DialEnded)
    assert ended.outcome == "no_answer"
    house.hang_up("c1")
    await nothing_left(house)
