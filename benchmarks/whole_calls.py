"""Listening to callers in a menu: what it costs.

``python -m benchmarks.whole_calls``.

100 callers, all with sound, stand in a menu; first with nobody listening, then with a listener to whole calls
that takes the sound and does nothing with it.  Measured are the controller's and Asterisk's CPU.  Exit status
1 when a caller was not heard, 2 when nothing could be measured.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from rich.console import Console
from rich.table import Table

from benchmarks import floor
from benchmarks.machine import conditions, usage
from benchmarks.talkers_process import TalkersProcess
from callflow.private_server import ServerFailed
from records import events as e
from telephony.asterisk.home import ConfigError
from telephony.asterisk.process import AsteriskFailed
from telephony.programs import ProgramMissing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from callflow.private_server import PrivateServer
    from callflow.protocol import Side, Signal
    from telephony.media import Frame

_ROOT = Path(__file__).resolve().parent.parent
UNHEARD, HEARD = "1001", "1002"
SITE = f"""
site: Benchmark
time_zone: UTC
languages: [en]
numbers: {{"{UNHEARD}": menu, "{HEARD}": menu}}
listeners:
  silent: {{numbers: ["{HEARD}"], menus: yes}}
menus:
  menu:
    - menu: {{say: "Please press one.", keys: {{"1": hangup}}, timeout: 10m}}
    - hangup
"""
_FULL_CALLS, _FULL_S = 100, 20.0
_QUICK_CALLS, _QUICK_S = 5, 4.0
_PER_SECOND = 10
_SETTLE_S = 4.0
"""The menu's words are over by then."""


class Silent:
    """A listener to whole calls that takes the sound, and that is all."""

    sides: ClassVar[tuple[Side, ...]] = ("caller", "agent")
    rate: ClassVar[Any] = 8000
    hears: ClassVar[Any] = "call"

    @classmethod
    def create(cls) -> Silent:
        """Make one."""
        return cls()

    def feed(self, side: Side, frame: Frame) -> Iterable[Signal]:  # noqa: ARG002 - a listener's shape
        """Take 20 ms."""
        return ()

    def result(self, seconds: float) -> Mapping[str, float]:
        """Tell how long it listened."""
        return {"seconds": seconds}


def _install(folder: Path) -> dict[str, str]:
    """Make the listener an installed part; gives the environment in which it is."""
    about = folder / "silent-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: silent\nVersion: 1.0\n", "utf-8")
    points = "[ringhall.listeners]\nsilent = benchmarks.whole_calls:Silent\n"
    (about / "entry_points.txt").write_text(points, "utf-8")
    return {"PYTHONPATH": os.pathsep.join((str(folder), str(_ROOT)))}


async def phase(server: PrivateServer, dialed: str, calls: int, seconds: float) -> dict[str, Any]:
    """Let ``calls`` stand in the menu for a while and give what was measured meanwhile."""
    seq = (await server.events())[-1].seq
    talkers = TalkersProcess(server.sip)
    await talkers.start()
    try:
        await talkers.ask(f"call {dialed} {calls} {_PER_SECOND}")
        await server.until_event(e.CallAnswered, 30, count=calls, after=seq)
        await asyncio.sleep(_SETTLE_S)
        loop = asyncio.get_running_loop()
        before, began = (usage(server.controller_pid), usage(server.asterisk_pid)), loop.time()
        await asyncio.sleep(seconds)
        after, took = (usage(server.controller_pid), usage(server.asterisk_pid)), loop.time() - began
        await talkers.ask("end")
        await server.until_event(e.CallEnded, 30, count=calls, after=seq)
    finally:
        await talkers.stop()
    await asyncio.sleep(1.0)
    ended = [r.event for r in await server.events(seq) if isinstance(r.event, e.ListeningEnded)]
    return {
        "controller_core_share": round((after[0].cpu_s - before[0].cpu_s) / took, 3),
        "asterisk_core_share": round((after[1].cpu_s - before[1].cpu_s) / took, 3),
        "callers_heard": sum(event.heard_s.get("caller", 0.0) >= seconds for event in ended),
        "lost_s": round(sum(lost for event in ended for lost in event.lost_s.values()), 2),
    }


async def measure(calls: int, seconds: float) -> dict[str, Any]:
    """Run both phases on one server and give the figures."""
    told: dict[str, Any] = {"calls": calls, "conditions": conditions()}
    with tempfile.TemporaryDirectory(prefix="ringhall-bench-") as name:
        folder = Path(name)
        (folder / "site").mkdir()
        (folder / "site" / "site.yaml").write_text(SITE, "utf-8")
        server = floor.make_server(folder / "home", 1, folder / "site")
        server.environment.update(_install(folder / "parts"))
        async with server:
            told["without"] = await phase(server, UNHEARD, calls, seconds)
            told["with"] = await phase(server, HEARD, calls, seconds)
    told["faked"] = ["callers are a Python process that sends bursts of noise over RTP, on loopback"]
    return told


def _table(told: dict[str, Any]) -> None:
    console = Console()
    table = Table("", "nobody listens", f"{told['calls']} callers are heard")
    for name, value in told["with"].items():
        table.add_row(name, str(told["without"][name]), str(value))
    console.print(table)
    console.print("conditions:", json.dumps(told["conditions"]))
    console.print("faked:", "; ".join(told["faked"]))


def main() -> int:
    """Measure and print; the exit status tells whether everybody was heard."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.whole_calls",
        description="Measure listening to callers in a menu on a private Asterisk (about two minutes).",
        epilog="Example: python -m benchmarks.whole_calls --json",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON line")
    parser.add_argument("--quick", action="store_true", help="five callers only, to see that it works")
    options = parser.parse_args()
    calls, seconds = (_QUICK_CALLS, _QUICK_S) if options.quick else (_FULL_CALLS, _FULL_S)
    try:
        told = asyncio.run(measure(calls, seconds))
    except (ServerFailed, ConfigError, AsteriskFailed, ProgramMissing) as error:
        print(f"benchmarks.whole_calls: {error}", file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps(told))
    else:
        _table(told)
    return 0 if told["with"]["callers_heard"] == calls else 1


if __name__ == "__main__":
    sys.exit(main())
