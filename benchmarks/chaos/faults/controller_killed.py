"""The controller is killed with callers who talk, wait, and are in menus; the parent starts the next one."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from benchmarks.chaos.scene import GAP_MS, SILENCE_MS, Crowd, scene
from benchmarks.chaos.verdict import Verdict
from records import events as e

if TYPE_CHECKING:
    from pathlib import Path

NAME = "controller_killed"
GOAL_S = 3.0
"""From the kill until everything is as it was."""
SERVED = 3
"""So many of those who wait are served afterwards, to see whose turn it is."""


async def run(folder: Path, crowd: Crowd) -> Verdict:
    """``recovery_s``: from the kill until calls and agents are as before."""
    async with scene(folder, crowd) as there:
        server = there.server
        before = await there.fill()
        entered = [
            recorded.event.call
            for recorded in await server.until_event(e.QueueEntered, count=crowd.talking + crowd.waiting)
            if isinstance(recorded.event, e.QueueEntered)
        ]
        killed = time.monotonic()
        await server.kill_controller()
        back = await there.until(lambda seen: seen == before, 30, "calls and agents as before")
        verdict = Verdict(fault=NAME, calls=crowd.all, lost_calls=0, recovery_s=round(back - killed, 2))
        await asyncio.sleep(2.0)
        heard = await there.heard()
        verdict.measured["gaps"] = heard
        verdict.within(back - killed, GOAL_S, "s until everything was as before")
        for part in ("talking", "waiting"):
            worst = max(heard[part]["max_ms"], heard[part]["quiet_now_max_ms"])
            verdict.within(worst, GAP_MS, f"ms of silence for somebody ({part})")
            verdict.expect(worst <= SILENCE_MS, f"somebody heard nothing for {worst} ms ({part})")
        verdict.expect(
            heard["menus"]["quiet_now_max_ms"] <= 10_000, "somebody in a menu hears nothing any more"
        )
        # whose turn it is afterwards: those who had waited longest, in their order
        await there.talkers.ask(f"hang_up 0 {SERVED}")
        served = await server.until_event(e.CallConnected, 20, count=crowd.talking + SERVED)
        turn = [one.event.call for one in served[crowd.talking :] if isinstance(one.event, e.CallConnected)]
        verdict.expect(
            turn == entered[crowd.talking :][:SERVED], "others than those who had waited longest were served"
        )
        again = await server.until_event(e.QueueEntered)
        verdict.expect(len(again) == len(entered), "somebody who waited got a new place")
        return await there.account(verdict)
