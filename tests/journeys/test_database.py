"""The database is locked by somebody, or its disk is full: calls go on, and nothing of them is lost."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import sys
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.small_disk import SmallDiskError, fill, small_disk
from records import events as e
from tests.harness.talk import expect_talk
from tests.journeys.house import AGENT_HZ, CALLER_HZ, JOURNEY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from callflow.private_server import PrivateServer
    from tests.journeys.conftest import HouseMaker
    from tests.journeys.house import House

pytestmark = JOURNEY


async def status(house: House) -> tuple[int, dict[str, Any]]:
    """Give the exit status of ``ringhall status`` and what it prints."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from callflow.cli import main; main()", "status", "--json"),
        env={**os.environ, "RINGHALL_HOME": str(house.server.home)},
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await child.communicate()
    return child.returncode or 0, json.loads(out)


async def alarm(house: House, name: str, words: str) -> None:
    """Expect ``ringhall status`` to tell of an alarm."""
    await house.sees(e.AlarmRaised, seconds=10, alarm=name)
    code, told = await status(house)
    assert code == 1
    assert words in told["alarms"][name]


async def a_whole_call(house: House, agent: str) -> str:
    """Let a caller talk to an agent and hang up; give the call's id."""
    phone = await house.agent(agent)
    caller = await house.waiting_caller("2000")
    await house.sees(e.CallConnected, call=caller.call, agent=agent)
    await expect_talk(caller.phone, CALLER_HZ, phone, AGENT_HZ)
    await caller.hang_up()
    await house.sees(e.CallEnded, call=caller.call)
    await house.state(agent, "ready")
    await house.server.pause(agent)
    return caller.call


async def all_written(house: House, calls: list[str], *alarms: str) -> None:
    """Expect every event of this test in the database, in order, and whole records."""
    for name in alarms:
        await house.sees(e.AlarmCleared, seconds=15, alarm=name)
    await house.server.until(lambda: _no_backlog(house), 10, "empty backlog")
    code, told = await status(house)
    assert (code, told["alarms"]) == (0, {})
    stored = await house.server.events()
    assert [recorded.seq for recorded in stored] == list(range(1, len(stored) + 1))
    by_seq = {recorded.seq: recorded for recorded in stored}
    for recorded in house.feed.events:
        assert by_seq[recorded.seq] == recorded
    records = {record.call: record for record in await house.server.records()}
    for call in calls:
        record = records[call]
        assert (record.outcome, record.ended_by) == ("completed", "caller")
        assert record.talk_s is not None
        assert record.wrap_up_s is not None


async def _no_backlog(house: House) -> bool:
    return bool((await house.server.ask("GET", "/control/status"))["backlog"] == 0)


@pytest.fixture
def locked(server: PrivateServer) -> Callable[[], sqlite3.Connection]:
    def lock() -> sqlite3.Connection:
        connection = sqlite3.connect(server.home / "ringhall.db", isolation_level=None)
        connection.execute("BEGIN EXCLUSIVE")
        return connection

    return lock


async def test_locked(house: House, locked: Callable[[], sqlite3.Connection]) -> None:
    """For five seconds and more another program holds the write lock."""
    talking_agent = await house.agent("1002")
    talker = await house.waiting_caller("2000")
    await talking_agent.established()
    lock = locked()
    began = asyncio.get_running_loop().time()
    try:
        during = await a_whole_call(house, "1001")
        await talker.hang_up()
        await house.sees(e.CallEnded, call=talker.call)
        await alarm(house, "database", "another program holds the database's write lock")
        written = (await house.server.events())[-1].seq
        assert written < house.feed.last
        await asyncio.sleep(max(0.0, began + 5 - asyncio.get_running_loop().time()))
    finally:
        lock.rollback()
        lock.close()
    await all_written(house, [during, talker.call], "database")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    try:
        with small_disk(tmp_path / "disk", "4m") as folder:
            yield folder
    except SmallDiskError as error:
        pytest.skip(str(error))


async def test_full(own_server: PrivateServer, make_house: HouseMaker, disk: Path) -> None:
    """The disk that holds database and journal is full."""
    server = own_server
    (server.home / "ringhall.db").symlink_to(disk / "ringhall.db")
    (disk / "journal").mkdir()
    (server.home / "journal").symlink_to(disk / "journal")
    async with server, make_house(server) as house:
        connection = sqlite3.connect(disk / "ringhall.db")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        ballast = fill(disk)
        during = await a_whole_call(house, "1001")
        await alarm(house, "database", "full")
        await alarm(house, "journal", "a crash would lose events")
        after = await a_whole_call(house, "1002")
        ballast.unlink()
        await all_written(house, [during, after], "database", "journal")
