"""The API beside calls: how quick its answers are, and how quick events reach their listeners.

``python -m benchmarks.api``.  :func:`figures` measures on a server that has its load from somebody else.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import secrets
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import floor
from benchmarks.machine import conditions, usage
from benchmarks.many_calls import Load, through_the_queue
from callflow.private_server import ServerFailed
from telephony.asterisk.home import ConfigError
from telephony.asterisk.process import AsteriskFailed
from telephony.peers.sipp import SippError
from telephony.programs import ProgramMissing

if TYPE_CHECKING:
    from callflow.private_server import PrivateServer

TARGETS = {"api_p95_ms": 20.0, "event_p95_ms": 50.0, "api_failures": 0}
LISTENERS, PER_SECOND = 200, 100


async def figures(
    server: PrivateServer, seconds: float, *, listeners: int = LISTENERS, per_second: int = PER_SECOND
) -> dict[str, Any]:
    """Ask and listen for ``seconds``, and give how long answers and events took, in ms.

    An answer counts from the time at which the request was due; an event from its time in the log to each
    listener's receipt.  Asking and listening are processes of their own; either may be left out by a 0.
    """
    url = f"http://127.0.0.1:{server.settings.api_port}"
    before = usage(server.controller_pid)
    listened, asked = await asyncio.gather(
        _client("listen", url, await _token(server), listeners, seconds),
        _client("ask", url, await _token(server), per_second, seconds),
    )
    used = usage(server.controller_pid).cpu_s - before.cpu_s
    return {
        "requests_per_s": per_second,
        "requests": asked["count"],
        "api_failures": asked["failures"],
        "api_failed": asked["failed"],
        "api_ms": asked["ms"],
        "listeners": listeners,
        "events_sampled": listened["count"],
        "event_ms": listened["ms"],
        "seconds": seconds,
        "controller_core_share": round(used / seconds, 2),
    }


async def _token(server: PrivateServer) -> str:
    """Make a token: how often one may ask is limited for each."""
    wanted = {"name": f"benchmark-{secrets.token_hex(4)}", "role": "supervisor"}
    made: dict[str, str] = await server.ask("POST", "/control/tokens", wanted)
    return made["token"]


async def _client(what: str, url: str, token: str, count: int, seconds: float) -> dict[str, Any]:
    if not count:
        return {"count": 0, "failures": 0, "failed": {}, "ms": {"p95": None}}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.api_clients", what, url, token, str(count), str(seconds)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), seconds + 60)
    if process.returncode:
        raise ServerFailed(f"the clients failed: {err.decode()[-500:]}")
    told: dict[str, Any] = json.loads(out)
    return told


async def measure(*, quick: bool) -> dict[str, Any]:
    """Measure asking beside calls, listening beside calls, and both at once, with calls and without.

    ``api_p95_ms`` and ``event_p95_ms`` are those of asking and of listening; ``together`` has both at once.
    """
    load = Load(per_second=5, seconds=12, desks=20) if quick else Load(per_second=40, seconds=60, desks=200)
    listeners = 20 if quick else LISTENERS
    seconds = (load.seconds - 6.0) / 3
    with tempfile.TemporaryDirectory(prefix="ringhall-bench-") as name:
        folder = Path(name)
        async with floor.make_server(folder / "home", load.desks) as server:
            idle = await figures(server, min(seconds, 10.0), listeners=listeners)
            calls = asyncio.create_task(through_the_queue(server, load, folder / "load"))
            try:
                await _under_way(server, calls)
                asking = await figures(server, seconds, listeners=0)
                listening = await figures(server, seconds, listeners=listeners, per_second=0)
                together = await figures(server, seconds, listeners=listeners)
                served = await calls
            finally:
                calls.cancel()
    return {
        "api_p95_ms": asking["api_ms"]["p95"],
        "event_p95_ms": listening["event_ms"]["p95"],
        "api_failures": sum(part["api_failures"] for part in (idle, asking, together)),
        "asking": asking,
        "listening": listening,
        "together": together,
        "idle": idle,
        "load": served,
        "conditions": conditions(),
    }


async def _under_way(server: PrivateServer, calls: asyncio.Task[Any]) -> None:
    """Wait until calls come in."""
    async with asyncio.timeout(120):
        while not calls.done():
            if (await server.ask("GET", "/control/status"))["calls"]:
                return
            await asyncio.sleep(0.05)
    await calls


def main() -> int:
    """Measure and print; exit status 1 when a request failed or a call was lost, 2 when nothing could be."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.api",
        description="Measure the API and the event stream beside calls on a private server (2 minutes).",
        epilog="Example: python -m benchmarks.api --json",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON line")
    parser.add_argument("--quick", action="store_true", help="a few calls only, to see that it works")
    options = parser.parse_args()
    try:
        told = asyncio.run(measure(quick=options.quick))
    except (ServerFailed, ConfigError, AsteriskFailed, ProgramMissing, SippError) as error:
        print(f"benchmarks.api: {error}", file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps(told))
    else:
        for name, target in TARGETS.items():
            print(f"{name:>16} {told[name]:>8} (target ≤ {target:g})")
        print(json.dumps(told, indent=2))
    return 1 if told["api_failures"] or told["load"]["lost"] else 0


if __name__ == "__main__":
    sys.exit(main())
