"""The controller dies at each instant of a call, one after another: before and after everything that it does.

The scene: a caller arrives, waits, is offered, talks and is recorded, is handed over to the queue, talks with
somebody else and hangs up; snapshots are taken meanwhile.  The instants are counted while it plays
(:mod:`benchmarks.chaos.dying_controller`), so that none is left out.  After each death the next controller
must bring the same scene to its end, and nothing may be left behind.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, Any

import aiohttp

from benchmarks.chaos import dying_controller
from benchmarks.chaos.scene import Crowd
from benchmarks.chaos.staffed import QUEUE, staffed
from benchmarks.chaos.verdict import Verdict
from benchmarks.chaos.witness import Witness
from benchmarks.talkers_process import TalkersProcess
from callflow.control_client import ControlError
from callflow.private_server import PrivateServer, ServerFailed
from records import events as e
from telephony.peers.sipp_scenarios import PhonePlan

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path


NAME = "every_instant"
DESKS = 2
QUICK_POINTS, POINTS = 5, 40
"""So many instants are tried, spread evenly; all of them with ``points=None``."""
PATIENCE_S = 25.0
_LOOK_S = 0.05
_CHANNELS = re.compile(r"(\d+) active channel")


async def run(folder: Path, crowd: Crowd) -> Verdict:
    """``recovery_s``: the longest time from a death until the next controller took calls."""
    return await at_instants(folder, POINTS if crowd.all >= Crowd().all else QUICK_POINTS)


async def at_instants(folder: Path, points: int | None) -> Verdict:
    """Play the scene without a death, to count its instants; then once for each that is tried."""
    async with AsyncExitStack() as stack:
        server, _ = await stack.enter_async_context(
            staffed(folder, DESKS, PhonePlan(ring_ms=50), kind=PrivateServer)
        )
        talkers = TalkersProcess(server.sip)
        await talkers.start()
        stack.push_async_callback(talkers.stop)
        witness = await stack.enter_async_context(Witness(server))
        theatre = Theatre(server, talkers)
        await theatre.next_controller(0)
        await theatre.play()
        instants = theatre.instants()
        places = range(1, len(instants) + 1, 1 if points is None else max(1, len(instants) // points))
        verdict = Verdict(fault=NAME, calls=1 + len(places), lost_calls=0, recovery_s=0.0)
        for place in places:
            await theatre.next_controller(place)
            await theatre.play()
            died = theatre.instants()
            at = died[-1] if len(died) == place else "at no instant: the scene was shorter"
            for words in theatre.wrong:
                verdict.broken.append(f"instant {place} ({at}): {words}")
            verdict.lost_calls += theatre.cut_off
            verdict.doubled += theatre.doubled
        verdict.recovery_s = round(theatre.longest_away_s, 2)
        verdict.measured = {"instants": len(instants), "tried": len(places), "died": theatre.deaths}
        verdict.lost_events = await witness.lost()
        return verdict


class Theatre:
    """Plays the scene, with a parent's eye on the controller."""

    def __init__(self, server: PrivateServer, talkers: TalkersProcess) -> None:
        self._server = server
        self._talkers = talkers
        self._callers = 0
        self._cut_off_before = 0
        self._seq = 0
        self.deaths = 0
        self.longest_away_s = 0.0
        self.cut_off = self.doubled = 0
        self.wrong: list[str] = []

    # ── the controller ───────────────────────────────────────────────────────────────────────────

    async def next_controller(self, dies_at: int) -> None:
        """Start the one that will die, in the place of the one that runs."""
        await self._server.stop_controller()
        (self._server.home / dying_controller.INSTANTS).unlink(missing_ok=True)
        self._server.environment[dying_controller.DIES_AT] = str(dies_at)
        await self._server.start_controller("benchmarks.chaos.dying_controller")

    def instants(self) -> list[str]:
        """Give the instants of the last scene, up to the death in it."""
        return (self._server.home / dying_controller.INSTANTS).read_text().splitlines()

    async def _keep(self) -> None:
        """Start the next controller when one has died, as the parent does."""
        while True:
            if not self._server.controller_runs:
                died = time.monotonic()
                self.deaths += 1
                await self._server.start_controller()
                self.longest_away_s = max(self.longest_away_s, time.monotonic() - died)
            await asyncio.sleep(0.01)

    # ── the scene ────────────────────────────────────────────────────────────────────────────────

    async def play(self) -> None:
        """Play it to the end, whatever happens to the controller meanwhile; see what is left afterwards."""
        self.wrong, self.cut_off, self.doubled = [], 0, 0
        self._seq = (await self._server.events())[-1].seq
        await self._until(self._agents_ready, "ready agents before the scene")
        armed = self._server.home / dying_controller.ARMED
        armed.touch()
        keeping = asyncio.create_task(self._keep(), name="parent")
        try:
            await self._acts()
        except ServerFailed as error:
            self.wrong.append(str(error))
        finally:
            armed.unlink(missing_ok=True)
            with suppress(ServerFailed):
                await self._until(self._controller_there, "controller")
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
        await self._look_around()

    async def _acts(self) -> None:
        talkers, index = self._talkers, self._callers
        self._callers += 1
        await talkers.ask(f"call {QUEUE} 1 10")
        await self._until(lambda: self._talks(1), "talk")
        await self._until(self._handed_over, "transfer")
        await self._until(lambda: self._talks(2), "talk after the transfer")
        await asyncio.sleep(0.3)
        over = await talkers.ask("over")
        self.cut_off, self._cut_off_before = over - self._cut_off_before, over
        await talkers.ask(f"hang_up {index} {index + 1}")
        await self._until(self._ended, "end of the call")
        await self._until(self._agents_ready, "ready agents")

    async def _look_around(self) -> None:
        """What must be so after every scene."""
        server = self._server
        try:
            await self._until(self._nothing_left, "channels gone", 5)
            await self._until(self._recorded, "record and recording", 8)
        except ServerFailed as error:
            self.wrong.append(str(error))
        kinds = Counter(
            type(recorded.event).__name__
            for recorded in await server.events(self._seq)
            if getattr(recorded.event, "call", "")
        )
        self.doubled = max(0, kinds["CallEnded"] - 1)
        if kinds["CallArrived"] != 1:
            self.wrong.append(f"{kinds['CallArrived']} calls arrived")

    # ── looking ──────────────────────────────────────────────────────────────────────────────────

    async def _until(
        self, met: Callable[[], Awaitable[bool]], what: str, seconds: float = PATIENCE_S
    ) -> None:
        deadline = time.monotonic() + seconds
        while True:
            with suppress(ControlError, aiohttp.ClientError, OSError):
                if await met():
                    return
            if time.monotonic() > deadline:
                raise ServerFailed(f"no {what} in {seconds:g} s")
            await asyncio.sleep(_LOOK_S)

    async def _of(self, kind: type[e.Event]) -> list[Any]:
        return [one.event for one in await self._server.events(self._seq) if isinstance(one.event, kind)]

    async def _talks(self, times: int) -> bool:
        return len(await self._of(e.CallConnected)) - len(await self._of(e.TalkEnded)) == 1 and (
            len(await self._of(e.CallConnected)) >= times
        )

    async def _handed_over(self) -> bool:
        """Ask for it, unless it was done."""
        if await self._of(e.CallTransferred):
            return True
        [arrived] = await self._of(e.CallArrived)
        with suppress(ControlError):
            await self._server.ask("POST", f"/control/calls/{arrived.call}/transfer", {"queue": "calls"})
        return bool(await self._of(e.CallTransferred))

    async def _ended(self) -> bool:
        return bool(await self._of(e.CallEnded))

    async def _agents_ready(self) -> bool:
        agents = await self._server.ask("GET", "/control/agents")
        return all(agent["state"] == "ready" for agent in agents)

    async def _controller_there(self) -> bool:
        return await self._server.ready_now()

    async def _nothing_left(self) -> bool:
        console = self._server.settings.asterisk_home.process
        found = _CHANNELS.search(await asyncio.to_thread(console.cli, "core show channels count"))
        return found is not None and found[1] == "0"

    async def _recorded(self) -> bool:
        [arrived] = await self._of(e.CallArrived)
        records = [one for one in await self._server.records() if one.call == arrived.call and one.outcome]
        kept = [one for one in await self._of(e.CallRecordingKept) if one.call == arrived.call]
        return len(records) == 1 and records[0].outcome == "completed" and bool(kept)
