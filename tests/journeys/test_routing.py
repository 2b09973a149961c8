"""Who is offered a call: less asked for in time, the agent one knows, another queue, ranks, kept apart."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from records import events as e
from tests.harness.talk import expect_talk
from tests.journeys.command_line import ringhall
from tests.journeys.house import AGENT_HZ, CALLER_HZ, JOURNEY, SUPPORT

if TYPE_CHECKING:
    from tests.journeys.house import Caller, House

pytestmark = JOURNEY


async def talks(house: House, caller: Caller, agent: str, seconds: float = 6.0) -> e.CallConnected:
    """Expect that a caller comes to talk with an agent."""
    return await house.sees(e.CallConnected, seconds, call=caller.call, agent=agent)


async def talks_once(house: House, agent: str) -> Caller:
    """Let somebody call who talks with an agent, and hang up; leaves the agent ready."""
    caller = await house.waiting_caller("2000")
    await talks(house, caller, agent)
    await caller.hang_up()
    await house.ended(caller, "completed", "caller", (agent, "answered"))
    await house.state(agent, "ready")
    return caller


async def test_less_is_asked_for_after_a_while(house: House) -> None:
    """Level 5 is nobody; Helper, of level 1, has the call after the step."""
    helper = await house.agent(SUPPORT)
    caller = await house.waiting_caller("5100")
    await caller.hears_music()
    relaxed = await house.sees(e.TermsRelaxed, call=caller.call)
    assert relaxed.needs == {"sales": 1}
    connected = await talks(house, caller, SUPPORT)
    assert 1.0 <= connected.wait_s < 3.0
    await expect_talk(caller.phone, CALLER_HZ, helper, AGENT_HZ)
    await caller.hang_up()
    await house.ended(caller, "completed", "caller", (SUPPORT, "answered"))


async def test_the_agent_of_last_time_who_comes_back(house: House) -> None:
    await house.agent("1002")
    caller = await talks_once(house, "1002")
    await house.server.pause("1002")
    await house.agent("1001")
    again = await house.calls_again(caller, "5210")
    entered = await house.sees(e.QueueEntered, call=again.call)
    assert entered.preferred_agent == "1002"
    await again.hears_music()
    assert house.seen(e.OfferMade, call=again.call) == []
    await house.server.ready("1002")
    await talks(house, again, "1002")
    await again.hang_up()
    await house.ended(again, "completed", "caller", ("1002", "answered"))


async def test_the_agent_of_last_time_who_does_not_come_back(house: House) -> None:
    await house.agent("1002")
    caller = await talks_once(house, "1002")
    await house.server.pause("1002")
    await house.agent("1001")
    again = await house.calls_again(caller, "5200")
    connected = await talks(house, again, "1001")
    assert 1.0 <= connected.wait_s < 3.0
    assert [event.agent for event in house.seen(e.PreferenceLapsed, call=again.call)] == ["1002"]
    await again.hang_up()
    await house.ended(again, "completed", "caller", ("1001", "answered"))


async def test_nobody_waits_for_one_who_has_gone_home(house: House) -> None:
    await house.agent("1002")
    caller = await talks_once(house, "1002")
    await house.server.ask("POST", "/control/agents/1002/logout")
    await house.agent("1001")
    again = await house.calls_again(caller, "5210")
    connected = await talks(house, again, "1001")
    assert connected.wait_s < 1.0
    await again.hang_up()


async def test_the_owner_of_the_account(house: House) -> None:
    """The number comes from a variable; the one who has been idle longer is passed over."""
    await house.agent("1001")
    await house.agent("1003")
    caller = await house.waiting_caller("5300")
    await talks(house, caller, "1003")
    await caller.hang_up()
    await house.ended(caller, "completed", "caller", ("1003", "answered"))


async def test_a_call_overflows_with_the_time_that_it_has_waited(house: House) -> None:
    await house.agent("1001")
    caller = await house.waiting_caller("5400")
    await caller.hears_music()
    connected = await talks(house, caller, "1001")
    assert connected.queue == "sales"
    assert 1.0 <= connected.wait_s < 3.0
    assert [(event.queue, event.reason) for event in house.seen(e.QueueLeft)] == [("slow", "overflow")]
    assert house.seen(e.QueueEntered)[-1].came_from == ["slow"]
    await caller.hang_up()
    record = await house.ended(caller, "completed", "caller", ("1001", "answered"))
    assert (record.queue, record.wait_s) == ("sales", connected.wait_s)


async def test_a_crowded_queue_overflows_at_once(house: House) -> None:
    await house.agent("1001")
    first = await house.waiting_caller("5410")
    second = await house.waiting_caller("5410")
    connected = await talks(house, second, "1001")
    assert connected.wait_s < 1.0
    await second.hang_up()
    await house.ended(second, "completed", "caller", ("1001", "answered"))
    # who came first waits on where it is, to the end
    await house.ended(first, "max_wait", "system")


async def test_the_lower_rank_is_asked_first(house: House) -> None:
    for agent, rank in (("1001", "sales=2"), ("1002", "sales=1")):
        status, text = await ringhall(house, "agents", "set", agent, "--rank", rank)
        assert status == 0, text
    try:
        await house.agent("1001")
        await house.agent("1002")
        first = await house.waiting_caller("2000")
        await talks(house, first, "1002")
        second = await house.waiting_caller("2000")
        await talks(house, second, "1001")
        await first.hang_up()
        await second.hang_up()
    finally:
        for agent in ("1001", "1002"):
            await house.server.ask("PATCH", f"/control/agents/{agent}", {"ranks": {}})


async def test_an_agent_is_kept_from_a_caller(house: House) -> None:
    await house.agent("1001")
    caller = await talks_once(house, "1001")
    number = caller.phone.name
    status, text = await ringhall(house, "agents", "block", "1001", number)
    assert (status, text) == (0, "agent 1001 is kept from that caller\n")
    status, text = await ringhall(house, "agents", "blocks", "--json")
    assert json.loads(text) == [{"agent": "1001", "caller": f"…{number[-2:]}"}]
    again = await house.calls_again(caller, "2000")
    await again.hears_music()
    assert house.seen(e.OfferMade, call=again.call) == []
    await house.agent("1002")
    await talks(house, again, "1002")
    await again.hang_up()
    await house.ended(again, "completed", "caller", ("1002", "answered"))
    status, text = await ringhall(house, "agents", "unblock", "1001", number)
    assert (status, text) == (0, "agent 1001 may have that caller's calls again\n")
    status, text = await ringhall(house, "agents", "unblock", "1001", number)
    assert status == 1
    assert "'ringhall agents blocks' lists all" in text
    assert (await ringhall(house, "agents", "blocks"))[1] == "nobody is kept from any caller\n"
