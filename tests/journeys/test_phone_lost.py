"""An agent's phone loses its network: in a talk, and while it rings."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from records import events as e
from telephony.asterisk.phones import QUALIFY_S, SILENT_S
from tests.harness.talk import expect_talk
from tests.journeys.house import AGENT_HZ, CALLER_HZ, JOURNEY

if TYPE_CHECKING:
    from tests.journeys.house import House

pytestmark = JOURNEY

PATIENCE_S = 3.0
"""Longest time that Asterisk waits for an answer to what it asks a phone."""


async def test_in_a_talk(house: House) -> None:
    """The caller hears that the line was lost, is before one who has waited longer, and gets the other."""
    phone = await house.agent("1001")
    caller = await house.waiting_caller("2000")
    await house.sees(e.CallConnected, call=caller.call, agent="1001")
    await expect_talk(caller.phone, CALLER_HZ, phone, AGENT_HZ)
    behind = await house.waiting_caller("2000")
    phone.kill()
    lost_at = time.monotonic()
    again = await house.sees(e.QueueEntered, SILENT_S + 3, call=caller.call, count=2)
    took = time.monotonic() - lost_at
    assert SILENT_S - 2 < took < SILENT_S + 2, took
    assert again.position == 1
    await house.state("1001", "unreachable")
    await caller.hears_music()  # and the apology over it: not the agent, and not silence
    other = await house.agent("1002")
    await house.sees(e.CallConnected, call=caller.call, agent="1002")
    await expect_talk(caller.phone, CALLER_HZ, other, AGENT_HZ)
    assert [one.call for one in house.seen(e.CallConnected)] == [caller.call, caller.call]
    await behind.hang_up()
    await caller.hang_up()
    await house.ended(caller, "completed", "caller", ("1001", "answered"), ("1002", "answered"))


async def test_while_it_rings(house: House) -> None:
    phone = await house.agent("1001", answers=False)
    caller = await house.waiting_caller("2200")
    await house.sees(e.OfferRang, call=caller.call, agent="1001")
    phone.kill()
    lost_at = time.monotonic()
    await house.sees(e.OfferEnded, QUALIFY_S + PATIENCE_S + 1, call=caller.call, outcome="unreachable")
    assert time.monotonic() - lost_at <= QUALIFY_S + PATIENCE_S + 0.5
    await house.state("1001", "unreachable")
    await caller.hears_music()
    await house.agent("1002")
    await house.sees(e.CallConnected, call=caller.call, agent="1002")
    await caller.hang_up()
    await house.ended(caller, "completed", "caller", ("1001", "unreachable"), ("1002", "answered"))
