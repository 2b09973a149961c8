from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from telephony.ami import SILENCE_S, Ami
from telephony.ari.backoff import Backoff
from telephony.asterisk.phone_watch import PEER_STATUS
from telephony.peers.sip_registration import RegistrationRefused, unregister
from telephony.peers.softphone import Softphone
from telephony.security import NOTICED, SecurityEvent, SecurityWatch
from tests.telephony.conftest import client, eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from telephony.asterisk.home import AsteriskHome


def ami_of(home: AsteriskHome, **options: Any) -> Ami:
    settings = home.settings
    return Ami(settings.control_address, settings.ami_port, home.control_user, home.ami_password, **options)


async def connected(ami: Ami, times: int = 1) -> None:
    await eventually(lambda: ami.connects >= times)


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
    ami = ami_of(asterisk)
    watch = SecurityWatch(ami)
    await ami.start()
    await connected(ami)
    await refuse_a_phone(asterisk, "guarded")
    event = await take(watch.events(), "guarded")
    assert (event.kind, event.service) == ("ChallengeResponseFailed", "PJSIP")
    assert (event.address, event.transport) == ("127.0.0.9", "UDP")
    assert event.port > 0
    await ami.close()


@pytest.mark.asterisk
async def test_an_unknown_account_is_reported(asterisk: AsteriskHome) -> None:
    ami = ami_of(asterisk)
    watch = SecurityWatch(ami)
    await ami.start()
    await connected(ami)
    await refuse_a_phone(asterisk, "nobody")
    assert (await take(watch.events(), "nobody")).kind == "InvalidAccountID"
    await ami.close()


@pytest.mark.asterisk
async def test_the_watch_outlives_asterisk(asterisk: AsteriskHome) -> None:
    await push_phone(asterisk, "guarded")
    ami = ami_of(asterisk, backoff=Backoff(base=0.05, cap=0.2))
    watch = SecurityWatch(ami)
    await ami.start()
    await connected(ami)
    await asyncio.to_thread(asterisk.process.stop)
    asterisk.process.start()
    await asyncio.to_thread(asterisk.process.wait_ready)
    await connected(ami, times=2)
    await refuse_a_phone(asterisk, "guarded")  # pushed phones survive, and so does the watch
    assert (await take(watch.events(), "guarded")).account == "guarded"
    await ami.close()


@pytest.mark.asterisk
async def test_whoever_listens_to_everything_is_sent_only_what_is_used(asterisk: AsteriskHome) -> None:
    """Asterisk's filter: a phone that registers and calls, a reload, and none of their many events."""
    await push_phone(asterisk, "guarded")
    reader, writer = await asyncio.open_connection("127.0.0.1", asterisk.settings.ami_port)
    login = f"Username: {asterisk.control_user}\r\nSecret: {asterisk.ami_password}\r\nEvents: on"
    writer.write(f"Action: Login\r\n{login}\r\n\r\n".encode())
    await reader.readuntil(b"Message: Authentication accepted\r\n\r\n")
    server = f"127.0.0.1:{asterisk.settings.sip_port}"
    async with Softphone("guarded", server, secret="right", address="127.0.0.8") as phone:
        await phone.dial("100")
        await asyncio.to_thread(asterisk.process.cli, "module reload res_musiconhold.so")
        await refuse_a_phone(asterisk, "nobody")
    names: set[str] = set()
    async with asyncio.timeout(5):
        while "InvalidAccountID" not in names or "PeerStatus" not in names:
            message = (await reader.readuntil(b"\r\n\r\n")).decode()
            names |= {line.removeprefix("Event: ") for line in message.split("\r\n") if "Event: " in line}
    assert names - {"FullyBooted"} <= {PEER_STATUS, *NOTICED}  # that one is part of the login
    writer.close()


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
    ami = Ami("127.0.0.1", await server.start(), "user", "secret")
    await ami.start()
    loop = asyncio.get_running_loop()
    await eventually(lambda: ami.connects == 3, 10 * SILENCE_S)
    assert loop.time() > 2 * SILENCE_S
    await ami.close()
    await server.close()


@pytest.mark.virtual_time
async def test_a_flood_drops_the_oldest_and_counts_them() -> None:
    server = ScriptedAmi()
    ami = Ami("127.0.0.1", await server.start(), "user", "secret")
    watch = SecurityWatch(ami, limit=3)
    events = watch.events()
    await ami.start()
    await connected(ami)
    server.say(REFUSED.format(0))
    assert (await anext(events)).account == "a0"
    server.say(*(REFUSED.format(n) for n in range(1, 6)))
    await eventually(lambda: watch.dropped == 2)
    assert [(await anext(events)).account for _ in range(3)] == ["a3", "a4", "a5"]
    await ami.close()
    await server.close()


@pytest.mark.virtual_time
async def test_each_kind_of_event_goes_to_those_who_asked_for_it() -> None:
    server = ScriptedAmi()
    ami = Ami("127.0.0.1", await server.start(), "user", "secret")
    watch, heard = SecurityWatch(ami), list[str]()
    ami.listen(["Peer", "Other"], lambda name, headers: heard.append(f"{name} {headers.get('Said', '')}"))
    await ami.start()
    await connected(ami)
    server.say("Event: Peer\nSaid: a", "Event: Unasked\nSaid: b", REFUSED.format(0), "Event: Other")
    assert (await anext(watch.events())).account == "a0"
    await eventually(lambda: heard == ["Peer a", "Other "])
    await ami.close()
    await server.close()


@pytest.mark.virtual_time
async def test_a_refused_login_is_tried_again_with_growing_pauses() -> None:
    server = ScriptedAmi(accept=False)
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        await asyncio.sleep(seconds)

    ami = Ami("127.0.0.1", await server.start(), "user", "wrong", sleep=sleep)
    await ami.start()
    await eventually(lambda: server.logins == 12, 300)
    assert ami.connects == 0
    assert max(pauses) > 1 > pauses[0]
    await ami.close()
    await server.close()
