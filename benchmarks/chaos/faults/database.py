"""The database is locked, slow, gone, or its disk full: calls go on, and all is written afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from typing import TYPE_CHECKING

from benchmarks.chaos.scene import Crowd, Scene, count, scene
from benchmarks.chaos.staffed import MENU, QUEUE
from benchmarks.chaos.verdict import Verdict
from benchmarks.private_postgresql import PrivatePostgresql
from benchmarks.small_disk import SmallDiskError, fill, small_disk
from records import events as e

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

LOCKED, SLOW, GONE, FULL = "database_locked", "database_slow", "database_gone", "disk_full"
LASTS_S, LASTS_QUICK_S = 60.0, 8.0
STATEMENT_S = 2.0
LEAVING = 3
_ALARM = "database"


async def run_locked(folder: Path, crowd: Crowd) -> Verdict:
    """For a minute nobody can write; ``recovery_s``: from its end until everything is written."""
    return await _run(LOCKED, folder, crowd, lambda seconds: _locked(_file(folder), seconds))


async def run_slow(folder: Path, crowd: Crowd) -> Verdict:
    """For a minute each write waits two seconds; ``recovery_s`` as in :func:`run_locked`."""
    return await _run(SLOW, folder, crowd, lambda seconds: _slow(_file(folder), seconds))


async def run_gone(folder: Path, crowd: Crowd) -> Verdict:
    """For a minute PostgreSQL is not there at all; ``recovery_s`` as in :func:`run_locked`."""
    with PrivatePostgresql(folder / "postgresql") as postgresql:

        def gone(seconds: float) -> None:
            postgresql.stop()
            time.sleep(seconds)
            postgresql.start()

        return await _run(GONE, folder, crowd, gone, postgresql.database())


async def run_full(folder: Path, crowd: Crowd) -> Verdict:
    """For a minute the disk with database and journal is full; ``recovery_s`` as in :func:`run_locked`."""
    try:
        with small_disk(folder / "disk", "32m") as disk:

            def full(seconds: float) -> None:
                connection = sqlite3.connect(disk / "ringhall.db", timeout=30)
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                connection.close()
                ballast = fill(disk)
                time.sleep(seconds)
                ballast.unlink()

            home = folder / "home"
            home.mkdir(mode=0o700)
            (disk / "journal").mkdir()
            (home / "journal").symlink_to(disk / "journal")
            (home / "ringhall.db").symlink_to(disk / "ringhall.db")
            return await _run(FULL, folder, crowd, full)
    except SmallDiskError as error:
        return Verdict(fault=FULL, calls=0, lost_calls=0, broken=[str(error)])


def _file(folder: Path) -> Path:
    return folder / "home" / "ringhall.db"


async def _run(
    name: str, folder: Path, crowd: Crowd, fault: Callable[[float], None], database: str | None = None
) -> Verdict:
    async with scene(folder, crowd, database=database) as there:
        await there.fill()
        lasts_s = LASTS_QUICK_S if crowd.all < Crowd().all else LASTS_S
        failing = asyncio.create_task(asyncio.to_thread(fault, lasts_s))
        await asyncio.sleep(0.5)
        verdict = Verdict(fault=name, calls=crowd.all + LEAVING, lost_calls=0)
        await _calls_go_on(there, verdict)
        await failing
        over = time.monotonic()
        await there.server.until(lambda: _written(there), 30, "events in the database")
        verdict.recovery_s = round(time.monotonic() - over, 2)
        raised = await there.server.until_event(
            e.AlarmRaised, 5, count=0, met=lambda event: event.alarm == _ALARM
        )
        verdict.expect(bool(raised), "no alarm was raised")
        status = await there.server.ask("GET", "/control/status")
        verdict.expect(_ALARM not in status["alarms"], "the alarm was not cleared")
        return await there.account(verdict)


async def _calls_go_on(there: Scene, verdict: Verdict) -> None:
    """Let some hang up, others have their turn, and new ones come."""
    crowd = there.crowd
    began = time.monotonic()
    await there.talkers.ask(f"hang_up 0 {LEAVING}")
    await there.talkers.ask(f"call {MENU} {LEAVING} 10 quiet")
    await there.until(
        lambda seen: (
            count(seen, "talking") == crowd.talking
            and count(seen, "waiting") == crowd.waiting - LEAVING
            and count(seen, "menu") == crowd.in_menus + LEAVING
        ),
        7,
        f"calls that go on (new ones at {QUEUE})",
    )
    verdict.measured["routed_meanwhile_s"] = round(time.monotonic() - began, 2)


async def _written(there: Scene) -> bool:
    status = await there.server.ask("GET", "/control/status")
    return int(status["backlog"]) == 0 and _ALARM not in status["alarms"]


def _locked(file: Path, lasts_s: float) -> None:
    with _writing(file):
        time.sleep(lasts_s)


def _slow(file: Path, lasts_s: float) -> None:
    end = time.monotonic() + lasts_s
    while time.monotonic() < end:
        with _writing(file):
            time.sleep(STATEMENT_S)
        time.sleep(0.005)


@contextlib.contextmanager
def _writing(file: Path) -> Iterator[None]:
    connection = sqlite3.connect(file, timeout=30, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")
    finally:
        connection.close()
