"""When a caller hears music: at once when nobody is free, later or never when a phone is rung at once."""

from __future__ import annotations

import pytest

from acd.config import QueueDefinition
from acd.core import inputs as i
from acd.queue_stage import QueueStep
from acd.visit import MUSIC_AFTER_S
from acd.waiting_terms import AnnounceDefinition
from records import events as e
from telephony.switch import Cause, SwitchError
from tests.acd.house import House

pytestmark = pytest.mark.virtual_time

WAIT = ("leg.c1", "jazz")


@pytest.fixture
async def house() -> House:
    return await House().open()


def asked(house: House) -> list[str]:
    return [request[0] for request in house.fake.asked]


async def offered(house: House, *agents: str) -> None:
    """Let a caller come whose agents' phones are rung at once."""
    await house.seat(*agents)
    house.begin("c1")
    await house.rest(0.2)
    assert "wait_with_music" not in asked(house)


async def test_a_talk_within_a_second_comes_without_music(house: House) -> None:
    await offered(house, "1001")
    leg = await house.talk("c1")
    await house.rest(5)
    assert asked(house) == ["answer", "start_leg", "connect"]
    assert house.fake.did("connect") == [("c1", "leg.c1", leg)]
    house.hang_up("c1")
    assert await house.outcome("c1") == "gone"


async def test_a_phone_that_rings_for_longer_is_waited_for_with_music(house: House) -> None:
    await offered(house, "1001")
    await house.rest(MUSIC_AFTER_S - 0.3)
    house.ring("c1-a1")
    await house.rest()
    assert "wait_with_music" not in asked(house)
    await house.rest(0.2)
    assert house.fake.did("wait_with_music") == [WAIT]
    await house.talk("c1")
    await house.rest(5)
    assert asked(house) == ["answer", "start_leg", "wait_with_music", "connect"], "it begins once"


async def test_an_offer_that_comes_to_nothing_lets_the_music_begin(house: House) -> None:
    await offered(house, "1001")
    house.fake.end("c1-a1", Cause.REJECTED)
    await house.rest()
    assert house.fake.did("wait_with_music") == [WAIT]
    await house.rest(5)
    assert len(house.fake.did("wait_with_music")) == 1


async def test_a_phone_that_can_not_be_called_lets_the_music_begin(house: House) -> None:
    await house.seat("1001")
    house.fake.fails["start_leg"] = [SwitchError("no channel")]
    house.begin("c1")
    await house.rest()
    assert house.fake.did("wait_with_music") == [WAIT]


async def test_the_next_agents_phone_is_rung_in_the_silence_too(house: House) -> None:
    await offered(house, "1001", "1002")
    house.fake.end("c1-a1", Cause.BUSY)
    await house.rest()
    assert asked(house) == ["answer", "start_leg", "start_leg"]
    await house.talk("c1")
    await house.rest(5)
    assert "wait_with_music" not in asked(house)


async def test_a_connection_that_fails_lets_the_music_begin(house: House) -> None:
    await offered(house, "1001")
    house.fake.fails["connect"] = [SwitchError("timed out")]
    house.answer("c1-a1")
    await house.rest()
    assert house.fake.did("wait_with_music") == [WAIT]
    await house.rest(3)
    assert len(house.fake.did("wait_with_music")) == 1


async def test_the_caller_hangs_up_in_the_silence(house: House) -> None:
    await offered(house, "1001")
    house.hang_up("c1")
    assert await house.outcome("c1") == "gone"
    assert "wait_with_music" not in asked(house)
    assert house.fake.legs == {}
    assert house.state("1001") == "ready"


async def test_who_leaves_in_the_silence_leaves_no_bridge() -> None:
    house = House()
    house.step = QueueStep(queue="sales")
    house.step.set_branches(["key 1"])
    await house.open()
    await offered(house, "1001")
    house.press("c1", "1")
    assert await house.outcome("c1") == "key 1"
    assert asked(house) == ["answer", "start_leg", "hangup"]


async def test_one_of_several_phones_that_fails_leaves_the_silence_to_the_others() -> None:
    house = House()
    house.queues = {"sales": QueueDefinition(needs={"sales": 2}, music="jazz", strategy="ring_all")}
    await house.open()
    await offered(house, "1001", "1002")
    assert len(house.fake.did("start_leg")) == 2
    house.fake.end("c1-a1", Cause.BUSY)
    await house.rest()
    assert "wait_with_music" not in asked(house), "the other one rings"
    house.answer("c1-a2")
    await house.rest(5)
    assert house.fake.talks == {"c1": {"leg.c1", "c1-a2"}}
    assert "wait_with_music" not in asked(house)


async def test_an_announcement_at_once_comes_over_the_music_when_the_phone_has_stopped_ringing() -> None:
    house = House()
    house.queues = {
        "sales": QueueDefinition(
            needs={"sales": 2}, music="jazz", announce=AnnounceDefinition(first=0.0, every=45.0)
        )
    }
    await house.open()
    await offered(house, "1001")
    house.fake.end("c1-a1", Cause.BUSY)
    await house.rest()
    assert asked(house) == ["answer", "start_leg", "wait_with_music", "play"]


async def test_the_controller_is_killed_in_the_silence(house: House) -> None:
    await offered(house, "1001")
    after = await house.killed()
    assert after.fake.did("wait_with_music") == [WAIT], "they wait with music from then on"
    assert "c1-a1" not in after.fake.legs
    await after.talk("c1")
    await after.rest(5)
    assert len(after.fake.did("wait_with_music")) == 1


async def test_a_switch_that_is_lost_in_the_silence_lets_the_music_begin_in_its_time(house: House) -> None:
    await offered(house, "1001")
    house.acd.switch_lost("gone")
    await house.rest(MUSIC_AFTER_S)
    assert house.fake.did("wait_with_music") == [WAIT]
    house.acd.switch_back()
    await house.talk("c1")


async def test_the_agent_logs_out_in_the_instant_of_the_connection(house: House) -> None:
    await offered(house, "1001")
    house.fake.during["connect"] = lambda: house.acd.submit(i.LogOut("1001"))
    house.answer("c1-a1")
    await house.rest(5)
    assert house.fake.did("wait_with_music") == [WAIT]
    assert house.events(e.CallConnected) == []
