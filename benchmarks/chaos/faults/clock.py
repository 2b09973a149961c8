"""The machine's clock is set, by an hour forward and back; the controller is killed with it set."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from benchmarks.chaos.jumping_controller import JUMP
from benchmarks.chaos.scene import Crowd, Picture, Scene, count, scene
from benchmarks.chaos.verdict import Verdict
from callflow.kept_clock import ALARM, EVERY_S
from callflow.private_server import PrivateServer

if TYPE_CHECKING:
    from pathlib import Path

NAME = "clock_jumps"
JUMPS_S = (3600.0, -3600.0)
_HELD_S = 3.0


class JumpingServer(PrivateServer):
    """Its controller sees the clock that the file says."""

    async def start_controller(self, module: str = "benchmarks.chaos.jumping_controller") -> None:
        """Start it."""
        await super().start_controller(module)


def set_clock(home: Path, by_s: float) -> None:
    """Set the machine's clock, as the controller sees it."""
    partial = home / f"{JUMP}.partial"
    partial.write_text(str(by_s))
    partial.rename(home / JUMP)


async def run(folder: Path, crowd: Crowd) -> Verdict:
    """``recovery_s``: the longest time from a kill with the clock set until all is as before."""
    async with scene(folder, crowd, kind=JumpingServer) as there:
        before = await there.fill()
        verdict = Verdict(fault=NAME, calls=crowd.all, lost_calls=0, recovery_s=0.0)
        await asyncio.sleep(EVERY_S + 0.5)  # the clock was kept with everybody on
        for jump_s in JUMPS_S:
            await _jump(there, before, verdict, jump_s)
        # turns are taken in the old order, and wrap-ups last as long as ever
        began = time.monotonic()
        await there.talkers.ask("hang_up 0 2")
        await there.until(
            lambda seen: (
                count(seen, "waiting") == crowd.waiting - 2 and count(seen, "talking") == crowd.talking
            ),
            10,
            "the next in their turn",
        )
        took = time.monotonic() - began
        verdict.measured["wrap_up_and_next_s"] = round(took, 2)
        verdict.expect(took >= 0.9, f"a wrap-up of 1 s was over after {took:.2f} s")
        verdict.within(took, 3.0, "s until the next were served")
        return await there.account(verdict)


async def _jump(there: Scene, before: Picture, verdict: Verdict, jump_s: float) -> None:
    server = there.server
    set_clock(server.home, jump_s)
    await asyncio.sleep(_HELD_S)
    verdict.expect(await there.picture() == before, f"a jump by {jump_s:+g} s changed something")
    await asyncio.sleep(EVERY_S)
    status = await server.ask("GET", "/control/status")
    verdict.expect(ALARM in status["alarms"], f"a jump by {jump_s:+g} s raised no alarm")
    killed = time.monotonic()
    await server.kill_controller()
    await server.start_controller()
    back = await there.until(lambda seen: seen == before, 20, "calls and agents as before")
    verdict.recovery_s = max(verdict.recovery_s or 0.0, round(back - killed, 2))
    await asyncio.sleep(_HELD_S)
    verdict.expect(await there.picture() == before, f"a restart after {jump_s:+g} s changed something")
