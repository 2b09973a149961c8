"""Everything ends in the middle of writes, and what was not synced is torn: the log can be read even so."""

from __future__ import annotations

import asyncio
import random
import time
from typing import TYPE_CHECKING

from benchmarks.chaos import probe
from benchmarks.chaos.scene import Crowd, scene
from benchmarks.chaos.sequences import lock_for
from benchmarks.chaos.staffed import MENU
from benchmarks.chaos.verdict import Verdict
from callflow.private_server import PrivateServer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NAME = "power_cut"
SYNC_S = 0.1
"""The journal is synced every 50 ms: what was told longer ago must survive."""
_LOCKED_S = 5.0


async def run(folder: Path, crowd: Crowd) -> Verdict:
    """``recovery_s``: from the next start until a call is answered.

    A power cut takes back what the disk had not got.  Here somebody has locked the database for a while, so
    that the journal alone has the last events; what was written to it after the last sync is cut at a random
    byte and followed by rubbish.  The database stays as the death of its process left it: that a commit
    survives is its own guarantee.
    """
    dice = random.Random(4711)
    async with scene(folder, crowd, kind=PrivateServer) as there:
        server, journal = there.server, there.server.home / "journal"
        await there.fill()
        locking = asyncio.create_task(asyncio.to_thread(lock_for, server.home / "ringhall.db", _LOCKED_S))
        await asyncio.sleep(0.3)
        in_database = (await server.events())[-1].seq
        await there.talkers.ask("hang_up 0 3")
        await asyncio.sleep(1.5)  # their agents wrap up, and have others on the line
        safe, synced = dict(there.witness.told), _sizes(journal)
        await asyncio.sleep(SYNC_S)
        await there.talkers.ask("hang_up 3 5")
        await asyncio.sleep(0.02)
        await server.kill_controller()
        server.kill_asterisk()
        torn = await asyncio.to_thread(_tear, journal, synced, dice)
        await locking
        there.witness.told = safe
        process = server.settings.asterisk_home.process
        began = time.monotonic()
        process.start(ends_with_starter=True)
        await asyncio.to_thread(process.wait_ready)
        await server.start_controller()
        back = await probe.answered(server.sip, MENU, 30)
        verdict = Verdict(fault=NAME, calls=crowd.all, lost_calls=0, recovery_s=round(back - began, 2))
        alone = max(safe) - in_database
        verdict.measured = {"in_the_journal_alone": alone, "bytes_torn": torn}
        verdict.expect(alone > 0, "no event was in the journal alone, so nothing was tried")
        verdict.expect(torn > 0, "nothing was being written, so nothing was torn")
        numbers = [recorded.seq for recorded in await server.events()]
        verdict.expect(numbers == sorted(set(numbers)), "numbers of events are not in order, each once")
        return await there.account(verdict)


def _sizes(journal: Path) -> dict[Path, int]:
    return {path: path.stat().st_size for path in journal.rglob("*.journal")}


def _tear(journal: Path, synced: Mapping[Path, int], dice: random.Random) -> int:
    """Cut the newest file somewhere behind what was synced, and let rubbish follow; gives the bytes cut."""
    newest = max(journal.rglob("*.journal"), key=lambda path: path.stat().st_mtime)
    content, since = newest.read_bytes(), synced.get(newest, 0)
    cut = dice.randrange(since, max(since + 1, len(content)))
    newest.write_bytes(content[:cut] + dice.randbytes(64))
    return len(content) - cut
