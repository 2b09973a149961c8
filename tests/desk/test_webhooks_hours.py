"""A server that answers 500 for an hour: it loses nothing, and nobody else waits for it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import msgspec
import pytest

from callflow.runtime import LiveRuntime
from callflow.stages.web import WebClient
from callflow.stages.web_request import DONE, FAILURE, WebAnswer
from callflow.web_settings import WebSettings
from desk.deliveries import service
from desk.deliveries.service import DeliveriesService
from desk.events import service as stream_service
from desk.events.service import EventStream
from records import events as e
from records.log import EventLog
from records.queries import Queries
from tests import virtual_time
from tests.records.homes import MASTER_KEY, new_home
from tests.virtual_time import EPOCH, LoopClock, real_work

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from callflow.stages.web_request import WebRequest

pytestmark = pytest.mark.virtual_time
HOUR_S = 3600.0
GOOD, BAD = "https://good.example/", "https://bad.example/"


class Servers(WebClient):
    """Two servers: one is down for an hour."""

    def __init__(self) -> None:
        allowed = WebSettings.model_validate(
            {"servers": [{"url": url, "events": True} for url in (GOOD, BAD)]}
        )
        super().__init__(allowed, LoopClock())
        self.got: dict[str, list[tuple[float, int, str]]] = {GOOD: [], BAD: []}
        self.refusals = 0

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def ask(self, request: WebRequest) -> WebAnswer:
        await asyncio.sleep(0.2)
        now = LoopClock().now()
        if request.url == BAD and now < EPOCH + HOUR_S:
            self.refusals += 1
            return WebAnswer(outcome=FAILURE, status=500, detail="the server said 500", again=True)
        told: dict[str, Any] = msgspec.json.decode(request.body)
        self.got[request.url].append((now, told["seq"], told["call"]))
        return WebAnswer(outcome=DONE, status=200)


@pytest.fixture
async def runtime(tmp_path: Path) -> AsyncIterator[LiveRuntime]:
    async with new_home(tmp_path) as home:
        with real_work():
            log = await EventLog.open(
                engine=home.engine, journal_dir=home.journal, site="s", node="n",
                now=LoopClock().now, master_key=MASTER_KEY, inline=True,
            )  # fmt: skip
            _, tail = await log.recover()
            assert [one async for one in tail] == []
        runtime = LiveRuntime(
            clock=LoopClock(), switch=cast("Any", None), log=log, home=tmp_path, parts=[Queries(home.engine)]
        )
        runtime.add(EventStream.create(runtime))
        yield runtime
        await log.close()


async def test_an_hour_of_errors(runtime: LiveRuntime, monkeypatch: pytest.MonkeyPatch) -> None:
    for where, name, value in (  # what comes each second of an hour takes real time
        (service, "KEEP_S", 300.0), (stream_service, "LOOK_S", 300.0), (virtual_time, "GRACE_S", 0.0005)
    ):  # fmt: skip
        monkeypatch.setattr(where, name, value)
    servers, stream = Servers(), runtime.require(EventStream)
    deliveries = DeliveriesService(runtime, servers)
    await stream.start()
    await deliveries.start()
    for url in (GOOD, BAD):
        deliveries.make(url, ["CallAnswered", "CallEnded"], [], "crm")
    happened: dict[int, float] = {}
    for number in range(700):  # more than the window has room for
        for event in (
            e.CallAnswered(call=f"c{number}"),
            e.CallEnded(call=f"c{number}", outcome="completed", by="caller", cause="normal"),
        ):
            recorded = runtime.log.append(event)
            happened[recorded.seq] = recorded.at.timestamp()
        await asyncio.sleep(5)
    good = servers.got[GOOD]
    assert [seq for _, seq, _ in good] == list(happened)
    assert max(at - happened[seq] for at, seq, _ in good) < 1.0, "nobody waits for the server that is down"
    assert servers.refusals < 40, "a server that is down is asked seldom"
    bad = next(one for one in deliveries.all() if one.url == BAD)
    assert deliveries.waiting(bad.id)[2], "it counts as down"
    assert f"webhook {bad.id}" in runtime.alarms
    await asyncio.sleep(EPOCH + HOUR_S - LoopClock().now() + 900)
    told = servers.got[BAD]
    assert sorted(seq for _, seq, _ in told) == list(happened), "all of it, each once"
    for number in range(700):
        mine = [seq for _, seq, call in told if call == f"c{number}"]
        assert mine == sorted(mine)
    assert max(at for at, _, _ in told) < EPOCH + HOUR_S + 600, "soon after it is back"
    assert deliveries.dead(bad.id) == []
    assert runtime.alarms == {}
    await deliveries.stop()
    await stream.stop()
