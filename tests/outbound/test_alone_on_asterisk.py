"""Callees who answer while no controller runs, on a real Asterisk: they hear the message, and nine counts."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks import floor
from benchmarks.callees import place_of
from benchmarks.campaign import HEARD_S, Effort, Trial
from callflow.private_server import PrivateServer
from outbound.store import do_not_call
from telephony.asterisk.alone import Guard

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.asterisk

AWAY_S = 9.0
"""As long as it takes until everybody who rings has answered."""
NINES = {f"{place:02}": "key 9" for place in range(0, 35, 2)}
"""Places of those who press nine."""


class Alone(Trial):
    """A trial in which the controller is killed and does not come back for a while."""

    noted: tuple[str, ...] = ()
    nines: frozenset[str] = frozenset()

    async def _go_on(self) -> None:
        await asyncio.sleep(self.effort.seconds)
        await self._until_it_rings()
        settings = self.server.settings
        own = settings.asterisk_home
        login = (
            settings.asterisk.control_address,
            settings.asterisk.http_port,
            own.control_user,
            own.ari_password,
        )
        guard, over = Guard(login, self.server.home / "control.sock"), threading.Event()
        await self.server.kill_controller()
        self.killed_at = time.time()
        watching = threading.Thread(target=guard.run, args=(over,))  # as the parent does
        watching.start()
        await asyncio.sleep(AWAY_S)
        self.noted = tuple(sorted(path.name for path in (own.folder / "alone").iterdir()))
        await self.server.start_controller()
        over.set()
        await asyncio.to_thread(watching.join)
        self.back_at = time.time()
        for n in range(self.effort.agents):
            await self.server.ask("POST", f"/control/agents/{floor.agent(n)}/logout", {})
        self.logged_out_at = time.time()
        await asyncio.sleep(self._tail_s)

    def _figures(self, store: Any, people: dict[int, str]) -> dict[str, Any]:
        """Who pressed nine, as the do-not-call list has it, beside the rest."""
        calls = [json.loads(line) for line in self.heard.read_text().splitlines()]
        pressed = {
            call["number"] for call in calls
            if call["heard_at"] and self.killed_at < call["answered_at"] < self.back_at
            and f"{place_of(call['number']):02}" in NINES
        }  # fmt: skip
        kept = {one for one in pressed if do_not_call.has(store, store.sealer.person_of(one), "")}
        return super()._figures(store, people) | {"pressed": len(pressed), "kept": len(kept)}


async def test_nobody_meets_silence_and_nine_counts(tmp_path: Path, prompts: Path) -> None:
    trial = Alone(tmp_path, Effort(8, 15.0, 600, 8.0), prompts=prompts, all_answer=True, server=PrivateServer)
    trial._sounds = NINES
    figures = await asyncio.wait_for(trial.run(), 150)
    print(figures, trial.noted)  # noqa: T201 - shown with a test that failed
    assert figures["answered_in_outage"] > 0
    assert figures["heard_within_s_worst_in_outage"] <= HEARD_S
    assert trial.noted
    assert figures["pressed"] > 0
    assert figures["kept"] == figures["pressed"]
    assert figures["drops_without_message"] == figures["lost_outcomes"] == figures["dialled_twice"] == 0
    assert figures["connected"] > 0


async def test_under_the_parent_as_in_real_life(tmp_path: Path, prompts: Path) -> None:
    effort = Effort(12, 30.0, 900, 6.0)
    trial = Trial(tmp_path, effort, prompts=prompts, all_answer=True)
    figures = await asyncio.wait_for(trial.run(), 170)
    print(figures)  # noqa: T201 - shown with a test that failed
    assert figures["answered_in_outage"] > 0
    assert figures["heard_within_s_worst_in_outage"] <= HEARD_S
    assert figures["heard_late"] == figures["drops_without_message"] == figures["lost_outcomes"] == 0
    assert figures["dialled_twice"] == figures["after_log_out"] == 0
