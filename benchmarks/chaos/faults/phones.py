"""All agents' phones lose their network in the middle of their talks, and come back."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from benchmarks.chaos.scene import Crowd, count, scene
from benchmarks.chaos.verdict import Verdict
from records import events as e
from telephony.asterisk.phones import SILENT_S

if TYPE_CHECKING:
    from pathlib import Path

NAME = "phones_lost"
GRACE_S = 3.0


async def run(folder: Path, crowd: Crowd) -> Verdict:
    """``recovery_s``: from the phones' return until everybody who talked before talks again."""
    async with scene(folder, crowd) as there:
        server = there.server
        before = await there.fill()
        talking = {call for call, state, _, _ in before.calls if state == "talking"}
        lost = time.monotonic()
        await there.phones_away()
        noticed = await there.until(
            lambda seen: (
                count(seen, "waiting") == crowd.talking + crowd.waiting
                and all(state == "unreachable" for _, state, _ in seen.agents)
            ),
            SILENT_S + 20,
            "unreachable agents, and callers who wait",
        )
        verdict = Verdict(fault=NAME, calls=crowd.all, lost_calls=0)
        verdict.measured["noticed_s"] = round(noticed - lost, 2)
        verdict.within(noticed - lost, SILENT_S + GRACE_S, "s until all were noticed")
        again = [
            recorded.event.call
            for recorded in (
                await server.until_event(e.QueueEntered, count=2 * crowd.talking + crowd.waiting)
            )[crowd.talking + crowd.waiting :]
            if isinstance(recorded.event, e.QueueEntered)
        ]
        verdict.expect(set(again) == talking, "others than those who had talked wait anew")
        back = time.monotonic()
        await there.phones_back()
        served = await there.until(
            lambda seen: {call for call, state, _, _ in seen.calls if state == "talking"} == talking,
            40,
            "everybody who talked before talking again, before the others",
        )
        verdict.recovery_s = round(served - back, 2)
        return await there.account(verdict)
