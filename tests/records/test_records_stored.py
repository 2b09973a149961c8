"""Call records in the database: one row a call, whatever is killed when."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from records.queries import Queries
from tests.records.test_call_record import (
    ARRIVAL,
    CALL_OVER,
    CONNECTED,
    MENU,
    OFFERED,
    QUEUED,
    TALK_OVER,
    WRAPPED,
)
from tests.records.traces import trace

if TYPE_CHECKING:
    from tests.records.homes import Home

WHOLE = trace(ARRIVAL + MENU + QUEUED + OFFERED + CONNECTED + TALK_OVER + CALL_OVER + WRAPPED)


@pytest.mark.parametrize("snapshots", [False, True])
async def test_a_controller_killed_after_every_event_leaves_one_whole_record(
    home: Home, snapshots: bool
) -> None:
    for item in WHOLE:
        opened = await home.open()
        opened.log.append(item.event)
        if snapshots:
            await opened.log.snapshot({})
        await opened.log.abandon()
    opened = await home.open()
    (record,) = await Queries(home.engine).records()
    assert (record.outcome, record.agent, record.queue, record.talk_s) == ("completed", "1001", "sales", 60.0)
    assert record.wrap_up_s is not None
    assert [offer.outcome for offer in record.offers] == ["answered"]
    assert [visit.menu for visit in record.menus] == ["welcome", "main", "main"]
    assert record == await Queries(home.engine).record("c1")
    await opened.log.close()


async def test_records_are_found_by_time_queue_and_agent(home: Home) -> None:
    opened = await home.open()
    for number in range(5):
        for item in WHOLE:
            event = item.event
            if getattr(event, "call", ""):
                event = msgspec.structs.replace(event, call=f"c{number}")
            opened.log.append(event)
    await opened.log.flush()
    queries = Queries(home.engine)
    found = await queries.records(limit=3)
    assert [record.call for record in found] == ["c4", "c3", "c2"]
    newest = found[0].arrived_at
    assert newest.tzinfo is not None
    assert [r.call for r in await queries.records(since=newest)] == ["c4"]
    assert len(await queries.records(until=newest)) == 4
    assert await queries.records(since=newest + timedelta(seconds=1)) == []
    assert len(await queries.records(queue="sales")) == len(await queries.records(agent="1001")) == 5
    assert await queries.records(queue="support") == await queries.records(agent="1002") == []
    assert await queries.record("nobody") is None
    await opened.log.close()


async def test_with_whom_somebody_talked_last(home: Home) -> None:
    opened = await home.open()

    def call(number: int, subject: str, agent: str, events: str = CONNECTED) -> None:
        for item in trace(ARRIVAL + QUEUED + OFFERED + events + CALL_OVER):
            event = item.event
            changed = {"call": f"c{number}", "subject": subject, "agent": agent, "offer": f"o{number}"}
            fields = {name: value for name, value in changed.items() if getattr(event, name, "")}
            opened.log.append(msgspec.structs.replace(event, **fields))

    call(1, "s1", "1001")
    call(2, "s1", "1002")
    call(3, "s2", "1003")
    call(4, "s1", "1004", "")  # came to nobody
    await opened.log.flush()
    queries = Queries(home.engine)
    assert await queries.last_agent("s1") == "1002"
    assert await queries.last_agent("s2") == "1003"
    assert await queries.last_agent("s3") == ""
    await opened.log.close()
