"""The connection between controller and Asterisk is cut, stalls, or is slow; some hang up meanwhile."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from benchmarks.chaos.scene import GAP_MS, SILENCE_MS, Crowd, Scene, count, scene
from benchmarks.chaos.verdict import Verdict
from callflow.private_server import PrivateServer
from callflow.switch_watcher import ALARM
from records import events as e
from telephony.peers.wire import Wire
from telephony.programs import free_ports

if TYPE_CHECKING:
    from pathlib import Path

CUT, STALLED, SLOW = "ari_cut", "ari_stalled", "ari_slow_reader"
NOTICED_S = 5.0
LASTS_S = 8.0
LEAVING = 3
"""So many who talk hang up while nobody watches."""
_SLOW_BYTES_PER_S = 2_000.0
_WRAP_UP_S = 1.0


async def run_cut(folder: Path, crowd: Crowd) -> Verdict:
    """``recovery_s``: from the mending until all is as it should be."""
    return await _run(CUT, folder, crowd)


async def run_stalled(folder: Path, crowd: Crowd) -> Verdict:
    """No byte passes, and no connection ends; ``recovery_s`` as in :func:`run_cut`."""
    return await _run(STALLED, folder, crowd)


async def run_slow(folder: Path, crowd: Crowd) -> Verdict:
    """Events arrive at 2 kB/s; ``recovery_s`` as in :func:`run_cut`."""
    return await _run(SLOW, folder, crowd)


async def _run(name: str, folder: Path, crowd: Crowd) -> Verdict:
    wire = Wire(free_ports(1, kind="tcp")[0])
    await wire.mend()

    def prepare(server: PrivateServer) -> None:
        server.settings.asterisk_home.render()  # makes the password
        _, user, password = server.settings.ari()
        wire.far_port = server.settings.asterisk.http_port
        server.environment |= {
            "RINGHALL_ARI_URL": f"http://127.0.0.1:{wire.port}/ari",
            "RINGHALL_ARI_USER": user,
            "RINGHALL_ARI_PASSWORD": password,
        }

    try:
        async with scene(folder, crowd, kind=PrivateServer, prepare=prepare) as there:
            return await _broken(name, there, wire)
    finally:
        wire.flow()
        await wire.cut()


async def _broken(name: str, there: Scene, wire: Wire) -> Verdict:
    crowd, server = there.crowd, there.server
    await there.fill()
    began, began_at = time.monotonic(), time.time()
    match name:
        case "ari_cut":
            await wire.cut()
        case "ari_stalled":
            wire.stall()
        case _:
            wire.bytes_per_s = _SLOW_BYTES_PER_S
    verdict = Verdict(fault=name, calls=crowd.all, lost_calls=0)
    await asyncio.sleep(1.0)
    await there.talkers.ask(f"hang_up 0 {LEAVING}")
    await asyncio.sleep(LASTS_S - (time.monotonic() - began))
    raised = await server.until_event(e.AlarmRaised, 1, count=0, met=lambda event: event.alarm == ALARM)
    noticed = min((one.at.timestamp() - began_at for one in raised), default=None)
    verdict.measured["noticed_s"] = None if noticed is None else round(noticed, 2)
    verdict.expect(noticed is not None, "it was not noticed")
    verdict.within(noticed or 0.0, NOTICED_S, "s until it was noticed")
    mended = time.monotonic()
    wire.bytes_per_s = None
    wire.flow()
    if name == CUT:
        await wire.mend()
    back = await there.until(
        lambda seen: (
            count(seen, "talking") == crowd.talking
            and count(seen, "waiting") == crowd.waiting - LEAVING
            and count(seen, "menu") == crowd.in_menus
        ),
        40,
        "those who waited talking in the place of those who left",
    )
    verdict.recovery_s = round(back - mended, 2)
    await asyncio.sleep(1.0)
    heard = await there.heard(LEAVING)
    verdict.measured["gaps"] = heard
    worst = max(heard["waiting"]["max_ms"], heard["waiting"]["quiet_now_max_ms"])
    verdict.within(worst, GAP_MS, "ms of silence for somebody who waited")
    verdict.expect(worst <= SILENCE_MS, f"somebody who waited heard nothing for {worst} ms")
    status = await server.ask("GET", "/control/status")
    verdict.expect(ALARM not in status["alarms"], "the alarm was not cleared")
    return await there.account(verdict)
