"""A home folder with a real database and journal for tests of the records."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import msgspec
import pytest

from records.database import migrate, open_engine
from records.events import CallAnswered, Recorded
from records.log import EventLog, LogLimits
from records.queries import Queries
from records.snapshots import Snapshot

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


MASTER_KEY = bytes(range(32))
ON_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""For tests that look into the database's file, or have its size limited."""


class Alarms:
    """What a log complained about, and a way to wait for it."""

    def __init__(self) -> None:
        self.standing: dict[str, str] = {}
        self.history: list[str] = []
        self._changed = asyncio.Event()

    def attach(self, log: EventLog) -> None:
        log.on_alarm, log.on_clear = self._raised, self._cleared

    async def until(self, name: str, *, standing: bool = True) -> None:
        async with asyncio.timeout(20):
            while (name in self.standing) is not standing:
                self._changed.clear()
                await self._changed.wait()

    def _raised(self, name: str, detail: str) -> None:
        self.standing[name] = detail
        self.history.append(name)
        self._changed.set()

    def _cleared(self, name: str) -> None:
        self.standing.pop(name, None)
        self._changed.set()


class Opened(msgspec.Struct):
    """A log read to its end."""

    log: EventLog
    alarms: Alarms
    snapshot: Snapshot | None
    tail: list[Recorded]


class Home:
    """Paths and settings of one installation."""

    def __init__(self, folder: Path, database: str | None = None) -> None:
        self.folder = folder
        self.url = database or f"sqlite:///{folder / 'ringhall.db'}"
        self.journal = folder / "journal"
        self.engine = open_engine(self.url)

    async def open(
        self,
        *,
        journal: Path | None = None,
        node: str = "node-1",
        limits: LogLimits | None = None,
        inline: bool = False,
    ) -> Opened:
        log = await EventLog.open(
            engine=self.engine,
            journal_dir=journal or self.journal,
            site="Harbour Bank",
            node=node,
            now=time.time,
            master_key=MASTER_KEY,
            limits=limits,
            inline=inline,
        )
        alarms = Alarms()
        alarms.attach(log)
        snapshot, tail = await log.recover()
        return Opened(log, alarms, snapshot, [recorded async for recorded in tail])

    def journal_files(self) -> list[Path]:
        return sorted((self.journal / "main").glob("*.journal"))


def append(opened: Opened, first: int, last: int) -> None:
    """Append events of the calls ``c{first}`` to before ``c{last}``."""
    for number in range(first, last):
        opened.log.append(CallAnswered(call=f"c{number}"))


async def stored(home: Home) -> list[str]:
    """Give the calls of the events of :func:`append` that the database has, in order."""
    found = await Queries(home.engine).events_after("main", 0, 100_000)
    return [recorded.event.call for recorded in found if isinstance(recorded.event, CallAnswered)]


@asynccontextmanager
async def new_home(folder: Path, database: str | None = None) -> AsyncIterator[Home]:
    home = Home(folder, database)
    await migrate(home.url)
    try:
        yield home
    finally:
        await home.engine.dispose()
