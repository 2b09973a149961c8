"""What an agent can do in a talk: who hears whom, what the log says, and every way in which it goes wrong."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from acd.config import QueueDefinition
from acd.core.errors import AcdError, CantTransfer, NoTalk, UnknownAgent, UnknownQueue
from acd.in_call.asking import Wanted
from acd.in_call.keys import Act, KeyInput, Wish
from callflow.dialing.definitions import RouteDefinition, TrunkDefinition
from callflow.stages.trunks import RoutesService, TrunksService
from ivr.stage import MenuStage
from records import events as e
from telephony.switch import (
    Cause,
    KeyPressed,
    LegAnswered,
    LegHeld,
    LegResumed,
    LegRinging,
    SwitchError,
    TransferAsked,
)
from tests.acd.house import QUEUES, House

if TYPE_CHECKING:
    from callflow.protocol import Call

pytestmark = pytest.mark.virtual_time

OUTSIDE = "+862155501234"


class Menus:
    """The site's menus, as the ACD sees them."""

    name: ClassVar[str] = "menu"

    def __init__(self) -> None:
        self.ran: list[str] = []

    def menu_names(self) -> list[str]:
        return ["main", "billing"]

    def menu_of_number(self, number: str) -> str | None:
        return "main" if number == "1000" else None

    async def run(self, call: Call, step: Any) -> str:
        self.ran.append(step.menu)
        await asyncio.sleep(5)
        return "completed"


@pytest.fixture
async def house() -> House:
    house = House()
    house.queues = QUEUES | {
        "sales": QUEUES["sales"].model_copy(update={"extension": "81"}),
        "support": QueueDefinition(needs={"support": 3}, music="flute", extension="82", wrap_up=5.0),
    }
    trunks, routes, menus = TrunksService(house), RoutesService(), Menus()
    routes.configure({"china": RouteDefinition(numbers=("+86 21 *",), over=("carrier",))}, "v1")
    trunks.configure({"carrier": TrunkDefinition(allow=("+86 21 *",), most_calls=1)}, "v1")
    house.parts = [trunks, menus, routes]
    await trunks.start()
    house.stages, house.kinds = {"menu": menus}, {"menu": MenuStage}  # type: ignore[dict-item]
    return await house.open()


async def talking(house: House) -> str:
    """Let 1001 talk with c1, while 1002 is ready; gives the agent's leg."""
    await house.seat("1001")
    house.begin("c1")
    await house.rest()
    leg = await house.talk("c1")
    await house.seat("1002")
    return leg


async def ask(house: House, act: Act, **to: str) -> None:
    await house.acd.ask_in_call("c1", act, "boss", Wanted(**to) if to else None)
    await house.rest()


async def answer(house: House, leg: str) -> None:
    house.ring(leg)
    house.answer(leg)
    await house.rest()


def offer_of(house: House, call: str) -> str:
    return house.acd.core.state.tickets[call].offer


def together(house: House) -> dict[str, set[str]]:
    return {talk: legs for talk, legs in house.fake.talks.items() if legs}


async def nothing_left(house: House) -> None:
    await house.rest(40)
    state = house.acd.core.state
    assert (state.tickets, state.offers, state.talks, state.exits, state.transferred) == ({}, {}, {}, {}, {})
    assert together(house) == {}
    assert {leg for leg in house.fake.legs if not leg.startswith("leg.")} == set()


# ── hold ─────────────────────────────────────────────────────────────────────────────────────────


async def test_hold_and_back(house: House) -> None:
    leg = await talking(house)
    await ask(house, Act.HOLD)
    assert house.fake.waiting == {"leg.c1"}
    assert together(house) == {"c1": {leg}}
    assert house.state("1001") == "hold"
    await ask(house, Act.HOLD)  # twice is once
    await house.rest(20)
    await ask(house, Act.RESUME)
    assert together(house) == {"c1": {leg, "leg.c1"}}
    assert house.fake.waiting == set()
    assert house.state("1001") == "talking"
    assert [(type(event).__name__, event.by) for event in house.events(e.TalkHeld, e.TalkResumed)] == [
        ("TalkHeld", "boss"),
        ("TalkResumed", "boss"),
    ]
    house.hang_up("c1")
    await nothing_left(house)


async def test_the_phones_own_hold_key(house: House) -> None:
    leg = await talking(house)
    house._dispatch(LegHeld(leg=leg))
    await house.rest()
    assert (house.state("1001"), house.fake.waiting) == ("hold", set()), "the switch plays to them itself"
    house._dispatch(LegResumed(leg=leg))
    await house.rest()
    assert house.state("1001") == "talking"
    assert together(house) == {"c1": {leg, "leg.c1"}}


async def test_the_caller_hangs_up_on_hold(house: House) -> None:
    await talking(house)
    await ask(house, Act.HOLD)
    house.hang_up("c1")
    assert await house.outcome("c1") == "gone"
    assert house.state("1001") == "wrap_up"
    await nothing_left(house)


async def test_nobody_is_held_in_a_call_without_a_talk(house: House) -> None:
    house.begin("c1")
    await house.rest()
    with pytest.raises(NoTalk, match="nobody talks in call c1"):
        await ask(house, Act.HOLD)


async def test_a_switch_that_refuses_hold_leaves_the_two_together(house: House) -> None:
    leg = await talking(house)
    house.fake.fails["wait_with_music"] = [SwitchError("no")]
    with pytest.raises(CantTransfer, match="the switch refused it"):
        await ask(house, Act.HOLD)
    assert house.state("1001") == "talking"
    assert together(house) == {"c1": {leg, "leg.c1"}}


# ── consultation ─────────────────────────────────────────────────────────────────────────────────


async def consulting(house: House, **to: str) -> tuple[str, str]:
    leg = await talking(house)
    await ask(house, Act.CONSULT, **(to or {"agent": "1002"}))
    other = offer_of(house, "c1+1")
    assert house.state("1001") == "consult"
    assert house.fake.waiting == {"leg.c1"}
    await answer(house, other)
    assert together(house) == {"c1+1": {leg, other}}
    assert house.state("1002") == "talking"
    return leg, other


async def test_consult_and_hand_over(house: House) -> None:
    leg, other = await consulting(house)
    await house.rest(30)
    await ask(house, Act.COMPLETE)
    assert together(house) == {"c1": {"leg.c1", other}}
    assert leg not in house.fake.legs
    assert (house.state("1001"), house.state("1002")) == ("wrap_up", "talking")
    [handed] = house.events(e.CallTransferred)
    assert (handed.kind, handed.to_kind, handed.to, handed.agent) == ("attended", "agent", "1002", "1001")
    assert house.acd.core.agent("1002").call == "c1"
    await house.rest(10)
    house.fake.end(other)
    assert await house.outcome("c1") == "completed"
    assert [(one.agent, one.by) for one in house.events(e.TalkEnded)] == [
        ("1001", "transfer"),
        ("1002", "agent"),
    ]
    await nothing_left(house)


async def test_hanging_up_hands_over(house: House) -> None:
    leg, other = await consulting(house)
    house.fake.end(leg)
    await house.rest()
    assert together(house) == {"c1": {"leg.c1", other}}
    house.hang_up("c1")
    assert await house.outcome("c1") == "gone"
    assert house.state("1002") in {"wrap_up", "ready"}
    await nothing_left(house)


@pytest.mark.parametrize("how", ["asked", "partner", "declined", "silent"])
async def test_a_consultation_that_comes_to_nothing_brings_the_agent_back(house: House, how: str) -> None:
    leg = await talking(house)
    await ask(house, Act.CONSULT, agent="1002")
    other = offer_of(house, "c1+1")
    match how:
        case "asked":
            await ask(house, Act.CANCEL)
        case "partner":
            await answer(house, other)
            house.fake.end(other)
        case "declined":
            house.ring(other)
            house.fake.end(other, Cause.REJECTED)
        case _:
            await house.rest(3)
    await house.rest()
    assert together(house) == {"c1": {leg, "leg.c1"}}
    assert house.fake.waiting == set()
    assert house.state("1001") == "talking"
    assert house.state("1002") in {"ready", "missed(rejected)", "unreachable(silent)"}
    house.hang_up("c1")
    await nothing_left(house)


async def test_conference_and_each_way_out_of_it(house: House) -> None:
    leg, other = await consulting(house)
    await ask(house, Act.JOIN)
    assert together(house) == {"c1": {leg, "leg.c1", other}}
    assert (house.state("1001"), house.state("1002")) == ("talking", "talking")
    house.fake.end(leg)  # the first agent leaves: the second has the call
    await house.rest()
    assert together(house) == {"c1": {"leg.c1", other}}
    assert house.state("1001") == "wrap_up"
    house.fake.end(other)
    assert await house.outcome("c1") == "completed"
    await nothing_left(house)


async def test_the_consulted_leaves_a_conference(house: House) -> None:
    leg, other = await consulting(house)
    await ask(house, Act.JOIN)
    house.fake.end(other)
    await house.rest()
    assert together(house) == {"c1": {leg, "leg.c1"}}
    assert house.state("1001") == "talking"
    house.hang_up("c1")
    await nothing_left(house)


async def test_the_caller_leaves_a_conference(house: House) -> None:
    leg, other = await consulting(house)
    await ask(house, Act.JOIN)
    house.hang_up("c1")
    assert await house.outcome("c1") == "gone"
    assert {leg, other}.isdisjoint(house.fake.legs)
    await nothing_left(house)


async def test_the_caller_hangs_up_while_somebody_is_asked(house: House) -> None:
    leg = await talking(house)
    await ask(house, Act.CONSULT, agent="1002")
    house.ring(offer_of(house, "c1+1"))
    house.hang_up("c1")
    assert await house.outcome("c1") == "gone"
    assert leg not in house.fake.legs
    assert house.state("1002") == "ready", "they have missed nothing"
    await nothing_left(house)


async def test_the_agent_hangs_up_while_somebody_is_asked(house: House) -> None:
    """The caller on hold is not lost: they wait for another agent, with the time that they had waited."""
    leg = await talking(house)
    await ask(house, Act.CONSULT, agent="1002")
    house.ring(offer_of(house, "c1+1"))
    house.fake.end(leg)
    await house.rest()
    assert "c1" in house.acd.core.state.tickets or "c1" in house.acd.core.state.talks
    await answer(house, offer_of(house, "c1"))
    assert house.acd.core.state.talks["c1"].agent == "1002"
    house.hang_up("c1")
    await nothing_left(house)


async def test_a_queue_is_consulted(house: House) -> None:
    leg, other = await consulting(house, queue="support")
    await ask(house, Act.COMPLETE)
    assert together(house) == {"c1": {"leg.c1", other}}
    assert leg not in house.fake.legs
    house.hang_up("c1")
    await nothing_left(house)


# ── blind transfer ───────────────────────────────────────────────────────────────────────────────


async def test_blind_to_an_agent(house: House) -> None:
    leg = await talking(house)
    await ask(house, Act.TRANSFER, agent="1002")
    assert leg not in house.fake.legs
    assert house.fake.waiting == {"leg.c1"}
    assert house.state("1001") == "wrap_up"
    other = offer_of(house, "c1")
    await answer(house, other)
    assert together(house) == {"c1": {"leg.c1", other}}
    house.fake.end(other)
    assert await house.outcome("c1") == "completed"
    await nothing_left(house)


@pytest.mark.parametrize("how", ["declined", "no_answer"])
async def test_a_blind_transfer_that_nobody_takes_comes_back(house: House, how: str) -> None:
    await talking(house)
    await ask(house, Act.TRANSFER, agent="1002")
    other = offer_of(house, "c1")
    house.ring(other)
    if how == "declined":
        house.fake.end(other, Cause.REJECTED)
    else:
        await house.rest(21)
    await house.rest()
    [failed] = house.events(e.TransferFailed)
    assert (failed.agent, failed.outcome) == ("1001", "unavailable")
    if how == "declined":
        await house.rest(10)  # the wrap-up of whoever gave it away
    back = offer_of(house, "c1")
    assert house.acd.core.state.offers[back].agent == "1001"
    await answer(house, back)
    assert house.state("1001") == "talking"
    house.hang_up("c1")
    assert await house.outcome("c1") == "gone"


async def test_blind_to_a_queue_keeps_the_wait_as_credit(house: House) -> None:
    house.begin("c1")
    await house.rest(30)
    await house.seat("1001")
    await house.rest()
    await house.talk("c1")
    await house.rest(60)
    await ask(house, Act.TRANSFER, queue="support")
    [_, entered] = house.events(e.QueueEntered)
    assert entered.queue == "support"
    waited = house.clock.now() - entered.since
    assert waited == pytest.approx(30, abs=0.5), "what they talked is no wait"
    assert house.fake.did("wait_with_music")[-1] == ("leg.c1", "flute")
    await house.seat("1002")
    await house.rest()
    await answer(house, offer_of(house, "c1"))
    assert house.acd.core.state.talks["c1"].agent == "1002"
    house.hang_up("c1")
    assert await house.outcome("c1") == "gone"


async def test_blind_to_a_menu(house: House) -> None:
    await talking(house)
    await ask(house, Act.TRANSFER, menu="billing")
    assert await house.outcome("c1") == "completed"
    assert house.parts[1].ran == ["billing"]  # type: ignore[attr-defined]
    house.hang_up("c1")
    await nothing_left(house)


async def test_blind_to_an_outside_number(house: House) -> None:
    await talking(house)
    await ask(house, Act.TRANSFER, number=OUTSIDE)
    assert house.fake.did("start_outside_leg") == [("c1-x1", OUTSIDE, "carrier")]
    house._dispatch(LegRinging(leg="c1-x1"))
    house._dispatch(LegAnswered(leg="c1-x1"))
    await house.rest(9)
    assert together(house) == {"c1": {"leg.c1", "c1-x1"}}
    house.fake.end("c1-x1")
    assert await house.outcome("c1") == "completed"
    [started] = house.events(e.DialStarted)
    assert OUTSIDE not in str(started), "numbers are personal"
    [ended] = house.events(e.DialEnded)
    assert (ended.outcome, round(ended.talk_s)) == ("completed", 9)
    await nothing_left(house)


async def test_an_outside_number_that_is_busy_brings_the_call_back(house: House) -> None:
    await talking(house)
    await ask(house, Act.TRANSFER, number=OUTSIDE)
    house.fake.end("c1-x1", Cause.BUSY)
    await house.rest()
    assert house.events(e.TransferFailed)[0].outcome == "busy"
    assert "c1" in house.acd.core.state.tickets
    assert house.parts[0].lines.on_trunk("carrier") == 0, "the trunk's only call was given back"  # type: ignore[attr-defined]
    house.hang_up("c1")
    await nothing_left(house)


async def test_an_outside_number_is_consulted_and_has_the_call(house: House) -> None:
    leg = await talking(house)
    await ask(house, Act.CONSULT, number=OUTSIDE)
    house._dispatch(LegAnswered(leg="c1+1-x1"))
    await house.rest()
    assert together(house) == {"c1+1": {leg, "c1+1-x1"}}
    await ask(house, Act.COMPLETE)
    assert together(house) == {"c1": {"leg.c1", "c1+1-x1"}}
    assert house.state("1001") == "wrap_up"
    house.hang_up("c1")
    assert await house.outcome("c1") == "gone"
    await nothing_left(house)


# ── what can't be ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("to", "error", "words"),
    [
        ({"agent": "1001"}, CantTransfer, "has the call already"),
        ({"agent": "1003"}, UnknownAgent, "there is no agent 1003"),
        ({"queue": "suport"}, UnknownQueue, "near: support"),
        ({"menu": "biling"}, CantTransfer, "near: billing"),
        ({"number": "+4612345"}, CantTransfer, "may not be dialed outside"),
    ],
)
async def test_targets_that_can_not_be(
    house: House, to: dict[str, str], error: type[AcdError], words: str
) -> None:
    leg = await talking(house)
    for act in (Act.TRANSFER, Act.CONSULT):
        with pytest.raises(error, match=words.replace("+", r"\+")):
            await ask(house, act, **to)
    assert together(house) == {"c1": {leg, "leg.c1"}}
    assert house.state("1001") == "talking"
    assert house.events(e.ConsultBegan, e.CallTransferred) == []


async def test_an_agent_who_is_not_ready(house: House) -> None:
    await talking(house)
    from acd.core import inputs as i

    house.acd.submit(i.Pause("1002", "lunch"))
    with pytest.raises(CantTransfer, match="agent 1002 is paused"):
        await ask(house, Act.CONSULT, agent="1002")


async def test_two_transfers_at_once(house: House) -> None:
    await talking(house)
    first = asyncio.create_task(house.acd.ask_in_call("c1", Act.TRANSFER, "boss", Wanted(agent="1002")))
    second = asyncio.create_task(house.acd.ask_in_call("c1", Act.TRANSFER, "boss", Wanted(queue="support")))
    await house.rest()
    await first
    with pytest.raises(NoTalk):
        await second
    assert len(house.events(e.CallTransferred)) == 1


async def test_a_second_consultation_and_a_transfer_in_the_middle_are_refused(house: House) -> None:
    await consulting(house)
    with pytest.raises(CantTransfer, match="a consultation is on already"):
        await ask(house, Act.CONSULT, queue="support")
    with pytest.raises(CantTransfer, match="a consultation is on"):
        await ask(house, Act.TRANSFER, queue="support")


async def test_nothing_to_complete_join_or_take_back(house: House) -> None:
    await talking(house)
    for act in (Act.COMPLETE, Act.JOIN, Act.CANCEL):
        with pytest.raises(CantTransfer):
            await ask(house, act)


async def test_a_partner_who_has_not_answered_can_not_have_the_call(house: House) -> None:
    await talking(house)
    await ask(house, Act.CONSULT, agent="1002")
    for act in (Act.COMPLETE, Act.JOIN):
        with pytest.raises(CantTransfer, match="has not answered yet"):
            await ask(house, act)
    assert house.state("1001") == "consult"


# ── by phone and by keys ─────────────────────────────────────────────────────────────────────────


async def test_the_phones_own_transfer_key(house: House) -> None:
    leg = await talking(house)
    house._dispatch(TransferAsked(leg=leg, to="82"))
    await house.rest()
    assert house.fake.did("transfer_done") == [(leg, True)]
    assert house.events(e.QueueEntered)[-1].queue == "support"
    assert leg not in house.fake.legs


async def test_a_phones_transfer_that_can_not_be_leaves_the_talk(house: House) -> None:
    leg = await talking(house)
    house._dispatch(TransferAsked(leg=leg, to="+4612345"))
    await house.rest()
    assert house.fake.did("transfer_done") == [(leg, False)]
    assert together(house) == {"c1": {leg, "leg.c1"}}


async def test_keys(house: House) -> None:
    leg = await talking(house)

    def press(keys: str) -> None:
        for key in keys:
            house._dispatch(KeyPressed(leg=leg, key=key))

    press("*1")
    await house.rest()
    assert house.state("1001") == "hold"
    press("*31002#")
    await house.rest()
    await answer(house, offer_of(house, "c1+1"))
    press("*5")
    await house.rest()
    assert len(together(house)["c1"]) == 3
    press("*4")
    await house.rest()
    assert house.events(e.CallTransferred)[0].kind == "attended"


async def test_keys_that_ask_for_what_can_not_be_are_answered_by_a_tone(house: House) -> None:
    leg = await talking(house)
    for key in "*29999#":
        house._dispatch(KeyPressed(leg=leg, key=key))
    await house.rest()
    assert house.fake.did("play")[-1] == (leg, "beeperr")
    assert together(house) == {"c1": {leg, "leg.c1"}}


def test_key_sequences() -> None:
    keys = KeyInput()
    assert [keys.press(key, 1.0) for key in "12#*1"] == [None] * 4 + [Wish(Act.HOLD_OR_RESUME)]
    assert [keys.press(key, 1.0) for key in "*2100"] == [None] * 5
    assert keys.press("2", 2.0) is None
    assert keys.press("#", 3.0) == Wish(Act.TRANSFER, "1002")
    assert [keys.press(key, 4.0) for key in "*9*2#"] == [None] * 5, "no such sequence, no number"
    assert [keys.press(key, 5.0) for key in "*3"] == [None] * 2
    assert [keys.press(key, 20.0) for key in "82#"] == [None] * 3, "forgotten after a pause"
    assert [keys.press(key, 21.0) for key in "*2*0"][-1] == Wish(Act.CANCEL), "a star begins anew"


# ── killed ───────────────────────────────────────────────────────────────────────────────────────


async def brought_to(house: House, at: str) -> tuple[str, str]:
    """Bring the call into a state; gives the agent's leg and that of whoever else is in it."""
    leg = await talking(house)
    other = ""
    match at:
        case "hold":
            await ask(house, Act.HOLD)
        case "ringing":
            await ask(house, Act.CONSULT, agent="1002")
            house.ring(offer_of(house, "c1+1"))
        case "consulting" | "joined" | "handed_over":
            await ask(house, Act.CONSULT, agent="1002")
            other = offer_of(house, "c1+1")
            await answer(house, other)
            if at != "consulting":
                await ask(house, Act.JOIN if at == "joined" else Act.COMPLETE)
        case "blind_agent":
            await ask(house, Act.TRANSFER, agent="1002")
        case "blind_queue":
            await ask(house, Act.TRANSFER, queue="support")
        case _:
            await ask(house, Act.TRANSFER, number=OUTSIDE)
            house._dispatch(LegAnswered(leg="c1-x1"))
            await house.rest()
    return leg, other


@pytest.mark.parametrize(
    "at", ["hold", "ringing", "consulting", "joined", "handed_over", "blind_agent", "blind_queue", "outside"]
)
async def test_the_controller_is_killed(house: House, at: str) -> None:
    """Whoever talks goes on; whoever rang is let go, and the caller is back with the agent, or waits."""
    leg, other = await brought_to(house, at)
    house = await house.killed()
    house.acd.phone_seen("p1001")
    house.acd.phone_seen("p1002")
    await house.rest(0.5)
    talks = together(house)
    match at:
        case "hold":
            assert (talks, house.fake.waiting) == ({"c1": {leg}}, {"leg.c1"})
            await ask(house, Act.RESUME)
            assert together(house) == {"c1": {leg, "leg.c1"}}
        case "ringing":
            assert talks == {"c1": {leg, "leg.c1"}}
            assert house.state("1001") == "talking"
        case "consulting":
            assert (talks, house.fake.waiting) == ({"c1+1": {leg, other}}, {"leg.c1"})
            await ask(house, Act.COMPLETE)
            assert together(house) == {"c1": {"leg.c1", other}}
        case "joined":
            assert talks == {"c1": {leg, "leg.c1", other}}
            await ask(house, Act.CANCEL)
            assert together(house) == {"c1": {leg, "leg.c1"}}
        case "handed_over":
            assert talks == {"c1": {"leg.c1", other}}
        case "blind_agent" | "blind_queue":
            await answer(house, offer_of(house, "c1"))
            assert house.acd.core.state.talks["c1"].agent == "1002"
        case _:
            assert talks == {"c1": {"leg.c1", "c1-x1"}}
    house.hang_up("c1")
    assert await house.outcome("c1") == "gone"
    await nothing_left(house)
