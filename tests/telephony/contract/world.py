"""The two worlds in which the contract holds: the fake Asterisk, and a real one with SIP phones."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import wave
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from telephony.ari import models
from telephony.ari.errors import AriConflict, AriNotFound
from telephony.ari.fake import Behaviour, FakeAsterisk
from telephony.ari.port import Connected
from tests.telephony.conftest import client
from tests.telephony.contract.sip_phone import Reply, SipPhone

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from telephony.ari.port import Ari, Message
    from telephony.asterisk.home import AsteriskHome

M = TypeVar("M")
WAIT_S = 8.0

_calls = itertools.count(1)
_phones = itertools.count(1)

REPLIES = {
    "answers": [Reply("100 Trying"), Reply("180 Ringing", 0.05), Reply("200 OK", 0.3)],
    "rings": [Reply("100 Trying"), Reply("180 Ringing", 0.05)],
    "busy": [Reply("100 Trying"), Reply("486 Busy Here", 0.05)],
    "rejects": [Reply("100 Trying"), Reply("180 Ringing", 0.05), Reply("603 Decline", 0.3)],
    "silent": [],
}
BEHAVIOURS = {
    "answers": Behaviour.answers(0.3),
    "rings": Behaviour.rings(),
    "busy": Behaviour.busy(),
    "rejects": Behaviour.rejects(0.3),
    "silent": Behaviour.silent(),
}


class Diary:
    """The messages of a connection, read in the background, to be waited for and looked at."""

    def __init__(self, ari: Ari) -> None:
        self.messages: list[Message] = []
        self._ari = ari
        self._more = asyncio.Condition()
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for message in self._ari.messages():
            async with self._more:
                self.messages.append(message)
                self._more.notify_all()

    async def until(self, kind: type[M], **fields: Any) -> M:
        """Wait for a message of a kind, with these fields (``channel`` and ``playback`` by id)."""

        def found() -> M | None:
            for message in self.messages:
                if isinstance(message, kind) and all(_field(message, k) == v for k, v in fields.items()):
                    return message
            return None

        async with asyncio.timeout(WAIT_S), self._more:
            while (message := found()) is None:
                await self._more.wait()
            return message

    def kinds(self, channel: str) -> list[str]:
        """Kinds of the messages about a channel, in order, without the dialplan's own."""
        return [
            type(m).__name__
            for m in self.messages
            if channel in (_field(m, "channel"), _field(m, "peer"))
            and not isinstance(m, (models.ChannelVarset, models.ChannelDialplan))
        ]

    async def close(self) -> None:
        self._reader.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reader


def _field(message: object, name: str) -> Any:
    value = getattr(message, name, None)
    return getattr(value, "id", value)


class World(Protocol):
    """What a contract test may do to the world outside."""

    ari: Ari
    diary: Diary
    long_sound: str
    """Media of 15 s."""
    short_sound: str
    """Media of less than half a second."""

    async def call_in(self) -> str:
        """Let a call arrive by the trunk for number 100; returns its channel."""

    async def press(self, channel: str, digit: str) -> None:
        """Let the caller press a key."""

    async def hang_up(self, channel: str) -> None:
        """Let the caller hang up."""

    async def phone(self, behaviour: str) -> str:
        """Add a registered phone (see BEHAVIOURS) and return its name."""


class FakeWorld:
    """The fake."""

    long_sound, short_sound = "sound:long", "sound:short"

    def __init__(self) -> None:
        self.asterisk = FakeAsterisk()
        self.asterisk.sounds = {"sound:long": 15.0, "sound:short": 0.4, "sound:no-such-sound": None}
        self.ari: Ari = self.asterisk.ari()
        self.diary = Diary(self.ari)

    async def call_in(self) -> str:
        return self.asterisk.call_in("100", number="5550100")

    async def press(self, channel: str, digit: str) -> None:
        self.asterisk.press(channel, digit)

    async def hang_up(self, channel: str) -> None:
        self.asterisk.hang_up(channel)

    async def phone(self, behaviour: str) -> str:
        return self.asterisk.phone(f"phone-{next(_phones)}", BEHAVIOURS[behaviour]).name


class RealWorld:
    """A real Asterisk.  A call is a Local channel: one half enters the trunk's context, the other is the
    caller, held by an application of the test's own."""

    def __init__(self, home: AsteriskHome, folder: Path) -> None:
        self.ari: Ari = client(home)
        self.caller_side = client(home, "far-end")
        self.diary = Diary(self.ari)
        self.long_sound = _silence(folder / "long", 15.0)
        self.short_sound = _silence(folder / "short", 0.4)
        self._phones: list[SipPhone] = []

    async def call_in(self) -> str:
        number = next(_calls)
        await self.ari.slow.channels_originate(
            endpoint="Local/100@from-trunk", app="far-end", channel_id=f"far-{number}",
            other_channel_id=f"call-{number}", caller_id="5550100",
        )  # fmt: skip
        return f"call-{number}"

    async def press(self, channel: str, digit: str) -> None:
        async with asyncio.timeout(3):
            while True:
                try:
                    far = channel.replace("call", "far")
                    await self.caller_side.slow.channels_send_dtmf(far, dtmf=digit)
                except AriConflict:  # the caller's half comes into its application a moment after ours
                    await asyncio.sleep(0.02)
                else:
                    return

    async def hang_up(self, channel: str) -> None:
        async with asyncio.timeout(3):
            while True:
                try:
                    await self.caller_side.slow.channels_hangup(channel.replace("call", "far"))
                except AriNotFound:  # the caller's half is listed a moment after ours
                    await asyncio.sleep(0.02)
                else:
                    return

    async def phone(self, behaviour: str) -> str:
        name = f"phone-{next(_phones)}"
        phone = SipPhone(REPLIES[behaviour])
        self._phones.append(phone)
        port = await phone.start()
        configuration = {
            "aor": {"max_contacts": "1", "contact": f"sip:phone@127.0.0.1:{port}"},
            "endpoint": {"aors": name, "context": "from-phones", "disallow": "all", "allow": "ulaw"},
        }
        for kind, fields in configuration.items():
            await self.ari.slow.asterisk_update_object("res_pjsip", kind, name, fields=fields)
        return name

    async def close(self) -> None:
        for channel in await self.ari.slow.channels_list():
            with contextlib.suppress(Exception):
                await self.ari.slow.channels_hangup(channel.id)
        for bridge in await self.ari.slow.bridges_list():
            await self.ari.slow.bridges_destroy(bridge.id)
        for phone in self._phones:
            phone.close()


def _silence(path: Path, seconds: float) -> str:
    """Write silence and return its media URI."""
    with wave.open(f"{path}.wav", "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(int(seconds * 8000) * 2))
    return f"sound:{path}"


@contextlib.asynccontextmanager
async def fake_world() -> AsyncIterator[World]:
    world = FakeWorld()
    await world.ari.start()
    await world.diary.until(Connected)
    yield world
    await world.ari.close()
    await world.diary.close()


@contextlib.asynccontextmanager
async def real_world(home: AsteriskHome, folder: Path) -> AsyncIterator[World]:
    world = RealWorld(home, folder)
    await world.ari.start()
    await world.caller_side.start()
    await world.diary.until(Connected)
    far = Diary(world.caller_side)
    await far.until(Connected)
    yield world
    await world.close()
    for ari, diary in ((world.ari, world.diary), (world.caller_side, far)):
        await ari.close()
        await diary.close()
