"""``python -m benchmarks.chaos.sequences``: random faults among random calls, replayable from their seed.

A sequence is some acts, one after another: callers come and leave, processes are killed or freeze, the
database is locked, phones fall silent.  Then everybody hangs up, and what must always hold is looked at.  All
sequences are played on one server, so that what one leaves behind spoils the next.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec
import uvloop

from benchmarks.chaos.staffed import MENU, QUEUE, staffed
from benchmarks.chaos.witness import Witness
from benchmarks.machine import conditions
from benchmarks.proof import KEPT, commit
from benchmarks.talkers_process import TalkersProcess
from callflow.control_client import ControlError
from callflow.private_server import ServerFailed
from records import events as e
from telephony.asterisk.process import AsteriskFailed
from telephony.peers.sipp_scenarios import PhonePlan

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from callflow.private_server import PrivateServer
    from telephony.peers.sipp import SippRun

DESKS = 3
ACTS = 6
MOST_ON = 8
PATIENCE_S = 40.0
_LOOK_S = 0.1


class Outcome(msgspec.Struct):
    """What came of a sequence."""

    seed: int
    acts: list[str]
    wrong: list[str] = []


class Stage:
    """The server, the phones and the callers."""

    def __init__(
        self, server: PrivateServer, farm: SippRun, talkers: TalkersProcess, witness: Witness
    ) -> None:
        self._server = server
        self._farm = farm
        self._talkers = talkers
        self._witness = witness
        self._callers = 0
        self._on: list[int] = []
        self._over = 0
        self._asterisk_died = False
        self._seen = ""
        self._locking: set[asyncio.Task[None]] = set()

    async def play(self, seed: int) -> Outcome:
        """Play the sequence of a seed, and look what became of everybody."""
        dice = random.Random(seed)
        outcome = Outcome(seed, [])
        seq = (await self._server.events())[-1].seq
        self._asterisk_died = False
        try:
            for _ in range(ACTS):
                name, act = dice.choice(self._acts())
                took = await act(dice)
                outcome.acts.append(f"{name} {took}".rstrip())
                await asyncio.sleep(dice.choice((0.0, 0.05, 0.3, 1.0)))
            await self._end(outcome, seq)
        except (ServerFailed, ControlError, aiohttp.ClientError, OSError) as error:
            outcome.wrong.append(f"{type(error).__name__}: {error}"[:400])
        return outcome

    def _acts(self) -> list[tuple[str, Callable[[random.Random], Awaitable[str]]]]:
        calls = [("caller", self._call)] * 3 + [("menu", self._menu)] + [("leaves", self._leave)] * 2
        return [
            *calls,
            ("controller killed", self._kill_controller),
            ("controller frozen", self._freeze_controller),
            ("asterisk killed", self._kill_asterisk),
            ("asterisk frozen", self._freeze_asterisk),
            ("phones frozen", self._freeze_phones),
            ("database locked", self._lock),
        ]

    # ── acts ─────────────────────────────────────────────────────────────────────────────────────

    async def _call(self, _: random.Random, number: str = QUEUE) -> str:
        if len(self._on) >= MOST_ON:
            return "(enough are on)"
        index, self._callers = self._callers, self._callers + 1
        told = await self._talkers.ask(f"try {number}")
        if told["answered"]:
            self._on.append(index)
            return ""
        return "(not answered)"

    async def _menu(self, dice: random.Random) -> str:
        return await self._call(dice, MENU)

    async def _leave(self, dice: random.Random) -> str:
        if not self._on:
            return "(nobody is on)"
        index = self._on.pop(dice.randrange(len(self._on)))
        await self._talkers.ask(f"hang_up {index} {index + 1}")
        return ""

    async def _kill_controller(self, _: random.Random) -> str:
        await self._server.kill_controller()
        return ""

    async def _kill_asterisk(self, _: random.Random) -> str:
        with suppress(ServerFailed, ProcessLookupError):
            self._server.kill_asterisk()
            self._asterisk_died = True
            self._on.clear()
        return ""

    async def _freeze_controller(self, dice: random.Random) -> str:
        with suppress(ServerFailed):
            return await _freeze(self._server.controller_pid, dice)
        return "(it was away)"

    async def _freeze_asterisk(self, dice: random.Random) -> str:
        with suppress(ServerFailed):
            return await _freeze(self._server.asterisk_pid, dice)
        return "(it was away)"

    async def _freeze_phones(self, dice: random.Random) -> str:
        return await _freeze(self._farm.pid, dice)

    async def _lock(self, dice: random.Random) -> str:
        """Goes on while the next acts are played."""
        seconds = dice.choice((0.5, 3.0, 6.0))
        file = self._server.home / "ringhall.db"
        task = asyncio.create_task(asyncio.to_thread(lock_for, file, seconds))
        self._locking.add(task)
        task.add_done_callback(self._locking.discard)
        return f"{seconds:g} s"

    # ── afterwards ───────────────────────────────────────────────────────────────────────────────

    async def _end(self, outcome: Outcome, seq: int) -> None:
        await asyncio.gather(*self._locking)
        await self._until(self._server.ready_now, "controller")
        over = await self._talkers.ask("over")
        if over > self._over and not self._asterisk_died:
            ends = [
                f"{event.call}: {event.outcome}, by {event.by}, {event.cause}"
                for event in [recorded.event for recorded in await self._server.events(seq)]
                if isinstance(event, e.CallEnded) and event.by != "caller"
            ]
            outcome.wrong.append(f"{over - self._over} callers were cut off ({'; '.join(ends)})")
        for index in self._on:
            await self._talkers.ask(f"hang_up {index} {index + 1}")
        self._on.clear()
        await self._until(self._quiet, "quiet server")
        self._over = await self._talkers.ask("over")
        await self._until(self._written, "events in the database")
        outcome.wrong += await self._looked_at(seq)
        if lost := await self._witness.lost():
            outcome.wrong.append(f"{lost} events were told and are not in the log")

    async def _looked_at(self, seq: int) -> list[str]:
        """What must hold of the calls of this sequence."""
        events = [recorded.event for recorded in await self._server.events(seq)]
        arrived = {event.call for event in events if isinstance(event, e.CallArrived)}
        ended = Counter(event.call for event in events if isinstance(event, e.CallEnded))
        records = Counter(record.call for record in await self._server.records() if record.outcome)
        wrong = [f"call {call} has {ended[call]} ends" for call in arrived if ended[call] != 1]
        return wrong + [f"call {call} has {records[call]} records" for call in arrived if records[call] != 1]

    async def _quiet(self) -> bool:
        status = await self._server.ask("GET", "/control/status")
        agents = await self._server.ask("GET", "/control/agents")
        console = self._server.settings.asterisk_home.process
        channels = await asyncio.to_thread(console.cli, "core show channels concise")
        states = sorted(agent["state"] for agent in agents)
        self._seen = f"{status['calls']} calls, agents {states}, channels {channels.split()}"
        return status["calls"] == 0 and set(states) == {"ready"} and not channels.strip()

    async def _written(self) -> bool:
        return bool((await self._server.ask("GET", "/control/status"))["backlog"] == 0)

    async def _until(self, met: Callable[[], Awaitable[bool]], what: str) -> None:
        deadline, last = time.monotonic() + PATIENCE_S, ""
        while True:
            try:
                if await met():
                    return
            except (ControlError, AsteriskFailed, aiohttp.ClientError, OSError) as error:
                last = str(error)
            if time.monotonic() > deadline:
                raise ServerFailed(f"no {what} in {PATIENCE_S:g} s: {self._seen} {last}")
            await asyncio.sleep(_LOOK_S)


async def _freeze(pid: int, dice: random.Random) -> str:
    seconds = dice.choice((0.2, 1.0, 3.0))
    try:
        os.kill(pid, signal.SIGSTOP)
        await asyncio.sleep(seconds)
    except ProcessLookupError:
        return "(it was away)"
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
    return f"{seconds:g} s"


def lock_for(file: Path, seconds: float) -> None:
    """Keep everybody else from writing to a database for so long."""
    connection = sqlite3.connect(file, timeout=30, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        time.sleep(seconds)
        connection.execute("ROLLBACK")
    finally:
        connection.close()


async def play(seeds: range, folder: Path, say: Callable[[str], None]) -> list[Outcome]:
    """Play the sequences of all seeds on one server."""
    async with AsyncExitStack() as stack:
        server, farm = await stack.enter_async_context(staffed(folder, DESKS, PhonePlan(ring_ms=50)))
        talkers = TalkersProcess(server.sip)
        await talkers.start()
        stack.push_async_callback(talkers.stop)
        witness = await stack.enter_async_context(Witness(server))
        stage = Stage(server, farm, talkers, witness)
        outcomes = []
        for seed in seeds:
            outcome = await stage.play(seed)
            outcomes.append(outcome)
            say(f"seed {seed}: {', '.join(outcome.acts)}: {'; '.join(outcome.wrong) or 'held'}")
        return outcomes


def main() -> int:
    """Play and print; exit status 1 when something did not hold."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.chaos.sequences",
        description="Play random sequences of faults on a private server (some 12 s each).",
        epilog="Example: python -m benchmarks.chaos.sequences --first 17 --count 1",
    )
    parser.add_argument("--first", type=int, default=1, help="seed of the first (1 when left out)")
    parser.add_argument("--count", type=int, default=200, help="how many (200 when left out)")
    parser.add_argument("--keep", action="store_true", help="write the result to docs/proof/")
    given = parser.parse_args()
    before = conditions()

    def say(text: str) -> None:
        print(text, flush=True)

    with tempfile.TemporaryDirectory(prefix="rh-chaos-") as folder:
        try:
            found = uvloop.run(play(range(given.first, given.first + given.count), Path(folder), say))
        except ServerFailed as error:
            print(f"benchmarks.chaos.sequences: {error}", file=sys.stderr)
            return 2
    wrong = [outcome for outcome in found if outcome.wrong]
    told: dict[str, Any] = {
        "what": "fault sequences",
        "commit": commit(),
        "first_seed": given.first,
        "sequences": len(found),
        "acts": sum(len(outcome.acts) for outcome in found),
        "kinds": dict(Counter(act.split(" (")[0].rstrip("0123456789. s") for o in found for act in o.acts)),
        "wrong": msgspec.to_builtins(wrong),
        "conditions": before,
    }
    print(json.dumps(told))
    if given.keep:
        KEPT.mkdir(parents=True, exist_ok=True)
        (KEPT / "fault-sequences.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
