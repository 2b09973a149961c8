"""How many callers the live media path hears for emotion, beside 40 calls that talk.

``python -m benchmarks.emotion_live``.

On a private server 40 callers talk with 40 agents, and further callers say sentences into a menu, each heard
by the listener ``emotion``: from step to step more of them, until something gives.  A step holds when every
caller was heard to the end with nothing lost, what was noticed was told within :data:`LATE_S` after it was
said, and of the packets to those who talk hardly any came late.  The figure is that of the last step that
held; ``limit`` says what gave at the next, and what was used then.  Callers and agents run on the same
machine, as processes of their own.  Exit status 1 when the first step did not hold, 2 when nothing could be
measured.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks import floor
from benchmarks.machine import conditions, quantile, usage
from benchmarks.talkers_process import TalkersProcess
from callflow.private_server import ServerFailed
from records import events as e
from telephony.asterisk.home import ConfigError
from telephony.asterisk.process import AsteriskFailed
from telephony.peers.sipp import SippError, phones
from telephony.peers.sipp_scenarios import PhonePlan
from telephony.programs import ProgramMissing, private_prefix
from telephony.wav import pcm_of, write_wav

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from callflow.private_server import PrivateServer
    from records.events import Recorded
    from telephony.peers.sipp import SippRun

UNHEARD, HEARD = "1001", "1002"
SITE = f"""
site: Benchmark
time_zone: UTC
languages: [en]
numbers: {{"{UNHEARD}": talk, "{HEARD}": menu}}
skills: [{floor.SKILL}]
queues:
  talk: {{needs: {{{floor.SKILL}: 1}}, wrap_up: 1s}}
listeners:
  emotion: {{numbers: ["{HEARD}"], menus: yes}}
menus:
  talk:
    - queue: talk
  menu:
    - menu: {{say: "Please press one.", keys: {{"1": hangup}}, timeout: 10m}}
    - hangup
"""
TALKS = 40
STEPS = (20, 40, 60, 80, 100, 120, 160, 200, 250, 300)
LATE_S, LATE_PACKETS = 2.0, 0.001
"""What was noticed is told so soon; and of the packets to those who talk so many may come after 40 ms."""
_FULL_S, _QUICK_S = 15.0, 6.0
_PER_SECOND = 10
_SETTLE_S = 4.0
_SPEECH_S = 60
_OTHERS = 0.1
"""So much of a core used by other programs is worth a word."""


def speech(prefix: Path) -> np.ndarray[Any, np.dtype[np.int16]]:
    """Give a minute of sentences: Asterisk's own prompts, the longest, which a woman speaks."""
    files = sorted(
        (prefix / "usr/share/asterisk/sounds/en").glob("*.wav"), key=lambda one: -one.stat().st_size
    )
    parts, seconds = [], 0.0
    for path in files:
        rate, pcm = pcm_of(path.read_bytes())
        if rate == 8000 and seconds < _SPEECH_S:
            parts.append(np.frombuffer(pcm, dtype="<i2"))
            seconds += len(parts[-1]) / rate
    if seconds < _SPEECH_S:
        raise ProgramMissing(f"there is too little speech in {prefix}; run `make tools`")
    return np.concatenate(parts)[: _SPEECH_S * 8000]


def busy_s() -> float:
    """Give how long all cores of the machine together have been busy so far, s."""
    fields = [int(one) for one in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / os.sysconf("SC_CLK_TCK")


class Work:
    """What the parts of a step have used so far, s of CPU."""

    def __init__(self, server: PrivateServer, callers: TalkersProcess, agents: SippRun) -> None:
        self.at_s = asyncio.get_running_loop().time()
        self.controller = usage(server.controller_pid).cpu_s
        self.asterisk = usage(server.asterisk_pid).cpu_s
        self.people = usage(callers.pid).cpu_s + usage(agents.pid).cpu_s
        self.all = busy_s()

    def since(self, before: Work) -> dict[str, float]:
        """Give each as a share of one core; of the machine how much of its cores nobody used."""
        took = self.at_s - before.at_s
        cores = os.cpu_count() or 1
        ours = [getattr(self, name) - getattr(before, name) for name in ("controller", "asterisk", "people")]
        busy = self.all - before.all
        return {
            "controller_core_share": round(ours[0] / took, 3),
            "asterisk_core_share": round(ours[1] / took, 3),
            "people_core_share": round(ours[2] / took, 3),
            "others_core_share": round(max(0.0, busy - sum(ours)) / took, 3),
            "machine_idle_share": round(max(0.0, 1 - busy / took / cores), 3),
        }


def late_by(events: Sequence[Recorded]) -> list[float]:
    """Give how long after it was said each thing was told, s."""
    answered = {r.event.call: r.at.timestamp() for r in events if isinstance(r.event, e.CallAnswered)}
    return [
        r.at.timestamp() - answered[r.event.call] - r.event.at_s
        for r in events
        if isinstance(r.event, e.SignalNoted) and r.event.call in answered
    ]


async def step(
    server: PrivateServer, farm: SippRun, streams: int, *, talks: int, seconds: float, said: Path
) -> dict[str, Any]:
    """Let so many talk, and so many be heard, and give what was measured meanwhile."""
    seq = (await server.events())[-1].seq
    talkers = TalkersProcess(server.sip, said)
    await talkers.start()
    try:
        await talkers.ask(f"call {UNHEARD} {talks} {_PER_SECOND}")
        await server.until_event(e.CallConnected, 60, count=talks, after=seq)
        await talkers.ask(f"call {HEARD} {streams} {_PER_SECOND}")
        await server.until_event(e.ListeningBegan, 60, count=streams, after=seq)
        await asyncio.sleep(_SETTLE_S)
        await talkers.ask("mark")
        before = Work(server, talkers, farm)
        await asyncio.sleep(seconds)
        used = Work(server, talkers, farm).since(before)
        gaps = await talkers.ask(f"gaps 0 {talks}")
        await talkers.ask("end")
        await server.until_event(e.CallEnded, 60, count=streams + talks, after=seq)
    finally:
        await talkers.stop()
    await asyncio.sleep(1.0)
    events = await server.events(seq)
    ended = [r.event for r in events if isinstance(r.event, e.ListeningEnded)]
    late = late_by(events)
    return {
        "streams": streams,
        "heard": sum(one.heard_s.get("caller", 0.0) >= seconds and not one.failed for one in ended),
        "lost_s": round(sum(lost for one in ended for lost in one.lost_s.values()), 2),
        "told": len(late),
        "told_late_p95_s": round(quantile(late, 0.95), 2),
        "packets_over_40_ms": round(gaps["over_40_ms"] / gaps["packets"], 5) if gaps["packets"] else 1.0,
        "packets_p999_ms": gaps.get("p999_ms", 0.0),
        **used,
    }


def gave(found: dict[str, Any]) -> str:
    """Say what did not hold in a step; empty when all did."""
    if found["heard"] < found["streams"]:
        return f"{found['streams'] - found['heard']} callers were not heard to the end"
    if found["lost_s"]:
        return f"{found['lost_s']:g} s of sound came too fast for the controller and were lost"
    if not found["told"]:
        return "nothing was told of anybody"
    if found["told_late_p95_s"] > LATE_S:
        return f"what was noticed was told {found['told_late_p95_s']:g} s late (p95)"
    if found["packets_over_40_ms"] > LATE_PACKETS:
        return f"{found['packets_over_40_ms']:.2%} of the packets to those who talk came after 40 ms"
    return ""


def limit(found: dict[str, Any]) -> str:
    """Say what a step that gave was short of."""
    if found["controller_core_share"] >= 0.9:
        return "the controller's one core"
    if found["machine_idle_share"] <= 0.05:
        others = found["others_core_share"]
        beside = f", and {others:g} of a core by other programs" if others > _OTHERS else ""
        people = found["people_core_share"]
        return f"the machine, all of which was used: {people:g} of a core by callers and agents{beside}"
    return "neither the controller's core nor the machine was used up"


def summary(steps: list[dict[str, Any]], talks: int) -> dict[str, Any]:
    """Put the figure and its limit first; the steps in order, of which only the last may not have held."""
    held = [one for one in steps if not one["gave"]]
    last = steps[-1]
    return {
        "live_streams": held[-1]["streams"] if held else 0,
        "talking_calls": talks,
        "limit": f"{last['gave']}: {limit(last)}" if last["gave"] else "no step gave: there may be more",
        "steps": steps,
    }


async def measure(*, quick: bool, say: Callable[[str], None]) -> dict[str, Any]:
    """Run the steps on one server until one gives."""
    before = conditions()
    talks, steps, seconds = (2, (3,), _QUICK_S) if quick else (TALKS, STEPS, _FULL_S)
    found: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="ringhall-bench-") as name:
        folder = Path(name)
        (folder / "site").mkdir()
        (folder / "site" / "site.yaml").write_text(SITE, "utf-8")
        said = write_wav(folder / "said.wav", speech(private_prefix()).tobytes())
        server = floor.make_server(folder / "home", talks, folder / "site")
        accounts = [(floor.phone(index), f"secret-{index}") for index in range(talks)]
        async with server:
            farm = phones(server.sip, accounts, PhonePlan(), echo=True, folder=folder / "phones")
            async with farm:
                await floor.staff(server, farm, talks)
                for streams in steps:
                    await floor.make_ready(server, range(talks))
                    say(f"{talks} talks, and {streams} callers who are heard")
                    one = await step(server, farm, streams, talks=talks, seconds=seconds, said=said)
                    one["gave"] = gave(one)
                    found.append(one)
                    say(one["gave"] or "held")
                    if one["gave"]:
                        break
                    await asyncio.sleep(2.0)  # the last wrap-ups
    return {
        **summary(found, talks),
        "conditions": before,
        "faked": [
            "callers are a Python process that sends Asterisk's own prompts over RTP, on loopback",
            "agents are one SIPp that sends back what it hears",
        ],
    }


def _table(told: dict[str, Any]) -> None:
    console = Console()
    console.print(f"[bold]{told['live_streams']}[/] streams beside {told['talking_calls']} talking calls")
    console.print("limit:", told["limit"])
    names = [name for name in told["steps"][0] if name != "gave"]
    table = Table(*names)
    for one in told["steps"]:
        table.add_row(*(str(one[name]) for name in names))
    console.print(table)
    console.print("conditions:", json.dumps(told["conditions"]))
    console.print("faked:", "; ".join(told["faked"]))


def main() -> int:
    """Measure and print; the exit status tells whether anything held."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.emotion_live",
        description="Measure how many callers are heard for emotion beside 40 talks (some minutes).",
        epilog="Example: python -m benchmarks.emotion_live --json",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON line")
    parser.add_argument("--quick", action="store_true", help="three callers only, to see that it works")
    options = parser.parse_args()

    def say(text: str) -> None:
        print(f"… {text}", file=sys.stderr, flush=True)

    try:
        told = asyncio.run(measure(quick=options.quick, say=say))
    except (ServerFailed, ConfigError, AsteriskFailed, ProgramMissing, SippError) as error:
        print(f"benchmarks.emotion_live: {error}", file=sys.stderr)
        return 2
    print(json.dumps(told)) if options.json else _table(told)
    return 0 if told["live_streams"] else 1


if __name__ == "__main__":
    sys.exit(main())
