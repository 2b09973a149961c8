"""``python -m benchmarks.soak [--minutes N]``: calls without a pause, and what they leave behind: nothing.

Callers go through menu, queue and agent for half an hour; memory is read all the while.  Exit status 1 when
it grows by more than 5 % (the mean of the last quarter against that of the second), or when afterwards a
channel, a bridge, a call or a task of the controller is left (the holding bridge of a music class stays).
With ``--keep`` the result goes to docs/proof/soak.json.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import floor
from benchmarks.machine import conditions, usage
from benchmarks.proof import KEPT, commit
from callflow.private_server import PrivateServer, ServerFailed
from records import events as e
from telephony.peers.sipp import callers
from telephony.peers.sipp_scenarios import CallerPlan, PhonePlan, Press

PER_SECOND = 20
TALK_MS, RING_MS, WRAP_UP_S = 2_000, 200, 1.0
DESKS = 100
"""Some 65 of them are busy at a time."""
SAMPLE_S = 5.0
ALLOWED_GROWTH = 0.05
_FIRST_NUMBER = 4_420_700_000
_CHANNELS = re.compile(r"(\d+) active channel")


@dataclass(frozen=True)
class Sample:
    """Memory at one moment, in MB."""

    at_s: float
    controller: float
    asterisk: float


@dataclass(frozen=True)
class Left:
    """What exists when nobody calls."""

    channels: int
    bridges: int
    calls: int
    tasks: int


async def soak(minutes: float) -> dict[str, Any]:
    """Let calls run for so long; give the figures."""
    calls = round(minutes * 60 * PER_SECOND)
    samples: list[Sample] = []
    with tempfile.TemporaryDirectory(prefix="ringhall-soak-") as folder:
        async with floor.make_server(Path(folder) / "home", DESKS) as server:
            plan = CallerPlan(floor.DIAL, (Press(150, "1"),), stay_ms=60_000, first_number=_FIRST_NUMBER)
            phones = PhonePlan(ring_ms=RING_MS, talk_ms=TALK_MS)
            async with floor.desk_phones(server, DESKS, phones, Path(folder) / "phones") as farm:
                await floor.staff(server, farm, DESKS)
                await floor.make_ready(server, range(DESKS))
                before = await left(server)
                began = time.monotonic()
                run = callers(
                    server.sip, plan, calls=calls, per_second=PER_SECOND, folder=Path(folder) / "callers"
                )
                async with run:
                    sampling = asyncio.create_task(_sample(server, began, minutes, samples))
                    result = await run.done(minutes * 60 + 90)
                    sampling.cancel()
                    await asyncio.gather(sampling, return_exceptions=True)
                await server.until_event(e.CallEnded, 30, count=calls)
                await asyncio.sleep(WRAP_UP_S + 4)
                after = await left(server)
    growth = {name: growth_of([getattr(one, name) for one in samples]) for name in ("controller", "asterisk")}
    return {
        "what": "soak",
        "commit": commit(),
        "minutes": minutes,
        "calls": calls,
        "calls_per_second": PER_SECOND,
        "served": result.successful,
        "memory_growth": growth,
        "controller_mb": _range(samples, "controller"),
        "asterisk_mb": _range(samples, "asterisk"),
        "left_before": vars(before),
        "left_after": vars(after),
        "clean": result.successful == calls and after == before,
        "flat": all(share <= ALLOWED_GROWTH for share in growth.values()),
        "conditions": conditions(),
    }


async def left(server: PrivateServer) -> Left:
    """Count what exists now."""
    console = server.settings.asterisk_home.process
    told = await asyncio.to_thread(console.cli, "core show channels count")
    bridges = await asyncio.to_thread(console.cli, "bridge show all")
    status = await server.ask("GET", "/control/status")
    found = _CHANNELS.search(told)
    return Left(
        channels=int(found[1]) if found else 0,
        bridges=sum("holding_bridge" not in line for line in bridges.splitlines()[1:] if line.strip()),
        calls=status["calls"],
        tasks=status["tasks"],
    )


async def _sample(server: PrivateServer, began: float, minutes: float, samples: list[Sample]) -> None:
    told = 0
    while True:
        await asyncio.sleep(SAMPLE_S)
        at = time.monotonic() - began
        mb = [usage(pid).rss_mb for pid in (server.controller_pid, server.asterisk_pid)]
        samples.append(Sample(at, *mb))
        if at // 60 > told:
            told = int(at // 60)
            print(
                f"… {told} of {minutes:g} min: controller {mb[0]:.0f} MB, Asterisk {mb[1]:.0f} MB",
                file=sys.stderr,
                flush=True,
            )


def growth_of(values: list[float]) -> float:
    """Give by which share the last quarter of the values is above the second; the first is a warm-up."""
    quarter = max(1, len(values) // 4)
    earlier = statistics.fmean(values[quarter : 2 * quarter] or values)
    return round(statistics.fmean(values[-quarter:]) / earlier - 1, 4)


def _range(samples: list[Sample], name: str) -> list[float]:
    values = [getattr(sample, name) for sample in samples]
    return [round(min(values), 1), round(max(values), 1)]


def main() -> int:
    """Run, print and keep the result; exit status 1 when something grew or was left."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.soak",
        description="Calls without a pause: memory stays flat and nothing is left behind.",
        epilog="Example: python -m benchmarks.soak --minutes 5",
    )
    parser.add_argument("--minutes", type=float, default=30.0, help="how long (30 when left out)")
    parser.add_argument("--keep", action="store_true", help="write the result to docs/proof/soak.json")
    given = parser.parse_args()
    try:
        told = asyncio.run(soak(given.minutes))
    except ServerFailed as error:
        print(f"benchmarks.soak: {error}", file=sys.stderr)
        return 2
    print(json.dumps(told))
    if given.keep:
        KEPT.mkdir(parents=True, exist_ok=True)
        (KEPT / "soak.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    return 0 if told["clean"] and told["flat"] else 1


if __name__ == "__main__":
    sys.exit(main())
