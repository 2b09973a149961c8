"""Ten times as many call as may: those beyond are refused at once, those who are on are served as ever."""

from __future__ import annotations

import asyncio
import resource
import time
from typing import TYPE_CHECKING, Any

from benchmarks import floor
from benchmarks.chaos import probe
from benchmarks.chaos.kept_server import KeptServer
from benchmarks.chaos.scene import Crowd
from benchmarks.chaos.staffed import MENU, SITE
from benchmarks.chaos.verdict import Verdict
from benchmarks.chaos.witness import Witness, doubled
from benchmarks.machine import spread_ms
from benchmarks.measuring_caller import CallFailed
from telephony.peers.sipp import callers
from telephony.peers.sipp_scenarios import CallerPlan

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from telephony.peers.sipp import Message

NAME = "surge"
CAPACITY = 40
TIMES = 10
STAY_S = 4.0
SECONDS = 12.0
"""How long each part lasts."""
SLOWER = 2.0
"""So many times as long as at normal load an answer may take (p95), or :data:`QUICK_MS`."""
QUICK_MS = 200.0
REFUSED_MS = 500.0
BACK_S = 5.0


async def run(folder: Path, crowd: Crowd) -> Verdict:
    """``recovery_s``: from the surge's last caller until one is answered again; those who are on stay 4 s."""
    seconds = SECONDS if crowd.all >= Crowd().all else SECONDS / 3
    normal = CAPACITY / STAY_S
    server = KeptServer(folder / "home", dialplans=SITE, phones={floor.phone(0): "secret-0"}, rtp_ports=2000)
    limits = {"max_callers": CAPACITY, "max_calls": 10 * CAPACITY}
    asterisk = server.settings.asterisk.model_copy(update=limits)
    server.settings = server.settings.model_copy(update={"asterisk": asterisk})
    async with server, Witness(server) as witness:
        usual = await _load(server, 0.8 * normal, seconds, folder / "usual", 0)
        await asyncio.sleep(STAY_S + 1)
        surging = asyncio.create_task(
            _load(server, TIMES * normal, seconds, folder / "surge", 100_000), name="surge"
        )
        await asyncio.sleep(seconds)
        over = time.monotonic()
        back = await _until_answered(server)
        surge = await surging
        verdict = Verdict(
            fault=NAME,
            calls=usual["calls"] + surge["calls"],
            lost_calls=usual["silent"] + surge["silent"],
            recovery_s=round(back - over, 2),
        )
        verdict.measured = {"capacity": CAPACITY, "usual": usual, "surge": surge}
        most = max(QUICK_MS, SLOWER * usual["answer_ms"]["p95"])
        verdict.expect(usual["refused"] == 0, "somebody was refused at normal load")
        verdict.expect(surge["refused"] > 0, "nobody was refused")
        verdict.expect(
            surge["answered"] >= 0.8 * CAPACITY * seconds / STAY_S, "fewer were served than could have been"
        )
        verdict.within(surge["answer_ms"]["p95"], most, "ms until an answer in the surge (p95)")
        verdict.within(surge["refusal_ms"]["p95"], REFUSED_MS, "ms until a refusal (p95)")
        verdict.within(back - over, BACK_S, "s until a call was answered after the surge")
        status = await server.ask("GET", "/control/status")
        verdict.expect("callers_full" in status["alarms"], "no alarm was raised")
        verdict.expect(
            surge["refused"] <= status["callers_refused"] <= surge["refused"] + 100,  # some are probes
            f"{status['callers_refused']} refusals were counted, not {surge['refused']} and a few probes",
        )
        verdict.lost_events = await witness.lost()
        verdict.doubled = await doubled(server)
        return verdict


async def _until_answered(server: KeptServer) -> float:
    deadline = time.monotonic() + 20
    while True:
        try:
            return await probe.answered(server.sip, MENU, 20)
        except CallFailed:  # still full
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.05)


async def _load(
    server: KeptServer, per_second: float, seconds: float, folder: Path, first: int
) -> dict[str, Any]:
    """Let so many call a menu, and count answers and refusals at their end."""
    plan = CallerPlan(MENU, stay_ms=round(STAY_S * 1000), first_number=4_420_800_000 + first)
    calls = round(per_second * seconds)
    run = callers(server.sip, plan, calls=calls, per_second=per_second, folder=folder)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    async with run:
        await run.done(seconds + STAY_S + 30)
        told = _count(run.messages())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"calls": calls, "per_second": per_second, **told, "generator_cpu_s": round(used, 2)}


def _count(messages: Sequence[Message]) -> dict[str, Any]:
    sent: dict[str, float] = {}
    answered: dict[str, float] = {}
    refused: dict[str, float] = {}
    for message in messages:
        if not message.cseq.endswith("INVITE"):
            continue
        if message.request == "INVITE" and not message.received:
            sent.setdefault(message.call_id, message.at)
        elif message.received and message.status == 200:
            answered.setdefault(message.call_id, message.at)
        elif message.received and message.status == 503:
            refused.setdefault(message.call_id, message.at)
    return {
        "answered": len(answered),
        "refused": len(refused),
        "silent": len(sent.keys() - answered.keys() - refused.keys()),
        "answer_ms": spread_ms([answered[call] - sent[call] for call in answered]),
        "refusal_ms": spread_ms([refused[call] - sent[call] for call in refused]),
    }
