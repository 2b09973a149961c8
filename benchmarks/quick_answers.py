"""How soon a caller hears the first prompt, and how soon a free agent's phone is called."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from benchmarks import floor
from benchmarks.machine import spread_ms
from benchmarks.measuring_caller import MeasuringCaller
from callflow.control_client import ControlClient
from records.events import QueueEntered
from telephony.peers.sipp import callers
from telephony.peers.sipp_scenarios import CallerPlan, PhonePlan, Press

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from callflow.private_server import PrivateServer
    from telephony.peers.sipp import SippRun

_PHONES = PhonePlan(ring_ms=50, talk_ms=800)
_TALKING_S = 0.3
"""Time after its INVITE at which a phone has answered and not yet hung up."""


async def first_prompt(server: PrivateServer, calls: int) -> dict[str, Any]:
    """Call once a second, ``calls`` times: INVITE to answer, to first packet, to first sound, in ms."""
    caller = MeasuringCaller(server.sip)
    await caller.call(floor.DIAL, "4420000000")  # the first call of a process warms it up, as in a day's work
    measured = []
    for number in range(calls):
        started = time.perf_counter()
        measured.append(await caller.call(floor.DIAL, str(4_420_000_001 + number)))
        await asyncio.sleep(max(0.0, 1.0 - (time.perf_counter() - started)))
    return {
        "calls": calls,
        "answer_ms": spread_ms([m.answer for m in measured]),
        "first_packet_ms": spread_ms([m.first_packet for m in measured]),
        "first_sound_ms": spread_ms([m.first_sound for m in measured]),
    }


async def ready_to_invite(server: PrivateServer, times: int, folder: Path) -> dict[str, Any]:
    """Make agents ready one by one while callers wait: the command's leaving to the phone's INVITE, in ms."""
    seq = (await server.events())[-1].seq
    plan = CallerPlan(
        floor.DIAL, (Press(200, "1"),), stay_ms=60_000 + 500 * times, first_number=4_420_300_000
    )
    async with floor.desk_phones(server, times, _PHONES, folder / "phones") as farm:
        await floor.staff(server, farm, times)
        waiting = callers(server.sip, plan, calls=times, per_second=20, folder=folder / "callers")
        async with waiting, ControlClient(server.home) as control:
            await server.until_event(QueueEntered, 20 + times / 10, count=times, after=seq)
            sent: dict[str, float] = {}
            for index in range(times):
                sent[floor.phone(index)] = time.time()
                await control.request("POST", f"/control/agents/{floor.agent(index)}/ready", {})
                await farm.until(_offers(index + 1), 5, "INVITE at the phone")
                await asyncio.sleep(_TALKING_S)
                # nobody takes a second one: the pause begins when this call is over
                await control.request(
                    "POST", f"/control/agents/{floor.agent(index)}/pause", {"reason": "done"}
                )
            await waiting.done(30)
            taken = [offer.at - sent[offer.phone] for offer in farm.offers()]
    return {"times": times, "ready_to_invite_ms": spread_ms(taken)}


def _offers(wanted: int) -> Callable[[SippRun], bool]:
    return lambda run: len(run.offers()) >= wanted
