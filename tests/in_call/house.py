"""A server with three agents, a caller and somebody outside, each with a tone of their own."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import groupby
from typing import TYPE_CHECKING, Any

from callflow.private_server import Person, PrivateServer
from records import events as e
from speech.tones import has_tone, tone
from telephony.asterisk.settings import Trunk
from telephony.peers.desk_phone import DeskPhone
from telephony.peers.softphone import Softphone
from telephony.wav import write_wav
from tests.recording.house import Sound, sides

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

CALLER, FIRST, SECOND, OUTSIDE, SUPERVISOR = "caller", "1001", "1002", "outside", "1009"
MUSIC = "music"
HZ = {CALLER: 440, FIRST: 1000, SECOND: 1700, OUTSIDE: 2300, SUPERVISOR: 2900, MUSIC: 3200}
"""What each of them says, over and over; who waits hears a tone as music, to be told from talk."""
NUMBER = "+46709187263"
SITE = """
site: Talks
languages: [en]
numbers: {"1000": sales, "1900": story}
skills: [sales, support]
country: SE
routes: {sweden: {numbers: ["+46 70 *"], over: [carrier]}}
trunks: {carrier: {allow: ["+46 70 *"], caller_number: "+46 8 555 1000"}}
queues:
  sales: {needs: {sales: 1}, wrap_up: 1s, ring: 5s, record: yes}
  support: {needs: {support: 1}, wrap_up: 1s, ring: 5s, extension: "82", record: yes}
listeners: {voice_activity: {}}
menus:
  sales:
    - queue: sales
  story:
    - play: story.wav
    - hangup
"""
STORY_HZ = 600
EAR_S = 1.2
"""So long each listens to tell who is heard.  A fifth of the power is enough: there may be two at once."""


def in_order(side: Sound) -> list[set[str]]:
    """Give who is heard on a side of a recording, one set of them after another, for half a second each."""
    names = {hz: who for who, hz in HZ.items()}
    tenths = range(3, round(side.seconds * 10) - 5)
    heard = [frozenset(side.tones(tenth / 10, tenth / 10 + 0.3, HZ.values())) for tenth in tenths]
    long = [tones for tones, same in groupby(heard) if tones and len(list(same)) >= 5]
    return [{names[hz] for hz in tones} for tones, _ in groupby(long)]


class House:
    """One call's world."""

    def __init__(self, server: PrivateServer, people: dict[str, Softphone]) -> None:
        self.server = server
        self.people = people
        self.call = ""
        self.desk_phone: DeskPhone

    async def sees(self, kind: type[e.Event], /, seconds: float = 10.0, **fields: object) -> Any:
        def fits(event: e.Event) -> bool:
            return all(getattr(event, name) == value for name, value in fields.items())

        return (await self.server.until_event(kind, seconds, met=fits))[-1].event

    async def talk(self) -> None:
        """Let the caller call, and the first agent answer; the second is there and ready."""
        for agent in (FIRST, SECOND):
            await self.sees(e.PhoneStateChanged, phone=f"phone-{agent}", reachable=True)
            await self.server.log_in(agent, f"phone-{agent}")
        await self.server.ready(FIRST)
        await self.people[CALLER].dial("1000")
        self.call = (await self.sees(e.CallConnected)).call
        await self.server.ready(SECOND)
        if FIRST in self.people:
            await self.hear({CALLER: {FIRST}, FIRST: {CALLER}})

    async def supervisor(self) -> None:
        """Let the supervisor log in, and stay paused."""
        await self.sees(e.PhoneStateChanged, phone=f"phone-{SUPERVISOR}", reachable=True)
        await self.server.log_in(SUPERVISOR, f"phone-{SUPERVISOR}")

    async def ask(self, act: str, **to: str) -> Any:
        return await self.server.ask("POST", f"/control/calls/{self.call}/{act}", to or None)

    async def hear(self, expected: dict[str, set[str]], seconds: float = 6.0) -> None:
        """Wait until each of these hears exactly these others, and nobody else's tone."""
        deadline = asyncio.get_running_loop().time() + seconds
        while (found := await self._who_hears_whom(list(expected))) != expected:
            assert asyncio.get_running_loop().time() < deadline, f"{found} instead of {expected}"

    async def _who_hears_whom(self, ears: list[str]) -> dict[str, set[str]]:
        marks = {ear: len(self.people[ear].heard().pcm) for ear in ears}
        await asyncio.sleep(EAR_S)
        found: dict[str, set[str]] = {}
        for ear in ears:
            heard = self.people[ear].heard()
            pcm = heard.pcm[min(marks[ear], len(heard.pcm)) :]
            found[ear] = {
                who for who, hz in HZ.items() if has_tone(pcm, heard.rate, hz, seconds=0.5, share=0.2)
            }
        return found

    async def recorded(self) -> tuple[Sound, Sound]:
        """Give the two sides of the call's recording, when it is whole: the caller's, and what they heard."""
        kept = await self.sees(e.CallRecordingKept, 15.0, call=self.call)
        return sides(self.server.home / "call-recordings" / kept.file)

    async def outside_answers(self) -> None:
        await self.people[OUTSIDE].ringing()
        await self.people[OUTSIDE].answer()

    async def state(self, agent: str, state: str) -> None:
        async def there() -> bool:
            return await self.server.agent_state(agent) == state

        await self.server.until(there, 6.0, f"agent {agent} in state {state}")


@asynccontextmanager
async def a_house(folder: Path, prompts: Path, *, desk_phone: bool = False) -> AsyncIterator[House]:
    """Start the server and everybody's phone; ``desk_phone``: the first agent's is one with keys."""
    site = folder / "site"
    site.mkdir()
    (site / "site.yaml").write_text(SITE)
    write_wav(site / "story.wav", tone(STORY_HZ, 4.0).tobytes())
    tones = {who: write_wav(folder / f"{hz}.wav", tone(hz, 1.0).tobytes()) for who, hz in HZ.items()}
    music = folder / "music"
    music.mkdir()
    tones[MUSIC].rename(music / "tone.wav")
    local = folder / "home" / "asterisk" / "local"
    local.mkdir(parents=True)
    (local / "musiconhold.conf").write_text(f"[default](+)\ndirectory = {music}\n")
    phones = {f"phone-{agent}": f"secret-{agent}" for agent in (FIRST, SECOND, SUPERVISOR)}
    server = PrivateServer(
        folder / "home",
        dialplans=site,
        phones=phones,
        agents=[
            Person(FIRST, "Ada", {"sales": 4}),
            Person(SECOND, "Grace", {"support": 4}),
            Person(SUPERVISOR, "Mary", {}),
        ],
        prompts=prompts,
    )
    async with AsyncExitStack() as stack:
        outside = Softphone(NUMBER, server.sip, answer="auto", plays=tones[OUTSIDE])
        await stack.enter_async_context(outside)
        trunks = [
            {"name": "loopback", "addresses": ["127.0.0.1"]},
            {"name": "carrier", "addresses": ["127.0.0.7"], "server": outside.listens},
        ]
        asterisk = server.settings.asterisk.model_copy(
            update={"trunks": tuple(Trunk.model_validate(one) for one in trunks)}
        )
        server.settings = server.settings.model_copy(update={"asterisk": asterisk})
        server.settings.__dict__.pop("asterisk_home", None)
        await stack.enter_async_context(server)
        people = {OUTSIDE: outside, CALLER: Softphone("+4670555", server.sip, plays=tones[CALLER])}
        for agent in (FIRST, SECOND, SUPERVISOR):
            people[agent] = Softphone(
                f"phone-{agent}",
                server.sip,
                secret=phones[f"phone-{agent}"],
                answer="auto",
                plays=tones[agent],
            )
        house = House(server, people)
        for who in (CALLER, SECOND, SUPERVISOR) if desk_phone else (CALLER, FIRST, SECOND, SUPERVISOR):
            await stack.enter_async_context(people[who])
        if desk_phone:
            del people[FIRST]
            host, port = server.sip.split(":")
            house.desk_phone = await stack.enter_async_context(DeskPhone((host, int(port))))
            await house.desk_phone.log_on(f"phone-{FIRST}", phones[f"phone-{FIRST}"])
        try:
            yield house
        finally:
            print(server.last_words(30))  # noqa: T201 - shown with a test that failed
