"""The stage dial and placed calls over several trunks: the next is tried when one can't, and only then."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from acd.config import CallbacksDefinition, QueueDefinition
from callflow.dialing.definitions import RouteDefinition, TrunkDefinition
from callflow.expressions.template import parse_template
from callflow.stages.dial import DialStage, DialStep
from callflow.stages.trunks import RoutesService, TrunksService
from records import events as e
from telephony.ari.fake import Behaviour
from tests.callbacks.house import CUSTOMER, CallbackHouse, Hours
from tests.callflow.house import a_house
from tests.stages.office import Office

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.virtual_time

NUMBER = "+862166660000"
TRUNKS = {
    "one": TrunkDefinition(allow=("+*",), most_calls=2, caller_number="+8621111"),
    "two": TrunkDefinition(allow=("+*",), caller_number="+8621222"),
    "three": TrunkDefinition(allow=("+*",)),
}
ROUTES = {
    "all": RouteDefinition(
        numbers=("+*",), over=("one", {"trunk": "two", "strip": "+86", "prefix": "0"}, "three")
    )
}
CONGESTED = Behaviour(rings_after=None, refuses_after=0.02, cause=34, sip_status=503)
GONE = Behaviour(rings_after=None, refuses_after=0.02, cause=20)
BROKEN = Behaviour(rings_after=0.01, refuses_after=0.5, cause=41)
UNKNOWN = Behaviour(rings_after=None, refuses_after=0.02, cause=1, sip_status=404)
STEP = DialStep(dial=parse_template(NUMBER), route="any", ring=20.0)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    office = Office(tmp_path, lambda office: DialStage(office.require(TrunksService)))
    routes = RoutesService()
    routes.configure(ROUTES, "v1")
    office._services.append(routes)
    await office.open()
    office.trunks.configure(TRUNKS, "v1")
    yield office
    await office.close()


def trunk(office: Office, name: str, behaviour: Behaviour, number: str = NUMBER) -> None:
    office.asterisk.phone(f"{number}@{name}", behaviour)


def tried(office: Office) -> list[tuple[str, str]]:
    began = {event.leg: event.trunk for event in office.events(e.DialStarted)}
    return [(began[event.leg], event.outcome) for event in office.events(e.DialEnded) if event.leg]


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [(CONGESTED, "congestion"), (GONE, "unreachable"), (BROKEN, "failed"), (Behaviour.silent(), "no_sign")],
)
async def test_the_next_trunk_is_tried_when_one_can_not(
    office: Office, behaviour: Behaviour, outcome: str
) -> None:
    trunk(office, "one", behaviour)
    trunk(office, "two", Behaviour.answers(1.0), "02166660000")
    caller = await office.call(STEP)
    await office.rest(8)
    [leg] = [leg for leg in office.asterisk.channels if leg != caller]
    assert office.asterisk.hears(caller) == f"talk:{leg}"
    assert office.asterisk.channels[leg].variables["CONNECTEDLINE(num)"] == "+8621222"
    office.asterisk.hang_up(leg)
    await office.ended(caller)
    assert tried(office) == [("one", outcome), ("two", "completed")]
    assert len({event.leg for event in office.events(e.DialStarted)}) == 2, (
        "each attempt has a leg of its own"
    )
    assert [event.country for event in office.events(e.DialStarted)] == ["CN", "CN"]
    assert not office.asterisk.channels
    assert office.trunks.lines.state.lines == {}


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        (Behaviour.busy(), "busy"),
        (Behaviour.rejects(), "rejected"),
        (Behaviour.rings(), "no_answer"),
        (UNKNOWN, "failed"),
    ],
)
async def test_what_somebody_has_decided_is_not_tried_again(
    office: Office, behaviour: Behaviour, outcome: str
) -> None:
    trunk(office, "one", behaviour)
    trunk(office, "two", Behaviour.answers(1.0), "02166660000")
    await office.ended(await office.call(STEP))
    assert tried(office) == [("one", outcome)]
    assert not office.asterisk.phones["02166660000@two"].called


async def test_all_trunks_fail(office: Office) -> None:
    trunk(office, "one", CONGESTED)
    trunk(office, "two", GONE, "02166660000")
    trunk(office, "three", Behaviour.silent())
    await office.ended(await office.call(STEP))
    assert tried(office) == [("one", "congestion"), ("two", "unreachable"), ("three", "no_answer")]
    assert not office.asterisk.channels


async def test_the_last_trunk_may_be_slow(office: Office) -> None:
    """Where there is none after it, its silence is borne as long as it may ring."""
    trunk(office, "one", CONGESTED)
    trunk(office, "two", GONE, "02166660000")
    trunk(office, "three", Behaviour(rings_after=9.0, answers_after=10.0))
    caller = await office.call(STEP)
    await office.rest(12)
    assert office.asterisk.hears(caller).startswith("talk:")
    office.asterisk.hang_up(caller)
    await office.ended(caller)


async def test_the_caller_hangs_up_while_the_second_trunk_is_tried(office: Office) -> None:
    trunk(office, "one", CONGESTED)
    trunk(office, "two", Behaviour.rings(), "02166660000")
    caller = await office.call(STEP)
    await office.rest(3)
    office.asterisk.hang_up(caller)
    await office.ended(caller)
    assert tried(office) == [("one", "congestion"), ("two", "caller_gone")]
    assert not office.asterisk.channels


async def test_killed_while_it_rings_and_while_they_talk(office: Office) -> None:
    trunk(office, "one", Behaviour.answers(5.0))
    caller = await office.call(STEP)
    await office.rest(2)

    async def killed(before: Office) -> Office:
        await before.close()
        await asyncio.sleep(0.5)
        after = Office(before.home, before._make, before=before)
        after._services.append(before._services[-1])
        after.trunks.configure(TRUNKS, "v1")
        return await after.open()

    after = await killed(office)
    await after.rest(6)
    assert len(after.asterisk.phones[f"{NUMBER}@one"].called) == 2, "dialed anew: nobody had answered"
    assert after.asterisk.hears(caller).startswith("talk:")
    assert after.trunks.lines.on_trunk("one") == 1
    last = await killed(after)
    await last.rest(1)
    assert last.asterisk.hears(caller).startswith("talk:"), "the talk was not disturbed"
    assert last.trunks.lines.on_trunk("one") == 1
    last.asterisk.hang_up(caller)
    await last.ended(caller)
    assert last.trunks.lines.state.lines == {}
    assert [event.outcome for event in last.events(e.DialEnded)] == ["failed", "caller_gone"]
    await last.close()


# ── calls that we place ──────────────────────────────────────────────────────────────────────────

QUEUES = {
    "sales": QueueDefinition(
        needs={"sales": 2}, wrap_up=1.0, callbacks=CallbacksDefinition(route="any", retry_after=600.0)
    )
}


@pytest.mark.parametrize("first", ["customer", "agent"])
@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [(CONGESTED, "congestion"), (Behaviour.silent(), "no_sign"), (GONE, "unreachable")],
)
async def test_a_callback_goes_from_trunk_to_trunk(
    tmp_path: Path, first: str, behaviour: Behaviour, outcome: str
) -> None:
    routes = RoutesService()
    routes.configure({"all": RouteDefinition(numbers=("+*",), over=("one", "two"))}, "v1")
    queues = {
        "sales": QueueDefinition(
            needs={"sales": 2}, wrap_up=1.0, callbacks=CallbacksDefinition(route="any", first=first)
        )
    }
    hours = Hours()
    async with a_house(tmp_path, queues, [hours, routes]) as house:
        house.trunks = TRUNKS
        house.controller.trunks.configure(TRUNKS, "v1")
        callbacks = CallbackHouse(house, hours)
        await callbacks.promise()
        house.asterisk.phone(f"{CUSTOMER}@one", behaviour)
        house.asterisk.phone(f"{CUSTOMER}@two", Behaviour.answers(1.0))
        house.ready(Behaviour.answers(1.0))
        async with asyncio.timeout(60):
            while not [leg for leg in callbacks.hearing("talk:") if "-p" in leg]:
                for leg in callbacks.hearing("press one"):
                    house.asterisk.press(leg, "1")
                await asyncio.sleep(0.5)
        started = house.events(e.DialStarted)
        assert [event.trunk for event in started] == ["one", "two"]
        assert [event.outcome for event in house.events(e.DialEnded)] == [outcome, "answered"]
        assert house.agent().startswith("talking")
        await house.killed(1.0)
        await asyncio.sleep(1)
        assert house.agent().startswith("talking"), "found by the leg of the second attempt"
        house.asterisk.hang_up(started[-1].leg)
        await callbacks.until_over()
        assert callbacks.settled() == ["done"]
        assert house.controller.trunks.lines.state.lines == {}
