"""Asterisk is killed, alone or with the controller: its calls are over, all else is as before."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from benchmarks.chaos import probe
from benchmarks.chaos.scene import Crowd, Scene, count, scene
from benchmarks.chaos.staffed import MENU, QUEUE
from benchmarks.chaos.verdict import Verdict
from benchmarks.floor import agent
from telephony.asterisk.phones import QUALIFY_S
from telephony.switch import Cause

if TYPE_CHECKING:
    from pathlib import Path

NAME, BOTH = "asterisk_killed", "both_killed"
GOAL_S = 3.0
"""From the kill until a new call is answered."""
SEEN_S = QUALIFY_S + 1.0
"""Within this time of its return Asterisk has asked every phone whether it is there."""
WRAP_UP_S = 1.0
AFTERWARDS = 3


async def run(folder: Path, crowd: Crowd) -> Verdict:
    """``recovery_s``: from the kill until a new call is answered."""
    async with scene(folder, crowd) as there:
        return await _killed(there, NAME)


async def run_both(folder: Path, crowd: Crowd) -> Verdict:
    """As :func:`run`, with the controller killed in the same instant."""
    async with scene(folder, crowd) as there:
        return await _killed(there, BOTH)


async def _killed(there: Scene, name: str) -> Verdict:
    server, crowd = there.server, there.crowd
    before = await there.fill()
    killed = time.monotonic()
    if name == BOTH:
        await server.kill_controller()
    server.kill_asterisk()
    back = await probe.answered(server.sip, MENU, 30)
    verdict = Verdict(fault=name, calls=crowd.all, lost_calls=0, recovery_s=round(back - killed, 2))
    verdict.within(back - killed, GOAL_S, "s until a new call was answered")
    staff = {agent(index) for index in range(crowd.talking)}

    def all_ready(seen: object) -> bool:
        return staff <= {number for number, state, _ in getattr(seen, "agents", ()) if state == "ready"}

    reachable = await there.until(all_ready, 30, "ready agents")
    verdict.measured["agents_ready_after_return_s"] = round(reachable - back, 2)
    verdict.within(reachable - back, SEEN_S + WRAP_UP_S, "s until agents were ready")
    # they are called again, without anybody touching a phone
    await there.talkers.ask(f"call {QUEUE} {AFTERWARDS} 10")
    await there.until(lambda seen: count(seen, "talking") == AFTERWARDS, 10, "new talks")
    fell = {call for call, *_ in before.calls}
    causes = Counter(record.cause for record in await server.records() if record.call in fell)
    verdict.measured |= {"fell": len(fell), "causes": dict(causes)}
    verdict.expect(
        causes == {Cause.FAILURE.value: crowd.all}, f"the calls that fell do not all say so: {dict(causes)}"
    )
    return await there.account(verdict)
