"""Streams of both sides of many talks into the controller: what they cost, and whether the talks notice.

``python -m benchmarks.media``.

100 callers talk with 100 agents, all with sound; first with nobody listening, then with the listener
``voice_activity`` on every talk: 200 streams.  Measured are the controller's and Asterisk's CPU, and the time
between the packets as they reach the callers.  Exit status 1 when a stream was not heard, 2 when nothing
could be measured.
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

from benchmarks import floor
from benchmarks.machine import conditions, usage
from benchmarks.talkers_process import TalkersProcess
from callflow.private_server import ServerFailed
from records import events as e
from telephony.asterisk.home import ConfigError
from telephony.asterisk.process import AsteriskFailed
from telephony.peers.sipp import SippError, phones
from telephony.peers.sipp_scenarios import PhonePlan
from telephony.programs import ProgramMissing

if TYPE_CHECKING:
    from collections.abc import Callable

    from callflow.private_server import PrivateServer

SITE = Path(__file__).parent / "media_site"
UNHEARD, HEARD = "1001", "1002"
TARGETS = {"media_python_core_share_200": 0.5, "frame_gap_max_ms": 40.0}
_FULL_CALLS, _FULL_S = 100, 20.0
_QUICK_CALLS, _QUICK_S = 5, 4.0
_PER_SECOND = 10
_SETTLE_S = 3.0


async def phase(server: PrivateServer, dialed: str, calls: int, seconds: float) -> dict[str, Any]:
    """Let ``calls`` talk for a while and give what was measured meanwhile."""
    seq = (await server.events())[-1].seq
    talkers = TalkersProcess(server.sip)
    await talkers.start()
    try:
        await talkers.ask(f"call {dialed} {calls} {_PER_SECOND}")
        await server.until_event(e.CallConnected, 30, count=calls, after=seq)
        await asyncio.sleep(_SETTLE_S)
        loop = asyncio.get_running_loop()
        await talkers.ask("mark")
        before, began = (usage(server.controller_pid), usage(server.asterisk_pid)), loop.time()
        await asyncio.sleep(seconds)
        after, took = (usage(server.controller_pid), usage(server.asterisk_pid)), loop.time() - began
        gaps = await talkers.ask("gaps")
        await talkers.ask("end")
        await server.until_event(e.CallEnded, 30, count=calls, after=seq)
    finally:
        await talkers.stop()
    await asyncio.sleep(1.0)
    ended = [r.event for r in await server.events(seq) if isinstance(r.event, e.ListeningEnded)]
    talked_s = sum(2 * event.result.get("seconds", 0.0) for event in ended)
    heard_s = sum(heard for event in ended for heard in event.heard_s.values())
    return {
        "controller_core_share": round((after[0].cpu_s - before[0].cpu_s) / took, 3),
        "asterisk_core_share": round((after[1].cpu_s - before[1].cpu_s) / took, 3),
        "gaps": gaps,
        "streams": sum(len(event.heard_s) for event in ended),
        "streams_heard": sum(heard >= seconds for event in ended for heard in event.heard_s.values()),
        "heard_share": round(heard_s / talked_s, 3) if talked_s else 0.0,
        "lost_s": round(sum(lost for event in ended for lost in event.lost_s.values()), 2),
    }


async def measure(
    *, calls: int, seconds: float, transport: str, say: Callable[[str], None]
) -> dict[str, Any]:
    """Run both phases on one server and give the figures."""
    told: dict[str, Any] = {"conditions": {**conditions(), "media_transport": transport}}
    with tempfile.TemporaryDirectory(prefix="ringhall-bench-") as name:
        folder = Path(name)
        say("starting Asterisk and controller")
        server = floor.make_server(folder / "home", calls, SITE)
        server.environment["RINGHALL_MEDIA_TRANSPORT"] = transport
        accounts = [(floor.phone(index), f"secret-{index}") for index in range(calls)]
        async with server:
            farm = phones(server.sip, accounts, PhonePlan(), echo=True, folder=folder / "phones")
            async with farm:
                await floor.staff(server, farm, calls)
                await floor.make_ready(server, range(calls))
                say(f"{calls} talks that nobody hears, {seconds:g} s")
                told["without"] = await phase(server, UNHEARD, calls, seconds)
                await asyncio.sleep(2.0)  # the last wrap-ups
                say(f"{calls} talks with {2 * calls} streams, {seconds:g} s")
                told["with"] = await phase(server, HEARD, calls, seconds)
    told["faked"] = [
        "callers are a Python process that sends bursts of noise over RTP, on loopback",
        "agents are one SIPp that sends back what it hears",
    ]
    return summary(told, calls)


def summary(told: dict[str, Any], calls: int) -> dict[str, Any]:
    """Put the figures that have a target first.

    ``media_python_core_share_200`` is the whole controller while 200 streams come in, its other work
    included; None with another number of streams.
    """
    heard, unheard = told["with"], told["without"]
    share = heard["controller_core_share"]
    return {
        "media_python_core_share_200": share if 2 * calls == 200 else None,
        "frame_gap_max_ms": heard["gaps"]["max_ms"],
        "frame_gap_max_without_ms": unheard["gaps"]["max_ms"],
        "streams": 2 * calls,
        "streams_heard": heard["streams_heard"],
        "python_core_share": share,
        "python_core_share_without": unheard["controller_core_share"],
        "asterisk_core_share": heard["asterisk_core_share"],
        "asterisk_core_share_without": unheard["asterisk_core_share"],
        "audio_heard_share": heard["heard_share"],
        "audio_lost_s": heard["lost_s"],
        **told,
    }


def _table(told: dict[str, Any]) -> None:
    console = Console()
    targets = Table("figure", "measured", "target")
    for name, target in TARGETS.items():
        value = told[name]
        colour = "yellow" if value is None else "green" if value <= target else "red"
        targets.add_row(name, f"[{colour}]{value}[/]", f"≤ {target:g}")
    console.print(targets)
    beside = Table("", "nobody listens", f"{told['streams']} streams")
    for name, value in told["with"].items():
        without = told["without"][name]
        if isinstance(value, dict):
            for inner, figure in value.items():
                beside.add_row(f"packets: {inner}", str(without.get(inner)), str(figure))
        else:
            beside.add_row(name, str(without), str(value))
    console.print(beside)
    console.print("conditions:", json.dumps(told["conditions"]))
    console.print("faked:", "; ".join(told["faked"]))


def main() -> int:
    """Measure and print; the exit status tells whether every stream was heard."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.media",
        description="Measure streams of talks into the controller on a private Asterisk (about two minutes).",
        epilog="Example: python -m benchmarks.media --json",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON line")
    parser.add_argument("--quick", action="store_true", help="five talks only, to see that it works")
    parser.add_argument(
        "--transport", choices=("websocket", "rtp"), default="websocket", help="how the sound comes"
    )
    parser.add_argument("--calls", type=int, help="so many talks, with two streams each")
    options = parser.parse_args()
    calls, seconds = (_QUICK_CALLS, _QUICK_S) if options.quick else (_FULL_CALLS, _FULL_S)

    def say(text: str) -> None:
        print(f"… {text}", file=sys.stderr, flush=True)

    try:
        told = asyncio.run(
            measure(calls=options.calls or calls, seconds=seconds, transport=options.transport, say=say)
        )
    except (ServerFailed, ConfigError, AsteriskFailed, ProgramMissing, SippError) as error:
        print(f"benchmarks.media: {error}", file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps(told))
    else:
        _table(told)
    return 0 if told["streams_heard"] == told["streams"] else 1


if __name__ == "__main__":
    sys.exit(main())
