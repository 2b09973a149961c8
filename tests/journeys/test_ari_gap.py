"""The connection to Asterisk breaks in the middle of calls: they go on, and what was missed is made good."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest_asyncio

from records import events as e
from telephony.peers.wire import Wire
from telephony.programs import free_ports
from tests.harness.talk import expect_talk
from tests.journeys.house import AGENT_HZ, CALLER_HZ, CHOOSE_HZ, JOURNEY, LANGUAGE_HZ, STORY_HZ

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from callflow.private_server import PrivateServer
    from tests.journeys.conftest import HouseMaker, ServerMaker
    from tests.journeys.house import House

pytestmark = JOURNEY


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def wire() -> AsyncIterator[Wire]:
    """Between the controller of this module's server and its Asterisk."""
    wire = Wire(free_ports(1, kind="tcp")[0])
    await wire.mend()
    yield wire
    await wire.cut()


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def wired_server(wire: Wire, folder: Path, new_server: ServerMaker) -> AsyncIterator[PrivateServer]:
    """A server whose controller reaches Asterisk by way of the wire."""
    server = new_server(folder / "wired")
    _, user, password = server.settings.ari()
    wire.far_port = server.settings.asterisk.http_port
    server.environment |= {
        "RINGHALL_ARI_URL": f"http://127.0.0.1:{wire.port}/ari",
        "RINGHALL_ARI_USER": user,
        "RINGHALL_ARI_PASSWORD": password,
    }
    async with server:
        yield server


@pytest_asyncio.fixture(loop_scope="package")
async def house(wired_server: PrivateServer, make_house: HouseMaker) -> AsyncIterator[House]:
    """That server as one test sees it."""
    async with make_house(wired_server) as house:
        yield house


async def test_breaks_again_and_again(house: House, wire: Wire) -> None:
    """Short cuts while a call is being set up: it comes through, once."""
    agent = await house.agent("1001", answers=False)
    caller = await house.caller("1000")
    await wire.cut()
    await wire.mend()
    await caller.hears(LANGUAGE_HZ, 12)
    await caller.phone.press("1")
    await house.sees(e.LanguageChosen, seconds=10, call=caller.call)
    await wire.cut()
    await asyncio.sleep(0.2)
    await wire.mend()
    await caller.hears(CHOOSE_HZ, 12)
    await caller.phone.press("1")
    await house.sees(e.OfferMade, call=caller.call)
    await wire.cut()
    await wire.mend()
    await agent.ringing()
    await wire.cut()
    await wire.mend()
    await agent.answer()
    await house.sees(e.CallConnected, seconds=15, call=caller.call)
    await expect_talk(caller.phone, CALLER_HZ, agent, AGENT_HZ)
    await caller.hang_up()
    await house.ended(caller, "completed", "caller", ("1001", "answered"))


async def test_calls_in_every_state(house: House, wire: Wire) -> None:
    talking_agent = await house.agent("1001")
    talker = await house.waiting_caller("2000")
    await talking_agent.established()
    ringing_agent = await house.agent("1002", answers=False)
    rung = await house.waiting_caller("2200")
    await ringing_agent.ringing()
    await house.state("1002", "ringing")
    patient = await house.waiting_caller("2000")
    leaver = await house.waiting_caller("2000")
    listener = await house.caller("4000")
    in_menu = await house.caller("1000")
    await in_menu.phone.established()
    await in_menu.phone.press("1")
    await in_menu.hears(CHOOSE_HZ)

    await wire.cut()
    await expect_talk(talker.phone, CALLER_HZ, talking_agent, AGENT_HZ)
    await leaver.hang_up()
    await ringing_agent.answer()
    await in_menu.phone.press("1")  # lost: nobody hears keys now
    newcomer = await house.dials("2000")
    await patient.hears_music()
    assert house.seen(e.QueueLeft, call=leaver.call) == []  # nobody can know yet
    await wire.mend()

    # the question that was due meanwhile is put now, and the story goes on
    await asyncio.gather(in_menu.hears(CHOOSE_HZ, 12), listener.hears(STORY_HZ))
    await in_menu.phone.press("1")
    await house.sees(e.QueueEntered, call=in_menu.call)
    await house.sees(e.CallConnected, seconds=10, call=rung.call, agent="1002")
    await expect_talk(rung.phone, CALLER_HZ, ringing_agent, AGENT_HZ)
    await expect_talk(talker.phone, CALLER_HZ, talking_agent, AGENT_HZ)
    await house.ended(leaver, "abandoned", "caller")
    arrived = await house.sees(e.CallArrived, met=lambda event: event.call not in house.calls)
    await house.sees(e.QueueEntered, call=arrived.call, queue="sales")
    await newcomer.established()

    # the one who waited through it has the place: served before those who came after
    await talking_agent.hang_up()
    await house.ended(talker, "completed", "agent", ("1001", "answered"))
    await house.sees(e.CallConnected, call=patient.call, agent="1001")
    assert house.seen(e.OfferMade, call=arrived.call) == []
    await patient.hang_up()
    await house.ended(patient, "completed", "caller", ("1001", "answered"))
    await rung.hang_up()
    await house.ended(rung, "completed", "caller", ("1002", "answered"))


async def test_nobody_is_blamed_for_the_gap(house: House, wire: Wire) -> None:
    """An agent who is ready, and one who is just being offered, are not unreachable because we are."""
    asked = await house.agent("1001", answers=False)
    await house.agent("1002", ready=False)
    caller = await house.waiting_caller("2000")
    await house.sees(e.OfferMade, call=caller.call)
    await wire.cut()
    second = await house.dials("2000")
    await house.server.ready("1002")
    await asyncio.sleep(3.2)  # longer than a phone may be silent, and than this queue lets it ring
    assert house.seen(e.OfferEnded) == []
    await wire.mend()
    await asked.ringing(10)
    await asked.answer()
    await house.sees(e.CallConnected, seconds=10, call=caller.call)
    assert house.seen(e.AgentStateChanged, after="unreachable") == []
    assert house.seen(e.AgentStateChanged, after="missed") == []
    await caller.hang_up()
    await house.ended(caller, "completed", "caller", ("1001", "answered"))
    await second.established()
    await house.sees(e.CallConnected, agent="1002")
