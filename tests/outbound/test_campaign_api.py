"""Campaigns over the API: what each role may do, and how it is told what is wrong."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import pytest

from callflow.api import ApiError, Asked, Role
from outbound.dialer.routes import CampaignRoutes, Disposition, DoNotCall, NewLead
from records import events as e
from telephony.ari.fake import Behaviour
from tests.outbound.house import Dialing, a_dialing_house, campaign, numbers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.virtual_time


def asked(role: Role = Role.SUPERVISOR, agent: str = "") -> Asked:
    return Asked(by="boss", role=role, agent=agent, expires=None, request_id="r1", raw=cast("Any", None))


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Dialing]:
    async with a_dialing_house(tmp_path, spring=campaign(script="Say hello.")) as house:
        yield house


async def test_started_seen_and_stopped(house: Dialing) -> None:
    routes = CampaignRoutes(house.service)
    with pytest.raises(ApiError) as unknown:
        await routes.start(asked(), "autumn")
    assert (unknown.value.kind.status, unknown.value.where) == (404, "autumn")
    assert "there are: spring" in str(unknown.value)
    house.leads(5, Behaviour.answers(3.0))
    view = await routes.start(asked(), "spring")
    assert (view.state, view.mode, view.list) == ("running", "progressive", "march")
    await asyncio.sleep(5)
    assert (await routes.campaign(asked(), "spring")).why == "no agents"
    house.seat()
    await house.until(lambda: house.events(e.CallConnected))
    model = await routes.answers(asked(), "spring")
    assert (model.learnt, model.judged, model.ece, model.table) == (0, 0, None, [])
    [leg] = [leg for leg in house.asterisk.channels if leg.endswith("-p")]
    house.asterisk.hang_up(leg)
    await house.until_over(1)
    model = await routes.answers(asked(), "spring")
    assert (model.learnt, model.judged, model.auc) == (1, 1, None)
    assert [(row.observed, row.count) for row in model.table] == [(1.0, 1)]
    await house.until(lambda: len(house.events(e.CallConnected)) == 2)
    [view] = await routes.campaigns(asked())
    assert (view.agents, view.idle, view.answers, view.drops, view.why) == (1, 0, 2, 0, "")
    assert (await routes.stop(asked(), "spring")).state == "stopped"
    assert house.events(e.CampaignChanged)[-1].by == "boss"


async def test_a_list_that_there_is_not(tmp_path: Path) -> None:
    async with a_dialing_house(tmp_path, spring=campaign(list="april")) as house:
        with pytest.raises(ApiError) as missing:
            await CampaignRoutes(house.service).start(asked(), "spring")
        assert missing.value.kind.status == 409
        assert "no list 'april'; there are: march" in str(missing.value)
        assert house.service.state("spring") == "stopped"


async def test_agents_see_and_dispose_of_their_own_calls_alone(house: Dialing) -> None:
    routes = CampaignRoutes(house.service)
    [number] = house.leads(1, Behaviour.answers(3.0), name="Ada")
    house.seat()
    await house.begin()
    await house.until(lambda: house.events(e.CallConnected))
    [connected] = house.events(e.CallConnected)
    mine, other = asked(Role.AGENT, "1001"), asked(Role.AGENT, "1002")
    screen = await routes.screen(mine, connected.call)
    assert (screen.name, screen.number, screen.script) == ("Ada", number, "Say hello.")
    assert screen.best_hour in range(9, 20)
    for ask in (routes.screen(other, connected.call), routes.screen(other, "unknown")):
        with pytest.raises(ApiError) as denied:
            await ask
        assert denied.value.kind.status == 404
    with pytest.raises(ApiError):
        await routes.dispose(other, connected.call, Disposition("SALE"))
    at = house.service.now() + 3600.0
    done = await routes.dispose(mine, connected.call, Disposition("CALLBK", again_at=at, mine=True))
    assert (done.campaign, done.outcome) == ("spring", "CALLBK")
    house.asterisk.hang_up(f"{connected.call}-p")
    await house.until_over(1)
    await house.until(lambda: house.lead(number).owner == "1001")
    assert house.lead(number).next_at == pytest.approx(at)
    assert house.lead(number).state == "open"


async def test_people_are_added_and_taken_off(house: Dialing) -> None:
    routes = CampaignRoutes(house.service)
    wanted, unwanted, _ = numbers(3)
    for number in (wanted, unwanted):
        house.asterisk.phone(f"{number}@carrier", Behaviour.busy())
        added = await routes.add_lead(asked(), "march", NewLead(number, "SE", consent="form 9"))
        assert added.list == "march"
    await routes.do_not_call(asked(), DoNotCall(unwanted, "SE"))
    house.seat()
    await house.begin()
    await house.until(lambda: house.called(wanted))
    await asyncio.sleep(30)
    assert not house.called(unwanted)
    for number, why in (("112", "emergency"), ("+46 70", "too short"), ("+1 212 555 0123", "a number of US")):
        with pytest.raises(ApiError) as wrong:
            await routes.add_lead(asked(), "march", NewLead(number, "SE"))
        assert wrong.value.kind.status == 400
        assert why in str(wrong.value)
    with pytest.raises(ApiError) as missing:
        await routes.add_lead(asked(), "june", NewLead(wanted, "SE"))
    assert "there is no list 'june'" in str(missing.value)
