"""The caller hangs up, at every step of the way."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from records import events as e
from tests.harness.talk import expect_talk
from tests.journeys.house import AGENT_HZ, CALLER_HZ, CHOOSE_HZ, JOURNEY, STORY_HZ

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from tests.journeys.house import House

pytestmark = JOURNEY


async def test_during_an_announcement(house: House) -> None:
    caller = await house.caller("4000")
    await caller.hears(STORY_HZ)
    await caller.hang_up()
    record = await house.ended(caller, "hung_up_in_menu", "caller")
    assert record.cause == "normal"
    assert record.answered_at is not None


async def test_in_a_menu_that_waits_for_a_key(house: House) -> None:
    caller = await house.caller("1000")
    await caller.phone.established()
    await caller.phone.press("1")
    await caller.hears(CHOOSE_HZ)
    heard = caller.listen()
    await asyncio.sleep(0.5)  # the prompt (1.3 s) is over, the time for a key (1 s) is not
    assert heard.sound_s < 0.5
    await caller.hang_up()
    record = await house.ended(caller, "hung_up_in_menu", "caller")
    assert [visit.menu for visit in record.menus][-1] == "main"
    assert record.language == "en"


async def test_before_the_first_prompt_is_over_and_at_once(house: House) -> None:
    caller = await house.caller("1000")
    await caller.hang_up()
    record = await house.record(caller)
    assert (record.outcome, record.ended_by) in {
        ("hung_up_in_menu", "caller"),
        ("hung_up_before_menu", "caller"),
    }


async def test_waiting(house: House) -> None:
    caller = await house.waiting_caller("2000")
    await caller.hears_music()
    await caller.hang_up()
    record = await house.ended(caller, "abandoned", "caller")
    assert record.wait_s is not None
    assert record.wait_s >= 1.0
    left = await house.sees(e.QueueLeft, call=caller.call)
    assert (left.reason, left.position) == ("abandoned", 1)


async def test_while_the_agents_phone_rings(house: House) -> None:
    agent = await house.agent("1001", answers=False)
    caller = await house.waiting_caller("2000")
    await agent.ringing()
    await house.state("1001", "ringing")
    await caller.hang_up()
    assert (await agent.over(2)).incoming
    await house.state("1001", "ready")
    await house.ended(caller, "abandoned", "caller", ("1001", "caller_gone"))
    # not only shown as ready: the next caller reaches the agent
    after = await house.waiting_caller("2000")
    await agent.ringing()
    await agent.answer()
    await house.sees(e.CallConnected, call=after.call, agent="1001")
    await after.hang_up()
    await house.ended(after, "completed", "caller", ("1001", "answered"))


@pytest.mark.parametrize("answer_first_ms", [-12, 0, 6, 10, 13, 16, 25])
async def test_in_the_instant_of_the_answer(house: House, answer_first_ms: int) -> None:
    agent = await house.agent("1002", answers=False)
    caller = await house.waiting_caller("2000")
    await agent.ringing()

    async def after(delay_ms: int, act: Coroutine[None, None, None]) -> None:
        await asyncio.sleep(max(0, delay_ms) / 1000)
        await act

    await asyncio.gather(
        after(-answer_first_ms, agent.answer()),
        after(answer_first_ms, caller.hang_up()),
        return_exceptions=True,
    )
    record = await house.record(caller)
    await agent.over()
    assert record.ended_by == "caller"
    [offer] = record.offers
    assert (record.outcome, offer.outcome) in {("abandoned", "caller_gone"), ("completed", "answered")}
    await house.state("1002", "ready")  # by way of a wrap-up if there was a talk
    if record.outcome == "completed":
        assert record.talk_s is not None
        assert record.talk_s < 1.0


async def test_while_talking(house: House) -> None:
    agent = await house.agent("1001")
    caller = await house.waiting_caller("2000")
    await agent.established()
    await expect_talk(caller.phone, CALLER_HZ, agent, AGENT_HZ)
    await caller.hang_up()
    await agent.over(2)
    await house.state("1001", "wrap_up")
    record = await house.ended(caller, "completed", "caller", ("1001", "answered"))
    assert record.talk_s is not None
    assert record.talk_s >= 1.0
    await house.state("1001", "ready")
