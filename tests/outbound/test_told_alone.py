"""Callees whom Asterisk told the message by itself: the next controller knows, and disturbs nobody."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import pytest

from outbound.store import do_not_call
from records import events as e
from telephony.ari.fake import Behaviour
from telephony.asterisk.alone import FOLDER, JUDGED, MESSAGE, NINE
from tests.outbound.house import Dialing, a_dialing_house, campaign

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.virtual_time


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Dialing]:
    async with a_dialing_house(tmp_path, spring=campaign(attempts=1)) as house:
        yield house


def note(house: Dialing, leg: str, *, nine: bool = False) -> Path:
    """Let the dialplan note that it tells the message."""
    path = house.house.folder / FOLDER / (leg + NINE if nine else leg)
    path.parent.mkdir(exist_ok=True)
    path.write_text("told\n")
    os.utime(path, (house.service.now(), house.service.now()))
    return path


async def dialled(house: Dialing, answers_after: float = 4.0) -> tuple[str, str]:
    """Have somebody called; gives their number and leg."""
    [number] = house.leads(1, Behaviour.answers(answers_after))
    house.seat()
    await house.begin()
    await house.until(lambda: house.events(e.DialStarted))
    return number, f"{house.events(e.DialStarted)[0].leg}"


def variable(house: Dialing, leg: str) -> str:
    return house.asterisk.channels[leg].variables.get(MESSAGE, "")


async def test_a_leg_carries_its_message_until_it_is_served(house: Dialing) -> None:
    _, leg = await dialled(house)
    assert variable(house, leg)
    await house.until(lambda: house.events(e.CallConnected))
    await asyncio.sleep(0.5)
    assert not variable(house, leg), "who talks with an agent is told nothing when the controller dies"


async def test_who_hears_the_message_from_us_is_not_told_again(house: Dialing) -> None:
    _, leg = await dialled(house)
    house.seat(1, Behaviour.answers(60.0))
    await house.until(lambda: house.events(e.AttemptMessage), 120)
    assert not variable(house, leg)


async def test_the_next_controller_lets_them_hear_it_out(house: Dialing) -> None:
    number, leg = await dialled(house)
    told = note(house, leg)
    await house.house.killed(0.5)
    house.seat()
    await asyncio.sleep(10.0)
    [message] = house.events(e.AttemptMessage)
    assert message.ago_s > 0.4
    assert not house.events(e.QueueEntered), "no agent is brought to a line that can't be moved"
    assert leg in house.asterisk.channels, "nor is it ended"
    note(house, leg, nine=True)
    house.asterisk.hang_up(leg)
    [attempt] = await house.until_over(1)
    assert (attempt.outcome, attempt.dropped) == ("DNC", True)
    assert 0 < attempt.answered_at <= attempt.message_at
    await house.until(lambda: not house.service.attempts.state.removals)
    assert do_not_call.has(house.store, house.store.sealer.person_of(number), "")
    assert not told.exists()
    assert not list(told.parent.iterdir())


async def test_who_was_sent_there_just_before_our_door_was_open_is_in_the_books(house: Dialing) -> None:
    _, leg = await dialled(house, answers_after=1.0)
    house.seat(0, Behaviour.answers(60.0))
    await house.until(lambda: house.events(e.CallAnswered))
    await house.house.killed(0.5)
    assert not house.events(e.AttemptMessage)
    note(house, leg)
    house.asterisk.hang_up(leg)
    [attempt] = await house.until_over(1)
    assert attempt.dropped
    assert attempt.message_at
    assert not list((house.house.folder / FOLDER).iterdir())


@pytest.mark.parametrize("nine", [False, True])
async def test_who_is_gone_by_then_is_known_too(house: Dialing, nine: bool) -> None:
    number, leg = await dialled(house, answers_after=30.0)
    note(house, leg)
    if nine:
        note(house, leg, nine=True)
    going = asyncio.create_task(house.house.killed(2.0))
    await asyncio.sleep(0.5)
    house.asterisk.hang_up(leg)
    await going
    [attempt] = await house.until_over(1)
    assert attempt.outcome == ("DNC" if nine else "DROP")
    assert attempt.dropped
    assert attempt.message_at
    assert house.service.runs["spring"].budget.drops == 1
    await house.until(lambda: not house.service.attempts.state.removals)
    assert do_not_call.has(house.store, house.store.sealer.person_of(number), "") is nine
    assert not list((house.house.folder / FOLDER).iterdir())


async def test_a_note_of_no_call_of_ours_is_forgotten(house: Dialing) -> None:
    path = note(house, "0123456789abcdef-p")
    await house.house.killed(0.5)
    assert not path.exists()
    assert not house.events(e.AttemptMessage)


@pytest.mark.parametrize(
    ("said", "outcome"), [("MACHINE MAXWORDS-4-3", "AM"), ("HUMAN HUMAN-800-800", "DROP")]
)
@pytest.mark.parametrize("back_in_time", [False, True])
async def test_whom_asterisk_judged_meanwhile_is_in_the_books(
    house: Dialing, said: str, outcome: str, back_in_time: bool
) -> None:
    """Gone before the controller was back, or before it could read the verdict."""
    _, leg = await dialled(house, answers_after=1.0 if back_in_time else 30.0)
    house.seat(0, Behaviour.answers(60.0))
    if back_in_time:
        await house.until(lambda: house.events(e.CallAnswered))
    kept = note(house, leg + JUDGED)
    kept.write_text(said + "\n")
    os.utime(kept, (house.service.now(), house.service.now()))
    going = asyncio.create_task(house.house.killed(0.5))
    if not back_in_time:
        await asyncio.sleep(0.2)
        house.asterisk.hang_up(leg)
    await going
    if back_in_time:
        house.asterisk.hang_up(leg)
    [attempt] = await house.until_over(1)
    assert attempt.outcome == outcome
    assert attempt.answered_at
    assert attempt.dropped is (outcome == "DROP")
    [judged] = house.events(e.GreetingJudged)
    assert judged.ago_s > 0
    assert not list((house.house.folder / FOLDER).iterdir())


async def test_a_verdict_of_a_call_that_nobody_knows_is_forgotten(house: Dialing) -> None:
    _, leg = await dialled(house)
    kept = note(house, "unknown-p1" + JUDGED)
    await house.house.killed(0.5)
    assert not kept.exists()
    assert leg
