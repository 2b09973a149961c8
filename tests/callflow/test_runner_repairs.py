"""What a controller makes up for: requests and events that were lost, and what the one before it left."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from records import events as e
from telephony.ari.errors import AriDisconnected, AriTimeout
from telephony.ari.fake import Behaviour
from tests.callflow.house import a_house, over

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.virtual_time


async def test_the_sound_of_a_dead_controller_does_not_block_the_next_one(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        house.asterisk.sound_seconds = 15.0
        caller = house.asterisk.call_in("1000")
        await asyncio.sleep(0.5)
        assert house.asterisk.hears(caller).startswith("sound:")
        await house.killed()
        await asyncio.sleep(0.1)
        assert house.asterisk.hears(caller) == "music:default"


async def test_a_call_whose_answer_was_lost_with_the_controller_is_answered(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        # the fact is on record, the request never reaches Asterisk
        house.controller.ari.quick.fail_next("POST channels", AriDisconnected(0, "lost"))
        caller = house.asterisk.call_in("1000")
        await asyncio.sleep(0.01)
        assert len(house.events(e.CallAnswered)) == 1
        await house.killed()
        await asyncio.sleep(0.1)
        assert house.asterisk.channels[caller].state == "Up"


async def test_a_survey_that_gets_no_answer_is_made_again(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        gone, stays = house.asterisk.call_in("1002"), house.asterisk.call_in("1002")
        await asyncio.sleep(0.1)
        house.asterisk.drop_connection(1.0)
        house.asterisk.hang_up(gone)
        await asyncio.sleep(0.5)
        house.controller.ari.slow.fail_next("GET channels", AriTimeout(0, "no answer within 5 s"))
        await asyncio.sleep(10)
        assert list(house.asterisk.channels) == [stays]
        assert len(house.events(e.CallEnded)) == 1
        assert len(house.controller.runner) == 1


async def test_a_leg_whose_call_ends_during_the_survey_is_not_a_new_call(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        for number, step in enumerate(range(8), 1):
            house.asterisk.call_in("1001")  # greeted for 2 s, then hung up
            await asyncio.sleep(2.0 + step / 4000)
            # the hangup falls between the survey's questions and its result
            house.controller.ari.quick.delay_next("DELETE channels", 0.02)
            house.controller.ari.slow.delay_next("GET endpoints", 0.05)
            house.asterisk.drop_connection(0.1)
            await asyncio.sleep(5)
            assert house.settled() == over(number), step


async def test_a_hangup_that_never_got_through_is_made_up_for(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        for number, step in enumerate(range(8), 1):
            house.asterisk.call_in("1001")
            await asyncio.sleep(2.0 + step / 4000)
            house.asterisk.drop_connection(100.0)  # longer than any request waits
            await asyncio.sleep(110)
            assert house.settled() == over(number), step


async def test_a_hangup_that_never_got_through_is_made_up_for_by_the_next_controller(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        house.controller.ari.quick.fail_next("DELETE channels", AriTimeout(0, "no answer within 5 s"))
        caller = house.asterisk.call_in("1001")
        await asyncio.sleep(3)
        assert len(house.events(e.CallEnded)) == 1
        assert list(house.asterisk.channels) == [caller]
        await house.killed()
        await asyncio.sleep(5)
        assert house.settled() == over(1)


async def test_an_offer_of_a_dead_controller_is_withdrawn_though_phones_are_heard_of_first(
    tmp_path: Path,
) -> None:
    async with a_house(tmp_path) as house:
        house.ready(Behaviour.rings())
        house.asterisk.call_in("1000")
        await asyncio.sleep(4)
        assert house.agent() == "ringing"
        rang = set(house.asterisk.channels)
        await house.killed(late=1.0)
        await asyncio.sleep(5)
        assert house.agent() == "ringing"
        assert len(house.asterisk.channels) == 2
        assert len(rang & set(house.asterisk.channels)) == 1, "the phone rings for the new offer only"


async def test_there_is_music_after_a_gap_in_which_the_last_one_left(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        first = house.asterisk.call_in("1000")
        await asyncio.sleep(3)
        assert house.asterisk.hears(first) == "music:default"
        house.asterisk.drop_connection(1.0)
        house.asterisk.hang_up(first)
        await asyncio.sleep(2)
        second = house.asterisk.call_in("1000")
        await asyncio.sleep(3)
        assert house.asterisk.hears(second) == "music:default"


async def test_an_offer_that_the_switch_did_not_take_is_not_the_agents_fault(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        house.ready(Behaviour.answers(1.0))
        caller = house.asterisk.call_in("1000")
        await asyncio.sleep(1.9)
        house.controller.ari.quick.fail_next("POST channels/create", AriTimeout(0, "no answer within 5 s"))
        await asyncio.sleep(1)
        assert [offer.outcome for offer in house.events(e.OfferEnded)] == ["failed"]
        assert house.agent() == "ready"
        await asyncio.sleep(10)
        assert house.asterisk.hears(caller).startswith("talk:")


async def test_a_reader_that_fails_ends_the_controller_aloud(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        house.controller.ari.fail(RuntimeError("a fault of the client"))
        await asyncio.sleep(1)
        with pytest.raises(RuntimeError, match="a fault of the client"):
            await house.controller.tasks[0]
