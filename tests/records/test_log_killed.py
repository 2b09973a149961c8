"""SIGKILL to a process that writes: what ``append`` returned for is there, once, at whatever instant."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.records.homes import Home


@pytest.mark.parametrize("events", [1, 700])
async def test_nothing_that_was_appended_is_lost_or_doubled(home: Home, events: int) -> None:
    acknowledged = 0
    for _ in range(3):
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.records.endless_writer",
            str(home.folder),
            home.url,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        for _ in range(events):
            acknowledged = int(await process.stdout.readline())
        process.kill()
        acknowledged = int(([b"%d" % acknowledged, *(await process.stdout.read()).split()])[-1])
        await process.wait()
    opened = await home.open()
    seqs = [recorded.seq for recorded in opened.tail]
    assert seqs == list(range(1, len(seqs) + 1))
    assert acknowledged <= len(seqs) <= acknowledged + 1
    assert [recorded.epoch for recorded in opened.tail] == sorted(recorded.epoch for recorded in opened.tail)
    assert {recorded.epoch for recorded in opened.tail} == {1, 2, 3}
    subjects = [opened.log.vault.subject_for(f"+49{seq}") for seq in range(1, acknowledged)]
    assert len(set(subjects)) == acknowledged - 1
    assert opened.alarms.history == []
    await opened.log.close()
