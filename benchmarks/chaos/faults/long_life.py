"""Calls without a pause, and a fault every twenty seconds: what is left behind afterwards is nothing."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.chaos.scene import Crowd
from benchmarks.chaos.sequences import lock_for
from benchmarks.chaos.staffed import QUEUE, staffed
from benchmarks.chaos.verdict import Verdict
from benchmarks.chaos.witness import Witness, doubled
from benchmarks.machine import usage
from benchmarks.soak import ALLOWED_GROWTH, growth_of, left
from callflow.control_client import ControlError
from callflow.private_server import ServerFailed
from telephony.peers.sipp import callers
from telephony.peers.sipp_scenarios import CallerPlan, PhonePlan

if TYPE_CHECKING:
    from callflow.private_server import PrivateServer
    from telephony.peers.sipp import SippRun

NAME = "long_life"
MINUTES, QUICK_MINUTES = 4.0, 0.75
"""``make proof`` takes thirty (``--minutes``)."""
WARM_MINUTES = 10.0
"""Memory is still being warmed up in a shorter run: it is printed, and not judged."""
PER_SECOND, QUICK_PER_SECOND = 20.0, 3.0
TALK_MS = 2_000
EVERY_S = 20.0
KINDS = ("controller killed", "controller frozen", "asterisk frozen", "phones frozen", "database locked")
_SAMPLE_S = 2.0


async def run(folder: Path, crowd: Crowd) -> Verdict:
    """For some minutes."""
    if crowd.all < Crowd().all:
        return await live(folder, QUICK_MINUTES, QUICK_PER_SECOND, seed=1)
    return await live(folder, MINUTES, PER_SECOND, seed=1)


async def live(folder: Path, minutes: float, per_second: float, seed: int) -> Verdict:
    """Let calls come for so long; faults are those of a seed.

    Asterisk is frozen but not killed, since its death ends calls; so its memory can be followed.
    """
    desks = max(8, round(per_second * (TALK_MS / 1000 + 2.5) * 1.5))
    calls = round(minutes * 60 * per_second)
    async with AsyncExitStack() as stack:
        server, farm = await stack.enter_async_context(
            staffed(folder, desks, PhonePlan(ring_ms=200, talk_ms=TALK_MS))
        )
        witness = await stack.enter_async_context(Witness(server))
        before = await _left(server)
        plan = CallerPlan(QUEUE, stay_ms=90_000, first_number=4_420_900_000)
        callers_run = callers(server.sip, plan, calls=calls, per_second=per_second, folder=folder / "callers")
        await stack.enter_async_context(callers_run)
        memory: list[float] = []
        sampling = asyncio.create_task(_sample(server, memory), name="memory")
        faults = asyncio.create_task(_faults(server, farm, minutes, random.Random(seed)), name="faults")
        result = await callers_run.done(minutes * 60 + 120)
        happened = await faults
        sampling.cancel()
        verdict = Verdict(fault=NAME, calls=calls, lost_calls=calls - result.successful)
        ended = time.monotonic()
        await _settled(server, before, verdict)
        verdict.recovery_s = round(time.monotonic() - ended, 2)
        verdict.lost_events, verdict.doubled = await witness.lost(), await doubled(server)
        records = [record for record in await server.records() if record.outcome]
        verdict.expect(len(records) == calls, f"there are {len(records)} records of {calls} calls")
        grown = growth_of(memory)
        if minutes >= WARM_MINUTES:
            verdict.within(grown, ALLOWED_GROWTH, "of Asterisk's memory in growth")
        verdict.measured = {
            "minutes": minutes,
            "per_second": per_second,
            "faults": happened,
            "asterisk_growth": round(grown, 4),
            "asterisk_mb": [round(memory[0]), round(memory[-1])] if memory else [],
            "sipp_failures": result.failures,
            "before": before,
            "after": await _left(server),
        }
        return verdict


async def _faults(
    server: PrivateServer, farm: SippRun, minutes: float, dice: random.Random
) -> dict[str, int]:
    """Let one happen every :data:`EVERY_S`; the last one well before the end."""
    happened: dict[str, int] = {}
    end = time.monotonic() + minutes * 60 - 10
    while time.monotonic() + EVERY_S < end:
        await asyncio.sleep(EVERY_S)
        kind = dice.choice(
            ("controller killed", "controller frozen", "asterisk frozen", "phones frozen", "locked")
        )
        happened[kind] = happened.get(kind, 0) + 1
        with suppress(ProcessLookupError, ServerFailed):
            match kind:
                case "controller killed":
                    await server.kill_controller()
                case "controller frozen":
                    await _freeze(server.controller_pid, 1.0)
                case "asterisk frozen":
                    await _freeze(server.asterisk_pid, 0.5)
                case "phones frozen":
                    await _freeze(farm.pid, 1.0)
                case _:
                    await asyncio.to_thread(lock_for, server.home / "ringhall.db", 3.0)
    return happened


async def _freeze(pid: int, seconds: float) -> None:
    os.kill(pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(seconds)
    finally:
        os.kill(pid, signal.SIGCONT)


async def _sample(server: PrivateServer, memory: list[float]) -> None:
    while True:
        await asyncio.sleep(_SAMPLE_S)
        memory.append(usage(server.asterisk_pid).rss_mb)


async def _left(server: PrivateServer) -> dict[str, Any]:
    """Count what exists now, in Asterisk and in the controller."""
    return {**vars(await left(server)), "files": _open_files(server.asterisk_pid)}


def _open_files(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


async def _settled(server: PrivateServer, before: dict[str, Any], verdict: Verdict) -> None:
    """Wait until nothing is left that was not there before; some files and tasks may be on their way."""
    deadline, now = time.monotonic() + 30, before
    while time.monotonic() < deadline:
        with suppress(ControlError):
            now = await _left(server)
            same = all(now[name] == before[name] for name in ("channels", "bridges", "calls"))
            if same and now["tasks"] <= before["tasks"] + 2 and now["files"] <= before["files"] + 5:
                return
        await asyncio.sleep(0.5)
    verdict.broken.append(f"left behind: {now}, before {before}")
