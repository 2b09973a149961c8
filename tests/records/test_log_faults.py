"""Database and journal in trouble, for real: appends go on, and everything is written in order after."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from benchmarks.small_disk import SmallDiskError, small_disk
from records import events as e
from records.database import open_sync_engine
from records.errors import DatabaseError
from records.log import LogLimits
from records.queries import Queries
from tests.records.homes import ON_SQLITE, append, stored
from tests.records.test_call_record import ARRIVAL, CALL_OVER, CONNECTED, OFFERED, QUEUED, TALK_OVER
from tests.records.traces import trace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

    from sqlalchemy import Connection

    from tests.records.homes import Home


def names(last: int) -> list[str]:
    return [f"c{number}" for number in range(last)]


def locked(home: Home) -> Connection:
    """Let another program write, until its connection is closed."""
    connection = open_sync_engine(home.url).execution_options(writes=True).connect()
    connection.begin()
    return connection


async def test_a_locked_database_is_waited_for(home: Home) -> None:
    opened = await home.open(limits=LogLimits(in_memory=200))
    append(opened, 0, 10)
    await opened.log.flush()
    blocker = locked(home)
    append(opened, 10, 700)
    await opened.alarms.until("database")
    assert "write lock" in opened.alarms.standing["database"]
    with pytest.raises(DatabaseError, match="tried on"):
        await opened.log.snapshot({"at": "outage"}, timeout=0.01)
    subject = opened.log.vault.subject_for("+86 21 5550 1000")
    append(opened, 700, 1500)
    assert opened.log.backlog > 1400
    assert await stored(home) == names(10)
    blocker.close()
    await opened.log.flush()
    await opened.alarms.until("database", standing=False)
    assert await stored(home) == names(1500)
    assert opened.log.vault.subject_for("+862155501000") == subject
    await opened.log.close()
    again = await home.open()
    assert again.snapshot is not None
    assert again.snapshot.state == {"at": "outage"}
    await again.log.close()


async def test_a_batch_tried_many_times_is_folded_once(home: Home) -> None:
    opened = await home.open()
    for item in trace(ARRIVAL + QUEUED + OFFERED + CONNECTED):
        opened.log.append(item.event)
    await opened.log.flush()
    blocker = locked(home)
    for item in trace(TALK_OVER + CALL_OVER):
        opened.log.append(item.event)
    await opened.alarms.until("database")
    blocker.close()
    await opened.log.flush()
    (record,) = await Queries(home.engine).records()
    assert record.talk_s == 60.0
    assert len(record.offers) == 1
    await opened.log.close()


async def test_a_batch_whose_commit_was_reported_failed_is_not_written_twice(home: Home) -> None:
    opened = await home.open()
    write, failures = opened.log._store.write, 3

    def written_but_unknown(*arguments: Any, **named: Any) -> None:
        nonlocal failures
        write(*arguments, **named)
        if failures:
            failures -= 1
            raise OperationalError("COMMIT", {}, ConnectionError("cut"))

    opened.log._store.write = written_but_unknown  # type: ignore[method-assign]
    append(opened, 0, 700)
    opened.log.vault.subject_for("+49 30 1234")
    await opened.log.flush()
    assert failures == 0
    assert await stored(home) == names(700)
    await opened.log.close()


@ON_SQLITE
async def test_a_full_database_disk_is_waited_for(home: Home) -> None:
    opened = await home.open()
    append(opened, 0, 10)
    await opened.log.flush()
    engine = opened.log._store.engine
    limit = "PRAGMA max_page_count=1"

    @event.listens_for(engine, "begin")
    def full(connection: Any) -> None:
        # SQLite's own limit gives the same error as a full disk, from the same place
        connection.exec_driver_sql(limit)

    append(opened, 10, 5000)
    await opened.alarms.until("database")
    assert "disk is full" in opened.alarms.standing["database"]
    append(opened, 5000, 6000)
    limit = "PRAGMA max_page_count=1000000"
    await opened.log.flush()
    assert await stored(home) == names(6000)
    await opened.log.close()


async def test_killed_while_the_database_is_locked(home: Home) -> None:
    opened = await home.open()
    blocker = locked(home)
    append(opened, 0, 800)
    await opened.log.abandon()
    blocker.close()
    again = await home.open()
    assert [recorded.seq for recorded in again.tail] == list(range(1, 801))
    assert await stored(home) == names(800)
    await again.log.close()


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    try:
        with small_disk(tmp_path / "tiny", "256k") as folder:
            yield folder
    except SmallDiskError as error:
        pytest.skip(str(error))


async def test_a_full_journal_disk_is_bridged_by_memory(home: Home, tiny_disk: Path) -> None:
    opened = await home.open(journal=tiny_disk / "journal")
    filler = tiny_disk / "filler"
    filler.write_bytes(b"\0" * 200_000)
    append(opened, 0, 2000)
    await opened.alarms.until("journal")
    assert "No space left" in opened.alarms.standing["journal"]
    append(opened, 2000, 3000)
    await opened.log.flush()
    assert await stored(home) == names(3000)
    filler.unlink()
    append(opened, 3000, 3100)
    await opened.alarms.until("journal", standing=False)
    append(opened, 3100, 3200)
    await opened.log.abandon()
    again = await home.open(journal=tiny_disk / "journal")
    assert await stored(home) == names(3200)
    assert again.alarms.history == []
    await again.log.close()


async def test_when_memory_is_full_too_the_newest_are_lost_and_said_to_be(
    home: Home, tiny_disk: Path
) -> None:
    limits = LogLimits(in_memory=100, unjournaled=500)
    opened = await home.open(journal=tiny_disk / "journal", limits=limits)
    blocker = locked(home)
    append(opened, 0, 10_000)
    lost = opened.log.lost
    assert lost > 0
    await opened.alarms.until("events_lost")
    blocker.close()
    await opened.log.flush()
    assert await stored(home) == names(10_000 - lost)
    opened.log.append(e.CallAnswered(call="after"))
    await opened.log.flush()
    assert (await stored(home))[-1] == "after"
    await opened.log.close()
