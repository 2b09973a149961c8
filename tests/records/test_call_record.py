"""Call records from event traces: each scenario is a table of events and the record expected."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from records.folds.call_record import CallRecord, CallRecordFold, MenuVisit, OfferTried
from tests.records.traces import at, trace

ARRIVAL = """
 0.0 CallArrived  call=c1 leg=l1 dialed=1000 trunk=loopback subject=s1
 0.1 CallAnswered call=c1
"""
MENU = """
 0.2 StepEntered    call=c1 menu=welcome step=0 kind=language version=abc line=3 file=demo.yaml
 2.0 LanguageChosen call=c1 language=zh
 2.1 StepEntered    call=c1 menu=main step=0 kind=menu version=abc line=9 file=demo.yaml
 5.0 ChoiceMade     call=c1 menu=main result=invalid key=7
 8.0 ChoiceMade     call=c1 menu=main result=chosen key=1
"""
QUEUED = """
10.0 QueueEntered call=c1 queue=sales priority=0 needs={"sales":1} position=1
"""
OFFERED = """
12.0 AgentStateChanged agent=1001 before=ready after=reserved call=c1
12.0 OfferMade call=c1 offer=o1 queue=sales agent=1001 phone=phone-1 deadline=32
12.2 OfferRang call=c1 offer=o1 agent=1001 deadline=32
12.2 AgentStateChanged agent=1001 before=reserved after=ringing call=c1
"""
CONNECTED = """
15.2 CallConnected call=c1 offer=o1 queue=sales agent=1001 wait_s=5.2
15.2 AgentStateChanged agent=1001 before=ringing after=talking call=c1
"""
TALK_OVER = """
75.2 TalkEnded call=c1 queue=sales agent=1001 by=caller talk_s=60.0
75.2 AgentStateChanged agent=1001 before=talking after=wrap_up call=c1 until=85.2
"""
CALL_OVER = """
75.3 CallEnded call=c1 outcome=completed by=caller cause=normal
"""
WRAPPED = """
82.0 AgentStateChanged agent=1001 before=wrap_up after=ready
"""

SCENARIOS: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "hung up in the menu": (
        ARRIVAL + MENU + "9.0 CallEnded call=c1 outcome=hung_up_in_menu by=caller cause=normal",
        [
            {
                "answered_at": at(0.1),
                "language": "zh",
                "menus": [
                    MenuVisit(menu="welcome"),
                    MenuVisit(menu="main", result="invalid", key="7"),
                    MenuVisit(menu="main", result="chosen", key="1"),
                ],
                "ended_at": at(9),
                "outcome": "hung_up_in_menu",
                "ended_by": "caller",
                "cause": "normal",
            }
        ],
    ),
    "unknown number, never answered": (
        "0 CallArrived call=c1 leg=l1 dialed=1000 trunk=loopback subject=s1\n"
        "0.1 CallEnded call=c1 outcome=rejected by=system cause=unallocated",
        [{"ended_at": at(0.1), "outcome": "rejected", "ended_by": "system", "cause": "unallocated"}],
    ),
    "overflowed, and abandoned in the other queue": (
        ARRIVAL
        + QUEUED
        + """
        40.0 QueueLeft call=c1 queue=sales reason=overflow wait_s=30.0 position=1
        40.0 QueueEntered call=c1 queue=spare priority=0 needs={} position=1 came_from=["sales"]
        52.0 QueueLeft call=c1 queue=spare reason=abandoned wait_s=42.0 position=1
        52.1 CallEnded call=c1 outcome=abandoned by=caller cause=normal
        """,
        [
            {
                "answered_at": at(0.1),
                "queue": "spare",
                "queued_at": at(10),
                "wait_s": 42.0,
                "ended_at": at(52.1),
                "outcome": "abandoned",
                "ended_by": "caller",
                "cause": "normal",
            }
        ],
    ),
    "abandoned in the queue while it rang": (
        ARRIVAL
        + QUEUED
        + OFFERED
        + """
        18.0 OfferEnded call=c1 offer=o1 queue=sales agent=1001 outcome=caller_gone rang_s=5.8
        18.0 QueueLeft call=c1 queue=sales reason=abandoned wait_s=8.0 position=1
        18.1 AgentStateChanged agent=1001 before=ringing after=ready
        18.1 CallEnded call=c1 outcome=abandoned by=caller cause=normal
        """,
        [
            {
                "answered_at": at(0.1),
                "queue": "sales",
                "queued_at": at(10),
                "wait_s": 8.0,
                "offers": [OfferTried(agent="1001", outcome="caller_gone", rang_s=5.8)],
                "ended_at": at(18.1),
                "outcome": "abandoned",
                "ended_by": "caller",
                "cause": "normal",
            }
        ],
    ),
    "no answer, then answered by another": (
        ARRIVAL
        + QUEUED
        + """
        11.0 OfferMade call=c1 offer=o0 queue=sales agent=1002 phone=phone-2 deadline=31
        11.2 OfferRang call=c1 offer=o0 agent=1002 deadline=31
        11.9 OfferEnded call=c1 offer=o0 queue=sales agent=1002 outcome=no_answer rang_s=20.0
        """
        + OFFERED
        + CONNECTED
        + TALK_OVER
        + CALL_OVER
        + WRAPPED,
        [
            {
                "answered_at": at(0.1),
                "queue": "sales",
                "queued_at": at(10),
                "wait_s": 5.2,
                "offers": [
                    OfferTried(agent="1002", outcome="no_answer", rang_s=20.0),
                    OfferTried(agent="1001", outcome="answered", rang_s=3.0),
                ],
                "agent": "1001",
                "connected_at": at(15.2),
                "talk_s": 60.0,
                "wrap_up_s": wrap_up_s,
                "ended_at": at(75.3),
                "outcome": "completed",
                "ended_by": "caller",
                "cause": "normal",
            }
            for wrap_up_s in (None, pytest.approx(6.8))
        ],
    ),
    "longest wait reached, its exit taken": (
        ARRIVAL
        + QUEUED
        + """
        40.0 QueueLeft call=c1 queue=sales reason=max_wait wait_s=30.0 position=2
        40.0 StepEntered call=c1 menu=sorry step=0 kind=play version=abc line=30 file=demo.yaml
        44.0 CallEnded call=c1 outcome=ended_by_menu by=system cause=normal
        """,
        [
            {
                "answered_at": at(0.1),
                "menus": [MenuVisit(menu="sorry")],
                "queue": "sales",
                "queued_at": at(10),
                "wait_s": 30.0,
                "ended_at": at(44),
                "outcome": "ended_by_menu",
                "ended_by": "system",
                "cause": "normal",
            }
        ],
    ),
    "ended while no controller watched": (
        ARRIVAL
        + QUEUED
        + OFFERED
        + CONNECTED
        + """
        500.0 CallEnded call=c1 outcome=completed by=system cause=failure found_after_restart=true
        500.1 AgentStateChanged agent=1001 before=talking after=paused reason=restart
        """,
        [
            {
                "answered_at": at(0.1),
                "queue": "sales",
                "queued_at": at(10),
                "wait_s": 5.2,
                "offers": [OfferTried(agent="1001", outcome="answered", rang_s=3.0)],
                "agent": "1001",
                "connected_at": at(15.2),
                "wrap_up_s": wrap_up_s,
                "ended_at": at(500),
                "outcome": "completed",
                "ended_by": "system",
                "cause": "failure",
                "found_after_restart": True,
            }
            for wrap_up_s in (None, 0.0)
        ],
    ),
}


def expected(fields: dict[str, Any]) -> dict[str, Any]:
    base = CallRecord(
        call="c1",
        site="Harbour",
        node="n1",
        trunk="loopback",
        dialed="1000",
        subject="s1",
        arrived_at=at(0),
    )
    return msgspec.structs.asdict(base) | fields


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name: str) -> None:
    text, records = SCENARIOS[name]
    fold = CallRecordFold()
    given = [
        msgspec.structs.asdict(record) | {} for item in trace(text) for record in copied(fold.apply(item))
    ]
    assert given == [expected(fields) for fields in records]
    assert fold.open_record("c1") is None, "a final record is not held in memory"


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_fold_taken_from_a_snapshot_anywhere_gives_the_same(name: str) -> None:
    text, records = SCENARIOS[name]
    items = trace(text)
    for cut in range(len(items)):
        first, second = CallRecordFold(), CallRecordFold()
        given = [record for item in items[:cut] for record in copied(first.apply(item))]
        second.restore(msgspec.json.decode(msgspec.json.encode(first.snapshot())))
        given += [record for item in items[cut:] for record in copied(second.apply(item))]
        assert [msgspec.structs.asdict(record) for record in given] == [expected(f) for f in records]


def test_the_end_of_the_talk_may_come_after_the_end_of_the_call() -> None:
    fold = CallRecordFold()
    text = ARRIVAL + QUEUED + OFFERED + CONNECTED + CALL_OVER + TALK_OVER + WRAPPED
    given = [record for item in trace(text) for record in copied(fold.apply(item))]
    assert [(record.talk_s, record.wrap_up_s) for record in given] == [
        (None, None),
        (60.0, None),
        (60.0, pytest.approx(6.8)),
    ]


def test_a_second_end_changes_nothing() -> None:
    fold = CallRecordFold()
    text = ARRIVAL + "5 CallEnded call=c1 outcome=failed by=system cause=failure\n" * 2
    assert sum(len(fold.apply(item)) for item in trace(text)) == 1


def test_wrap_up_of_one_call_is_not_taken_for_the_next_ones() -> None:
    fold = CallRecordFold()
    second = (CONNECTED + TALK_OVER + CALL_OVER).replace("c1", "c2")
    text = (
        (ARRIVAL + OFFERED + CONNECTED + TALK_OVER + CALL_OVER)
        + ARRIVAL.replace("c1", "c2")
        + second
        + "90 AgentStateChanged agent=1001 before=wrap_up after=paused"
    )
    given = [record for item in trace(text) for record in copied(fold.apply(item))]
    final = {record.call: record.wrap_up_s for record in given}
    assert final == {"c1": None, "c2": pytest.approx(14.8)}
    assert fold.open_record("c1") is None, "nothing more is awaited for it"


def copied(records: list[CallRecord]) -> list[CallRecord]:
    return [msgspec.convert(msgspec.to_builtins(record), CallRecord) for record in records]
