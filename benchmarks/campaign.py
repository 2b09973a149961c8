"""``python -m benchmarks.campaign [--short] [--json]``: a predictive campaign on a real Asterisk.

Agents' phones (SIPp) answer by themselves and send back what they hear; callees (:mod:`benchmarks.callees`)
answer, don't, are busy, refuse or do not exist.  In the middle the controller is killed; near the end all
agents log out.  What was dialled, heard and when is counted at the callees' end; what the books say of it is
held against that.  A few hundred answers prove the mechanisms, not a rate of drops.
Exit status 1 when something that must hold does not.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import floor
from benchmarks.callees import fate
from benchmarks.chaos.kept_server import KeptServer
from benchmarks.machine import conditions
from callflow.first_start import master_key
from callflow.private_server import Person
from outbound.leads.csv_list import CsvList
from outbound.ledger.entry import Attempt
from outbound.ledger.file import read
from outbound.store import do_not_call, leads
from outbound.store.lists import import_list
from outbound.store.opened import OutboundStore
from records import events as e
from telephony.asterisk.settings import Trunk
from telephony.peers.sipp import phones
from telephony.peers.sipp_scenarios import PhonePlan
from telephony.programs import free_ports

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from callflow.private_server import PrivateServer
    from records.events import Recorded

SITE = Path(__file__).parent / "campaign_site"
CAMPAIGN, LIST = "spring", "people"
HEARD_S = 2.0
"""Whoever answers hears an agent or the message within this time (47 CFR 64.1200(a)(7))."""
CONNECT_MS = 300.0
RING_S = 15.0
"""As the site has it."""
LATEST_ANSWER_S = 7.0
"""As :mod:`benchmarks.callees` has it."""
RINGING = 2
"""So many lines ring when the agents leave."""
AT_ONCE_S = 0.1
"""An offer so soon after the answer was made to an agent who was free."""
LATE_S = 0.5
"""What was on its way when the agents logged out may still arrive."""
EVERY_DNC = 20


@dataclass(frozen=True)
class Effort:
    """How much is done."""

    agents: int
    seconds: float
    leads: int
    talk_s: float


DEAD_S = 0.3
"""Within it a controller that was killed answers nobody any more."""
FULL = Effort(30, 600.0, 6000, 20.0)
SHORT = Effort(8, 60.0, 600, 8.0)


def numbers(count: int) -> list[str]:
    """Give so many Swedish mobile numbers."""
    return [f"+4670{1_740_000 + n:07d}" for n in range(count)]


def percentile(values: list[float], share: float) -> float:
    """Give a percentile by the nearest rank; 0 of nothing."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0


class Trial:
    """One server, its agents and callees."""

    def __init__(
        self,
        folder: Path,
        effort: Effort,
        *,
        prompts: Path | None = None,
        site: Path = SITE,
        sounds: Mapping[str, Path] | None = None,
        all_answer: bool = False,
        kill: bool = True,
        server: type[PrivateServer] = KeptServer,
    ) -> None:
        """``sounds``: place of a number (two digits) → what whoever answers there says, instead of a tone.

        ``server`` is kept running by its real parent, which also looks after who answers meanwhile.

        ``all_answer``: only those are on the list who answer, so that less is waited for.
        """
        self.folder = folder
        self._people = numbers(effort.leads)
        if all_answer:
            self._people = [number for number in self._people if fate(number).status == 200]
        self._tail_s = 1.5 * effort.talk_s + 3.0 + (LATEST_ANSWER_S if all_answer else RING_S)
        self._kill = kill
        self._sounds = {place: str(file) for place, file in (sounds or {}).items()}
        self.effort = effort
        (self.port,) = free_ports(1)
        self.server = server(
            folder / "home",
            dialplans=site,
            phones={floor.phone(n): f"secret-{n}" for n in range(effort.agents)},
            agents=[Person(floor.agent(n), f"Agent {n}", {"calls": 3}) for n in range(effort.agents)],
            rtp_ports=4000,
            prompts=prompts,
        )
        world = {"name": "world", "addresses": ["127.0.0.9"], "server": f"127.0.0.1:{self.port}"}
        asterisk = self.server.settings.asterisk.model_copy(update={"trunks": (Trunk.model_validate(world),)})
        self.server.settings = self.server.settings.model_copy(update={"asterisk": asterisk})
        self.server.settings.__dict__.pop("asterisk_home", None)
        self.heard = folder / "callees.jsonl"
        self.killed_at = self.back_at = self.logged_out_at = 0.0

    async def run(self) -> dict[str, Any]:
        """Run it, and say what was seen."""
        callees = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.callees",
            str(self.port), str(self.effort.talk_s), str(self.heard), *self._told(),
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            assert callees.stdout is not None  # noqa: S101 - it was asked for
            await asyncio.wait_for(callees.stdout.readline(), 20)
            accounts = [(floor.phone(n), f"secret-{n}") for n in range(self.effort.agents)]
            plan = PhonePlan(ring_ms=20)
            farm = phones(self.server.sip, accounts, plan, echo=True, folder=self.folder / "phones")
            async with self.server, farm:
                store = self._fill()
                await floor.staff(self.server, farm, self.effort.agents)
                await floor.make_ready(self.server, range(self.effort.agents))
                await self._campaign("start")
                await self._go_on()
                events = await self.server.events()
                await self.server.stop_controller()  # what is in the books is on the disk
                view = self._compare_when_over(store)
                callees.terminate()
                await asyncio.wait_for(callees.wait(), 20)
                return self._figures(store, view) | to_agents(events)
        finally:
            if callees.returncode is None:
                callees.kill()
                await callees.wait()

    def _told(self) -> list[str]:
        if not self._sounds:
            return []
        file = self.folder / "sounds.json"
        file.write_text(json.dumps(self._sounds))
        return [str(file)]

    def _fill(self) -> OutboundStore:
        """Import the list, and every twentieth number into the do-not-call list."""
        people = self._people
        file = self.folder / "people.csv"
        file.write_text("number,consent\n" + "".join(f"{number},form 7\n" for number in people))
        store = OutboundStore(self.server.settings.database, master_key(self.server.home))
        imported = import_list(store, LIST, CsvList(file, home="SE"))
        if imported.good != len(people):
            raise RuntimeError(f"of {len(people)} leads {imported.good} were imported: {imported}")
        for number in people[::EVERY_DNC]:
            do_not_call.add(store, store.sealer.person_of(number), "", "file", time.time())
        return store

    async def _campaign(self, verb: str) -> None:
        await self.server.ask("POST", f"/control/campaigns/{CAMPAIGN}/{verb}", {"by": "benchmark"})

    async def _go_on(self) -> None:
        """Half the time, a kill, the other half, and everybody goes home."""
        await self._wait(self.effort.seconds / 2)
        if self._kill:
            await self._until_it_rings()
            await self.server.kill_controller()
            self.killed_at = time.time()
            await asyncio.sleep(DEAD_S)
            await self.server.until(self.server.ready_now, 60.0, "controller")
            self.back_at = time.time()
        await self._wait(self.effort.seconds / 2)
        await self._until_it_rings()
        for n in range(self.effort.agents):
            await self.server.ask("POST", f"/control/agents/{floor.agent(n)}/logout", {})
        self.logged_out_at = time.time()
        await asyncio.sleep(self._tail_s)

    async def _until_it_rings(self) -> None:
        """Wait until some lines ring: who answers those has no agent, or no controller."""
        for _ in range(200):
            [view] = await self.server.ask("GET", "/control/campaigns")
            if view["ringing"] >= RINGING:
                return
            await asyncio.sleep(0.05)

    async def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            await asyncio.sleep(min(10.0, left))
            if sys.stderr.isatty():
                [view] = await self.server.ask("GET", "/control/campaigns")
                print(f"\r{left:5.0f} s left, {view['outcomes']}", end="", file=sys.stderr)

    def _compare_when_over(self, store: OutboundStore) -> dict[int, str]:
        """Give lead → number."""
        every = list(range(1, len(self._people) + 1))
        found: dict[int, str] = {}
        for start in range(0, len(every), 500):
            for lead in leads.by_ids(store, every[start : start + 500]):
                found[lead.id] = lead.number
        return found

    def _figures(self, store: OutboundStore, people: dict[int, str]) -> dict[str, Any]:
        calls = [json.loads(line) for line in self.heard.read_text().splitlines()]
        attempts = [entry for _, entry in read(self.server.home / "ledger") if isinstance(entry, Attempt)]
        dialled: dict[str, int] = {}
        for call in calls:
            dialled[call["number"]] = dialled.get(call["number"], 0) + 1
        forbidden = set(self._people[::EVERY_DNC])
        answered = [call for call in calls if call["answered_at"]]
        silence, in_outage = self._silence(answered)
        waits = [1000 * (one.agent_at - one.answered_at) for one in attempts if one.agent_at]
        drops = [one for one in attempts if one.dropped]
        kept = set(people.values())
        with store.reading() as connection:
            written = connection.exec_driver_sql("SELECT count(*) FROM dial_attempts").scalar_one()
        return {
            "agents": self.effort.agents,
            "seconds": self.effort.seconds,
            "dialled": len(calls),
            "answered": len(answered),
            "connected": sum(1 for one in attempts if one.agent_at),
            "dropped": len(drops),
            "judged": _counted(one.answer for one in attempts if one.answered_at),
            "outcomes": _counted(one.outcome for one in attempts),
            "heard_late": sum(1 for one in silence if one > HEARD_S),
            "heard_within_s_worst": max(silence, default=0.0),
            "outage_s": round(self.back_at - self.killed_at, 2),
            "answered_in_outage": len(in_outage),
            "heard_within_s_worst_in_outage": max(in_outage, default=0.0),
            "drops_without_message": sum(1 for one in drops if not one.message_at),
            "message_after_s_worst": round(
                max((one.message_at - one.answered_at for one in drops if one.message_at), default=0.0), 2
            ),
            "dropped_before_log_out": sum(1 for one in drops if one.answered_at < self.logged_out_at),
            "to_agent_ms_p95": round(percentile(waits, 0.95), 1),
            "to_agent_ms_p50": round(percentile(waits, 0.5), 1),
            "dnc_called": len(forbidden & dialled.keys()),
            "dialled_twice": sum(1 for count in dialled.values() if count > 1),
            "strangers_dialled": len(dialled.keys() - kept),
            "after_log_out": sum(1 for c in calls if c["invited_at"] > self.logged_out_at + LATE_S),
            "lost_outcomes": len(calls) - len([one for one in attempts if one.dialled_at]),
            "not_in_lists": len(attempts) - written - sum(1 for one in attempts if one.outcome == "ERR"),
        }

    def _silence(self, answered: list[dict[str, Any]]) -> tuple[list[float], list[float]]:
        """Give how long each heard nothing: of those with a controller, and of those without one."""
        there: list[float] = []
        outage: list[float] = []
        for call in answered:
            at = call["answered_at"]
            silent_s = round((call["heard_at"] or call["over_at"] or self.logged_out_at) - at, 2)
            in_outage = self.killed_at - HEARD_S < at < self.back_at
            (outage if in_outage else there).append(silent_s)
        return there, outage


def to_agents(events: Sequence[Recorded]) -> dict[str, Any]:
    """Give the time from answer to connection of those for whom an agent was free when they answered."""
    answered: dict[str, float] = {}
    free: set[str] = set()
    waits: list[float] = []
    for recorded in events:
        event, at = recorded.event, recorded.at.timestamp()
        match event:
            case e.CallAnswered():
                answered[event.call] = at
            case e.OfferMade() if at - answered.get(event.call, 0.0) < AT_ONCE_S:
                free.add(event.call)
            case e.CallConnected() if event.call in free:
                waits.append(1000 * (at - answered[event.call]))
            case _:
                pass
    return {
        "agent_free": len(waits),
        "to_free_agent_ms_p95": round(percentile(waits, 0.95), 1),
        "to_free_agent_ms_p50": round(percentile(waits, 0.5), 1),
    }


def _counted(outcomes: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in outcomes:
        found[one] = found.get(one, 0) + 1
    return dict(sorted(found.items()))


MUST_BE_ZERO = (
    "heard_late", "drops_without_message", "dnc_called", "dialled_twice", "strangers_dialled",
    "after_log_out",
)  # fmt: skip


def wrong(figures: dict[str, Any]) -> list[str]:
    """Name what must hold and does not."""
    found = [name for name in MUST_BE_ZERO if figures[name]]
    if figures["lost_outcomes"] > 0:
        found.append("lost_outcomes")
    if figures["to_free_agent_ms_p95"] > CONNECT_MS:
        found.append("to_free_agent_ms_p95")
    return found + [name for name in ("answered", "connected") if not figures[name]]


def main() -> int:
    """Run it from the command line."""
    parser = argparse.ArgumentParser(description="A predictive campaign on a real Asterisk.")
    parser.add_argument("--short", action="store_true", help=f"{SHORT.agents} agents, {SHORT.seconds:g} s")
    parser.add_argument("--json", action="store_true", help="print one JSON line")
    chosen = parser.parse_args()
    effort = SHORT if chosen.short else FULL
    with tempfile.TemporaryDirectory(prefix="rh-campaign-") as folder:
        figures = asyncio.run(Trial(Path(folder), effort).run())
    figures |= {"short": chosen.short, "wrong": wrong(figures), "conditions": conditions()}
    if chosen.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:24} {value}")
    return 1 if figures["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
