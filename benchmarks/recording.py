"""What recording costs: talking calls with and without, CPU and the largest gap in the sound.

``python -m benchmarks.recording``.  Callers talk by themselves; phones are SIPp and send back what they hear:
each packet that a caller gets has passed Asterisk twice.  Exit status 1 when the goal is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvloop

from benchmarks import floor
from benchmarks.machine import conditions, usage
from benchmarks.measuring_caller import CallFailed
from benchmarks.talking_callers import PACKET_S, Gaps, TalkingCallers
from callflow.private_server import ServerFailed
from records import events as e
from telephony.peers.sipp import SippError, phones
from telephony.peers.sipp_scenarios import PhonePlan

if TYPE_CHECKING:
    from collections.abc import Callable

    from callflow.private_server import PrivateServer

GAP_MS = 40.0
"""Goal: no two packets of a call are further apart."""
SITE = """
site: Recording benchmark
languages: [en]
skills: [calls]
numbers: {"1": recorded, "2": plain}
queues:
  recorded: {needs: {calls: 1}, wrap_up: 0s, record: yes}
  plain: {needs: {calls: 1}, wrap_up: 0s}
menus:
  recorded: [{queue: recorded}]
  plain: [{queue: plain}]
"""
RECORDED, PLAIN = "1", "2"


async def talking(server: PrivateServer, dial: str, calls: int, seconds: float) -> dict[str, Any]:
    """Bring ``calls`` up at a number whose agents are ready, let them talk for ``seconds``, and measure."""
    seq = (await server.events())[-1].seq
    async with TalkingCallers(server.sip, dial, 4_420_700_000) as callers:
        for _ in range(calls):
            await callers.call()
            await asyncio.sleep(0.1)
        await server.until_event(e.CallConnected, 30, count=calls, after=seq)
        await asyncio.sleep(2.0)  # recordings have begun, the last phone has answered
        callers.sent_late_s = 0.0
        before, since = (usage(server.asterisk_pid), usage(server.controller_pid)), time.time()
        await asyncio.sleep(seconds)
        after, until = (usage(server.asterisk_pid), usage(server.controller_pid)), time.time()
        late_ms = callers.sent_late_s * 1000
        found = Gaps.of(callers.talks, since, until)
        between, added = found.heard, found.added
    await server.until_event(e.CallEnded, 30, count=calls, after=seq)
    if not added:
        raise CallFailed("no sound came back")
    asterisk, controller = (
        100 * (b.cpu_s - a.cpu_s) / (until - since) for a, b in zip(before, after, strict=True)
    )
    return {
        "calls": calls,
        "packets": len(between),
        "packets_expected": round(calls * (until - since) / PACKET_S),
        "asterisk_cpu_percent": round(asterisk, 1),
        "asterisk_cpu_percent_per_call": round(asterisk / calls, 2),
        "controller_cpu_percent": round(controller, 1),
        "frame_gap_max_ms": round(between[-1] * 1000, 1),
        "frame_gap_p999_ms": round(between[int(len(between) * 0.999)] * 1000, 1),
        "frame_gap_ours_max_ms": round((PACKET_S + added[-1]) * 1000, 1),
        "gaps_over_goal": sum(gap * 1000 > GAP_MS for gap in between),
        "sent_late_max_ms": round(late_ms, 1),
    }


async def recorded_talks(
    calls: int, seconds: float, folder: Path, say: Callable[[str], None]
) -> dict[str, Any]:
    """Measure the same number of talking calls without and with recording, on one server."""
    (folder / "site").mkdir(parents=True)
    (folder / "site" / "site.yaml").write_text(SITE)
    told: dict[str, Any] = {"conditions": conditions()}
    server = floor.make_server(folder / "home", calls, site=folder / "site")
    server.environment["RINGHALL_RECORDINGS__LEAST_FREE_MB"] = "100"
    async with server:
        accounts = [(floor.phone(index), f"secret-{index}") for index in range(calls)]
        plan = PhonePlan(ring_ms=100)
        async with phones(server.sip, accounts, plan, echo=True, folder=folder / "phones") as farm:
            await floor.staff(server, farm, calls)
            await floor.make_ready(server, range(calls))
            for name, dial in (("plain", PLAIN), ("recorded", RECORDED)):
                say(f"{calls} calls talk for {seconds:g} s, {name}")
                told[name] = await talking(server, dial, calls, seconds)
                await asyncio.sleep(2.0)
            kept = await server.until_event(e.CallRecordingKept, 60, count=calls)
            lengths = [r.event.seconds for r in kept if isinstance(r.event, e.CallRecordingKept)]
            told["recorded"]["kept"] = len(kept)
            told["recorded"]["shortest_s"] = round(min(lengths), 1)
    told["frame_gap_max_ms"] = told["recorded"]["frame_gap_max_ms"]
    cpu = "asterisk_cpu_percent_per_call"
    told["recording_cpu_percent_per_call"] = round(told["recorded"][cpu] - told["plain"][cpu], 2)
    return told


def main() -> int:
    """Measure and print; the exit status tells whether the goal was met."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.recording",
        description="Measure what recording calls costs on a private Asterisk and controller (two minutes).",
        epilog="Example: python -m benchmarks.recording --calls 40 --json",
    )
    parser.add_argument("--calls", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--json", action="store_true", help="print one JSON line")
    options = parser.parse_args()

    def say(text: str) -> None:
        print(f"… {text}", file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory(prefix="ringhall-bench-") as name:
        try:
            told = uvloop.run(recorded_talks(options.calls, options.seconds, Path(name), say))
        except (ServerFailed, SippError, CallFailed) as error:
            print(f"benchmarks.recording: {error}", file=sys.stderr)
            return 2
    print(json.dumps(told) if options.json else json.dumps(told, indent=2))
    return 0 if told["frame_gap_max_ms"] <= GAP_MS else 1


if __name__ == "__main__":
    sys.exit(main())
