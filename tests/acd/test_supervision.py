"""Supervisors in a talk: what can't be, what is left behind, and what is on record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from acd.core import inputs as i
from acd.core.errors import AcdError, CantTransfer, UnknownAgent
from acd.in_call.keys import Act
from records import events as e
from telephony.switch import SwitchError
from tests.acd.test_in_call import ask, consulting, house, nothing_left, talking

if TYPE_CHECKING:
    from tests.acd.house import House

pytestmark = pytest.mark.virtual_time
__all__ = ["house"]

EAR = "c1-s1"


async def listening(house: House, act: Act = Act.LISTEN) -> str:
    leg = await talking(house)
    await ask(house, act, agent="1002")
    house.answer(EAR)
    await house.rest()
    return leg


async def test_a_supervisor_who_was_ready_is_paused_meanwhile(house: House) -> None:
    leg = await listening(house)
    assert house.fake.did("watch") == [(EAR, leg)]
    assert house.fake.did("let_speak") == [(EAR, False)]
    assert house.state("1002") == "paused(supervising)"
    await ask(house, Act.WHISPER, agent="1002")
    assert house.fake.did("let_speak")[-1] == (EAR, True)
    await ask(house, Act.LEAVE, agent="1002")
    assert EAR not in house.fake.legs
    assert house.state("1002") == "ready"
    assert house.fake.talks == {"c1": {leg, "leg.c1"}}
    told = house.events(e.SupervisionBegan, e.SupervisionChanged, e.SupervisionEnded)
    assert [(type(one).__name__, getattr(one, "mode", ""), getattr(one, "by", "")) for one in told] == [
        ("SupervisionBegan", "listen", "boss"),
        ("SupervisionChanged", "whisper", "boss"),
        ("SupervisionEnded", "", ""),
    ]
    house.hang_up("c1")
    await nothing_left(house)


async def test_one_who_was_paused_stays_so(house: House) -> None:
    await talking(house)
    house.acd.submit(i.Pause("1002", "lunch"))
    await ask(house, Act.BARGE, agent="1002")
    house.answer(EAR)
    await house.rest()
    assert EAR in house.fake.talks["c1"]
    house.fake.end(EAR)
    await house.rest()
    assert house.state("1002") == "paused(lunch)"
    assert house.events(e.SupervisionEnded)[0].reason == "left"


@pytest.mark.parametrize("act", [Act.LISTEN, Act.WHISPER, Act.BARGE, Act.TAKE_OVER, Act.LEAVE])
async def test_what_can_not_be(house: House, act: Act) -> None:
    leg = await talking(house)
    cases: list[tuple[str, type[AcdError]]] = [("1009", UnknownAgent), ("1001", CantTransfer)]
    if act in {Act.TAKE_OVER, Act.LEAVE}:
        cases = [("1002", CantTransfer)]
    for supervisor, error in cases:
        with pytest.raises(error):
            await ask(house, act, agent=supervisor)
    with pytest.raises(CantTransfer, match="who supervises"):
        await ask(house, act, queue="support")
    assert house.fake.talks == {"c1": {leg, "leg.c1"}}
    assert house.events(e.SupervisionBegan) == []


async def test_one_who_is_busy_in_this_very_call(house: House) -> None:
    await consulting(house)
    with pytest.raises(CantTransfer, match="agent 1002 is talking"):
        await ask(house, Act.LISTEN, agent="1002")


async def test_a_phone_that_does_not_answer(house: House) -> None:
    await talking(house)
    await ask(house, Act.LISTEN, agent="1002")
    house.fake.end(EAR)
    await house.rest()
    assert house.events(e.SupervisionEnded)[0].reason == "not_reached"
    assert house.state("1002") == "ready"


async def test_a_switch_that_refuses_to_listen_leaves_the_talk(house: House) -> None:
    leg = await talking(house)
    house.fake.fails["watch"] = [SwitchError("no")]
    await ask(house, Act.LISTEN, agent="1002")
    house.answer(EAR)
    await house.rest()
    assert house.events(e.SupervisionEnded)[0].reason == "failed"
    assert (house.fake.talks, EAR in house.fake.legs) == ({"c1": {leg, "leg.c1"}}, False)


async def test_the_caller_hangs_up(house: House) -> None:
    await listening(house, Act.WHISPER)
    house.hang_up("c1")
    assert await house.outcome("c1") == "gone"
    assert house.events(e.SupervisionEnded)[0].reason == "talk_over"
    await nothing_left(house)


async def test_taking_over(house: House) -> None:
    leg = await listening(house)
    await ask(house, Act.TAKE_OVER, agent="1002")
    assert house.fake.talks["c1"] == {"leg.c1", EAR}
    assert leg not in house.fake.legs
    assert (house.state("1001"), house.state("1002")) == ("wrap_up", "talking")
    house.fake.end(EAR)
    assert await house.outcome("c1") == "completed"
    assert [one.agent for one in house.events(e.TalkEnded)] == ["1001", "1002"]
    assert house.state("1002") == "paused(supervising)"
    await nothing_left(house)


async def test_the_controller_is_killed(house: House) -> None:
    leg = await listening(house)
    house = await house.killed()
    assert EAR not in house.fake.legs
    assert house.events(e.SupervisionEnded)[0].reason == "restart"
    assert house.state("1002") == "ready"
    assert house.fake.talks == {"c1": {leg, "leg.c1"}}
    house.hang_up("c1")
    await nothing_left(house)


async def test_a_change_that_the_switch_refuses_ends_it(house: House) -> None:
    """Nobody knows then who hears the supervisor."""
    leg = await listening(house, Act.WHISPER)
    house.fake.fails["let_speak"] = [SwitchError("not now")]
    with pytest.raises(CantTransfer, match="the switch refused it"):
        await ask(house, Act.LISTEN, agent="1002")
    assert EAR not in house.fake.legs
    assert house.events(e.SupervisionEnded)[0].reason == "failed"
    assert house.fake.talks == {"c1": {leg, "leg.c1"}}
