"""A server full of people for one test: agents, callers, the events, and what is left at the end."""

from __future__ import annotations

import asyncio
import itertools
import shutil
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import aiohttp
import msgspec
import pytest

from callflow.control_client import ControlClient, ControlError
from callflow.demo.feed import EventFeed
from callflow.private_server import Person
from records import events as e
from records.folds.call_record import CallRecord
from speech.tones import tone
from telephony.peers.softphone import Softphone
from telephony.wav import write_wav
from tests.harness.talk import Listener

if TYPE_CHECKING:
    from collections.abc import Callable

    from callflow.private_server import PrivateServer
    from telephony.peers.sipp import SippRun

E = TypeVar("E", bound=e.Event)

JOURNEY = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="package")]
"""Every module of this folder is marked so: its tests share the folder's loop and, as a rule, its server."""

PHONES = {f"phone-{number}": f"secret-{number}" for number in range(1, 121)}
SALES = ("1001", "1002", "1003", "1004")
SUPPORT = "1005"
PINS = {"1001": "471100", "1006": "902713", "1007": "380065"}
AGENTS = [
    *(Person(number, f"Seller {number}", {"sales": 4}, pin=PINS.get(number)) for number in SALES),
    Person(SUPPORT, "Helper", {"support": 5, "sales": 1}),
    Person("1006", "Typist", {"sales": 4}, pin=PINS["1006"]),
    Person("1007", "Guessed at", {"sales": 4}, pin=PINS["1007"]),
]

LANGUAGE_HZ, CHOOSE_HZ, CHOOSE_ZH_HZ, INVALID_HZ, STORY_HZ, SORRY_HZ = 500, 700, 900, 1300, 1500, 2100
COMFORT_HZ = 1850
"""What the site's prompts sound like."""
CALLER_HZ, AGENT_HZ = 440, 1000
_SOUNDS = {
    "language": (LANGUAGE_HZ, 0.6),
    "choose": (CHOOSE_HZ, 1.3),
    "choose-zh": (CHOOSE_ZH_HZ, 1.3),
    "invalid": (INVALID_HZ, 1.3),
    "story": (STORY_HZ, 12.0),
    "sorry": (SORRY_HZ, 1.4),
    "comfort": (COMFORT_HZ, 7.0),
}
_NUMBERS = itertools.count(442_012_000)


def make_site(folder: Path) -> Path:
    """Copy the site, and make the sounds that it plays."""
    shutil.copytree(Path(__file__).parent / "site", folder)
    for name, (hz, seconds) in _SOUNDS.items():
        write_wav(folder / f"{name}.wav", tone(hz, seconds).tobytes())
    return folder


@dataclass
class Caller:
    """Somebody who has dialed in."""

    phone: Softphone
    call: str
    """Our id of the call."""

    def listen(self) -> Listener:
        """Begin to listen to what the caller hears from now on."""
        return Listener(self.phone)

    async def hears(self, hz: float, seconds: float = 6.0) -> None:
        """Wait until the caller has heard a prompt, from now on."""
        await self.listen().expect(hz, seconds)

    async def hears_music(self) -> None:
        """Wait until the caller has heard a second of sound, from now on."""
        await self.listen().expect_sound(1.0)

    async def hang_up(self) -> None:
        """End the call."""
        await self.phone.hang_up()


class House:
    """One test's people on a server, and its events since the test began."""

    def __init__(self, server: PrivateServer, folder: Path, phones: Any) -> None:
        self.server = server
        self._folder = folder
        self._phones = phones
        self._people = AsyncExitStack()
        self._listening = AsyncExitStack()
        self._control = ControlClient(server.home)
        self.feed = EventFeed(self._control, lambda _: None)
        self.calls: set[str] = set()
        """Ids of the calls whose callers are known."""

    async def open(self) -> None:
        """Begin to listen to the events."""
        await self._listening.enter_async_context(self._control)
        await self.feed.start()
        self._listening.push_async_callback(self.feed.stop)

    # ── people ───────────────────────────────────────────────────────────────────────────────────

    def _tone(self, hz: int) -> Path:
        path = self._folder / f"plays-{hz}.wav"
        return path if path.exists() else write_wav(path, tone(hz, 1.0).tobytes())

    async def phone(
        self,
        *,
        answers: bool = True,
        name: str = "",
        answer: Literal["auto", "manual", "asked"] | None = None,
    ) -> Softphone:
        """Register a phone that nobody had before; ``answer`` is a :class:`Softphone`'s."""
        name = name or next(self._phones)
        phone = Softphone(
            name,
            self.server.sip,
            secret=PHONES[name],
            answer=answer or ("auto" if answers else "manual"),
            plays=self._tone(AGENT_HZ),
        )
        return await self._people.enter_async_context(phone)

    async def agent(self, number: str, *, answers: bool = True, ready: bool = True) -> Softphone:
        """Let an agent log in on a phone of their own; it answers by itself, or waits to be answered."""
        phone = await self.phone(answers=answers)
        await self.log_in(number, phone.name, ready=ready)
        return phone

    def another_phone(self) -> tuple[str, str]:
        """Give name and secret of a phone that nobody had before, to be registered otherwise."""
        name = next(self._phones)
        return name, PHONES[name]

    async def run(self, sipp: SippRun) -> SippRun:
        """Start SIPp; it is ended with the test."""
        return await self._people.enter_async_context(sipp)

    async def log_in(self, number: str, phone: str, *, ready: bool = True) -> None:
        """Log an agent in as soon as the server has heard of the phone."""
        deadline = asyncio.get_running_loop().time() + 5
        while True:
            try:
                await self.server.log_in(number, phone)
                break
            except ControlError:
                if asyncio.get_running_loop().time() > deadline:
                    raise
            await asyncio.sleep(0.05)
        if ready:
            await self.server.ready(number)

    async def caller(self, dialed: str) -> Caller:
        """Let somebody call; come back when the call has arrived."""
        phone = await self.dials(dialed)
        arrived = await self.sees(e.CallArrived, met=lambda event: event.call not in self.calls)
        self.calls.add(arrived.call)
        return Caller(phone, arrived.call)

    async def calls_again(self, caller: Caller, dialed: str) -> Caller:
        """Let a caller whose call is over call again."""
        await caller.phone.over()
        await caller.phone.dial(dialed)
        arrived = await self.sees(e.CallArrived, met=lambda event: event.call not in self.calls)
        self.calls.add(arrived.call)
        return Caller(caller.phone, arrived.call)

    async def dials(self, number: str) -> Softphone:
        """Let somebody call, whether or not the call arrives."""
        phone = Softphone(f"+{next(_NUMBERS)}", self.server.sip, plays=self._tone(CALLER_HZ))
        await self._people.enter_async_context(phone)
        await phone.dial(number)
        return phone

    async def waiting_caller(self, dialed: str) -> Caller:
        """Let somebody call who then waits in a queue."""
        caller = await self.caller(dialed)
        await self.sees(e.QueueEntered, call=caller.call)
        await caller.phone.established()
        return caller

    # ── what is seen ─────────────────────────────────────────────────────────────────────────────

    async def sees(
        self,
        kind: type[E],
        seconds: float = 6.0,
        *,
        met: Callable[[Any], bool] = lambda _: True,
        count: int = 1,
        **fields: object,
    ) -> E:
        """Wait for an event of this test with these fields, or the ``count``-th one."""

        def fits(event: E) -> bool:
            return (
                met(event)
                and all(getattr(event, name) == value for name, value in fields.items())
                and len(self.seen(kind, **fields)) >= count
            )

        return await self.feed.expect(kind, f"{kind.__name__} {fields}", seconds, fits)

    def seen(self, kind: type[E], **fields: object) -> list[E]:
        """Give this test's events of a kind with these fields, so far."""
        return [
            r.event
            for r in self.feed.events
            if isinstance(r.event, kind) and all(getattr(r.event, k) == v for k, v in fields.items())
        ]

    async def state(self, agent: str, state: str, reason: str | None = None, seconds: float = 6.0) -> None:
        """Wait until an agent is in a state."""
        found: tuple[str, str] = ("", "")

        async def there() -> bool:
            nonlocal found
            agents = await self.server.ask("GET", "/control/agents")
            found = next((a["state"], a["reason"]) for a in agents if a["number"] == agent)
            return found[0] == state and reason in {None, found[1]}

        what = f"agent {agent} in state {state} ({reason})"
        await self.server.until(there, seconds, what, lambda: f"it is {found}")

    async def record(self, caller: Caller) -> CallRecord:
        """Give a call's record when the call has ended."""
        found: list[CallRecord] = []

        async def there() -> bool:
            try:
                told = await self.server.ask("GET", f"/control/records/{caller.call}")
            except ControlError:
                return False
            found[:] = [msgspec.convert(told, CallRecord)]
            return True

        await self.sees(e.CallEnded, call=caller.call)
        await self.server.until(there, 6, f"record of {caller.call}")
        return found[0]

    async def ended(self, caller: Caller, outcome: str, by: str, *offers: tuple[str, str]) -> CallRecord:
        """Expect a call's end and its record; ``offers`` are agents and what became of it, in order."""
        record = await self.record(caller)
        assert (record.outcome, record.ended_by) == (outcome, by)
        assert [(offer.agent, offer.outcome) for offer in record.offers] == list(offers)
        return record

    async def survey(self) -> tuple[list[str], dict[str, list[str]]]:
        """Give Asterisk's channels, and its bridges with what is in them."""
        url, user, password = self.server.settings.ari()
        headers = {"Authorization": aiohttp.encode_basic_auth(user, password)}
        async with aiohttp.ClientSession(headers=headers) as session:
            async with session.get(f"{url}/channels") as answer:
                channels = await answer.json()
            async with session.get(f"{url}/bridges") as answer:
                bridges = await answer.json()
        return [channel["name"] for channel in channels], {b["id"]: b["channels"] for b in bridges}

    # ── the end ──────────────────────────────────────────────────────────────────────────────────

    async def close(self) -> None:
        """Everybody leaves; then nothing may be left of their calls, and the events must add up."""
        try:
            # callers first: who hangs up ends their calls, and agents can log out of wrap-ups
            await self._people.aclose()
            for agent in await self.server.ask("GET", "/control/agents"):
                if agent["state"] != "logged_out":
                    await self.server.ask("POST", f"/control/agents/{agent['number']}/logout")
            await self.nothing_left()
            self._adds_up()
        finally:
            await self._listening.aclose()

    async def nothing_left(self, seconds: float = 6.0) -> None:
        """Wait until neither Asterisk nor the controller has anything of a call."""
        left = ""

        async def gone() -> bool:
            nonlocal left
            channels, bridges = await self.survey()
            busy = {name: inside for name, inside in bridges.items() if inside or name.startswith("talk-")}
            calls = (await self.server.ask("GET", "/control/status"))["calls"]
            agents = await self.server.ask("GET", "/control/agents")
            held = {a["number"]: a["state"] for a in agents if a["call"] and a["state"] != "wrap_up"}
            left = f"channels {channels}, bridges {busy}, {calls} calls, agents on a call {held}"
            return not (channels or busy or calls or held)

        await self.server.until(gone, seconds, "empty house", lambda: left)

    def _adds_up(self) -> None:
        """Every call one end, every offer one result, every talk one end."""
        arrived = [event.call for event in self.seen(e.CallArrived)]
        assert sorted(arrived) == sorted(event.call for event in self.seen(e.CallEnded))
        made = [event.offer for event in self.seen(e.OfferMade)]
        done = [event.offer for event in self.seen(e.OfferEnded)]
        done += [event.offer for event in self.seen(e.CallConnected)]
        assert sorted(made) == sorted(done)
        talks = [event.call for event in self.seen(e.CallConnected)]
        assert sorted(talks) == sorted(event.call for event in self.seen(e.TalkEnded))
        waits = [event.call for event in self.seen(e.QueueEntered)]
        assert sorted(waits) == sorted(talks + [event.call for event in self.seen(e.QueueLeft)])
