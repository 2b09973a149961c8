"""The event stream: filters, roles, resume with no gap and nothing twice, and listeners who don't read."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from desk.events import service, session
from desk.events.tape import Line, Tape
from desk.routes import events as routes
from records import events as e
from tests.desk.conftest import TOKENS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from aiohttp import ClientWebSocketResponse

    from tests.desk.conftest import Office

SALES = e.CallConnected(offer="o1", call="c1", queue="sales", agent="1001", wait_s=1.0)
SUPPORT = e.CallConnected(offer="o2", call="c2", queue="support", agent="1002", wait_s=1.0)
ENDED = e.CallEnded(call="c1", outcome="completed", by="caller", cause="normal")
LISTENS = e.SupervisionBegan(
    call="c1", supervisor="1009", agent="1001", leg="leg-9", mode="listen", by="supervisor"
)
SECURITY = e.SecurityNoticed(kind="InvalidPassword", account="phone-1", address="192.0.2.1")


@asynccontextmanager
async def listening(
    office: Office, role: str = "admin", token: str = "", **asked: Any
) -> AsyncIterator[ClientWebSocketResponse]:
    headers = {"Authorization": f"Bearer {token or TOKENS[role]}"}
    async with (
        aiohttp.ClientSession(headers=headers) as client,
        client.ws_connect(office.address + "/api/v1/events", params=asked) as ws,
    ):
        yield ws


async def heard(ws: ClientWebSocketResponse, count: int) -> list[dict[str, Any]]:
    """Take messages until so many events came."""
    found: list[dict[str, Any]] = []
    async with asyncio.timeout(10):
        while len(found) < count:
            found += json.loads((await ws.receive()).data)["events"]
    return found


async def begun(ws: ClientWebSocketResponse) -> int:
    told = json.loads((await ws.receive(timeout=5)).data)
    assert told["events"] == []
    return int(told["seq"])


async def until(true: Callable[[], bool]) -> None:
    for _ in range(1500):
        if true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come true within 15 s")


async def closed(ws: ClientWebSocketResponse) -> tuple[int | None, str]:
    async with asyncio.timeout(15):
        while True:
            message = await ws.receive()
            if message.type is aiohttp.WSMsgType.CLOSE:
                return message.data, str(message.extra)
            assert message.type is aiohttp.WSMsgType.TEXT, message


async def test_everything_comes_in_order_with_its_number(office: Office) -> None:
    async with listening(office) as ws:
        seq = await begun(ws)
        assert seq == office.log.seq
        for event in (SALES, SUPPORT, SECURITY, ENDED):
            office.log.append(event)
        told = await heard(ws, 4)
    assert [one["seq"] for one in told] == [seq + 1, seq + 2, seq + 3, seq + 4]
    assert [one["event"]["type"] for one in told] == [
        "CallConnected", "CallConnected", "SecurityNoticed", "CallEnded",
    ]  # fmt: skip
    assert told[0]["event"]["call"] == "c1"


async def test_signals_whose_time_is_over_are_told_no_more(office: Office) -> None:
    seq, now = office.log.seq, time.time()
    signal = e.SignalNoted(call="c1", listener="emotion", talk="", signal="angry", at_s=1.0)
    for until in (now - 1, now + 3600, 0.0):
        office.log.append(msgspec.structs.replace(signal, until=until))
    office.log.append(ENDED)
    for _ in range(2):  # from memory, then from the database
        async with listening(office, after=seq) as ws:
            told = await heard(ws, 3)
        assert [one["seq"] for one in told] == [seq + 2, seq + 3, seq + 4]
        await office.log.flush()
        office.stream.tape = Tape(office.log.seq)


@pytest.mark.parametrize(
    ("role", "asked", "shown"),
    [
        ("admin", {"kinds": "CallEnded, SecurityNoticed"}, ["SecurityNoticed", "CallEnded"]),
        ("admin", {"calls": "c1"}, ["CallConnected c1", "CallEnded"]),
        ("admin", {"queues": "support"}, ["CallConnected c2"]),
        ("admin", {"agents": "1001,1003", "kinds": "CallConnected"}, ["CallConnected c1"]),
        ("supervisor", {}, ["CallConnected c1", "CallConnected c2", "CallEnded"]),
        ("integration", {}, ["CallConnected c1", "CallConnected c2", "CallEnded"]),
        ("agent", {}, ["CallConnected c1"]),
        ("agent", {"agents": "1001"}, ["CallConnected c1"]),
        ("agent", {"queues": "support"}, []),
    ],
)
async def test_what_is_shown(office: Office, role: str, asked: dict[str, str], shown: list[str]) -> None:
    seq = office.log.seq
    async with listening(office, role, **asked) as ws, listening(office, role, **asked, after=seq) as late:
        await begun(ws)
        for event in (SALES, SUPPORT, SECURITY, ENDED):
            office.log.append(event)
        for one in (ws, late):
            told = await heard(one, len(shown))
            names = [f"{t['event']['type']} {t['event'].get('call')}" for t in told]
            assert all(name.startswith(want) for name, want in zip(names, shown, strict=True)), names
        await asyncio.sleep(0.1)


@pytest.mark.parametrize(
    ("role", "query", "status", "error_id", "said"),
    [
        ("admin", "kinds=CallConected", 400, "wrong-field", "did you mean CallConnected?"),
        ("admin", "after=-1", 400, "wrong-field", "openapi"),
        ("admin", "after=999999", 409, "no-such-number", "begin without 'after'"),
        ("agent", "agents=1002", 403, "other-agent", "bound to"),
        ("admin", "", 400, "wrong-field", "WebSocket client"),
    ],
)
async def test_what_can_not_be_listened_to(
    office: Office, role: str, query: str, *, status: int, error_id: str, said: str
) -> None:
    answer = await office.ask(f"/api/v1/events?{query}", role)
    assert (answer.status, answer.body["error_id"]) == (status, error_id)
    assert said in answer.body["message"] + answer.body["remedy"]


@pytest.mark.parametrize("kept", [10_000, 7])
async def test_resumed_with_no_gap_and_nothing_twice(office: Office, kept: int) -> None:
    """While events are appended all the time, from the database as well as from memory."""
    office.stream.tape = Tape(office.log.seq, kept)
    first = office.log.seq
    numbers: list[int] = []
    going = True

    async def happening() -> None:
        while going:
            for _ in range(3):
                office.log.append(SALES)
            await asyncio.sleep(0.002)

    working = asyncio.create_task(happening())
    for _ in range(8):
        async with listening(office, after=numbers[-1] if numbers else first) as ws:
            numbers += [one["seq"] for one in await heard(ws, 60)]
    going = False
    await working
    async with listening(office, after=numbers[-1]) as ws:
        while numbers[-1] < office.log.seq:
            numbers += [one["seq"] for one in await heard(ws, 1)]
    assert numbers == list(range(first + 1, office.log.seq + 1))


async def test_from_the_very_first_event(office: Office) -> None:
    for _ in range(1200):
        office.log.append(SALES)
    office.stream.tape = Tape(office.log.seq)
    await office.log.flush()
    async with listening(office, after=0) as ws:
        told = await heard(ws, office.log.seq)
    assert [one["seq"] for one in told] == list(range(1, office.log.seq + 1))


async def test_who_never_reads_is_closed_and_harms_nobody(
    office: Office,
) -> None:
    raw = socket.create_connection(("127.0.0.1", int(office.address.rpartition(":")[2])))
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    raw.sendall(
        f"GET /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKENS['admin']}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
    )
    async with listening(office) as ws:
        await begun(ws)
        await until(lambda: len(office.stream) == 2)
        first, numbers, slowest = office.log.seq, [], 0.0
        long = e.AlarmRaised(alarm="x", detail="y" * 2000)
        loop = asyncio.get_running_loop()
        for number in range(2000):  # 4 MB
            office.log.append(long)
            if number % 20 == 19:
                sent = loop.time()
                numbers += [one["seq"] for one in await heard(ws, 20)]
                slowest = max(slowest, loop.time() - sent)
        assert numbers == list(range(first + 1, first + 2001)), "the one who reads gets everything"
        assert slowest < 1.0
    # the socket held what it could; then come the reason and the end
    raw.setblocking(False)
    got = bytearray()
    async with asyncio.timeout(15):
        while b"too slow" not in got[-300:] and (chunk := await loop.sock_recv(raw, 1 << 16)):
            got += chunk
    raw.close()
    at = got.rfind(b"too slow")
    assert at > 0, got[-200:]
    assert int.from_bytes(got[at - 2 : at], "big") == 4008
    assert len(got) < 2_000_000
    await until(lambda: len(office.stream) == 0)


async def test_a_stream_ends_with_its_token(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "LOOK_S", 0.1)
    old, soon = "a-token-that-is-revoked", "a-token-that-expires-soon"
    await office.tokens.save("old", "supervisor", old)
    await office.tokens.save(
        "soon", "supervisor", soon, expires_at=datetime.now(UTC) + timedelta(seconds=1.5)
    )
    async with listening(office, token=old) as one, listening(office, token=soon) as other:
        await begun(one)
        await begun(other)
        await office.ask("/api/v1/tokens/old", method="DELETE")
        assert await closed(one) == (4001, "the token was revoked")
        assert await closed(other) == (4001, "the token has expired")


async def test_one_that_still_reads_the_past_ends_too(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The past takes as long as its database: a token that is revoked meanwhile is told no more of it."""
    token = "a-token-that-is-revoked"
    await office.tokens.save("old", "supervisor", token)
    reading = asyncio.Event()

    async def never(*_: object) -> None:
        reading.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(office.stream, "read", never)
    async with listening(office, token=token, after=0) as ws, listening(office, after=0) as other:
        await reading.wait()
        await until(lambda: len(office.stream) == 2)
        await office.ask("/api/v1/tokens/old", method="DELETE")
        assert await closed(ws) == (4001, "the token was revoked")
        stopping = asyncio.create_task(office.stream.close_all())
        assert await closed(other) == (1001, "the server stops")
        await stopping


async def test_an_agent_who_is_removed_is_told_no_more(office: Office) -> None:
    app = web.Application()
    app.add_routes(office.acd.control_routes())
    async with TestClient(TestServer(app)) as client, listening(office, "agent") as ws:
        await begun(ws)
        assert (await client.delete("/control/agents/1001")).status == 200
        assert await closed(ws) == (4001, "the token was revoked")


async def test_an_agent_is_not_told_who_listens(office: Office) -> None:
    assert LISTENS.agent == "1001"
    async with listening(office, "agent") as ws, listening(office, "supervisor") as boss:
        await begun(ws)
        await begun(boss)
        office.log.append(LISTENS)
        office.log.append(SALES)
        assert [one["event"]["type"] for one in await heard(boss, 2)] == ["SupervisionBegan", "CallConnected"]
        assert [one["event"]["type"] for one in await heard(ws, 1)] == ["CallConnected"]


async def test_a_token_has_so_many_streams_and_no_more(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "MOST_OF_AN_AGENT", 2)
    async with listening(office, "agent") as one, listening(office, "agent") as two:
        await begun(one)
        await begun(two)
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with listening(office, "agent"):
                pass
        assert refused.value.status == 429
        async with listening(office) as ws:  # nobody else is held up
            await begun(ws)
    await until(lambda: len(office.stream) == 0)
    async with listening(office, "agent") as ws:
        await begun(ws)


async def test_a_stop_is_told(office: Office) -> None:
    async with listening(office) as ws:
        await begun(ws)
        stopping = asyncio.create_task(office.stream.close_all())
        assert await closed(ws) == (1001, "the server stops")
        await stopping


async def test_without_its_database_the_past_can_not_be_read(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "PATIENCE_S", 0.2)
    office.stream.tape = Tape(office.log.seq + 5)
    async with listening(office, after=office.log.seq) as ws:
        assert await closed(ws) == (4503, "the past can't be read now; try again")


async def test_a_sign_of_life_when_nothing_happens(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "BEAT_S", 0.0)
    async with listening(office, kinds="CallEnded") as ws:
        await begun(ws)
        office.log.append(SALES)
        seq = 0
        while seq < office.log.seq:
            seq = await begun(ws)


def test_a_tape_forgets_from_the_begin() -> None:
    tape = Tape(10, kept=3)
    assert tape.after(10, 5) == []
    assert tape.after(9, 5) is None
    for seq in range(11, 16):
        tape.add(
            Line(
                e.Recorded(
                    site="s", node="n", stream="main", seq=seq, epoch=1, at=datetime.now(UTC), event=ENDED
                )
            )
        )
    assert tape.after(11, 5) is None
    assert [line.seq for line in tape.after(12, 5) or []] == [13, 14, 15]
    assert [line.seq for line in tape.after(12, 2) or []] == [13, 14]
    assert tape.after(15, 5) == []
