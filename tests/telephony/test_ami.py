from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from telephony.ami import SILENCE_S, SecurityEvent, SecurityWatch
from telephony.ari.backoff import Backoff
from telephony.peers.sip_registration import RegistrationRefused, unregister
from tests.telephony.conftest import client, eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from telephony.asterisk.home import AsteriskHome


def watch_on(home: AsteriskHome, **options: object) -> SecurityWatch:
    settings = home.settings
    return SecurityWatch(
        settings.control_address, settings.ami_port, home.control_user, home.ami_password, **options  # type: ignore[arg-type]
    )  # fmt: skip


async def connected(watch: SecurityWatch, times: int = 1) -> None:
    await eventually(lambda: watch.connects >= times)


async def refuse_a_phone(home: AsteriskHome, name: str) -> None:
    """Try a wrong password, from an address that is no trunk's."""
    with pytest.raises(RegistrationRefused):
        await unregister(f"127.0.0.1:{home.settings.sip_port}", name, "wrong", address="127.0.0.9")


async def take(events: AsyncIterator[SecurityEvent], account: str) -> SecurityEvent:
    async with asyncio.timeout(10):
        async for event in events:
            if event.account == account:
                return event
    raise AssertionError("the events ended")


async def push_phone(home: AsteriskHome, name: str) -> None:
    ari = client(home, "setup")
    await ari.start()
    objects = {
        "auth": {"auth_type": "userpass", "username": name, "password": "right"},
        "aor": {"max_contacts": "1"},
        "endpoint": {
            "aors": name,
            "auth": name,
            "context": "from-phones",
            "disallow": "all",
            "allow": "ulaw",
        },
    }
    for kind, fields in objects.items():
        await ari.slow.asterisk_update_object("res_pjsip", kind, name, fields=fields)
    await ari.close()


@pytest.mark.asterisk
async def test_a_wrong_password_is_reported(asterisk: AsteriskHome) -> None:
    await push_phone(asterisk, "guarded")
    watch = watch_on(asterisk)
    events = watch.events()
    first = asyncio.ensure_future(take(events, "guarded"))
    await connected(watch)
    await refuse_a_phone(asterisk, "guarded")
    event = await first
    assert (event.kind, event.service) == ("ChallengeResponseFailed", "PJSIP")
    assert (event.address, event.transport) == ("127.0.0.9", "UDP")
    assert event.port > 0
    await events.aclose()  # type: ignore[attr-defined]


@pytest.mark.asterisk
async def test_an_unknown_account_is_reported(asterisk: AsteriskHome) -> None:
    watch = watch_on(asterisk)
    events = watch.events()
    first = asyncio.ensure_future(take(events, "nobody"))
    await connected(watch)
    await refuse_a_phone(asterisk, "nobody")
    assert (await first).kind == "InvalidAccountID"
    await events.aclose()  # type: ignore[attr-defined]


@pytest.mark.asterisk
async def test_the_watch_outlives_asterisk(asterisk: AsteriskHome) -> None:
    await push_phone(asterisk, "guarded")
    watch = watch_on(asterisk, backoff=Backoff(base=0.05, cap=0.2))
    events = watch.events()
    first = asyncio.ensure_future(take(events, "guarded"))
    await connected(watch)
    await asyncio.to_thread(asterisk.process.stop)
    asterisk.process.start()
    await asyncio.to_thread(asterisk.process.wait_ready)
    await connected(watch, times=2)
    await refuse_a_phone(asterisk, "guarded")  # pushed phones survive, and so does the watch
    assert (await first).account == "guarded"
    await events.aclose()  # type: ignore[attr-defined]


class ScriptedAmi:
    """An AMI server that logs anybody in and then says what it is told, or nothing."""

    def __init__(self, *, accept: bool = True) -> None:
        self.accept = accept
        self.logins = 0
        self._writers: list[asyncio.StreamWriter] = []

    async def start(self) -> int:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        writer.write(b"Asterisk Call Manager/11.0.0\r\n")
        login = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.logins += 1
        number = next(line.split(": ")[1] for line in login.split("\r\n") if line.startswith("ActionID"))
        result = "Success" if self.accept else "Error"
        writer.write(f"Response: {result}\r\nActionID: {number}\r\nMessage: x\r\n\r\n".encode())
        await reader.read()

    def say(self, *events: str) -> None:
        for event in events:
            self._writers[-1].write(event.replace("\n", "\r\n").encode() + b"\r\n\r\n")

    async def close(self) -> None:
        self._server.close()
        for writer in self._writers:
            writer.close()


REFUSED = "Event: InvalidPassword\nService: PJSIP\nAccountID: a{}\nRemoteAddress: IPV4/UDP/192.0.2.1/5060"


@pytest.mark.virtual_time
async def test_a_silent_server_is_left_and_tried_again() -> None:
    server = ScriptedAmi()
    watch = SecurityWatch("127.0.0.1", await server.start(), "user", "secret")
    reading = asyncio.ensure_future(anext(watch.events()))
    loop = asyncio.get_running_loop()
    await eventually(lambda: watch.connects == 3, 10 * SILENCE_S)
    assert loop.time() > 2 * SILENCE_S
    reading.cancel()
    await server.close()


@pytest.mark.virtual_time
async def test_a_flood_drops_the_oldest_and_counts_them() -> None:
    server = ScriptedAmi()
    watch = SecurityWatch("127.0.0.1", await server.start(), "user", "secret", limit=3)
    events = watch.events()
    first = asyncio.ensure_future(anext(events))
    await connected(watch)
    server.say(REFUSED.format(0))
    assert (await first).account == "a0"
    server.say(*(REFUSED.format(n) for n in range(1, 6)))
    await eventually(lambda: watch.dropped == 2)
    assert [(await anext(events)).account for _ in range(3)] == ["a3", "a4", "a5"]
    await events.aclose()  # type: ignore[attr-defined]
    await server.close()


@pytest.mark.virtual_time
async def test_a_refused_login_is_tried_again_with_growing_pauses() -> None:
    server = ScriptedAmi(accept=False)
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        await asyncio.sleep(seconds)

    watch = SecurityWatch("127.0.0.1", await server.start(), "user", "wrong", sleep=sleep)
    reading = asyncio.ensure_future(anext(watch.events()))
    await eventually(lambda: server.logins == 12, 300)
    assert watch.connects == 0
    assert max(pauses) > 1 > pauses[0]
    reading.cancel()
    await server.close()
