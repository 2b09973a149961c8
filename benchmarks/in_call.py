"""In a call and around it, on real Asterisks: transfers, whispers, the API, events, streams, recordings.

``python -m benchmarks.in_call``.  Each part has a server of its own, one after another; three can be run by
themselves: ``benchmarks.api``, ``benchmarks.media``, ``benchmarks.recording``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvloop

from benchmarks import api, media, recording, talks
from benchmarks.machine import conditions
from benchmarks.measuring_caller import CallFailed
from callflow.private_server import ServerFailed
from telephony.asterisk.home import ConfigError
from telephony.asterisk.process import AsteriskFailed
from telephony.peers.desk_phone import DeskPhoneError
from telephony.peers.sipp import SippError
from telephony.programs import ProgramMissing

if TYPE_CHECKING:
    from collections.abc import Callable

TARGETS = {
    "transfer_ring_p95_ms": 150.0,
    "whisper_on_p95_ms": 300.0,
    "api_p95_ms": 20.0,
    "event_p95_ms": 50.0,
    "media_python_core_share_200": 0.5,
    "frame_gap_max_ms": 40.0,
}
_REST_S = 3.0
"""Between the parts, so that what one leaves to be done does not disturb the next."""


async def measure(*, quick: bool, say: Callable[[str], None]) -> dict[str, Any]:
    """Run every part and give the figures, those that have a target first."""
    times, calls, seconds = (3, 5, 4.0) if quick else (40, 40, 20.0)
    before = conditions()
    with tempfile.TemporaryDirectory(prefix="ringhall-bench-") as name:
        folder = Path(name)
        async with talks.bench(folder / "talks") as there:
            say(f"{times} transfers by keys")
            transfers = await talks.transfers(there, times)
            say(f"{times} whispers")
            whispers = await talks.whispers(there, times)
        await asyncio.sleep(_REST_S)
        recorded = await recording.recorded_talks(calls, seconds, folder / "recorded", say)
    await asyncio.sleep(_REST_S)
    streams = await media.measure(
        calls=5 if quick else 100, seconds=4.0 if quick else 20.0, transport="websocket", say=say
    )
    await asyncio.sleep(_REST_S)
    say("the API at 100 requests/s: beside calls; 200 listeners beside calls; both at once")
    asked = await api.measure(quick=quick)
    return {
        "transfer_ring_p95_ms": transfers["key_to_invite_ms"]["p95"],
        "whisper_on_p95_ms": whispers["asked_to_heard_ms"]["p95"],
        "api_p95_ms": asked["api_p95_ms"],
        "event_p95_ms": asked["event_p95_ms"],
        "api_p95_ms_beside_listeners": asked["together"]["api_ms"]["p95"],
        "media_python_core_share_200": streams["media_python_core_share_200"],
        "media_asterisk_core_share_200": streams["asterisk_core_share"],
        "frame_gap_max_ms": recorded["frame_gap_max_ms"],
        "conditions": before,
        "transfers": transfers,
        "whispers": whispers,
        "recorded": recorded,
        "media": streams,
        "api": asked,
    }


def main() -> int:
    """Measure and print; exit status 1 when a goal was missed, 2 when nothing could be measured."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.in_call",
        description="Measure what is done in calls and around them on private servers (six minutes).",
        epilog="Example: python -m benchmarks.in_call --json",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON line")
    parser.add_argument("--quick", action="store_true", help="a few of each only, to see that it works")
    options = parser.parse_args()

    def say(text: str) -> None:
        print(f"… {text}", file=sys.stderr, flush=True)

    try:
        told = uvloop.run(measure(quick=options.quick, say=say))
    except (
        ServerFailed, ConfigError, AsteriskFailed, ProgramMissing, SippError, CallFailed, DeskPhoneError
    ) as error:  # fmt: skip
        print(f"benchmarks.in_call: {error}", file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps(told))
    else:
        for name, target in TARGETS.items():
            print(f"{name:>28} {told[name]!s:>8} (target ≤ {target:g})")
        print("conditions:", json.dumps(told["conditions"]))
    return 1 if any(told[name] is not None and told[name] > target for name, target in TARGETS.items()) else 0


if __name__ == "__main__":
    sys.exit(main())
