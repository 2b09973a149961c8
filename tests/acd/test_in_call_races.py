"""What is asked too late, or of an earlier consultation; what the switch refuses once the core agreed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from acd.core.commands import Connect, ExitQueue
from acd.core.errors import CantTransfer, NoTalk
from acd.in_call.asking import ANSWER_S, Wanted
from acd.in_call.keys import Act
from records import events as e
from telephony.switch import LegAnswered, SwitchError
from tests.acd.test_in_call import OUTSIDE, answer, ask, consulting, house, nothing_left, offer_of, talking
from tests.acd.test_in_call import together as who_is_together

if TYPE_CHECKING:
    from tests.acd.house import House

pytestmark = pytest.mark.virtual_time
__all__ = ["house"]


async def test_what_was_given_up_is_not_done_later(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await talking(house)
    music = house.fake.wait_with_music

    async def slow(*args: Any) -> None:
        await asyncio.sleep(ANSWER_S + 5)
        await music(*args)

    monkeypatch.setattr(house.fake, "wait_with_music", slow)
    holding = asyncio.create_task(house.acd.ask_in_call("c1", Act.HOLD, "boss"))
    await asyncio.sleep(1)
    with pytest.raises(CantTransfer, match="did not do it"):
        await house.acd.ask_in_call("c1", Act.TRANSFER, "boss", Wanted(queue="support"))
    with pytest.raises(CantTransfer):
        await holding
    await house.rest(30)
    assert house.state("1001") == "hold"
    assert house.events(e.CallTransferred) == []


async def test_an_agent_acts_in_their_own_talk_only_also_when_it_is_handed_over_meanwhile(
    house: House,
) -> None:
    await consulting(house)
    handed = asyncio.create_task(house.acd.ask_in_call("c1", Act.COMPLETE, "boss"))
    late = asyncio.create_task(house.acd.ask_in_call("c1", Act.HOLD, "ada", agent="1001"))
    await house.rest()
    await handed
    with pytest.raises(NoTalk):
        await late
    assert house.state("1002") == "talking"
    await house.acd.ask_in_call("c1", Act.HOLD, "grace", agent="1002")
    assert house.state("1002") == "hold"


async def test_what_the_core_wanted_for_an_earlier_consultation_ends_no_later_one(house: House) -> None:
    leg = await talking(house)
    await ask(house, Act.CONSULT, agent="1002")
    await ask(house, Act.CANCEL)
    await ask(house, Act.CONSULT, number=OUTSIDE)
    house.post("c1", ExitQueue(call="c1+1", reason="unavailable"))
    house.post("c1", Connect(call="c1+1", offer="c1+1-o1"))
    await house.rest()
    assert house.state("1001") == "consult"
    house._dispatch(LegAnswered(leg="c1+2-x1"))
    await house.rest()
    assert who_is_together(house) == {"c1+2": {leg, "c1+2-x1"}}


@pytest.mark.parametrize("to", ["agent", "outside"])
async def test_a_hand_over_that_the_switch_refuses_leaves_no_line_behind(house: House, to: str) -> None:
    leg = await talking(house)
    if to == "agent":
        await ask(house, Act.CONSULT, agent="1002")
        await answer(house, offer_of(house, "c1+1"))
    else:
        await ask(house, Act.CONSULT, number=OUTSIDE)
        house._dispatch(LegAnswered(leg="c1+1-x1"))
        await house.rest()
    house.fake.fails["connect"] = [SwitchError("not now")]
    if to == "agent":
        with pytest.raises(CantTransfer, match="the switch refused it"):
            await ask(house, Act.COMPLETE)
        [partner] = [one for one in house.fake.legs if one not in {"leg.c1", leg}]
        assert who_is_together(house) == {"c1": {"leg.c1", partner}}, "by the core the call is theirs"
    else:
        await ask(house, Act.COMPLETE)
        house.fake.end("c1+1-x1")
        await house.rest()
        assert await house.outcome("c1") == "completed"
    assert leg not in house.fake.legs
    house.hang_up("c1")
    await nothing_left(house)
