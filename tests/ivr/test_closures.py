"""Closing by hand: over the control routes, kept in the log, over at its time, restored."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from callflow.protocol import HoursKeeper, OpeningTimes, Restorable
from ivr.closures import HoursService
from ivr.service import SiteService
from records.events import Event, HoursClosed, HoursReopened, Recorded
from tests.ivr.fakes import FakeRuntime

SITE = """
site: Test
time_zone: Asia/Shanghai
languages: [en]
numbers: {"1000": main}
hours:
  office: {mon-fri: "09:00-17:00"}
  never: {daily: closed}
menus:
  main:
    - hours: office
      closed: hangup
    - hours: never
      closed: hangup
    - hangup
"""
MOMENT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC).timestamp()
"""A Monday, 10:00 in Shanghai."""


class Clock:
    """A clock that is set."""

    def __init__(self) -> None:
        self.at = MOMENT

    def now(self) -> float:
        return self.at


class Runtime(FakeRuntime):
    """Tells subscribers of events, as the log does."""

    def __init__(self, home: Path, dialplans: Path) -> None:
        super().__init__(home, dialplans)
        self.clock = self.set_clock = Clock()
        self.listeners: list[Callable[[Recorded], None]] = []

    def subscribe(self, listener: Callable[[Recorded], None], *kinds: type[Event]) -> None:
        assert kinds == (HoursClosed, HoursReopened)
        self.listeners.append(listener)

    def record(self, *events: Event) -> None:
        super().record(*events)
        for event in events:
            for listener in self.listeners:
                listener(recorded(event))


def recorded(event: Any) -> Recorded:
    moment = datetime.now(UTC)
    return Recorded(site="s", node="n", stream="main", seq=1, epoch=1, at=moment, event=event)


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    (tmp_path / "dialplans").mkdir()
    (tmp_path / "dialplans" / "site.yaml").write_text(SITE, encoding="utf-8")
    return Runtime(tmp_path / "var", tmp_path / "dialplans")


@pytest.fixture
async def service(runtime: Runtime) -> AsyncIterator[HoursService]:
    site = SiteService.create(runtime)
    await site.start()
    runtime.parts.append(site)
    service = HoursService.create(runtime)
    await service.start()
    yield service
    await site.stop()


@pytest.fixture
async def client(service: HoursService) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    app = web.Application()
    app.add_routes(service.control_routes())
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_closed_and_reopened(
    runtime: Runtime, service: HoursService, client: TestClient[web.Request, web.Application]
) -> None:
    assert isinstance(service, HoursKeeper)
    assert isinstance(service, Restorable)
    body = {"until": "18:00", "by": "ann", "reason": "power cut"}
    answer = await client.post("/control/hours/office/close", json=body)
    assert await answer.json() == {"hours": "office", "closed_until": "2026-11-23T18:00+08:00"}
    until = MOMENT + 8 * 3600
    assert runtime.events[-1] == HoursClosed(hours="office", until=until, by="ann", reason="power cut")
    assert service.closed_by_hand("office")
    office = next(
        one for one in await (await client.get("/control/hours")).json() if one["hours"] == "office"
    )
    assert office == {
        "hours": "office",
        "state": "closure",
        "next_opening": None,
        "closed_until": "2026-11-23T18:00+08:00",
        "closed_by": "ann",
        "reason": "power cut",
    }
    answer = await client.post("/control/hours/office/reopen", json={"by": "bob"})
    assert (await answer.json())["was_closed"] is True
    assert runtime.events[-1:] == [HoursReopened(hours="office", by="bob")]
    assert not service.closed_by_hand("office")
    shown = await (await client.get("/control/hours")).json()
    assert [(one["hours"], one["state"], one["next_opening"]) for one in shown] == [
        ("never", "closed", None),
        ("office", "open", "2026-11-23T10:00+08:00"),
    ]


async def test_when_hours_open_next(
    runtime: Runtime, service: HoursService, client: TestClient[web.Request, web.Application]
) -> None:
    assert isinstance(service, OpeningTimes)
    hour = 3600.0
    assert service.opens_at("office", MOMENT) == MOMENT, "open now"
    assert service.opens_at("office", MOMENT + 8 * hour) == MOMENT + 23 * hour, "tomorrow at nine"
    assert service.opens_at("never", MOMENT) is None
    assert service.opens_at("nonsense", MOMENT) is None
    await client.post("/control/hours/office/close", json={"until": "12:00", "by": "ann"})
    assert service.opens_at("office", MOMENT) == MOMENT + 2 * hour, "when the closure ends"
    assert service.opens_at("office", MOMENT + 3 * hour) == MOMENT + 3 * hour
    await client.post("/control/hours/office/close", json={"by": "ann"})
    assert service.opens_at("office", MOMENT) is None, "until somebody opens them again"


async def test_a_closure_ends_at_its_time(
    runtime: Runtime, service: HoursService, client: TestClient[web.Request, web.Application]
) -> None:
    await client.post("/control/hours/office/close", json={"until": "2h"})
    runtime.set_clock.at += 7199
    assert service.closed_by_hand("office")
    runtime.set_clock.at += 1
    assert not service.closed_by_hand("office")


async def test_when_it_opens_next(
    runtime: Runtime, service: HoursService, client: TestClient[web.Request, web.Application]
) -> None:
    assert isinstance(service, HoursKeeper)
    assert service.next_opening("office") == MOMENT, "it is open"
    assert service.next_opening("never") is None
    assert service.next_opening("gone") is None
    runtime.set_clock.at = MOMENT + 8 * 3600
    tomorrow = MOMENT + 23 * 3600
    assert service.next_opening("office") == tomorrow
    await client.post("/control/hours/office/close")
    assert service.next_opening("office") == tomorrow, "a closure without an end can't be counted with"
    await client.post("/control/hours/office/close", json={"until": "2026-11-24 13:30"})
    assert service.next_opening("office") == tomorrow + 4.5 * 3600
    await client.post("/control/hours/office/close", json={"until": "2026-11-24 18:00"})
    assert service.next_opening("office") == tomorrow + 24 * 3600


async def test_a_restart_keeps_it(
    runtime: Runtime, service: HoursService, client: TestClient[web.Request, web.Application]
) -> None:
    await client.post("/control/hours/office/close")
    by_snapshot, by_replay = HoursService.create(runtime), HoursService.create(runtime)
    by_snapshot.restore(service.snapshot())
    for event in runtime.events:
        by_replay.replay(recorded(event))
    assert by_snapshot.closed_by_hand("office")
    assert by_replay.closed_by_hand("office")


@pytest.mark.parametrize(
    ("until", "shown"),
    [
        ("", None),
        ("90m", "2026-11-23T11:30+08:00"),
        ("09:30", "2026-11-24T09:30+08:00"),
        ("2026-12-24", "2026-12-24T00:00+08:00"),
        ("2026-12-24 18:05", "2026-12-24T18:05+08:00"),
    ],
)
async def test_times(client: TestClient[web.Request, web.Application], until: str, shown: str | None) -> None:
    answer = await client.post("/control/hours/office/close", json={"until": until})
    assert (await answer.json())["closed_until"] == shown


@pytest.mark.parametrize(
    ("path", "body", "status", "told"),
    [
        ("offce/close", {}, 404, 'Did you mean "office"?'),
        ("zzz/reopen", {}, 404, "There are: never, office."),
        ("office/close", {"until": "soon"}, 400, '"soon" is no time'),
        ("office/close", {"until": "2026-11-22"}, 400, "is not within the next"),
        ("office/close", {"until": "2036-11-22"}, 400, "is not within the next"),
    ],
)
async def test_mistakes(
    client: TestClient[web.Request, web.Application],
    path: str,
    body: dict[str, str],
    status: int,
    told: str,
) -> None:
    answer = await client.post(f"/control/hours/{path}", json=body)
    assert answer.status == status
    assert told in await answer.text()
    assert "closure" not in await (await client.get("/control/hours")).text()
