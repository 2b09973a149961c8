"""A list of 100,000 sent over the API while calls go on.  ``python -m benchmarks.list_upload``.

Everything is real but the people.  How late the event loop is, is printed of the seconds before the upload
and of those in which it is sent and taken in.  Exit status 1 when a call was lost or doubled, or the import
failed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp

from benchmarks import floor
from benchmarks.machine import conditions, spread_ms
from benchmarks.many_calls import Load, through_the_queue
from callflow.logging import configure_logging
from callflow.private_server import ServerFailed
from records import events as e
from telephony.asterisk.home import ConfigError
from telephony.asterisk.process import AsteriskFailed
from telephony.peers.sipp import SippError
from telephony.programs import ProgramMissing

if TYPE_CHECKING:
    from collections.abc import Callable

    from callflow.private_server import PrivateServer

QUIET_S = 45.0
"""So long calls go on before the file is sent, to compare with."""
MOST_S = 400.0


def write_list(path: Path, lines: int) -> None:
    """Write a list of British mobile numbers; each twentieth line can't be called."""
    with path.open("w", encoding="utf-8") as file:
        file.write("number,name,language,consent\n")
        for n in range(lines):
            number = "999" if n % 20 == 19 else f"07400 {n:06}"
            file.write(f"{number},Person {n},en,web form v2\n")


async def measure(lines: int, load: Load, say: Callable[[str], None]) -> dict[str, Any]:
    """Run it, and give the figures."""
    with tempfile.TemporaryDirectory(prefix="ringhall-bench-") as name:
        folder = Path(name)
        await asyncio.to_thread(write_list, folder / "march.csv", lines)
        say("starting Asterisk and controller")
        async with floor.make_server(folder / "home", load.desks) as server:
            say(f"{load.per_second} calls/s for {load.seconds} s, {lines:,} lines sent after {QUIET_S:g} s")
            seq = (await server.events())[-1].seq
            sending = asyncio.create_task(_send(server, folder / "march.csv", seq))
            try:
                calls = await through_the_queue(server, load, folder / "load")
                sent = await sending
            finally:
                sending.cancel()
            lag = await server.ask("GET", "/control/loop")
    began, ended = sent.pop("began"), sent.pop("ended")
    before = [late / 1000 for second, late, _ in lag if began - QUIET_S + 5 <= second < began]
    meanwhile = [late / 1000 for second, late, _ in lag if began <= second <= ended]
    cpu_before = [used / 1000 for second, _, used in lag if began - QUIET_S + 5 <= second < began]
    cpu = [used / 1000 for second, _, used in lag if began <= second <= ended]
    return {
        "lines": lines,
        **sent,
        "loop_late_before_ms": spread_ms(before),
        "loop_late_meanwhile_ms": spread_ms(meanwhile),
        "loop_cpu_before_ms": spread_ms(cpu_before),
        "loop_cpu_meanwhile_ms": spread_ms(cpu),
        "seconds_measured": len(meanwhile),
        "calls": calls,
        "conditions": conditions(),
    }


async def _send(server: PrivateServer, file: Path, seq: int) -> dict[str, Any]:
    """Wait for calls, then send the file and wait until it is in."""
    await server.until_event(e.CallArrived, 120, after=seq)
    await asyncio.sleep(QUIET_S)
    token = (server.home / "secrets" / "api-token").read_text().strip()
    lists = f"http://127.0.0.1:{server.settings.api_port}/api/v1/lists/march"
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
        began = time.time()
        with file.open("rb") as content:
            asked = session.post(
                f"{lists}/import?home=GB&file=march.csv", data=content, headers={"Content-Type": "text/csv"}
            )
            async with asked as answer:
                if answer.status != 202:
                    raise ServerFailed(f"the upload was answered {answer.status}: {await answer.text()}")
                identity = (await answer.json())["id"]
        uploaded = time.time()
        while True:
            async with session.get(f"{lists}/imports/{identity}?limit=1") as answer:
                told = (await answer.json())["progress"]
            if told["ended_at"] or time.time() > began + MOST_S:
                break
            await asyncio.sleep(0.5)
    return {
        "began": began,
        "ended": time.time(),
        "uploaded_s": round(uploaded - began, 2),
        "imported_s": round(time.time() - uploaded, 1),
        **{name: told[name] for name in ("state", "why", "good", "refused")},
    }


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.list_upload",
        description="Measure a list sent over the API while calls go on (about four minutes).",
        epilog="Example: python -m benchmarks.list_upload --lines 10000 --seconds 40",
    )
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--per-second", type=int, default=20, help="calls")
    parser.add_argument("--seconds", type=int, default=140, help="so long calls come")
    options = parser.parse_args()

    def say(text: str) -> None:
        print(f"… {text}", file=sys.stderr, flush=True)

    configure_logging(logging.WARNING)
    load = Load(options.per_second, options.seconds, desks=4 * options.per_second)
    try:
        told = asyncio.run(measure(options.lines, load, say))
    except (ServerFailed, ConfigError, AsteriskFailed, ProgramMissing, SippError) as error:
        print(f"benchmarks.list_upload: {error}", file=sys.stderr)
        return 2
    print(json.dumps(told, indent=2))
    lost = told["calls"]["lost"] + told["calls"]["double_offers"] + told["calls"]["non_terminal"]
    return 1 if lost or told["state"] != "done" else 0


if __name__ == "__main__":
    sys.exit(main())
