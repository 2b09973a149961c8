"""``python -m benchmarks.chaos``: every fault of docs/guarantees.md, made to happen, and what came of it.

Each fault has a server of its own.  Exit status 1 when a promise did not hold.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import uvloop

from benchmarks.chaos import faults
from benchmarks.chaos.faults import every_instant, long_life
from benchmarks.chaos.scene import Crowd
from benchmarks.machine import conditions
from benchmarks.measuring_caller import CallFailed
from benchmarks.proof import KEPT, commit
from callflow.private_server import ServerFailed
from telephony.asterisk.home import ConfigError
from telephony.asterisk.process import AsteriskFailed
from telephony.peers.sipp import SippError
from telephony.programs import ProgramMissing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

QUICK = Crowd(talking=6, waiting=6, in_menus=3)


async def measure(
    chosen: Mapping[str, faults.Fault], crowd: Crowd, say: Callable[[str], None]
) -> dict[str, Any]:
    """Make the faults happen, one after another, and add up."""
    before = conditions()
    found = []
    for name, fault in chosen.items():
        say(name.replace("_", " "))
        with tempfile.TemporaryDirectory(prefix="rh-chaos-") as folder:
            verdict = await fault(Path(folder), crowd)
        for words in [*verdict.broken, *verdict.late]:
            say(f"  missed: {words}")
        found.append(verdict)
        await asyncio.sleep(1.0)
    return {
        "lost_calls": sum(one.lost_calls for one in found),
        "lost_events": sum(one.lost_events for one in found),
        "doubled": sum(one.doubled for one in found),
        "held": all(one.held for one in found),
        "faults": msgspec.to_builtins(found),
        "conditions": before,
    }


def table(told: dict[str, Any]) -> str:
    """Write the verdicts for a person."""
    lines = [f"{'fault':32} {'calls':>6} {'lost':>5} {'events lost':>12} {'doubled':>8} {'recovery s':>11}"]
    for one in told["faults"]:
        recovery = "" if one["recovery_s"] is None else f"{one['recovery_s']:.2f}"
        lines.append(
            f"{one['fault']:32} {one['calls']:>6} {one['lost_calls']:>5} {one['lost_events']:>12}"
            f" {one['doubled']:>8} {recovery:>11}"
        )
        lines += [f"    missed: {words}" for words in [*one["broken"], *one["late"]]]
    return "\n".join(lines)


def _chosen(options: argparse.Namespace) -> dict[str, faults.Fault]:
    """Give the faults that were asked for, as long as was asked for."""
    known = dict(faults.ALL)
    if options.all_instants:
        known[every_instant.NAME] = lambda folder, _: every_instant.at_instants(folder, None)
    if options.minutes:
        known[long_life.NAME] = lambda folder, _: long_life.live(
            folder, options.minutes, long_life.PER_SECOND, seed=1
        )
    return {name: known[name] for name in options.only or known}


def _keep(told: dict[str, Any]) -> None:
    for one in told["faults"]:
        kept = {"what": one["fault"], "commit": commit(), **one, "conditions": told["conditions"]}
        KEPT.mkdir(parents=True, exist_ok=True)
        (KEPT / f"{one['fault']}.json").write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")


def main() -> int:
    """Run and print; the exit status tells whether everything held."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.chaos",
        description="Let things fail on private servers, and count what is lost (some ten minutes).",
        epilog="Example: python -m benchmarks.chaos --only controller_killed --json",
    )
    known = sorted(faults.ALL)
    parser.add_argument("--only", action="append", choices=known, metavar="FAULT", help=", ".join(known))
    parser.add_argument("--quick", action="store_true", help="with 15 callers instead of 100")
    parser.add_argument("--all-instants", action="store_true", help="every_instant: each one")
    parser.add_argument("--minutes", type=float, help="long_life: how long")
    parser.add_argument("--json", action="store_true", help="print one JSON line")
    parser.add_argument("--keep", action="store_true", help="write each fault's result to docs/proof/")
    options = parser.parse_args()

    def say(text: str) -> None:
        print(f"… {text}", file=sys.stderr, flush=True)

    crowd = QUICK if options.quick else Crowd()
    try:
        told = uvloop.run(measure(_chosen(options), crowd, say))
    except (ServerFailed, SippError, CallFailed, AsteriskFailed, ConfigError, ProgramMissing) as error:
        print(f"benchmarks.chaos: {error}", file=sys.stderr)
        return 2
    if options.keep:
        _keep(told)
    print(json.dumps(told) if options.json else table(told))
    return 0 if told["held"] else 1


if __name__ == "__main__":
    sys.exit(main())
