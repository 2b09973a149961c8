"""A short day of real calls on a real Asterisk: live figures, the database's, the file queue_log's text."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from records import events as e
from records.folds.metrics.calendar import Calendar
from records.folds.metrics.counters import DIMENSIONS, SLOT_S
from records.folds.metrics.tables import Sums, table
from records.folds.metrics.variants import Variant
from records.reading import LogReader
from records.reports import queue_log_lines, report_metrics
from tests.journeys.house import JOURNEY, SUPPORT
from tests.reporting.both_ways import assert_same, by_events, lines_of

if TYPE_CHECKING:
    from callflow.private_server import PrivateServer
    from tests.journeys.conftest import HouseMaker
    from tests.journeys.house import House

pytestmark = JOURNEY

STRICT = Variant(80, 1, 1)
"""So short that calls of a test lie on both sides of it."""


async def _told(house: House, seq: int) -> bool:
    return house.feed.last >= seq


async def test_a_recorded_day_is_the_same_both_ways(
    own_server: PrivateServer, make_house: HouseMaker
) -> None:
    async with own_server as server:
        async with make_house(server) as house:
            await _morning(house)
            await house.nothing_left()
            # what the feed has not been told when the controller dies, it is never told
            morning = (await server.events())[-1].seq
            await server.until(lambda: _told(house, morning), 5, f"event {morning} on the feed")
            await server.kill_controller()
            await server.start_controller()
            await house.feed.stop()
            await house.feed.start()
            await _afternoon(house)
            await house.nothing_left()
            for number in ("1001", "1002", SUPPORT):
                await server.ask("POST", f"/control/agents/{number}/logout")
            told = {by: await server.ask("GET", f"/control/metrics?by={by}") for by in DIMENSIONS}
        await server.stop_controller()
        events = await server.events()
        file = (server.home / "log" / "queue_log").read_text().splitlines()

    # the text of the file, the database's lines and the events say the same
    assert file == lines_of(events)
    assert_same(events, file, STRICT)
    assert_same(events, file, Variant())
    by_queue = by_events(events, STRICT, "queue")
    assert (by_queue["sales"]["offered"], by_queue["sales"]["answered"]) == (5, 3)
    assert (by_queue["sales"]["abandoned"], by_queue["sales"]["short_abandoned"]) == (1, 1)
    assert (by_queue["support"]["left_max_wait"], by_queue["sales"]["ring_no_answers"]) == (1, 1)
    verbs = {line.split("|")[4] for line in file}
    assert verbs >= {
        "QUEUESTART", "CONFIGRELOAD", "AGENTLOGIN", "ADDMEMBER", "PAUSEALL", "UNPAUSEALL", "ENTERQUEUE",
        "DID", "CONNECT", "COMPLETEAGENT", "COMPLETECALLER", "ABANDON", "RINGNOANSWER", "EXITWITHTIMEOUT",
        "IVR", "REMOVEMEMBER", "AGENTLOGOFF",
    }  # fmt: skip

    # what was live, over a death, is what the database gives
    calendar = Calendar("UTC")
    first, last = (calendar.day_of(events[at].at.timestamp()) for at in (0, -1))
    slots = calendar.slots_of(first, last)
    sums = {by: Sums(calendar, by, "1d", slots) for by in DIMENSIONS}
    with LogReader(server.settings.database) as reader:
        assert reader.zone() == "UTC"
        assert list(queue_log_lines(reader, slots)) == file
        report_metrics(reader, slots, sums.values(), slots.stop * SLOT_S)
    for by in DIMENSIONS:
        rows = table(sums[by].lines(), by, Variant())
        assert _calls(told[by]["rows"]) == _calls(rows), by


def _calls(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name != "interval"} for row in rows]


async def _morning(house: House) -> None:
    """A talk that the caller ends, two that give up, one too long, one that is answered late."""
    agent = await house.agent("1001")
    first = await house.caller("2000")
    await house.sees(e.CallConnected, call=first.call)
    await asyncio.sleep(2.2)
    await first.hang_up()
    await house.sees(e.TalkEnded, call=first.call)
    await house.state("1001", "ready")
    await house.server.pause("1001", "lunch")
    short = await house.waiting_caller("2000")
    await short.hang_up()
    await house.sees(e.QueueLeft, call=short.call)
    patient = await house.waiting_caller("2000")
    await asyncio.sleep(2.1)
    await patient.hang_up()
    await house.sees(e.QueueLeft, call=patient.call)
    late = await house.waiting_caller("3000")
    await house.sees(e.QueueLeft, call=late.call, reason="max_wait")
    await late.phone.over(6)
    deaf = await house.agent("1002", answers=False)
    second = await house.waiting_caller("2000")
    await deaf.ringing()
    await house.state("1002", "missed", "no_answer")
    await house.server.ready("1001")
    await house.sees(e.CallConnected, call=second.call)
    await asyncio.sleep(1.3)
    await agent.hang_up()
    await house.sees(e.TalkEnded, call=second.call, by="agent")
    await second.phone.over(6)


async def _afternoon(house: House) -> None:
    """After the death: an agent of another queue comes, a caller goes through a menu."""
    await house.agent(SUPPORT, ready=False)
    await house.state("1001", "ready")
    third = await house.caller("1000")
    await third.hears(500)
    await third.phone.press("1")
    await third.hears(700)
    await third.phone.press("1")
    await house.sees(e.CallConnected, call=third.call)
    await asyncio.sleep(1.2)
    await third.hang_up()
    await house.sees(e.TalkEnded, call=third.call)
