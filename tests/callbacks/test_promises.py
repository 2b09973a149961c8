"""What goes with a promise, and how it is shown."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from acd.callbacks.control import CallbackRoutes
from acd.views import queue_view
from callflow.protocol import Placing
from records import events as e
from telephony.ari.fake import Behaviour
from tests.callbacks.house import CUSTOMER, CallbackHouse, a_callback_house
from tests.callflow.house import a_house

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.virtual_time


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[CallbackHouse]:
    async with a_callback_house(tmp_path) as house:
        yield house


async def ask(house: CallbackHouse, method: str, path: str, **given: str) -> Any:
    dialer = house.house.controller.dialer
    routes = CallbackRoutes(dialer, house.house.controller.promises).routes()
    name = path.rpartition("/")[2]
    [route] = [
        one
        for one in routes
        if one.method == method and (one.path == path or one.path.endswith(f"}}/{name}"))
    ] or [one for one in routes if one.method == method and "outcome" in one.path]
    answer = await route.handler(make_mocked_request(method, path, match_info=given))
    assert isinstance(answer, web.Response)
    return json.loads(answer.text or "null")


async def test_a_call_that_never_waited_there_stands_at_the_end(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        promises = house.controller.promises
        caller = house.asterisk.call_in("1002", number=CUSTOMER)
        await asyncio.sleep(1)
        [live] = house.controller.live
        active = house.controller.runner._calls[live.call]
        promises.promise(active, CUSTOMER, queue="sales", when="now", hours="")
        [promised] = house.events(e.CallbackPromised)
        assert (promised.waited, promised.priority) == (False, None)
        assert promised.since == pytest.approx(house.controller.runtime.clock.now(), abs=0.1)
        house.asterisk.hang_up(caller)
        await asyncio.sleep(1)
        assert house.controller.acd.core.state.held == {}, "the queue calls nobody back: it is only listed"


async def test_those_behind_see_the_place(house: CallbackHouse) -> None:
    await house.promise()
    await asyncio.sleep(0.2)
    acd = house.house.controller.acd
    assert acd.fact("queue.sales.length") == "1"
    view = queue_view(acd.core, "sales", 0.0)
    assert view is not None
    assert (view.waiting, view.callbacks) == (0, 1)
    house.asterisk.call_in("1000")
    await asyncio.sleep(3)
    assert house.house.events(e.QueueEntered)[-1].position == 2
    assert acd.fact("queue.sales.length") == "2"


async def test_shown_hurried_withdrawn(house: CallbackHouse) -> None:
    promise = await house.promise()
    await asyncio.sleep(0.2)
    [shown] = await ask(house, "GET", "/control/callbacks")
    assert (shown["state"], shown["position"], shown["tries"], shown["most_tries"]) == ("in_line", 1, 0, 3)
    assert shown["number"] == CUSTOMER
    house.customer(Behaviour.rings())
    house.house.ready(Behaviour.answers(1.0))
    await asyncio.sleep(1)
    assert [one["state"] for one in await ask(house, "GET", "/control/callbacks")] == ["calling"]
    with pytest.raises(web.HTTPConflict) as refused:
        await ask(house, "POST", f"/control/callbacks/{promise}/now", callback=promise)
    assert "is being called already" in str(refused.value.text)
    await asyncio.sleep(40)
    [shown] = await ask(house, "GET", "/control/callbacks")
    assert (shown["state"], shown["last"], shown["tries"]) == ("resting", "no_answer", 1)
    assert shown["due"] > house.house.controller.runtime.clock.now()
    again = await ask(house, "POST", f"/control/callbacks/{promise}/now", callback=promise)
    assert again["callback"] == promise
    await asyncio.sleep(1)
    assert house.called() == 2
    path = f"/control/callbacks/{promise}/withdrawn"
    await ask(house, "POST", path, callback=promise, outcome="withdrawn")
    await house.until_over()
    assert await ask(house, "GET", "/control/callbacks") == []
    [settled] = await ask(house, "GET", "/control/callbacks/settled")
    assert (settled["callback"], settled["outcome"], settled["tries"]) == (promise, "withdrawn", 2)
    with pytest.raises(web.HTTPNotFound):
        await ask(house, "POST", path, callback=promise, outcome="withdrawn")


async def test_a_trunk_that_is_full_costs_no_try(tmp_path: Path) -> None:
    async with a_callback_house(tmp_path, retry_after=60.0) as house:
        await house.promise()
        house.customer(Behaviour.answers(1.0))
        log, lines = house.house.controller.log, house.house.controller.trunks.lines
        for number in range(10):
            log.append(e.DialStarted(call=f"other{number}", leg=f"other{number}-d", to="", trunk="carrier"))
        house.house.ready(Behaviour.answers(1.0))
        await asyncio.sleep(1)
        assert house.tried() == ["trunk_full"]
        assert house.called() == 0
        log.append(e.DialEnded(call="other0", leg="other0-d", outcome="completed"))
        await asyncio.sleep(62)
        assert house.called() == 1
        await house.until("press one")
        assert lines.on_trunk("carrier") == 10, "the call has taken the line"
        house.asterisk.press(house.customer_leg(), "9")
        await house.until_over()
        assert lines.on_trunk("carrier") == 9, "and given it back"


async def test_nobody_places_calls_for_a_purpose_that_no_part_has(house: CallbackHouse) -> None:
    placing = Placing(purpose="prank", reference="x", number=CUSTOMER, trunk="carrier", subject="s")
    with pytest.raises(LookupError, match="no call for prank can be placed now"):
        house.house.controller.runtime.place_call(placing)
    assert not house.house.events(e.CallPlaced)


async def test_a_talk_over_a_trunk_is_not_endless(house: CallbackHouse) -> None:
    await house.promise()
    house.customer(Behaviour.answers(1.0))
    house.house.ready(Behaviour.answers(1.0))
    await house.until("press one")
    house.asterisk.press(house.customer_leg(), "1")
    await house.until("talk:")
    await asyncio.sleep(7100)
    assert house.hearing("talk:")
    await asyncio.sleep(120)
    assert not house.hearing("talk:")
    assert house.settled() == ["done"]
