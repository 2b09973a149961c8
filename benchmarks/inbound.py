"""Inbound calls on a real Asterisk: how quick, how many, at what cost, beside ``app_queue``.

``python -m benchmarks.inbound``.

Everything is real but the people: SIPp is the callers and the phones, which send no audio except the pressed
keys.  Exit status 1 when a call was lost, doubled or left without an end, 2 when nothing could be measured.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from benchmarks import app_queue, floor
from benchmarks.machine import conditions
from benchmarks.many_calls import Load, memory, through_the_queue
from benchmarks.measuring_caller import CallFailed
from benchmarks.quick_answers import first_prompt, ready_to_invite
from benchmarks.side_by_side import FULL, QUICK, side_by_side
from callflow.private_server import ServerFailed
from telephony.asterisk.home import ConfigError
from telephony.asterisk.process import AsteriskFailed
from telephony.peers.sipp import SippError
from telephony.programs import ProgramMissing

if TYPE_CHECKING:
    from collections.abc import Callable

TARGETS = {
    "setup_p95_ratio": 1.1,
    "cpu_per_call_ratio": 1.25,
    "reaction_p95_ratio": 0.02,
    "waiting_cpu_ratio": 0.75,
    "first_sound_p95_ms": 150.0,
    "ready_to_invite_p95_ms": 50.0,
    "lost": 0,
    "double_offers": 0,
    "non_terminal": 0,
    "agents_with_two_calls": 0,
    "controller_rss_mb": 150.0,
}


async def measure(*, quick: bool, say: Callable[[str], None]) -> dict[str, Any]:
    """Run every part on one server and give the figures."""
    load = Load(per_second=5, seconds=2, desks=20) if quick else Load(per_second=40, seconds=30, desks=200)
    times, up = (3, 12) if quick else (30, 200)
    told: dict[str, Any] = {"conditions": conditions()}
    with tempfile.TemporaryDirectory(prefix="ringhall-bench-") as name:
        folder = Path(name)
        say("starting Asterisk and controller")
        app_queue.install(folder / "home")
        async with floor.make_server(folder / "home", load.desks) as server:
            say(f"caller's INVITE to first prompt audio, {times} calls at 1 call/s")
            told["first_prompt"] = await first_prompt(server, times)
            say(f"agent ready to the phone's INVITE, {times} waiting callers")
            told["reaction"] = await ready_to_invite(server, times, folder / "reaction")
            say(f"memory with {up} calls up")
            told["memory"] = await memory(server, up, folder / "memory")
            say(f"{load.per_second} calls/s for {load.seconds} s, {load.desks} agents")
            told["load"] = await through_the_queue(server, load, folder / "load")
            sizes = QUICK if quick else FULL
            told["side_by_side"] = await side_by_side(server, sizes, folder / "sides", say)
    told["faked"] = [
        "callers and agents are SIPp, on loopback",
        "they send no audio except the callers' keys"
        + ("" if told["conditions"]["root"] else ", sent as SIP INFO since this user may not play captures"),
    ]
    told["app_queue"] = app_queue.SETTINGS
    return summary(told)


def summary(told: dict[str, Any]) -> dict[str, Any]:
    """Put the figures that have a target first."""
    load, beside = told["load"], told["side_by_side"]
    lost = {name: load[name] + beside[name] for name in ("lost", "double_offers", "agents_with_two_calls")}
    first = {
        **{name: value for name, value in beside.items() if name != "turns"},
        "first_sound_p95_ms": told["first_prompt"]["first_sound_ms"]["p95"],
        "ready_to_invite_p95_ms": told["reaction"]["ready_to_invite_ms"]["p95"],
        **lost,
        "non_terminal": load["non_terminal"],
        "controller_rss_mb": told["memory"]["controller_rss_mb"],
    }
    return {**first, **told}


def _table(told: dict[str, Any]) -> None:
    console = Console()
    targets = Table("figure", "measured", "target")
    for name, target in TARGETS.items():
        good = told[name] <= target
        targets.add_row(name, f"[{'green' if good else 'red'}]{told[name]}[/]", f"≤ {target:g}")
    console.print(targets)
    console.print(_sides(told["side_by_side"]))
    for part in ("first_prompt", "reaction", "memory", "load", "conditions"):
        details = Table(part, "")
        for name, value in told[part].items():
            details.add_row(name, json.dumps(value) if isinstance(value, dict) else str(value))
        console.print(details)
    console.print("app_queue:", told["app_queue"])
    console.print("faked:", "; ".join(told["faked"]))


def _sides(beside: dict[str, Any]) -> Table:
    """Show the medians of both sides, and their ratio."""
    table = Table("side by side", "Ringhall", "app_queue", "ratio")
    for name, value in beside.items():
        stem, _, unit = name.rpartition("_")
        if isinstance(value, dict) and f"{stem}_ratio" in beside:
            figures = (str(value["ringhall"]), str(value["app_queue"]), str(beside[f"{stem}_ratio"]))
            table.add_row(f"{stem} [{unit}]".replace("[", "\\["), *figures)
    return table


def main() -> int:
    """Measure and print; the exit status tells whether every call was served once."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.inbound",
        description="Measure inbound calls on a private Asterisk and controller (about ten minutes).",
        epilog="Example: python -m benchmarks.inbound --json",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON line")
    parser.add_argument("--quick", action="store_true", help="a few calls only, to see that it works")
    options = parser.parse_args()

    def say(text: str) -> None:
        print(f"… {text}", file=sys.stderr, flush=True)

    try:
        told = asyncio.run(measure(quick=options.quick, say=say))
    except (ServerFailed, ConfigError, AsteriskFailed, ProgramMissing, SippError, CallFailed) as error:
        print(f"benchmarks.inbound: {error}", file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps(told))
    else:
        _table(told)
    wrong = any(told[name] for name in ("lost", "double_offers", "non_terminal", "agents_with_two_calls"))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
