"""Every call ends once, whatever happens: by a hangup and one terminal fact."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from records import events as e
from telephony.ari.fake import Behaviour
from tests.callflow.house import PHONE, House, a_house, over

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.virtual_time


def ends(house: House) -> list[tuple[str, str, str]]:
    return [(ended.outcome, ended.by, ended.cause) for ended in house.events(e.CallEnded)]


async def test_an_unknown_number_is_refused_unanswered(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        house.asterisk.call_in("9999")
        await asyncio.sleep(1)
        assert ends(house) == [("unknown_number", "system", "unallocated")]
        assert not house.events(e.CallAnswered)
        assert house.settled() == over(1)


@pytest.mark.parametrize("number", ["1003", "1004"])
async def test_a_stage_that_fails_ends_its_call_alone(tmp_path: Path, number: str) -> None:
    async with a_house(tmp_path) as house:
        other = house.asterisk.call_in("1002")
        house.asterisk.call_in(number)
        await asyncio.sleep(1)
        assert ends(house) == [("failed", "system", "failure")]
        assert list(house.asterisk.channels) == [other]


@pytest.mark.parametrize("number", ["1003", "1004"])
async def test_a_short_code_that_fails_is_hung_up_and_is_no_call(tmp_path: Path, number: str) -> None:
    async with a_house(tmp_path) as house:
        house.asterisk.call_in(number, kind="phone", endpoint=PHONE)
        await asyncio.sleep(1)
        assert house.settled() == over(0)


async def test_a_stage_that_is_done_ends_the_call(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        house.asterisk.call_in("1001")
        await asyncio.sleep(5)
        assert ends(house) == [("ended_by_menu", "system", "normal")]
        assert house.settled() == over(1)


# Prompt from 0 to 2 s, then the queue; the phone rings at once and answers 1 s later; they talk.
MOMENTS = [
    *(step / 4000 for step in range(12)),
    0.5,
    *(2 + step / 4000 for step in range(40)),
    2.5,
    *(3 + step / 4000 for step in range(40)),
    4.0,
]


async def test_the_caller_may_hang_up_at_any_moment(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        house.ready(Behaviour.answers(1.0))
        for number, moment in enumerate(MOMENTS, 1):
            caller = house.asterisk.call_in("1000")
            await asyncio.sleep(moment)
            house.asterisk.hang_up(caller)
            await asyncio.sleep(5)
            assert house.settled() == over(number), moment
            assert house.agent() == "ready", moment
        assert {by for _, by, _ in ends(house)} == {"caller"}


async def test_the_agent_may_hang_up_at_any_moment(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        for number, moment in enumerate(MOMENTS, 1):
            house.ready(Behaviour.answers(1.0))
            caller = house.asterisk.call_in("1000")
            await asyncio.sleep(moment)
            for leg in [leg for leg in house.asterisk.channels if leg != caller]:
                house.asterisk.hang_up(leg)
            await asyncio.sleep(20)
            house.asterisk.hang_up(caller)
            await asyncio.sleep(5)
            assert house.settled() == over(number), moment


@pytest.mark.parametrize("away", [0.0, 3.0])
async def test_the_controller_may_be_killed_at_any_moment(tmp_path: Path, away: float) -> None:
    async with a_house(tmp_path) as house:
        for number, moment in enumerate(MOMENTS, 1):
            house.ready(Behaviour.answers(1.0))
            caller = house.asterisk.call_in("1000")
            await asyncio.sleep(moment)
            await house.killed(away)
            await asyncio.sleep(30)
            assert house.asterisk.hears(caller).startswith("talk:"), (moment, house.agent())
            assert house.agent() == "talking", moment
            house.asterisk.hang_up(caller)
            await asyncio.sleep(5)
            assert house.settled() == over(number), moment
            assert house.agent() == "ready", moment
        assert len(await house.records()) == len(MOMENTS)


@pytest.mark.parametrize("gap", [0.05, 3.0])
async def test_the_connection_may_break_at_any_moment(tmp_path: Path, gap: float) -> None:
    async with a_house(tmp_path) as house:
        for number, moment in enumerate(MOMENTS, 1):
            house.ready(Behaviour.answers(1.0))
            caller = house.asterisk.call_in("1000")
            await asyncio.sleep(moment)
            house.asterisk.drop_connection(gap)
            await asyncio.sleep(40)
            assert house.asterisk.hears(caller).startswith(("talk:", "music:")), (moment, house.agent())
            house.asterisk.hang_up(caller)
            await asyncio.sleep(20)
            assert house.settled() == over(number), moment
