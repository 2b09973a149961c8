"""Agents on softphones dial out and call each other: audio both ways, and what is refused."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from records import events as e
from telephony.peers.softphone import Softphone
from tests.dialing.house import AGENT_HZ, NUMBER, OTHER_HZ, OUTSIDE_HZ, House, a_house, tone_file
from tests.harness.talk import Listener, expect_talk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from records.folds.call_record import CallRecord

pytestmark = pytest.mark.asterisk

SITE = """
trunks: {carrier: {allow: ["+46 *", "112"], caller_number: "+46 8 555 1000"}}
routes:
  sweden: {numbers: ["+46 *"], over: [carrier]}
  help: {numbers: ["112"], over: [carrier], anyone: yes}
"""


class Office:
    """A house, and somebody outside whom the carrier connects."""

    def __init__(self, house: House, outside: Softphone) -> None:
        self.house = house
        self.outside = outside

    async def record(self) -> CallRecord:
        found: list[CallRecord] = []

        async def there() -> bool:
            found[:] = [one for one in await self.house.server.records() if one.purpose == "agent_call"]
            return bool(found)

        await self.house.server.until(there, 8, "record of the agent's call")
        return found[-1]

    async def nothing_left(self) -> None:
        async def over() -> bool:
            status = await self.house.server.ask("GET", "/control/status")
            return status["calls"] == 0 and not any(one["calls_out"] for one in status["trunks"])

        await self.house.server.until(over, 8, "end of everything")


@asynccontextmanager
async def an_office(folder: Path, prompts: Path, number: str = NUMBER) -> AsyncIterator[Office]:
    async with Softphone(number, "127.0.0.1:9", plays=tone_file(folder, OUTSIDE_HZ)) as outside:
        trunks = {"carrier": {"server": outside.listens, "qualify_s": 1}}
        async with a_house(folder, prompts, SITE, {}, trunks=trunks) as house:
            yield Office(house, outside)


async def test_an_agent_dials_out_talks_and_wraps_up(tmp_path: Path, prompts: Path) -> None:
    async with an_office(tmp_path, prompts) as o:
        h = o.house
        agent = await h.agent("2001", "phone-1")
        await agent.dial("0709187263")  # as people dial it
        call = await o.outside.ringing()
        assert call.peer_number == "+4685552000", "the number of the agent's queue"
        await h.state("2001", "dialing")
        await o.outside.answer()
        await h.sees(e.AgentReached, agent="2001", queue="sales")
        await expect_talk(o.outside, OUTSIDE_HZ, agent, AGENT_HZ)
        assert await h.server.agent_state("2001") == "talking"
        caller = await h.caller(dials="1001")
        await h.sees(e.QueueEntered)
        await asyncio.sleep(1)
        assert not [one for one in await h.server.events() if isinstance(one.event, e.OfferMade)]
        await o.outside.hang_up()
        await h.state("2001", "wrap_up")
        await agent.over()
        await h.sees(e.OfferMade, agent="2001")  # after the wrap-up the caller who waited
        await caller.hang_up()
        found = await o.record()
        assert (found.outcome, found.ended_by, found.agent, found.queue, found.trunk) == (
            "completed", "caller", "2001", "sales", "carrier",
        )  # fmt: skip
        assert found.talk_s is not None
        assert found.talk_s > 1
        await o.nothing_left()


async def test_the_agent_hangs_up_and_an_agent_who_is_busy_hears_why(tmp_path: Path, prompts: Path) -> None:
    async with an_office(tmp_path, prompts) as o:
        h = o.house
        agent = await h.agent("2001", "phone-1")
        await agent.dial("+46709187263")
        await o.outside.ringing()
        await o.outside.hang_up()  # 486
        over = await agent.over()
        assert "486" in over.reason, "the phone itself says that it is busy"
        await h.state("2001", "ready")
        assert (await o.record()).outcome == "busy"
        await agent.dial("+46709187263")
        await o.outside.ringing()
        await o.outside.answer()
        await h.sees(e.AgentReached)
        await agent.hang_up()
        await o.outside.over()
        await h.state("2001", "wrap_up")
        await h.state("2001", "ready")
        await o.nothing_left()


async def test_dialed_by_a_program_rings_the_agent_first(tmp_path: Path, prompts: Path) -> None:
    async with an_office(tmp_path, prompts) as o:
        h = o.house
        agent = await h.agent("2001", "phone-1")
        told = await h.server.ask("POST", "/control/agents/2001/dial", {"number": "+46 70 918 72 63"})
        await o.outside.ringing()
        await Listener(agent).expect_sound(0.8, 10)  # a ringing tone
        await o.outside.answer()
        await h.sees(e.AgentReached, call=told["call"])
        await expect_talk(o.outside, OUTSIDE_HZ, agent, AGENT_HZ)
        await o.outside.hang_up()
        await h.state("2001", "wrap_up")
        await o.nothing_left()


async def test_agent_to_agent(tmp_path: Path, prompts: Path) -> None:
    async with an_office(tmp_path, prompts) as o:
        h = o.house
        ada = await h.agent("2001", "phone-1")
        bo = await h.agent("2002", "phone-2", OTHER_HZ)
        await ada.dial("2002")
        await h.sees(e.AgentReached, agent="2001")
        await expect_talk(ada, AGENT_HZ, bo, OTHER_HZ)
        assert [one.peer_number for one in bo.calls.values()] == ["2001"]
        assert (await h.server.agent_state("2001"), await h.server.agent_state("2002")) == (
            "talking",
            "talking",
        )
        await ada.hang_up()
        await bo.over()
        await h.state("2001", "ready")
        await h.state("2002", "ready")
        await h.server.pause("2002")
        await ada.dial("2002")
        await ada.established()
        await Listener(ada).expect_sound(1.0)  # on a break
        await ada.over()
        assert len(bo.calls) == 1
        await o.nothing_left()


async def test_forbidden_numbers_and_who_is_not_logged_in(tmp_path: Path, prompts: Path) -> None:
    async with an_office(tmp_path, prompts, "112") as o:
        h = o.house
        agent = await h.agent("2001", "phone-1")
        for number in ("+442071234567", "00442071234567", "900123", "2999"):
            before = len(agent.calls)
            await agent.dial(number)
            await agent.established()
            await Listener(agent).expect_sound(0.5)
            await agent.over()
            assert len(agent.calls) == before + 1
        refused = [one.event for one in await h.server.until_event(e.DialRefused, count=4)]
        assert {one.reason for one in refused if isinstance(one, e.DialRefused)} == {"not_allowed"}
        nobody = await h.phone("phone-3")
        await nobody.dial("+46709187263")
        await nobody.established()
        await Listener(nobody).expect_sound(0.5)
        await nobody.over()
        assert (await h.sees(e.DialRefused, count=5)).reason == "not_logged_in"
        assert not o.outside.calls
        await nobody.dial("112")  # for anyone
        await o.outside.ringing()
        await o.outside.answer()
        await expect_talk(o.outside, OUTSIDE_HZ, nobody, AGENT_HZ)
        await nobody.hang_up()
        await o.outside.over()
        await o.nothing_left()


@pytest.mark.parametrize("gracefully", [False, True])
async def test_the_controller_dies_in_the_middle_of_the_talk(
    tmp_path: Path, prompts: Path, gracefully: bool
) -> None:
    async with an_office(tmp_path, prompts) as o:
        h = o.house
        agent = await h.agent("2001", "phone-1")
        await agent.dial("+46709187263")
        await o.outside.ringing()
        if gracefully:
            await h.server.stop_controller()
        else:
            await h.server.kill_controller()
        await asyncio.sleep(0.5)
        await h.server.start_controller()
        await h.state("2001", "dialing")
        await o.outside.answer()
        await h.sees(e.AgentReached)
        await expect_talk(o.outside, OUTSIDE_HZ, agent, AGENT_HZ)
        if gracefully:
            await h.server.stop_controller()
        else:
            await h.server.kill_controller()
        await expect_talk(o.outside, OUTSIDE_HZ, agent, AGENT_HZ)
        await h.server.start_controller()
        await h.state("2001", "talking")
        await expect_talk(o.outside, OUTSIDE_HZ, agent, AGENT_HZ)
        await o.outside.hang_up()
        await agent.over()
        await h.state("2001", "wrap_up")
        found = await o.record()
        assert (found.outcome, found.agent, found.queue) == ("completed", "2001", "sales")
        assert len([one for one in o.outside.calls.values() if one.incoming]) == 1, "called once"
        assert len(await h.server.until_event(e.DialStarted)) == 1
        await o.nothing_left()
