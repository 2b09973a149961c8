"""Webhooks over HTTP: signed, in order for each call, tried again, listed when given up, kept by a kill."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections import defaultdict
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from aiohttp import web

from desk.deliveries import courier
from desk.deliveries.courier import Position, written
from desk.deliveries.lanes import Waiting
from desk.deliveries.service import KEEP_S
from records import events as e
from records.positions import Positions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from desk.deliveries.model import Subscription
    from tests.desk.conftest import Answer, Office

SECRET = "a-secret-that-signs"


class Crm:
    """Another company's server."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.wrong: list[str] = []
        self.status: Callable[[dict[str, Any]], int] = lambda _: 204
        self.url = ""
        self.flying: defaultdict[str, int] = defaultdict(int)
        self.most_flying = 0

    async def take(self, request: web.Request) -> web.Response:
        raw = await request.read()
        told = json.loads(raw)
        stamp, _, mark = request.headers["X-Ringhall-Signature"].partition(",")
        expected = hmac.new(SECRET.encode(), f"{stamp[2:]}.".encode() + raw, hashlib.sha256).hexdigest()
        if mark != f"v1={expected}" or request.headers["X-Ringhall-Id"] != told["id"]:
            self.wrong.append(told["id"])
        self.flying[told["call"]] += 1
        self.most_flying = max(self.most_flying, self.flying[told["call"]])
        await asyncio.sleep(0.01)
        self.flying[told["call"]] -= 1
        status = self.status(told)
        if status == 204:
            self.got.append(told)
        return web.Response(status=status)

    def numbers(self, call: str = "") -> list[int]:
        return [told["seq"] for told in self.got if call in {"", told["call"]}]


@asynccontextmanager
async def serving() -> AsyncIterator[Crm]:
    crm = Crm()
    app = web.Application()
    app.router.add_post("/{path:.*}", crm.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    crm.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[attr-defined]
    try:
        yield crm
    finally:
        await runner.cleanup()


@pytest.fixture
async def crm() -> AsyncIterator[Crm]:
    async with serving() as crm:
        yield crm


@pytest.fixture
def web_servers(crm: Crm) -> list[dict[str, Any]]:
    return [
        {"url": crm.url + "/hook", "signing_secret": SECRET, "events": True},
        {"url": crm.url + "/other", "headers": {"Authorization": "ours"}},
    ]


async def subscribe(office: Office, crm: Crm, role: str = "integration", **wanted: Any) -> Answer:
    body = msgspec.json.encode({"url": crm.url + "/hook/events", **wanted})
    return await office.ask("/api/v1/webhooks", role, method="POST", body=body)


async def until(true: Callable[[], bool], within_s: float = 15.0) -> None:
    async with asyncio.timeout(within_s):
        while not true():  # noqa: ASYNC110 - it comes about in another place
            await asyncio.sleep(0.01)


def ring(office: Office, call: str, queue: str = "sales") -> list[int]:
    """Let a call happen; give the numbers of its events."""
    happened = [
        e.QueueEntered(call=call, queue=queue, priority=0, needs={}, position=1),
        e.CallConnected(offer=f"{call}-o1", call=call, queue=queue, agent="1001", wait_s=1.0),
        e.TalkEnded(call=call, queue=queue, agent="1001", by="caller", talk_s=9.0),
        e.CallEnded(call=call, outcome="completed", by="caller", cause="normal"),
    ]
    return [office.log.append(event).seq for event in happened]


async def test_events_come_signed_and_in_order_for_each_call(office: Office, crm: Crm) -> None:
    made = await subscribe(office, crm)
    assert made.status == 201
    numbers = {call: ring(office, call) for call in ("c1", "c2", "c3")}
    await until(lambda: len(crm.got) >= 12)
    assert crm.wrong == []
    assert crm.most_flying == 1
    assert {call: crm.numbers(call) for call in numbers} == numbers
    first = crm.got[0]
    assert (first["kind"], first["event"], first["call"]) == ("event", "QueueEntered", "c1")
    assert first["data"]["queue"] == "sales"
    assert first["id"] == f"{made.body['id']}-{first['seq']}"


async def test_only_what_was_asked_for(office: Office, crm: Crm) -> None:
    await subscribe(office, crm, kinds=["TalkEnded", "CallEnded"])
    await subscribe(office, crm, queues=["support"])
    ring(office, "c1")
    ring(office, "c2", "support")
    office.log.append(e.SecurityNoticed(kind="x", account="phone-1", address="192.0.2.1"))
    office.log.append(e.CallEnded(call="c3", outcome="completed", by="caller", cause="normal"))
    await until(lambda: len(crm.got) >= 8)
    await asyncio.sleep(0.2)
    told = sorted((one["event"], one["call"]) for one in crm.got)
    assert told == sorted(
        [(kind, call) for kind in ("TalkEnded", "CallEnded") for call in ("c1", "c2")]
        + [("CallEnded", "c3")]
        + [(kind, "c2") for kind in ("QueueEntered", "CallConnected", "TalkEnded")]
    )


async def test_a_failing_call_holds_up_no_other(office: Office, crm: Crm) -> None:
    tries = 0

    def status(told: dict[str, Any]) -> int:
        nonlocal tries
        if told["call"] != "c1" or tries >= 1:
            return 204
        tries += 1
        return 500

    crm.status = status
    await subscribe(office, crm)
    numbers = ring(office, "c1")
    ring(office, "c2")
    await until(lambda: len(crm.numbers("c2")) == 4)
    assert crm.numbers("c1") == []
    await until(lambda: len(crm.numbers("c1")) == 4)
    assert crm.numbers("c1") == numbers


async def test_what_is_refused_is_listed_and_sent_again_when_asked_for(office: Office, crm: Crm) -> None:
    crm.status = lambda told: 422 if told["event"] == "CallConnected" else 204
    made = (await subscribe(office, crm)).body
    numbers = ring(office, "c1")
    await until(lambda: len(crm.got) == 3)
    path = f"/api/v1/webhooks/{made['id']}"
    [dead] = (await office.ask(f"{path}/dead", "integration")).body["items"]
    assert (dead["number"], dead["tries"], dead["detail"]) == (numbers[1], 1, "the server said 422")
    assert (await office.ask(path, "integration")).body["dead"] == 1
    crm.status = lambda _: 204
    asked = msgspec.json.encode({"numbers": [numbers[1], 1, 999_999]})
    again = await office.ask(f"{path}/redeliver", "integration", method="POST", body=asked)
    assert again.body == {"numbers": [numbers[1]]}
    await until(lambda: len(crm.got) == 4)
    assert crm.got[-1]["id"] == f"{made['id']}-{numbers[1]}"
    assert (await office.ask(f"{path}/dead", "integration")).body["items"] == []


async def test_a_kill_loses_nothing(office: Office, crm: Crm) -> None:
    """The server is down when the controller dies; the next one delivers what waited and what came since."""
    crm.status = lambda _: 503
    made = (await subscribe(office, crm)).body
    numbers = ring(office, "c1") + ring(office, "c2")
    await until(lambda: office.deliveries.waiting(made["id"])[0] >= 8)
    await office.killed_deliveries()
    numbers += ring(office, "c3")
    crm.status = lambda _: 204
    await office.restarted_deliveries()
    await until(lambda: len(set(crm.numbers())) >= 12)
    assert set(numbers) <= set(crm.numbers())
    for call in ("c1", "c2", "c3"):
        assert list(dict.fromkeys(crm.numbers(call))) == sorted(set(crm.numbers(call)))
    assert [one.id for one in office.deliveries.all()] == [made["id"]]


async def test_an_ended_one_is_told_no_more(office: Office, crm: Crm) -> None:
    made = (await subscribe(office, crm)).body
    ring(office, "c1")
    await until(lambda: len(crm.got) == 4)
    assert (await office.ask(f"/api/v1/webhooks/{made['id']}", method="DELETE")).status == 204
    ring(office, "c2")
    await asyncio.sleep(0.3)
    assert len(crm.got) == 4
    gone = await office.ask(f"/api/v1/webhooks/{made['id']}", "integration")
    assert (gone.status, gone.body["error_id"]) == (404, "no-such-webhook")


@pytest.mark.parametrize(
    ("wanted", "error_id"),
    [
        ({"url": "https://evil.example/"}, "webhook-not-allowed"),
        ({"url": "http://127.0.0.1:1/hook"}, "webhook-not-allowed"),
        ({"url": "{crm}/other"}, "webhook-not-allowed"),
        ({"url": "file:///etc/passwd"}, "wrong-field"),
        ({"kinds": ["CallEnd"]}, "no-such-kind"),
        ({"kinds": ["TokenIssued"]}, "no-such-kind"),
    ],
)
async def test_what_can_not_be_subscribed(
    office: Office, crm: Crm, wanted: dict[str, Any], error_id: str
) -> None:
    answer = await subscribe(
        office, crm, **(wanted | {"url": wanted["url"].format(crm=crm.url)} if "url" in wanted else wanted)
    )
    assert answer.body["error_id"] == error_id
    assert (await office.ask("/api/v1/webhooks")).body["items"] == []


async def test_an_integration_sees_its_own_alone(office: Office, crm: Crm) -> None:
    made = (await subscribe(office, crm, "admin")).body
    assert (await office.ask("/api/v1/webhooks", "integration")).body["items"] == []
    for method, path in [("GET", ""), ("DELETE", ""), ("GET", "/dead"), ("POST", "/redeliver")]:
        answer = await office.ask(f"/api/v1/webhooks/{made['id']}{path}", "integration", method=method)
        assert (answer.status, answer.body["error_id"]) == (404, "no-such-webhook")


async def test_it_ends_with_its_token(office: Office, crm: Crm) -> None:
    soon = "a-token-that-expires-soon"
    await office.tokens.save(
        "soon", "integration", soon, expires_at=datetime.now(UTC) + timedelta(seconds=1.5)
    )
    revoked = (await subscribe(office, crm)).body
    body = msgspec.json.encode({"url": crm.url + "/hook/soon"})
    expiring = (
        await office.ask("/api/v1/webhooks", authorization=f"Bearer {soon}", method="POST", body=body)
    ).body
    assert {one.id for one in office.deliveries.all()} == {revoked["id"], expiring["id"]}
    ring(office, "c1")
    await until(lambda: len(crm.got) == 8)
    await until(lambda: [one.id for one in office.deliveries.all()] == [revoked["id"]])
    await office.ask("/api/v1/tokens/integration", method="DELETE")
    await until(lambda: office.deliveries.all() == [])
    ring(office, "c2")
    await asyncio.sleep(KEEP_S + 0.5)
    assert len(crm.got) == 8
    assert await Positions(office.home.engine).all() == {}


async def test_a_kill_right_after_the_revocation_revives_none(office: Office, crm: Crm) -> None:
    """The log has the revocation, and nothing yet of what follows from it."""
    made = (await subscribe(office, crm)).body
    await office.killed_deliveries()
    office.log.append(e.TokenRevoked(token="integration", by="admin"))
    await office.restarted_deliveries()
    assert office.deliveries.get(made["id"]) is None
    ring(office, "c1")
    await asyncio.sleep(0.3)
    assert crm.got == []


async def test_what_is_given_up_anew_while_it_is_renewed_stays_listed(
    office: Office, crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm.status = lambda told: 422 if told["event"] == "CallConnected" else 204
    made = (await subscribe(office, crm)).body
    number = ring(office, "c1")[1]
    await until(lambda: len(office.deliveries.dead(made["id"])) == 1)
    writing = office.deliveries._write

    async def slowly() -> bool:
        """Write so slowly that the event comes back refused meanwhile."""
        first = office.deliveries.dead(made["id"])
        await until(lambda: office.deliveries.dead(made["id"]) != first)
        return await writing()

    monkeypatch.setattr(office.deliveries, "_write", slowly)
    assert await office.deliveries.renew(made["id"], [number], "admin") == []
    assert [letter.number for letter in office.deliveries.dead(made["id"])] == [number]


async def test_a_fault_of_ours_holds_up_its_event_alone_and_is_tried_again(
    office: Office, crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = [ValueError("no"), KeyError("x")]

    def broken(about: Subscription, recorded: e.Recorded) -> bytes:
        if faults:
            raise faults.pop()
        return written(about, recorded)

    monkeypatch.setattr(courier, "written", broken)
    await subscribe(office, crm)
    numbers = {call: ring(office, call) for call in ("c1", "c2", "c3")}
    await until(lambda: len(crm.got) >= 12)
    assert {call: crm.numbers(call) for call in numbers} == numbers


async def test_what_the_log_has_no_more_is_listed_as_given_up(office: Office, crm: Crm) -> None:
    made = (await subscribe(office, crm)).body
    await office.killed_deliveries()
    state = Position(office.log.seq, [Waiting(999_999, "c9"), Waiting(999_998, "c9")])
    await Positions(office.home.engine).save({made["id"]: msgspec.json.encode(state).decode()})
    await office.restarted_deliveries()
    await until(lambda: len(office.deliveries.dead(made["id"])) == 2)
    assert "no event of this number" in office.deliveries.dead(made["id"])[0].detail
    numbers = ring(office, "c1")
    await until(lambda: crm.numbers("c1") == numbers)
