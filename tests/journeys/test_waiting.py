"""Who waits how long, and who is served first, by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from records import events as e
from tests.harness.talk import expect_talk
from tests.journeys.house import AGENT_HZ, CALLER_HZ, JOURNEY, SORRY_HZ, SUPPORT

if TYPE_CHECKING:
    from tests.journeys.house import House

pytestmark = JOURNEY


async def test_the_longest_wait_is_over(house: House) -> None:
    caller = await house.waiting_caller("3000")
    await caller.hears_music()
    await caller.hears(SORRY_HZ)
    await caller.phone.over(5)
    record = await house.ended(caller, "max_wait", "system")
    assert record.wait_s is not None
    assert 1.9 <= record.wait_s <= 3.0
    assert [visit.menu for visit in record.menus] == ["support", "sorry"]


async def test_the_longest_wait_is_over_while_a_phone_rings(house: House) -> None:
    """A caller is not taken away from a phone that rings; when that comes to nothing, the wait is over."""
    agent = await house.agent(SUPPORT, answers=False)
    caller = await house.waiting_caller("3000")
    await agent.ringing()
    await house.state(SUPPORT, "missed", "no_answer")
    await caller.hears(SORRY_HZ)
    record = await house.ended(caller, "max_wait", "system", (SUPPORT, "no_answer"))
    assert record.wait_s is not None
    assert record.wait_s >= 3.0


async def test_first_come_first_served(house: House) -> None:
    agent = await house.agent("1001", ready=False)
    first = await house.waiting_caller("2000")
    second = await house.waiting_caller("2000")
    assert [event.position for event in house.seen(e.QueueEntered)] == [1, 2]
    await house.server.ready("1001")
    await house.sees(e.CallConnected, call=first.call)
    assert house.seen(e.OfferMade, call=second.call) == []
    await first.hang_up()
    # after the wrap-up, and by nothing else than its end
    await house.sees(e.CallConnected, call=second.call)
    await agent.hang_up()
    await house.ended(first, "completed", "caller", ("1001", "answered"))
    await house.ended(second, "completed", "agent", ("1001", "answered"))


async def test_priority_beats_order(house: House) -> None:
    await house.agent("1001", ready=False)
    first = await house.waiting_caller("2000")
    important = await house.waiting_caller("2100")
    assert [event.position for event in house.seen(e.QueueEntered)] == [1, 1]
    await house.server.ready("1001")
    await house.sees(e.CallConnected, call=important.call)
    await important.hang_up()
    await house.sees(e.CallConnected, call=first.call)
    await first.hang_up()
    await house.ended(important, "completed", "caller", ("1001", "answered"))
    await house.ended(first, "completed", "caller", ("1001", "answered"))


async def test_an_agent_without_the_skill_is_not_offered(house: House) -> None:
    """Helper has sales, but not at the level that the queue asks for."""
    helper = await house.agent(SUPPORT)
    caller = await house.waiting_caller("2000")
    await caller.hears_music()
    assert house.seen(e.OfferMade) == []
    assert helper.calls == {}
    await house.agent("1001")
    await house.sees(e.CallConnected, call=caller.call, agent="1001")
    await caller.hang_up()
    await house.ended(caller, "completed", "caller", ("1001", "answered"))
    assert helper.calls == {}
    await house.state(SUPPORT, "ready")


async def test_a_talk_comes_out_of_the_silence_or_out_of_the_music(house: House) -> None:
    """A phone that answers at once needs no music before; while one rings on, music begins."""
    quick = await house.agent("1001")
    caller = await house.waiting_caller("2000")
    await house.sees(e.CallConnected, call=caller.call)
    await expect_talk(caller.phone, CALLER_HZ, quick, AGENT_HZ)
    await quick.hang_up()
    await house.ended(caller, "completed", "agent", ("1001", "answered"))
    await house.server.ask("POST", "/control/agents/1001/logout")

    slow = await house.agent("1002", answers=False)
    waiting = await house.waiting_caller("2200")
    await slow.ringing()
    await waiting.hears_music()
    await slow.answer()
    await house.sees(e.CallConnected, call=waiting.call)
    await expect_talk(waiting.phone, CALLER_HZ, slow, AGENT_HZ)
    await waiting.hang_up()
    await house.ended(waiting, "completed", "caller", ("1002", "answered"))
