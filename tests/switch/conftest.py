"""A private Asterisk with Ringhall's own configuration, and the switch on it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, TypeVar

import pytest

from speech.tones import tone
from telephony.ami import Ami
from telephony.asterisk.home import AsteriskHome
from telephony.asterisk.settings import AsteriskSettings
from telephony.asterisk.switch import AsteriskSwitch
from telephony.programs import free_port_run, free_ports, private_prefix
from telephony.switch import PhoneAccount, SwitchBack, SwitchEvent
from telephony.wav import write_wav

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

E = TypeVar("E", bound=SwitchEvent)

PHONES = [PhoneAccount(name=f"phone-{number}", secret=f"secret-of-{number}") for number in (1, 2)]


class Bench:
    """The switch under test, with its events read one after another."""

    def __init__(self, home: AsteriskHome) -> None:
        self.home = home
        self.server = f"127.0.0.1:{home.settings.sip_port}"
        settings = home.settings
        self.ami_may_connect = asyncio.Event()
        self.ami_may_connect.set()
        self.ami = Ami(
            settings.control_address,
            settings.ami_port,
            home.control_user,
            home.ami_password,
            sleep=self._before_ami,
        )
        self.switch = AsteriskSwitch.on(
            home.ari_url.removesuffix("/ari"), home.control_user, home.ari_password, self.ami
        )
        self._events = self.switch.events()
        self._coming: asyncio.Future[SwitchEvent] | None = None
        self.seen: list[SwitchEvent] = []

    async def until(self, kind: type[E], *, within: float = 8.0, **fields: object) -> E:
        """Read events until one of that kind with those fields; earlier ones are kept in ``seen``."""
        try:
            async with asyncio.timeout(within):
                while True:
                    event = await self._next()
                    self.seen.append(event)
                    if isinstance(event, kind) and all(getattr(event, k) == v for k, v in fields.items()):
                        return event
        except TimeoutError:
            raise AssertionError(f"no {kind.__name__} {fields} in {within:g} s, only {self.seen}") from None

    async def listen(self, seconds: float) -> None:
        """Read events for a while; they are kept in ``seen``."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while True:
                    self.seen.append(await self._next())

    async def close(self) -> None:
        if self._coming is not None:
            self._coming.cancel()
        await self.switch.close()
        await self.ami.close()

    async def _before_ami(self, _seconds: float) -> None:
        await self.ami_may_connect.wait()

    async def _next(self) -> SwitchEvent:
        # an anext() that is cancelled would end the stream for good
        if self._coming is None:
            self._coming = asyncio.ensure_future(anext(self._events))
        event = await asyncio.shield(self._coming)
        self._coming = None
        return event


@pytest.fixture(scope="module")
def asterisk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AsteriskHome]:
    sip, http, ami = free_ports(3)
    rtp = free_port_run(100, step=2)
    settings = AsteriskSettings(
        bind_address="127.0.0.1",
        sip_port=sip,
        http_port=http,
        ami_port=ami,
        rtp_start=rtp,
        rtp_end=rtp + 99,
    )
    home = AsteriskHome(settings, tmp_path_factory.mktemp("home"), private_prefix())
    home.render()
    home.process.start()
    try:
        home.process.wait_ready()
        yield home
    finally:
        home.process.stop()


@pytest.fixture
async def bench(asterisk: AsteriskHome) -> AsyncIterator[Bench]:
    bench = Bench(asterisk)
    await bench.switch.start()
    await bench.ami.start()
    try:
        await bench.until(SwitchBack)
        await bench.switch.push_phones(PHONES)
        yield bench
        for leg in (await bench.switch.survey()).legs:
            await bench.switch.hangup(leg)
    finally:
        with contextlib.suppress(Exception):
            await bench.close()


@pytest.fixture(scope="session")
def tones(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """WAV files of ten seconds, by frequency in Hz."""
    folder = tmp_path_factory.mktemp("tones")
    return {hz: write_wav(folder / f"{hz}.wav", tone(hz, 10.0).tobytes()) for hz in (440, 600, 1000)}
