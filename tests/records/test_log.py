"""The event log on a real database and journal."""

from __future__ import annotations

import asyncio
import threading
import time
import tracemalloc
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from sqlalchemy import update

from records import events as e
from records import models
from records.errors import NotRecovered
from records.log import EventLog, LogLimits
from records.queries import Queries
from tests.records.homes import MASTER_KEY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from records.entries import Entry
    from records.events import Recorded
    from tests.records.homes import Home


def answered(number: int) -> e.CallAnswered:
    return e.CallAnswered(call=f"c{number}")


def calls(events: list[Recorded]) -> list[str]:
    return [recorded.event.call for recorded in events if isinstance(recorded.event, e.CallAnswered)]


async def test_events_come_back_as_they_were_appended(home: Home) -> None:
    opened = await home.open()
    appended = [
        opened.log.append(
            e.QueueEntered(
                call="c1", queue="cards", priority=5, needs={"cards": 2}, position=1, max_wait=600.0
            )
        ),
        opened.log.append(e.AgentStateChanged(agent="1001", before="ready", after="reserved", call="c1")),
    ]
    assert [(r.seq, r.epoch, r.site, r.node, r.stream) for r in appended] == [
        (1, 1, "Harbour Bank", "node-1", "main"),
        (2, 1, "Harbour Bank", "node-1", "main"),
    ]
    assert appended[0].at.tzinfo is not None
    await opened.log.close()
    again = await home.open()
    assert again.tail == appended
    assert await Queries(home.engine).events("c1") == appended
    assert again.log.append(answered(1)).seq == 3
    await again.log.close()


async def test_nothing_may_be_appended_before_the_log_was_read(home: Home) -> None:
    log = await EventLog.open(
        engine=home.engine,
        journal_dir=home.journal,
        site="s",
        node="n",
        now=time.time,
        master_key=MASTER_KEY,
    )
    with pytest.raises(NotRecovered):
        log.append(answered(1))
    await log.abandon()


async def test_what_only_the_journal_has_is_recovered_once(home: Home) -> None:
    opened = await home.open()
    for number in range(1200):
        opened.log.append(answered(number))
    await opened.log.abandon()
    for _ in range(3):
        again = await home.open()
        assert calls(again.tail) == [f"c{number}" for number in range(1200)]
        assert again.alarms.history == []
        await again.log.abandon()
    assert home.journal_files() == []


async def test_the_journal_shrinks_when_the_database_has_its_events(home: Home) -> None:
    opened = await home.open()
    opened.log._journal._segment_bytes = 20_000
    for number in range(1000):
        opened.log.append(answered(number))
    assert len(home.journal_files()) > 3
    await opened.log.flush()
    assert len(home.journal_files()) == 1
    await opened.log.close()
    assert home.journal_files() == []


async def test_subscribers_see_every_event_in_order_even_if_one_appends_or_fails(home: Home) -> None:
    opened = await home.open()
    seen: list[int] = []

    def failing(recorded: Recorded) -> None:
        raise ValueError(recorded.seq)

    def answering(recorded: Recorded) -> None:
        if isinstance(recorded.event, e.CallAnswered):
            opened.log.append(e.LanguageChosen(call=recorded.event.call, language="zh"))

    opened.log.subscribe(failing)
    opened.log.subscribe(answering)
    unsubscribe = opened.log.subscribe(lambda recorded: seen.append(recorded.seq))
    opened.log.append(answered(1))
    opened.log.append(answered(2))
    unsubscribe()
    opened.log.append(answered(3))
    assert seen == [1, 2, 3, 4]
    await opened.log.close()


async def test_subscribers_may_hear_of_some_kinds_only(home: Home) -> None:
    opened = await home.open()
    some: list[str] = []
    every: list[str] = []
    unsubscribe = opened.log.subscribe(
        lambda recorded: some.append(type(recorded.event).__name__), e.CallAnswered, e.CallEnded
    )
    opened.log.append(answered(1))
    opened.log.subscribe(lambda recorded: every.append(type(recorded.event).__name__))
    opened.log.append(e.LanguageChosen(call="c1", language="zh"))
    opened.log.append(answered(2))
    unsubscribe()
    opened.log.append(answered(3))
    assert some == ["CallAnswered", "CallAnswered"]
    assert every == ["LanguageChosen", "CallAnswered", "CallAnswered"]
    await opened.log.close()


async def test_events_that_belong_together_are_told_when_all_are_kept(home: Home) -> None:
    opened = await home.open()
    kept: list[tuple[int, int]] = []
    opened.log.subscribe(lambda recorded: kept.append((recorded.seq, opened.log.appended)))
    made = opened.log.append_all([answered(1), answered(2), answered(3)])
    assert [recorded.seq for recorded in made] == [1, 2, 3]
    assert len({recorded.at for recorded in made}) == 1
    assert kept == [(1, 3), (2, 3), (3, 3)]
    await opened.log.abandon()
    again = await home.open()
    assert [recorded.seq for recorded in again.tail] == [1, 2, 3]
    await again.log.close()


async def test_of_events_that_belong_together_none_is_kept_when_one_cannot_be(home: Home) -> None:
    opened = await home.open()
    with pytest.raises(TypeError):
        opened.log.append_all([answered(1), e.CallAnswered(call=object())])  # type: ignore[arg-type]
    assert opened.log.append(answered(1)).seq == 1


async def test_what_comes_during_a_transaction_waits_for_company(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("records.writer.BATCH_WAIT_S", 0.3)
    opened = await home.open()
    store, loop = opened.log._store, asyncio.get_running_loop()
    write, go_on = store.write, threading.Event()
    begun: asyncio.Queue[int] = asyncio.Queue()

    def held_up(epoch: int, entries: Sequence[Entry], **named: Any) -> None:
        loop.call_soon_threadsafe(begun.put_nowait, len(entries))
        go_on.wait(10)
        write(epoch, entries, **named)

    store.write = held_up  # type: ignore[method-assign]
    opened.log.append(answered(0))
    flushed = asyncio.create_task(opened.log.flush())
    async with asyncio.timeout(10):
        assert await begun.get() == 1
        opened.log.append(answered(1))
        go_on.set()
        await flushed
        opened.log.append(answered(2))
        assert await begun.get() == 2
        opened.log.append(answered(3))
        await opened.log.flush()
    await opened.log.close()


async def test_what_only_the_journal_holds_is_written_without_anything_to_follow(home: Home) -> None:
    opened = await home.open(limits=LogLimits(in_memory=200))
    for number in range(300):
        opened.log.append(answered(number))
    async with asyncio.timeout(10):
        while opened.log.backlog:  # noqa: ASYNC110 - waiting by flush would have it written
            await asyncio.sleep(0.01)
    await opened.log.close()


async def test_an_event_that_cannot_be_encoded_leaves_no_trace(home: Home) -> None:
    opened = await home.open()
    with pytest.raises(TypeError):
        opened.log.append(e.CallAnswered(call=object()))  # type: ignore[arg-type]
    assert opened.log.append(answered(1)).seq == 1
    await opened.log.close()


async def test_snapshot_and_tail_give_what_a_full_replay_gives(home: Home) -> None:
    opened = await home.open()
    state: list[int] = []
    opened.log.subscribe(lambda recorded: state.append(recorded.seq))
    for number in range(5):
        for _ in range(700):
            opened.log.append(answered(number))
        await opened.log.snapshot({"seen": state})
    opened.log.append(answered(9))
    await opened.log.abandon()
    again = await home.open()
    assert again.snapshot is not None
    assert again.snapshot.seq == 3500
    assert again.snapshot.state["seen"] + [recorded.seq for recorded in again.tail] == list(range(1, 3502))
    assert calls(again.tail) == ["c9"]
    async with home.engine.connect() as connection:
        kept = await connection.exec_driver_sql("SELECT seq FROM snapshots ORDER BY seq")
        assert [row[0] for row in kept] == [2100, 2800, 3500]
    await again.log.close()


async def test_a_damaged_snapshot_is_passed_over(home: Home) -> None:
    opened = await home.open()
    for number in range(2):
        opened.log.append(answered(number))
        await opened.log.snapshot({"number": number})
    await opened.log.close()
    damaged = update(models.snapshots).where(models.snapshots.c.seq == 2).values(state=b"{}")
    async with home.engine.execution_options(writes=True).begin() as connection:
        await connection.execute(damaged)
    again = await home.open()
    assert again.snapshot is not None
    assert again.snapshot.state == {"number": 0}
    assert calls(again.tail) == ["c1"]
    await again.log.close()


async def test_a_snapshot_is_not_held_up_by_events_that_come_after_it(home: Home) -> None:
    opened = await home.open()
    opened.log.append(answered(1))
    storing = asyncio.create_task(opened.log.snapshot({"at": 1}))
    await asyncio.sleep(0)
    opened.log.append(answered(2))
    await storing
    await opened.log.close()
    again = await home.open()
    assert again.snapshot is not None
    assert (again.snapshot.seq, calls(again.tail)) == (1, ["c2"])
    await again.log.close()


@pytest.mark.parametrize("flip", [False, True])
async def test_a_torn_journal_is_read_as_far_as_it_goes_and_reported(home: Home, flip: bool) -> None:
    opened = await home.open()
    for number in range(50):
        opened.log.append(answered(number))
    await opened.log.abandon()
    (path,) = home.journal_files()
    data = bytearray(path.read_bytes())
    if flip:
        data[len(data) // 2] ^= 0x40
        path.write_bytes(data)
    else:
        path.write_bytes(data[:-7])
    again = await home.open()
    assert len(calls(again.tail)) == 49
    await again.alarms.until("journal_damaged")
    assert path.name in again.alarms.standing["journal_damaged"]
    assert ("events_missing" in again.alarms.standing) is flip
    assert again.log.append(answered(99)).seq == (51 if flip else 50)
    await again.log.close()
    assert home.journal_files() == []


async def test_an_event_of_a_newer_version_is_passed_over_and_reported(home: Home) -> None:
    opened = await home.open()
    for number in range(3):
        opened.log.append(answered(number))
    await opened.log.close()
    newer = update(models.events).values(type="CallBeamedUp", body='{"type":"CallBeamedUp"}')
    async with home.engine.execution_options(writes=True).begin() as connection:
        await connection.execute(newer.where(models.events.c.seq == 2))
    again = await home.open()
    assert calls(again.tail) == ["c0", "c2"]
    await again.alarms.until("events_unreadable")
    await again.log.close()


async def test_a_small_memory_reads_the_rest_from_the_journal(home: Home) -> None:
    opened = await home.open(limits=LogLimits(in_memory=100, unjournaled=10))
    for number in range(5000):
        opened.log.append(answered(number))
    assert opened.log.backlog == 5000
    await opened.log.flush()
    assert (opened.log.backlog, opened.log.lost, opened.log.written) == (0, 0, 5000)
    await opened.log.close()
    assert len((await home.open()).tail) == 5000


async def test_inline_work_needs_no_threads(home: Home) -> None:
    opened = await home.open(inline=True)
    opened.log.append(answered(1))
    await opened.log.flush()
    assert opened.log.written == 1
    await opened.log.close()


async def test_ten_thousand_appends_take_less_than_a_second(home: Home) -> None:
    opened = await home.open()
    started = time.thread_time()  # the caller's own: on a busy machine others have their share of a second
    for number in range(10_000):
        opened.log.append(
            e.OfferEnded(
                offer=f"o{number}", call=f"c{number}", queue="cards", agent="1001", outcome="busy", rang_s=0.2
            )
        )
    assert time.thread_time() - started < 1
    await opened.log.flush()
    await opened.log.close()


async def test_a_long_log_is_replayed_in_bounded_memory(home: Home, tmp_path: Path) -> None:
    events = 100_000
    opened = await home.open()
    for number in range(events):
        opened.log.append(answered(number % 50))
        if number % 20_000 == 0:
            await opened.log.flush()
    await opened.log.close()
    log = await EventLog.open(
        engine=home.engine,
        journal_dir=home.journal,
        site="s",
        node="n",
        now=time.time,
        master_key=MASTER_KEY,
    )
    _, tail = await log.recover()
    counts: dict[str, int] = {}
    tracemalloc.start()
    async for recorded in tail:
        call = msgspec.structs.asdict(recorded.event)["call"]
        counts[call] = counts.get(call, 0) + 1
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert counts == {f"c{number}": events // 50 for number in range(50)}
    assert peak < 10_000_000
    await log.close()
