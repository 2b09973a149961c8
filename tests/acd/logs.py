"""Logs of floors in a database of their own, as a controller would have left them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acd.core.floor import Floor
from records.database import migrate, open_engine
from records.log import EventLog

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Any


async def written(log: Sequence[tuple[float, Any]], folder: Path, *, snapshots: int) -> str:
    """Put events with their times into a database, with so many snapshots on the way."""
    url = f"sqlite:///{folder / 'ringhall.db'}"
    await migrate(url)
    engine = open_engine(url)
    now = 0.0
    into = await EventLog.open(
        engine=engine, journal_dir=folder / "journal", site="s", node="n",
        now=lambda: now, master_key=bytes(32), inline=True,
    )  # fmt: skip
    _, tail = await into.recover()
    assert [one async for one in tail] == []
    floor = Floor()
    every = len(log) // (snapshots + 1) + 1
    for number, (now, event) in enumerate(log, 1):
        into.append(event)
        floor.apply(event, now)
        if snapshots and number % every == 0:
            await into.snapshot({"acd": floor.snapshot()})
    await into.flush()
    await into.close()
    await engine.dispose()
    return url
