"""What transfers leave behind: the call's record, queue_log, figures; each folded from the log of a scene."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from acd.in_call.keys import Act
from records import events as e
from records.folds.call_record import CallRecord, CallRecordFold
from records.folds.metrics.counters import SITE_ROW
from records.folds.metrics.fold import MetricsFold
from records.folds.queue_log import QueueLogFold
from tests.acd.test_in_call import answer, ask, consulting, house, offer_of, talking

if TYPE_CHECKING:
    from tests.acd.house import House

pytestmark = pytest.mark.virtual_time
__all__ = ["house"]


def begun(house: House) -> None:
    house.log.append(e.CallArrived(call="c1", leg="leg.c1", dialed="1000", trunk="t", subject="s1"))


def record_of(house: House) -> CallRecord:
    fold = CallRecordFold()
    found: list[CallRecord] = []
    for recorded in house.log.recorded:
        found += fold.apply(recorded)
    return found[-1]


def queue_log(house: House) -> list[str]:
    fold = QueueLogFold()
    lines = [line for recorded in house.log.recorded for line in fold.apply(recorded)]
    return ["|".join(line.split("|")[2:]) for line in lines if "|c1|" in line or "|c1+" in line]


def counted(house: House, row: str, field: str) -> int:
    fold = MetricsFold()
    for recorded in house.log.recorded:
        fold.apply(recorded)
    return sum(
        getattr(rows[row], field)
        for slot in fold.shelf.slots
        for rows in fold.shelf.rows_of(slot)
        if row in rows
    )


async def test_attended(house: House) -> None:
    begun(house)
    await consulting(house)
    await house.rest(30)
    await ask(house, Act.COMPLETE)
    await house.rest(20)
    house.hang_up("c1")
    await house.rest(40)
    record = record_of(house)
    assert (record.agent, record.queue, record.outcome) == ("1002", "sales", "gone")
    assert [(one.agent, one.kind, one.to) for one in record.transfers] == [("1001", "attended", "1002")]
    assert record.talk_s == pytest.approx(30 + 20 + 30, abs=1), "both agents' time, the consultation included"
    assert queue_log(house)[-1].startswith("sales|Agent/1001|ATTENDEDTRANSFER|agent|1002|")
    assert not any("+" in line for line in queue_log(house))
    for row, offered, answered, handled, transfers in (
        ("queue sales", 1, 1, 2, 1),
        ("agent 1001", 0, 1, 1, 1),
        ("agent 1002", 0, 0, 1, 0),
    ):
        assert counted(house, row, "offered") == offered
        assert counted(house, row, "answered") == answered
        assert counted(house, row, "handled") == handled
        assert counted(house, row, "transfers") == transfers


async def test_blind_to_a_queue(house: House) -> None:
    begun(house)
    await talking(house)
    await ask(house, Act.TRANSFER, queue="support")
    await answer(house, offer_of(house, "c1"))
    await house.rest(7)
    house.hang_up("c1")
    await house.rest(40)
    record = record_of(house)
    assert (record.agent, record.queue) == ("1002", "support")
    assert [(one.kind, one.to_kind, one.to) for one in record.transfers] == [("blind", "queue", "support")]
    verbs = [line.split("|")[2] for line in queue_log(house)]
    assert verbs == [
        "ENTERQUEUE",
        "DID",
        "CONNECT",
        "BLINDTRANSFER",
        "ENTERQUEUE",
        "DID",
        "CONNECT",
        "COMPLETECALLER",
    ]
    assert counted(house, "queue support", "answered") == 1
    assert counted(house, SITE_ROW, "asked") == 1


async def test_blind_to_an_agent_who_does_not_take_it(house: House) -> None:
    begun(house)
    await talking(house)
    await ask(house, Act.TRANSFER, agent="1002")
    await house.rest(3)
    house.hang_up("c1")
    await house.rest(40)
    [transfer] = record_of(house).transfers
    assert (transfer.to, transfer.failed) == ("1002", "unavailable")
    assert counted(house, "queue sales", "offered") == 2, "it came back to its queue"
    assert counted(house, SITE_ROW, "reached") == 1


async def test_hold_counts_as_hold(house: House) -> None:
    begun(house)
    await talking(house)
    await house.rest(10)
    await ask(house, Act.HOLD)
    await house.rest(25)
    await ask(house, Act.RESUME)
    house.hang_up("c1")
    await house.rest(40)
    assert counted(house, "queue sales", "hold_us") == pytest.approx(25e6, abs=1e5)
    assert counted(house, "queue sales", "talk_us") == pytest.approx(10e6, abs=1e5)
