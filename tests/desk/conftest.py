"""The HTTP interface on a real database, log, ACD and site; only the switch is a fake that nobody calls."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import aiohttp
import pytest

from acd.service import AcdService
from callflow import metrics
from callflow.clock import SteadyClock
from callflow.erasing.service import Erasing
from callflow.listening.service import ListeningService
from callflow.live_calls import LiveCalls
from callflow.reporting.live import MetricsService
from callflow.runtime import LiveRuntime
from callflow.settings import Settings
from callflow.stages.trunks import TrunksService
from callflow.web_settings import WebSettings
from desk.deliveries.service import KEEP_S, DeliveriesService
from desk.events.service import EventStream
from desk.service import DeskService
from ivr.live_site import LiveSite
from ivr.reader import DirectReader
from ivr.service import SiteService
from records.directory import Directory
from records.queries import Queries
from records.tokens import ROLES, Tokens
from telephony.programs import free_ports
from tests.acd.house import FakeSwitch
from tests.desk.document import check_answer
from tests.ivr.fakes import FakeBook
from tests.records.homes import MASTER_KEY, Home, new_home

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from records.log import EventLog

SITE = """
site: Harbour
time_zone: Asia/Shanghai
languages: [en]
numbers: {"1000": main}
skills: [sales]
queues: {sales: {needs: {sales: 1}}}
menus:
  main:
    - play: Hello
    - queue: sales
    - hangup
"""
NAMES = {"request_id": "X-Request-Id", "origin": "Origin"}
"""Headers that a request may be given."""
TOKENS = {role: f"token-of-an-{role}-0123456789" for role in ROLES}


@dataclass
class Answer:
    """What came back."""

    status: int
    body: Any
    headers: Mapping[str, str]


class Office:
    """The interface, and who asks it.  Every answer is held against the OpenAPI document."""

    def __init__(
        self,
        home: Home,
        log: EventLog,
        desk: DeskService,
        site: SiteService,
        *,
        acd: AcdService,
        stream: EventStream,
        tokens: Tokens,
        port: int,
    ) -> None:
        self.acd = acd
        self.home = home
        self.log = log
        self.desk = desk
        self.live = site.live
        self.tokens = tokens
        self.stream = stream
        self.address = f"http://127.0.0.1:{port}"

    runtime: LiveRuntime
    deliveries: DeliveriesService

    async def killed_deliveries(self) -> None:
        """Let the deliveries die with nothing put in order, some time after the last position was kept."""
        await asyncio.sleep(KEEP_S + 0.5)
        dying = self.deliveries
        tasks = [*dying._tasks.values(), *([dying._keeping] if dying._keeping else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        dying._couriers.clear()
        dying._fold.all.clear()  # the log goes on telling it, and it has nothing to say to that
        await dying._web.stop()

    async def restarted_deliveries(self) -> None:
        """Begin with new ones, from what the log and the database have."""
        await self.log.flush()
        self.deliveries = DeliveriesService.create(self.runtime)
        for recorded in await Queries(self.home.engine).events_after("main", 0, 100_000):
            self.deliveries.replay(recorded)
        await self.deliveries.start()

    async def ask(
        self,
        path: str,
        role: str | None = "admin",
        *,
        method: str = "GET",
        authorization: str | None = None,
        body: bytes | None = None,
        **headers: str,
    ) -> Answer:
        """Send a request with a role's token, with no token, or with a header of one's own."""
        sent = {NAMES[name]: value for name, value in headers.items()}
        if authorization is not None:
            sent["Authorization"] = authorization
        elif role:
            sent["Authorization"] = f"Bearer {TOKENS[role]}"
        async with (
            aiohttp.ClientSession(headers=sent) as session,
            session.request(method, self.address + path, data=body) as answer,
        ):
            kind = answer.content_type
            told = await (answer.json() if kind == "application/json" else answer.text())
            check_answer(method, path, answer.status, told)
            return Answer(answer.status, told, answer.headers)


@pytest.fixture
def web_servers() -> list[dict[str, Any]]:
    """Servers that may be told of events."""
    return []


@pytest.fixture
async def office(tmp_path: Path, web_servers: list[dict[str, Any]]) -> AsyncIterator[Office]:
    dialplans = tmp_path / "dialplans"
    dialplans.mkdir()
    (dialplans / "site.yaml").write_text(SITE)
    [port] = free_ports(1, kind="tcp")
    settings = Settings(
        home=tmp_path,
        dialplans=dialplans,
        api_port=port,
        web=WebSettings.model_validate({"servers": web_servers}),
    )
    async with new_home(tmp_path) as home:
        log = (await home.open()).log
        directory, live = Directory(home.engine, MASTER_KEY), LiveCalls()
        for role, token in TOKENS.items():
            await directory.tokens.save(role, role, token, agent="1001" if role == "agent" else "")
        await directory.save_agent("1001", "Ada", {"sales": 4})
        runtime = LiveRuntime(
            clock=SteadyClock(),
            switch=cast("Any", FakeSwitch()),
            log=log,
            home=tmp_path,
            parts=[settings, directory, Queries(home.engine), live],
        )
        runtime.prompts = FakeBook()
        acd, desk = AcdService.create(runtime), DeskService.create(runtime)
        metrics_service = MetricsService.create(runtime)
        stages, sections = runtime.stage_types(), [AcdService.section]
        site = SiteService(
            LiveSite(runtime, dialplans, reader=DirectReader(stages, sections), watching=False)
        )
        events = EventStream.create(runtime)
        runtime.add(events)
        deliveries = DeliveriesService.create(runtime)
        listening = ListeningService.create(runtime)
        trunks, erasing = TrunksService.create(runtime), Erasing.create(runtime)
        for service in (acd, site, metrics_service, deliveries, listening, trunks, erasing, desk):
            runtime.add(service)
        log.subscribe(live.replay)
        log.subscribe(metrics.count)
        metrics.show(live, log)
        log.on_alarm, log.on_clear = runtime.alarm, runtime.clear_alarm
        await site.start()
        await acd.start()
        await metrics_service.start()
        await events.start()
        await deliveries.start()
        await desk.start()
        office = Office(home, log, desk, site, stream=events, acd=acd, tokens=directory.tokens, port=port)
        office.runtime, office.deliveries = runtime, deliveries
        yield office
        await desk.stop()
        await office.deliveries.stop()
        await events.stop()
        await metrics_service.stop()
        await acd.stop()
        await site.stop()
        await log.close()
