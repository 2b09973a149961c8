"""Who is on the line when something fails: callers who talk, wait and are in menus, by real SIP and sound."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp

from benchmarks import floor
from benchmarks.chaos.kept_server import KeptServer
from benchmarks.chaos.staffed import MENU, QUEUE, SITE, desk_phones, make_server
from benchmarks.chaos.witness import Witness, doubled
from benchmarks.talkers_process import TalkersProcess
from callflow.control_client import ControlError
from callflow.private_server import PrivateServer, ServerFailed
from records import events as e
from telephony.peers.sipp import registered
from telephony.peers.sipp_scenarios import PhonePlan

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from benchmarks.chaos.verdict import Verdict
    from telephony.peers.sipp import SippRun

_PER_SECOND = 20
LOOK_S = 0.02
GAP_MS = 200.0
"""A longer gap in somebody's sound is a disturbance; on two cores that restart a controller, shorter ones
come from the sending side, and both are printed."""
SILENCE_MS = 2_000.0
"""A longer one is no disturbance but a loss."""


@dataclass(frozen=True)
class Crowd:
    """How many are on the line."""

    talking: int = 40
    waiting: int = 40
    in_menus: int = 20

    @property
    def all(self) -> int:
        """All of them."""
        return self.talking + self.waiting + self.in_menus


@dataclass(frozen=True)
class Picture:
    """What the server says of calls and agents."""

    calls: frozenset[tuple[str, str, str, str]]
    """(call, state, queue, agent)."""
    agents: frozenset[tuple[str, str, str]]
    """(number, state, phone)."""


class Scene:
    """A server kept by the real parent, and its crowd."""

    def __init__(
        self, server: PrivateServer, crowd: Crowd, talkers: TalkersProcess, witness: Witness, folder: Path
    ) -> None:
        self.server = server
        self._folder = folder
        self.crowd = crowd
        self.talkers = talkers
        self.witness = witness
        self._farm: SippRun | None = None
        self._farms = 0

    # ── phones ───────────────────────────────────────────────────────────────────────────────────

    async def seat(self) -> None:
        """Let the agents' phones register, and have everybody logged in and paused."""
        await self.phones_back()
        if self._farm is not None:
            await floor.staff(self.server, self._farm, self.crowd.talking)

    async def phones_back(self) -> None:
        """Let the agents' phones register."""
        self._farms += 1
        place = self._folder / f"phones-{self._farms}"
        self._farm = desk_phones(self.server, self.crowd.talking, PhonePlan(ring_ms=100), place)
        await self._farm.__aenter__()
        await registered(self._farm, self.crowd.talking, 20)

    async def phones_away(self) -> None:
        """Let all phones lose their network at once: they say nothing more."""
        if self._farm is not None:
            await self._farm.stop()

    # ── what the server says ─────────────────────────────────────────────────────────────────────

    async def picture(self) -> Picture:
        """Take one; raises aiohttp.ClientError or ControlError while the server is away."""
        token = (self.server.home / "secrets" / "api-token").read_text().strip()
        url = f"http://127.0.0.1:{self.server.settings.api_port}/api/v1/calls"
        async with (
            aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as client,
            client.get(url, params={"limit": "1000"}) as answer,
        ):
            answer.raise_for_status()
            calls = (await answer.json())["items"]
        agents = await self.server.ask("GET", "/control/agents")
        return Picture(
            frozenset((one["call"], one["state"], one["queue"], one["agent"]) for one in calls),
            frozenset((one["number"], one["state"], one.get("phone", "")) for one in agents),
        )

    async def until(self, met: Callable[[Picture], bool], seconds: float, what: str) -> float:
        """Wait until a picture is as it should be; gives the moment (monotonic seconds)."""
        deadline, last = time.monotonic() + seconds, "no answer"
        while time.monotonic() < deadline:
            try:
                picture = await self.picture()
            except (aiohttp.ClientError, OSError, ControlError) as error:
                last = f"no answer: {error}"
            else:
                if met(picture):
                    return time.monotonic()
                last = summary(picture)
            await asyncio.sleep(LOOK_S)
        raise ServerFailed(f"no {what} in {seconds:g} s: {last}; {self.server.last_words()}")

    # ── the crowd ────────────────────────────────────────────────────────────────────────────────

    async def fill(self) -> Picture:
        """Bring the crowd up, and give the picture of it."""
        crowd = self.crowd
        await floor.make_ready(self.server, range(crowd.talking))
        await self.talkers.ask(f"call {QUEUE} {crowd.talking} {_PER_SECOND}")
        await self.server.until_event(e.CallConnected, 30, count=crowd.talking)
        await self.talkers.ask(f"call {QUEUE} {crowd.waiting} {_PER_SECOND} quiet")
        await self.talkers.ask(f"call {MENU} {crowd.in_menus} {_PER_SECOND} quiet")
        await self.until(
            lambda seen: (
                count(seen, "talking") == crowd.talking
                and count(seen, "waiting") == crowd.waiting
                and count(seen, "menu") == crowd.in_menus
            ),
            20,
            "crowd",
        )
        await asyncio.sleep(2.5)  # music has begun, prompts too
        await self.talkers.ask("mark")
        return await self.picture()

    async def heard(self, moved_on: int = 0) -> dict[str, Any]:
        """Give the gaps in what each part of the crowd hears.

        ``moved_on``: so many who talked have left, and as many who waited talk in their place; they say
        nothing, and so hear nothing of the phones that send back what they hear.
        """
        crowd, ask = self.crowd, self.talkers.ask
        waiting, menus = crowd.talking + crowd.waiting, crowd.all
        return {
            "talking": await ask(f"gaps {moved_on} {crowd.talking}"),
            "waiting": await ask(f"gaps {crowd.talking + moved_on} {waiting}"),
            "menus": await ask(f"gaps {waiting} {menus}"),
        }

    async def account(self, verdict: Verdict, *, hang_up: bool = True) -> Verdict:
        """Let everybody hang up, and count: far ends, records, events."""
        cut_off = await self.talkers.ask("over")
        if hang_up:
            await self.talkers.ask("end")
        calls = self.crowd.all
        records: list[Any] = []

        async def all_recorded() -> bool:
            records[:] = [record for record in await self.server.records() if record.outcome]
            return len(records) >= calls

        try:
            await self.server.until(all_recorded, 20, f"{calls} records", lambda: f"there are {len(records)}")
        except ServerFailed as error:
            verdict.broken.append(str(error).partition("\n")[0][:300])
        await asyncio.sleep(0.5)
        verdict.lost_calls += max(cut_off, calls - len(records))
        verdict.lost_events += await self.witness.lost()
        verdict.doubled += await doubled(self.server)
        verdict.measured |= {"records": len(records), "events_told": len(self.witness.told)}
        return verdict


def count(picture: Picture, state: str) -> int:
    """Count the calls in a state."""
    return sum(one[1] == state for one in picture.calls)


def summary(picture: Picture) -> str:
    """Say in a line what a picture shows."""
    states = sorted({one[1] for one in picture.calls})
    return ", ".join(f"{count(picture, state)} {state}" for state in states) or "no calls"


@asynccontextmanager
async def scene(
    folder: Path,
    crowd: Crowd,
    *,
    kind: type[PrivateServer] = KeptServer,
    prepare: Callable[[PrivateServer], None] = lambda _: None,
    site: Path = SITE,
    database: str | None = None,
) -> AsyncIterator[Scene]:
    """Start the server, phones that send back what they hear, and agents who are logged in and paused.

    ``kind``: with the real parent, or without one; ``prepare``: done to it before its start.
    """
    server = make_server(folder / "home", crowd.talking, kind=kind, site=site, database=database)
    prepare(server)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(server)
        talkers = TalkersProcess(server.sip)
        await talkers.start()
        stack.push_async_callback(talkers.stop)
        witness = await stack.enter_async_context(Witness(server))
        made = Scene(server, crowd, talkers, witness, folder)
        await made.seat()
        stack.push_async_callback(made.phones_away)
        yield made
