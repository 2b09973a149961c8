"""Everything ends in the middle of writes, and what was not synced is torn: the log can be read even so."""

from __future__ import annotations

import asyncio
import random
import time
from typing import TYPE_CHECKING

from benchmarks.chaos import probe
from benchmarks.chaos.scene import Crowd, scene
from benchmarks.chaos.staffed import MENU
from benchmarks.chaos.verdict import Verdict
from callflow.private_server import PrivateServer
from records import events as e

if TYPE_CHECKING:
    from pathlib import Path

NAME = "power_cut"
SYNC_S = 0.1
"""The journal is synced every 50 ms; an event that was told longer ago must survive."""
_TORN = 400


async def run(folder: Path, crowd: Crowd) -> Verdict:
    """``recovery_s``: from the next start until a call is answered.

    A power cut takes back what the disk had not got.  Here the end of the journal (what was written in the
    last moments) is cut at a random byte and followed by rubbish; the database, whose own guarantee that is,
    stays as the death of its process left it.
    """
    dice = random.Random(4711)
    async with scene(folder, crowd, kind=PrivateServer) as there:
        server = there.server
        await there.fill()
        await there.talkers.ask("hang_up 0 3")  # so that something is being written
        await asyncio.sleep(0.3)
        marked = time.time() - SYNC_S
        safe = {recorded.seq for recorded in await server.events() if recorded.at.timestamp() <= marked}
        await server.kill_controller()
        server.kill_asterisk()
        await asyncio.sleep(0.5)
        await asyncio.to_thread(_tear, server.home / "journal", dice)
        there.witness.told = {seq: told for seq, told in there.witness.told.items() if seq in safe}
        process = server.settings.asterisk_home.process
        began = time.monotonic()
        process.start(ends_with_starter=True)
        await asyncio.to_thread(process.wait_ready)
        await server.start_controller()
        back = await probe.answered(server.sip, MENU, 30)
        verdict = Verdict(fault=NAME, calls=crowd.all, lost_calls=0, recovery_s=round(back - began, 2))
        numbers = [recorded.seq for recorded in await server.events()]
        verdict.expect(numbers == sorted(set(numbers)), "numbers of events are not in order, each once")
        started = await server.until_event(e.ControllerStarted, count=2)
        verdict.expect(len(started) == 2, "the second controller did not start")
        return await there.account(verdict)


def _tear(journal: Path, dice: random.Random) -> None:
    """Cut the newest file of the journal somewhere in its last bytes, and let rubbish follow."""
    newest = max(journal.rglob("*.journal"), key=lambda path: path.stat().st_mtime)
    content = newest.read_bytes()
    cut = dice.randrange(max(0, len(content) - _TORN), len(content))
    newest.write_bytes(content[:cut] + dice.randbytes(64))
