"""Every way out of a queue, from a dialplan: full, nobody there, rated, a message; and asked before.

The longest wait is in ``test_waiting.py``, the caller who hangs up in ``test_caller_hangs_up.py``.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from records import events as e
from tests.harness.talk import Listener
from tests.journeys.house import CHOOSE_HZ, INVALID_HZ, JOURNEY, SORRY_HZ

if TYPE_CHECKING:
    from tests.journeys.house import House

pytestmark = JOURNEY


async def test_a_full_queue_leads_to_a_mailbox(house: House) -> None:
    first = await house.waiting_caller("5800")
    second = await house.caller("5800")
    refused = await house.sees(e.QueueRefused, call=second.call)
    assert (refused.queue, refused.reason) == ("small", "full")
    await second.hears(CHOOSE_HZ)
    # the caller's phone plays its tone all along: it speaks until the hash key
    await asyncio.sleep(1.5)
    await second.phone.press("#")
    await second.hears(INVALID_HZ)
    kept = await house.sees(e.RecordingKept, call=second.call)
    assert (kept.kind, kept.box) == ("voicemail", "desk")
    assert (house.server.home / kept.file).stat().st_size > 1000
    await second.hears(SORRY_HZ)
    await house.ended(second, "full", "system")
    await first.hang_up()
    await house.ended(first, "abandoned", "caller")


async def test_nobody_is_there(house: House) -> None:
    caller = await house.caller("5810")
    await caller.hears(SORRY_HZ)
    assert house.seen(e.QueueRefused, call=caller.call)[0].reason == "empty"
    await house.ended(caller, "empty", "system")
    # one who is logged in, and paused, is there
    await house.agent("1001", ready=False)
    waiting = await house.waiting_caller("5810")
    await house.server.ready("1001")
    await house.sees(e.CallConnected, call=waiting.call, agent="1001")
    await waiting.hang_up()
    await house.ended(waiting, "completed", "caller", ("1001", "answered"))


async def test_who_stays_on_when_the_agent_has_hung_up_is_asked(house: House) -> None:
    agent = await house.agent("1001")
    caller = await house.waiting_caller("5820")
    await house.sees(e.CallConnected, call=caller.call)
    heard = Listener(caller.phone)
    await agent.hang_up()
    await heard.expect(CHOOSE_HZ)
    await house.state("1001", "ready")  # the wrap-up is over while the caller is still asked
    await caller.phone.press("4")
    await caller.hears(INVALID_HZ)
    answered = await house.sees(e.SurveyAnswered, call=caller.call)
    assert (answered.survey, answered.score) == ("csat", 4)
    record = await house.ended(caller, "completed", "agent", ("1001", "answered"))
    assert record.agent == "1001"


async def test_conditions_ask_the_queue_before_anybody_waits(house: House) -> None:
    nobody = await house.caller("5830")
    await nobody.hears(SORRY_HZ)
    await house.ended(nobody, "ended_by_menu", "system")
    await house.agent("1001", ready=False)
    busy = await house.caller("5830")
    await busy.hears(CHOOSE_HZ)
    await busy.phone.press("1")
    await house.sees(e.QueueEntered, call=busy.call)
    await house.server.ready("1001")
    await house.sees(e.CallConnected, call=busy.call)
    await house.agent("1002")
    at_once = await house.caller("5830")
    await house.sees(e.CallConnected, call=at_once.call, agent="1002")
    menus = [event.menu for event in house.seen(e.StepEntered, call=at_once.call)]
    assert menus == ["patience", "patience", "sales"]
    for caller in (busy, at_once):
        await caller.hang_up()
        assert (await house.record(caller)).outcome == "completed"
