"""Agents call outside numbers and each other: every way it ends, and whoever dies meanwhile."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from acd.config import QueueDefinition
from acd.core import inputs as i
from acd.own_calls.service import NotBegun
from callflow.dialing.definitions import RouteDefinition, TrunkDefinition
from callflow.stages.trunks import RoutesService
from records import events as e
from telephony.ari.fake import Behaviour
from tests.callflow.house import AGENT, PHONE, a_house

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from records.folds.call_record import CallRecord
    from tests.callflow.house import House

pytestmark = pytest.mark.virtual_time

NUMBER, HELP = "+46709187263", "112"
OTHER, OTHER_PHONE = "1002", "p1002"
QUEUES = {
    "sales": QueueDefinition(needs={"sales": 2}, wrap_up=5.0, caller_number="+46 8 555 2000"),
    "support": QueueDefinition(needs={"support": 3}, wrap_up=7.0),
}
TRUNKS = {"one": TrunkDefinition(allow=("+46 *", "112"), caller_number="+4685551000", most_calls=2)}
ROUTES = {
    "sweden": RouteDefinition(numbers=("+46 *",), over=("one",)),
    "help": RouteDefinition(numbers=("112",), over=("one",), anyone=True),
}


@asynccontextmanager
async def floor(folder: Path) -> AsyncIterator[House]:
    routes = RoutesService()
    routes.configure(ROUTES, "v1")
    async with a_house(folder, QUEUES, [routes]) as house:
        house.trunks = TRUNKS
        house.controller.trunks.configure(TRUNKS, "v1")
        house.ready(Behaviour.answers(1.0))
        seat(house, OTHER, OTHER_PHONE)
        yield house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with floor(tmp_path) as house:
        yield house


def seat(house: House, agent: str, phone: str, *, ready: bool = True) -> None:
    house.asterisk.phone(phone, Behaviour.answers(1.0))
    acd = house.controller.acd
    acd.phone_seen(phone)
    acd.submit(i.LogIn(agent, phone))
    if ready:
        acd.submit(i.Ready(agent))


async def dials(house: House, number: str, phone: str = PHONE) -> str:
    """Dial on a phone; gives the phone's line."""
    line = house.asterisk.call_in(number, number=phone, endpoint=phone, kind="phone")
    await asyncio.sleep(0.3)
    return line


def customer(house: House, behaviour: Behaviour, number: str = NUMBER) -> None:
    house.asterisk.phone(f"{number}@one", behaviour)


def state(house: House, agent: str = AGENT) -> str:
    found = house.controller.acd.core.agent(agent)
    return f"{found.state.value}({found.reason})" if found.reason else found.state.value


async def record(house: House) -> CallRecord:
    await asyncio.sleep(20)
    [found] = [one for one in await house.records() if one.purpose == "agent_call"]
    return found


def nothing_left(house: House) -> None:
    core = house.controller.acd.core.state
    assert (core.own_calls, core.talks, list(house.asterisk.channels)) == ({}, {}, [])
    assert house.controller.trunks.lines.state.lines == {}
    assert len(house.controller.runner) == 0
    assert not [name for name in house.asterisk.bridges if name.startswith("talk-")]


async def test_an_agent_dials_talks_and_wraps_up(house: House) -> None:
    customer(house, Behaviour.answers(3.0))
    line = await dials(house, "+46 70-918 72 63")
    assert state(house) == "dialing(outbound)"
    [leg] = house.asterisk.phones[f"{NUMBER}@one"].called
    assert house.asterisk.channels[leg].variables["CONNECTEDLINE(num)"] == "+4685552000", "the queue's number"
    await asyncio.sleep(4)
    assert state(house) == "talking(outbound)"
    assert house.asterisk.hears(line) == f"talk:{leg}"
    house.controller.acd.submit(i.Pause(OTHER, "lunch"))
    waiting = house.asterisk.call_in("1000")
    await asyncio.sleep(6)
    assert not house.events(e.OfferMade), "offered nothing meanwhile"
    house.asterisk.hang_up(waiting)
    house.asterisk.hang_up(leg)
    await asyncio.sleep(1)
    assert state(house).startswith("wrap_up")
    await asyncio.sleep(5)
    assert state(house) == "ready"
    found = await record(house)
    assert (found.outcome, found.ended_by, found.agent, found.queue) == (
        "completed",
        "caller",
        AGENT,
        "sales",
    )
    assert found.dialed.endswith("63")
    assert (found.trunk, found.offers, found.wait_s) == ("one", [], None)
    assert found.talk_s is not None
    assert 6 < found.talk_s < 9
    assert found.wrap_up_s is not None
    assert round(found.wrap_up_s) == 5
    assert all(
        "70918726" not in str(recorded.event)
        for recorded in house._seen
        if "Phone" not in str(recorded.event)
    ), "masked in every event"
    nothing_left(house)


@pytest.mark.parametrize(
    ("behaviour", "outcome", "seconds"),
    [
        (Behaviour.busy(), "busy", 2),
        (Behaviour.rejects(), "rejected", 3),
        (Behaviour.rings(), "no_answer", 65),
        (Behaviour(rings_after=None, refuses_after=0.1, cause=34), "failed", 2),
    ],
)
async def test_nobody_is_reached_so_there_is_no_wrap_up(
    house: House, behaviour: Behaviour, outcome: str, seconds: float
) -> None:
    customer(house, behaviour)
    line = await dials(house, NUMBER)
    await asyncio.sleep(seconds)
    assert line not in house.asterisk.channels
    assert state(house) == "ready"
    found = await record(house)
    assert (found.outcome, found.talk_s, found.queue) == (outcome, None, "sales")
    [over] = house.events(e.AgentDialOver)
    assert over.outcome == outcome
    nothing_left(house)


@pytest.mark.parametrize(("when", "outcome"), [(1.0, "agent_left"), (5.0, "completed")])
async def test_the_agent_hangs_up_while_it_rings_and_while_they_talk(
    house: House, when: float, outcome: str
) -> None:
    customer(house, Behaviour.answers(3.0))
    line = await dials(house, NUMBER)
    await asyncio.sleep(when)
    house.asterisk.hang_up(line)
    found = await record(house)
    assert found.outcome == outcome
    assert found.ended_by == ("agent" if outcome == "completed" else "system")
    assert state(house) == "ready"
    nothing_left(house)


async def test_who_is_paused_is_so_again_afterwards(house: House) -> None:
    house.controller.acd.submit(i.Pause(AGENT, "lunch"))
    customer(house, Behaviour.answers(1.0))
    line = await dials(house, NUMBER)
    await asyncio.sleep(2)
    assert state(house) == "talking(outbound)"
    house.asterisk.hang_up(line)
    await asyncio.sleep(7)
    assert state(house) == "paused(lunch)"
    nothing_left(house)


async def test_from_the_wrap_up(house: House) -> None:
    customer(house, Behaviour.answers(1.0))
    for _ in range(2):
        line = await dials(house, NUMBER)
        await asyncio.sleep(2)
        house.asterisk.hang_up(line)
        await asyncio.sleep(0.5)
        assert state(house).startswith("wrap_up")
    await asyncio.sleep(6)
    assert state(house) == "ready"
    assert [event.outcome for event in house.events(e.CallEnded)] == ["completed"] * 2


@pytest.mark.parametrize(
    ("dialed", "reason"),
    [("+44 20 7123 4567", "not_allowed"), ("+46 1", "not_allowed"), ("garbage", "not_a_number")],
)
async def test_a_forbidden_number(house: House, dialed: str, reason: str) -> None:
    line = await dials(house, dialed)
    assert "may not be called" in house.asterisk.hears(line) or reason == "not_allowed"
    await asyncio.sleep(5)
    assert line not in house.asterisk.channels
    assert not house.events(e.DialStarted)
    assert not house.events(e.CallPlaced)
    assert state(house) == "ready"
    [refused] = house.events(e.DialRefused)
    assert refused.by == AGENT
    nothing_left(house)


async def test_who_is_not_logged_in_dials_nothing_but_what_is_for_anyone(house: House) -> None:
    house.asterisk.phone("p9", Behaviour.answers(1.0))
    customer(house, Behaviour.answers(1.0))
    line = await dials(house, NUMBER, "p9")
    assert "log in" in house.asterisk.hears(line)
    await asyncio.sleep(5)
    assert not house.events(e.DialStarted)
    customer(house, Behaviour.answers(1.0), HELP)
    line = await dials(house, HELP, "p9")
    await asyncio.sleep(2)
    assert house.asterisk.hears(line).startswith("talk:")
    house.asterisk.hang_up(line)
    found = await record(house)
    assert (found.outcome, found.agent, found.queue) == ("completed", None, None)
    nothing_left(house)


async def test_the_trunk_is_full(house: House) -> None:
    for number in range(2):
        started = e.DialStarted(call=f"o{number}", leg=f"o{number}-d", to="", trunk="one")
        house.controller.log.append(started)
    line = await dials(house, NUMBER)
    assert "All lines are busy" in house.asterisk.hears(line)
    await asyncio.sleep(5)
    assert state(house) == "ready"


# ── each other ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("by", ["caller", "colleague"])
async def test_a_colleague(house: House, by: str) -> None:
    line = await dials(house, OTHER)
    assert (state(house), state(house, OTHER)) == ("dialing(internal)", "dialing(internal)")
    [leg] = house.asterisk.phones[OTHER_PHONE].called
    assert house.asterisk.channels[leg].variables["CONNECTEDLINE(num)"] == AGENT
    await asyncio.sleep(3)
    assert (state(house), state(house, OTHER)) == ("talking(internal)", "talking(internal)")
    assert house.asterisk.hears(line) == f"talk:{leg}"
    house.asterisk.hang_up(line if by == "caller" else leg)
    await asyncio.sleep(1)
    assert (state(house), state(house, OTHER)) == ("ready", "ready"), "no wrap-up"
    found = await record(house)
    assert (found.outcome, found.agent, found.queue) == ("completed", AGENT, None)
    assert found.talk_s is not None
    assert 1 < found.talk_s < 4
    assert not house.events(e.TalkEnded), "no talk with a customer"
    nothing_left(house)


async def test_a_colleague_who_is_not_to_be_had_and_the_caller_hears_so(house: House) -> None:
    house.controller.acd.submit(i.Pause(OTHER, "lunch"))
    line = await dials(house, OTHER)
    assert "on a break" in house.asterisk.hears(line)
    await asyncio.sleep(4)
    house.controller.acd.submit(i.LogOut(OTHER))
    line = await dials(house, OTHER)
    assert "not there" in house.asterisk.hears(line)
    await asyncio.sleep(4)
    seat(house, OTHER, OTHER_PHONE)
    customer(house, Behaviour.answers(1.0))
    talking = await dials(house, NUMBER, OTHER_PHONE)
    await asyncio.sleep(2)
    line = await dials(house, OTHER)
    assert "is busy" in house.asterisk.hears(line)
    await asyncio.sleep(4)
    line = await dials(house, AGENT)
    assert "busy" in house.asterisk.hears(line), "oneself"
    house.asterisk.hang_up(talking)
    await asyncio.sleep(10)
    nothing_left(house)


async def test_a_colleague_who_does_not_answer_is_ready_again(house: House) -> None:
    house.asterisk.phone(OTHER_PHONE, Behaviour.busy())
    await dials(house, OTHER)
    await asyncio.sleep(2)
    assert (state(house), state(house, OTHER)) == ("ready", "ready")
    assert (await record(house)).outcome == "busy"
    nothing_left(house)


# ── asked for elsewhere: the agent's phone is rung first ─────────────────────────────────────────


async def test_dialed_for_an_agent(house: House) -> None:
    customer(house, Behaviour.answers(2.0))
    call = house.controller.own_calls.dial_out(AGENT, NUMBER, queue="support", by="ada")
    await asyncio.sleep(0.5)
    assert state(house) == "dialing(outbound)"
    assert not house.asterisk.phones[f"{NUMBER}@one"].called, "the agent first"
    await asyncio.sleep(4)
    assert state(house) == "talking(outbound)"
    [talk] = house.controller.acd.core.state.talks.values()
    assert (talk.call, talk.queue, talk.wrap_up_s) == (call, "support", 7.0)
    house.asterisk.hang_up(house.asterisk.phones[f"{NUMBER}@one"].called[0])
    await asyncio.sleep(1)
    assert state(house).startswith("wrap_up")
    found = await record(house)
    assert (found.outcome, found.queue) == ("completed", "support")
    nothing_left(house)


async def test_dialed_for_an_agent_who_does_not_pick_up(house: House) -> None:
    house.asterisk.phone(PHONE, Behaviour.rings())
    house.controller.own_calls.dial_out(AGENT, NUMBER)
    await asyncio.sleep(22)
    assert state(house) == "ready"
    found = await record(house)
    assert found.outcome == "agent_no_answer"
    assert not house.events(e.DialStarted)
    nothing_left(house)


async def test_what_can_not_be_dialed_for_an_agent(house: House) -> None:
    own = house.controller.own_calls
    for number, queue, reason in (
        ("+44 20 7123 4567", None, "not_allowed"),
        (NUMBER, "sale", "not_now"),
        (AGENT, None, "busy"),
    ):
        with pytest.raises(NotBegun) as refused:
            own.dial_out(AGENT, number, queue=queue)
        assert refused.value.reason == reason
    with pytest.raises(NotBegun) as refused:
        own.dial_out("1009", NUMBER)
    assert refused.value.reason == "not_logged_in"
    assert not house.events(e.CallPlaced)


# ── killed ───────────────────────────────────────────────────────────────────────────────────────

MOMENTS = [
    *(step / 1000 for step in range(0, 40, 2)),
    0.5,
    1.0,
    *(2.0 + step / 1000 for step in range(0, 40, 2)),
    4.0,
]


@pytest.mark.parametrize("away", [0.0, 5.0])
@pytest.mark.parametrize("way", ["phone", "elsewhere", "colleague"])
async def test_killed_at_any_moment(tmp_path: Path, way: str, away: float) -> None:
    """The talk goes on and the agent's state is right; nobody is called twice."""
    async with floor(tmp_path) as house:
        for moment in MOMENTS:
            customer(house, Behaviour.answers(2.0))
            house.asterisk.phone(OTHER_PHONE, Behaviour.answers(2.0))
            house.ready(Behaviour.answers(0.02))
            called = house.asterisk.phones[OTHER_PHONE if way == "colleague" else f"{NUMBER}@one"].called
            called.clear()
            if way == "elsewhere":
                house.controller.own_calls.dial_out(AGENT, NUMBER)
            else:
                to = OTHER if way == "colleague" else NUMBER
                house.asterisk.call_in(to, number=PHONE, endpoint=PHONE, kind="phone")
            await asyncio.sleep(moment)
            await house.killed(away)
            acd = house.controller.acd
            for phone in (PHONE, OTHER_PHONE):
                acd.phone_seen(phone)
            await asyncio.sleep(8)
            if state(house).startswith("dialing"):  # killed between the request for a leg and its ringing
                await asyncio.sleep(55)
            assert len(called) <= 1, (moment, "called twice")
            talking = [
                leg for leg in house.asterisk.channels if house.asterisk.hears(leg).startswith("talk:")
            ]
            assert len(talking) in {0, 2}, moment
            expected = "talking" if talking else "ready"
            assert state(house).startswith(expected), (moment, state(house))
            if way == "colleague":
                assert state(house, OTHER).startswith(expected), (moment, state(house, OTHER))
            if way == "phone":
                assert talking, (moment, "whoever dialed on a phone is put through, killed or not")
            for leg in list(house.asterisk.channels):
                house.asterisk.hang_up(leg)
            await asyncio.sleep(8)
            assert state(house) == "ready", moment
            nothing_left(house)
        ended = [event.call for event in house.events(e.CallEnded)]
        assert len(ended) == len(set(ended))
        assert {event.call for event in house.events(e.CallPlaced)} == set(ended)
