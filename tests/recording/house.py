"""A server whose queues are recorded, its people, and what is in the files."""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import aiohttp
import numpy as np
import numpy.typing as npt

from callflow.private_server import Person, PrivateServer
from records import events as e
from speech.tones import tone, tone_level
from telephony.peers.softphone import Softphone
from telephony.wav import read_format, write_wav

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping

CALLER_HZ, AGENT_HZ, OTHER_HZ = 440, 1000, 1700
HZ = (CALLER_HZ, AGENT_HZ, OTHER_HZ)
FLOOR_DB = -45.0
"""A tone below this is not there: what leaks into its band from the others is at -60 dB and less."""
PHONES = {"phone-1": "secret-1", "phone-2": "secret-2"}
AGENTS = [Person("1001", "Ada", {"sales": 4}), Person("1002", "Lin", {"sales": 2, "support": 4})]
SITE = """
site: Recorded
languages: [en]
skills: [sales, support]
numbers:
  "2000": straight
  "2001": asked
  "2002": switched_off
  "2003": switched_on
  "2004": waits
  "2005": unannounced
queues:
  sales: {needs: {sales: 1}, wrap_up: 1s, record: yes, on_completed: again}
  asks: {needs: {sales: 1}, wrap_up: 1s, record: {consent: recording, keep: 30d}}
  plain: {needs: {sales: 1}, wrap_up: 1s}
  waiting: {needs: {sales: 1}, wrap_up: 1s, record: {waiting: yes}}
  told: {needs: {sales: 1}, wrap_up: 1s, record: {announced: recording}}
  support: {needs: {support: 1}, wrap_up: 1s}
menus:
  straight:
    - queue: sales
  again:
    - queue: support
  asked:
    - notice: recording
      say: {en: "This call is recorded. Press one to agree."}
      accept: "1"
      refuse: "9"
      barge_in: yes
      timeout: 1s
      no_input: {again: 0, then: ask_queue}
      invalid: {again: 0, then: ask_queue}
    - goto: ask_queue
  ask_queue:
    - queue: asks
  switched_off:
    - call_recording: off
    - queue: sales
  switched_on:
    - call_recording: on
    - queue: plain
  waits:
    - queue: waiting
  unannounced:
    - queue: told
"""


class Sound(NamedTuple):
    """One side of a recording."""

    samples: npt.NDArray[np.int16]

    @property
    def seconds(self) -> float:
        return len(self.samples) / 8000

    def tones(self, begin_s: float, end_s: float, of: Iterable[int] = HZ) -> set[int]:
        """Give which tones are there from one second to another."""
        part = self.samples[round(begin_s * 8000) : round(end_s * 8000)].copy()
        return {hz for hz in of if tone_level(part, 8000, hz) > FLOOR_DB}

    def quiet(self, begin_s: float, end_s: float) -> bool:
        """Tell whether there is nothing at all."""
        part = self.samples[round(begin_s * 8000) : round(end_s * 8000)]
        return bool(len(part)) and not part.any()

    def silences(self) -> list[tuple[float, float]]:
        """Give (begin, seconds) of each stretch of 0.2 s and more without a sample of sound."""
        loud = np.flatnonzero(np.concatenate(([1], self.samples != 0, [1])))
        gaps = [(int(a), int(b - a - 1)) for a, b in itertools.pairwise(loud)]
        return [(begin / 8000, length / 8000) for begin, length in gaps if length >= 1600]


def sides(path: Path) -> tuple[Sound, Sound]:
    """Give left and right of a recording; its header must say what is in it."""
    form = read_format(path)
    assert (form.channels, form.rate, form.bits) == (2, 8000, 16), str(form)
    assert form.offset + form.size == path.stat().st_size
    both = np.frombuffer(path.read_bytes()[form.offset :], dtype="<i2").reshape(-1, 2)
    return Sound(both[:, 0]), Sound(both[:, 1])


class House:
    """The server, and its people."""

    def __init__(
        self, server: PrivateServer, folder: Path, phones: dict[str, Softphone], caller: Softphone
    ) -> None:
        self.server = server
        self.folder = folder
        self.phones = phones
        self.caller = caller

    @property
    def recordings(self) -> Path:
        return self.server.home / "call-recordings"

    async def seat(self, agent: str, phone: str) -> None:
        await self.sees(e.PhoneStateChanged, phone=phone, reachable=True)
        await self.server.log_in(agent, phone)
        await self.server.ready(agent)

    async def sees(
        self, kind: type[e.Event], /, seconds: float = 15.0, count: int = 1, **fields: object
    ) -> Any:
        def fits(event: e.Event) -> bool:
            return all(getattr(event, name) == value for name, value in fields.items())

        return (await self.server.until_event(kind, seconds, met=fits, count=count))[count - 1].event

    async def talks(self, dialed: str = "2000") -> str:
        """Let the caller call and be connected; give the call."""
        before = len([r for r in await self.server.events() if isinstance(r.event, e.CallConnected)])
        await self.caller.dial(dialed)
        connected: e.CallConnected = await self.sees(e.CallConnected, count=before + 1)
        return connected.call

    async def kept(self, call: str, seconds: float = 15.0) -> tuple[e.CallRecordingKept, Sound, Sound]:
        """Give a call's recording when it is whole."""
        kept: e.CallRecordingKept = await self.sees(e.CallRecordingKept, seconds, call=call)
        return kept, *sides(self.recordings / kept.file)

    async def ari(self, method: str, path: str) -> Any:
        """Do something to Asterisk behind the controller's back."""
        url, user, password = self.server.settings.ari()
        headers = {"Authorization": aiohttp.encode_basic_auth(user, password)}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.request(method, f"{url}/{path}") as answer,
        ):
            assert answer.status < 300, await answer.text()
            return await answer.json() if answer.status == 200 else None

    async def command(self, *words: str, status: int = 0) -> str:
        """Run ``ringhall WORDS`` and give what it prints."""
        process = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).parent / "ringhall"), *words,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=self.folder,
            env={**os.environ, "RINGHALL_HOME": str(self.server.home), "COLUMNS": "200"},
        )  # fmt: skip
        printed, _ = await process.communicate()
        assert process.returncode == status, printed.decode()
        return printed.decode()

    async def all(self, kind: type[e.Event]) -> list[Any]:
        return [r.event for r in await self.server.events() if isinstance(r.event, kind)]


@asynccontextmanager
async def a_house(
    folder: Path, prompts: Path, *, environment: Mapping[str, str] | None = None, site: str = SITE
) -> AsyncIterator[House]:
    (folder / "site").mkdir()
    (folder / "site" / "site.yaml").write_text(site)
    server = PrivateServer(
        folder / "home",
        dialplans=folder / "site",
        phones=PHONES,
        agents=AGENTS,
        prompts=prompts,
        environment={"RINGHALL_RECORDINGS__LEAST_FREE_MB": "1", **(environment or {})},
    )
    plays = {hz: write_wav(folder / f"{hz}.wav", tone(hz, 1.0).tobytes()) for hz in HZ}
    phones = {
        name: Softphone(name, server.sip, secret=PHONES[name], answer="auto", plays=plays[hz])
        for name, hz in (("phone-1", AGENT_HZ), ("phone-2", OTHER_HZ))
    }
    caller = Softphone("+442071234567", server.sip, plays=plays[CALLER_HZ])
    try:
        async with server, phones["phone-1"], phones["phone-2"], caller:
            yield House(server, folder, phones, caller)
    finally:
        print(server.last_words(30))  # noqa: T201 - shown with a test that failed
