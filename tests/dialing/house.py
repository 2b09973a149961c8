"""A server on a real Asterisk with several carriers, agents on softphones, and somebody outside."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from callflow.control_client import ControlError
from callflow.private_server import Person, PrivateServer
from records import events as e
from speech.tones import tone
from telephony.asterisk.settings import Trunk
from telephony.peers.sipp import carrier
from telephony.peers.sipp_scenarios import PhonePlan
from telephony.peers.softphone import Softphone
from telephony.wav import write_wav

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from telephony.peers.sipp import SippRun

AGENT_HZ, OTHER_HZ, OUTSIDE_HZ = 1000, 700, 440
NUMBER = "+46709187263"
ANSWERS = PhonePlan(on_invite="answer", ring_ms=100)
CONGESTED = PhonePlan(on_invite="reject", status=503)
SILENT = PhonePlan(on_invite="silent")
BUSY = PhonePlan(on_invite="reject", status=486)
HEAD = """
site: Dialing
languages: [en]
country: SE
skills: [sales]
queues:
  sales: {needs: {sales: 1}, wrap_up: 2s, caller_number: "+46 8 555 2000"}
numbers: {"1000": reach, "1001": listen}
menus:
  reach:
    - dial: "+46 70 918 72 63"
      route: any
      ring: 12s
      on_busy: over
      on_failed: over
      on_not_allowed: over
    - hangup
  over:
    - hangup
  listen:
    - queue: sales
"""


def tone_file(folder: Path, hz: int) -> Path:
    """Give a second of a tone."""
    path = folder / f"{hz}.wav"
    return path if path.exists() else write_wav(path, tone(hz, 1.0).tobytes())


class House:
    """One test's people on a server of its own."""

    def __init__(self, server: PrivateServer, folder: Path, carriers: Mapping[str, SippRun]) -> None:
        self.server = server
        self.carriers = carriers
        self._folder = folder
        self.people = AsyncExitStack()

    def tone(self, hz: int) -> Path:
        return tone_file(self._folder, hz)

    async def caller(self, number: str = "+442012345", *, dials: str = "1000") -> Softphone:
        phone = await self.people.enter_async_context(
            Softphone(number, self.server.sip, plays=self.tone(OUTSIDE_HZ))
        )
        await phone.dial(dials)
        return phone

    async def phone(self, name: str, hz: int = AGENT_HZ) -> Softphone:
        return await self.people.enter_async_context(
            Softphone(name, self.server.sip, secret=f"secret-{name}", answer="auto", plays=self.tone(hz))
        )

    async def agent(self, number: str, phone: str, hz: int = AGENT_HZ, *, ready: bool = True) -> Softphone:
        seated = await self.phone(phone, hz)
        for _ in range(100):
            try:
                await self.server.log_in(number, phone)
                break
            except ControlError:
                await asyncio.sleep(0.05)
        if ready:
            await self.server.ready(number)
        return seated

    async def sees(
        self, kind: type[e.Event], /, seconds: float = 15.0, count: int = 1, **fields: object
    ) -> Any:
        def fits(event: e.Event) -> bool:
            return all(getattr(event, name) == value for name, value in fields.items())

        return (await self.server.until_event(kind, seconds, met=fits, count=count))[-1].event

    async def tried(self, ended: int = 1) -> list[tuple[str, str]]:
        """Give (trunk, outcome) of each attempt, when so many calls are over."""
        await self.server.until_event(e.CallEnded, 40, count=ended)
        events = [recorded.event for recorded in await self.server.events()]
        began = {event.leg: event.trunk for event in events if isinstance(event, e.DialStarted)}
        return [
            (began[event.leg], event.outcome)
            for event in events
            if isinstance(event, e.DialEnded) and event.leg
        ]

    async def state(self, agent: str, state: str, seconds: float = 8.0) -> None:
        async def there() -> bool:
            return await self.server.agent_state(agent) == state

        await self.server.until(there, seconds, f"agent {agent} in state {state}")

    def offers(self, name: str) -> list[tuple[str, str]]:
        """Give (number, caller) of each call that reached a carrier."""
        return [(offer.phone, offer.caller) for offer in self.carriers[name].offers()]


@asynccontextmanager
async def a_house(
    folder: Path,
    prompts: Path,
    site: str,
    plans: Mapping[str, PhonePlan],
    *,
    trunks: Mapping[str, Mapping[str, object]] | None = None,
    echo: bool = False,
) -> AsyncIterator[House]:
    """Open a house; ``plans``: what each carrier does; ``trunks``: further settings of each."""
    (folder / "site").mkdir()
    (folder / "site" / "site.yaml").write_text(HEAD)
    (folder / "site" / "trunks.yaml").write_text(site)
    server = PrivateServer(
        folder / "home",
        dialplans=folder / "site",
        phones={f"phone-{n}": f"secret-phone-{n}" for n in (1, 2, 3)},
        agents=[Person("2001", "Ada", {"sales": 4}), Person("2002", "Bo", {})],
        prompts=prompts,
    )
    async with AsyncExitStack() as stack:
        carriers: dict[str, SippRun] = {}
        settings: list[dict[str, object]] = [{"name": "loopback", "addresses": ["127.0.0.1"]}]
        for name, plan in plans.items():
            run = carrier(server.sip, plan, echo=echo)
            carriers[name] = await stack.enter_async_context(run)
        for number, name in enumerate({**plans, **(trunks or {})}, 7):
            where = {"server": f"127.0.0.1:{carriers[name].port}"} if name in carriers else {}
            settings.append(
                {"name": name, "addresses": [f"127.0.0.{number}"], **where, **(trunks or {}).get(name, {})}
            )
        asterisk = server.settings.asterisk.model_copy(
            update={"trunks": tuple(Trunk.model_validate(one) for one in settings)}
        )
        server.settings = server.settings.model_copy(update={"asterisk": asterisk})
        server.settings.__dict__.pop("asterisk_home", None)
        try:
            await stack.enter_async_context(server)
            house = House(server, folder, carriers)
            await stack.enter_async_context(house.people)
            yield house
        finally:
            print(server.last_words(40))  # noqa: T201 - shown with a test that failed
