"""Keys pressed too early, too many, none at all, and such that mean nothing; and a number nobody has."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from records import events as e
from telephony.peers.softphone import Softphone
from tests.journeys.house import (
    CHOOSE_HZ,
    CHOOSE_ZH_HZ,
    INVALID_HZ,
    JOURNEY,
    LANGUAGE_HZ,
    SORRY_HZ,
)

if TYPE_CHECKING:
    from records.folds.call_record import CallRecord
    from tests.journeys.house import House

pytestmark = JOURNEY


def choices(record: CallRecord) -> list[tuple[str, str, str]]:
    """Give menu, result and key of each menu in which the caller was asked something."""
    return [(visit.menu, visit.result, visit.key) for visit in record.menus if visit.result]


async def test_too_early(house: House) -> None:
    """All keys at once, in the middle of the first prompt: each answers the question that it is meant for."""
    caller = await house.caller("1000")
    await caller.phone.established()
    await caller.phone.press("21")
    await house.sees(e.LanguageChosen, call=caller.call, language="zh")
    await house.sees(e.QueueEntered, call=caller.call, queue="sales")
    await caller.hears_music()
    await caller.hang_up()
    record = await house.ended(caller, "abandoned", "caller")
    assert record.language == "zh"
    assert choices(record)[-1] == ("main", "chosen", "1")


async def test_too_many(house: House) -> None:
    """What follows the key that was taken does nothing, neither in the queue nor in the talk."""
    caller = await house.caller("1000")
    await caller.phone.established()
    await caller.phone.press("1")
    await caller.hears(CHOOSE_HZ)
    await caller.phone.press("1999*#2")
    await house.sees(e.QueueEntered, call=caller.call, queue="sales")
    await asyncio.sleep(2.0)  # the keys go out four a second
    agent = await house.agent("1001")
    await agent.established()
    await caller.phone.press("99")
    await house.sees(e.CallConnected, call=caller.call)
    await asyncio.sleep(0.7)
    await caller.hang_up()
    record = await house.ended(caller, "completed", "caller", ("1001", "answered"))
    assert choices(record)[-1] == ("main", "chosen", "1")
    assert [event.queue for event in house.seen(e.QueueEntered, call=caller.call)] == ["sales"]


async def test_too_many_digits(house: House) -> None:
    """An entry of five digits ends with the fifth; the sixth key answers the next question."""
    caller = await house.caller("1600")
    await caller.phone.established()
    await caller.hears(CHOOSE_HZ)
    await caller.phone.press("12345" + "1")
    digits = await house.sees(e.DigitsCollected, call=caller.call)
    assert (digits.variable, digits.count, digits.secret) == ("order", 5, False)
    await house.sees(e.QueueEntered, call=caller.call, queue="sales")
    await caller.hang_up()
    await house.ended(caller, "abandoned", "caller")


async def test_none(house: House) -> None:
    """Silence: the first language is spoken, the question is put again, then the way out follows."""
    caller = await house.caller("1000")
    await caller.hears(LANGUAGE_HZ)
    await house.sees(e.LanguageChosen, seconds=15, call=caller.call, language="en")
    await caller.hears(CHOOSE_HZ)
    await caller.hears(CHOOSE_HZ)
    await caller.hears(SORRY_HZ)
    await caller.phone.over(5)
    record = await house.ended(caller, "ended_by_menu", "system")
    assert choices(record)[-2:] == [("main", "no_input", ""), ("main", "no_input", "")]
    assert record.language == "en"


async def test_such_that_mean_nothing(house: House) -> None:
    caller = await house.caller("1000")
    await caller.phone.established()
    await caller.phone.press("2")
    await caller.hears(CHOOSE_ZH_HZ)
    await caller.phone.press("7")
    await caller.hears(INVALID_HZ)
    await caller.phone.press("#")
    await caller.hears(SORRY_HZ)
    await caller.phone.over(5)
    record = await house.ended(caller, "ended_by_menu", "system")
    assert choices(record)[-2:] == [("main", "invalid", "7"), ("main", "invalid", "#")]


async def test_too_few_digits(house: House) -> None:
    caller = await house.caller("1600")
    await caller.phone.established()
    await caller.phone.press("12#")
    await caller.hears(SORRY_HZ)
    await caller.phone.over(5)
    await house.ended(caller, "ended_by_menu", "system")
    assert house.seen(e.DigitsCollected) == []


async def test_a_number_nobody_has(house: House) -> None:
    """Refused without being answered, so that nobody pays for it."""
    async with Softphone("+442019999", house.server.sip) as phone:
        await phone.dial("4711")
        call = await phone.over(5)
    assert call.reason.startswith("404"), call.reason
    ended = await house.sees(e.CallEnded)
    assert (ended.outcome, ended.by, ended.cause) == ("unknown_number", "system", "unallocated")
    record = (await house.server.records())[-1]
    assert (record.outcome, record.dialed, record.answered_at) == ("unknown_number", "4711", None)
    assert house.seen(e.CallAnswered) == []
