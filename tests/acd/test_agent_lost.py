"""An agent's line fails in a talk: the caller is told so, and waits in front of everybody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from acd.announcements import LINE_LOST
from acd.core import inputs as i
from acd.core.model import DOUBT_S
from acd.in_call.keys import Act
from records import events as e
from telephony.switch import Cause
from tests.acd.test_in_call import answer, ask, consulting, house, nothing_left, offer_of, talking, together

if TYPE_CHECKING:
    from tests.acd.house import House

__all__ = ["house"]
pytestmark = pytest.mark.virtual_time

SAID = dict(LINE_LOST.texts)["en"]


async def talking_while_another_waits(house: House) -> str:
    """Let 1001 talk with c1, while c2 waits for somebody; gives the agent's leg."""
    leg = await talking(house)
    house.acd.submit(i.Pause("1002", reason="break"))
    house.begin("c2")
    await house.rest(30)
    return leg


async def both_hang_up(house: House) -> None:
    for call in ("c1", "c2"):
        house.hang_up(call)
        assert await house.outcome(call) == "gone"
    await nothing_left(house)


async def test_the_caller_is_told_so_and_next(house: House) -> None:
    leg = await talking_while_another_waits(house)
    house.fake.end(leg, Cause.CONGESTION)
    await house.rest()
    assert together(house) == {}
    assert house.fake.waiting == {"leg.c1", "leg.c2"}
    assert house.fake.did("play")[-1] == ("leg.c1", SAID)
    assert [(one.call, one.position) for one in house.events(e.QueueEntered)] == [
        ("c1", 1), ("c2", 1), ("c1", 1),
    ]  # fmt: skip
    [ended] = house.events(e.TalkEnded)
    assert (ended.by, ended.agent) == ("lost", "1001")
    assert house.state("1001") == "unreachable(silent)"
    house.acd.submit(i.Ready("1002"))
    await house.rest()
    assert (bool(offer_of(house, "c1")), offer_of(house, "c2")) == (True, "")
    await answer(house, offer_of(house, "c1"))
    assert house.acd.core.state.talks["c1"].agent == "1002"
    await both_hang_up(house)


async def test_the_agent_is_there_again_when_the_phone_is_seen(house: House) -> None:
    leg = await talking_while_another_waits(house)
    house.fake.end(leg, Cause.CONGESTION)
    await house.rest(1)
    house.acd.phone_seen("p1001")
    assert house.state("1001") == "unreachable(silent)", "what was seen may be older than the loss"
    await house.rest(DOUBT_S)
    assert house.state("1001") == "reserved", "the caller who was lost is theirs"
    assert offer_of(house, "c1")
    await both_hang_up(house)


async def test_a_phone_that_was_lost_again_stays_so(house: House) -> None:
    leg = await talking_while_another_waits(house)
    house.fake.end(leg, Cause.CONGESTION)
    await house.rest(1)
    house.acd.phone_seen("p1001")
    await house.rest(1)
    house.acd.phone_gone("p1001")
    await house.rest(2 * DOUBT_S)
    assert house.state("1001").startswith("unreachable")
    await both_hang_up(house)


@pytest.mark.parametrize("cause", [Cause.NORMAL, Cause.FAILURE])
async def test_who_hung_up_or_left_while_nobody_watched_has_ended_it(house: House, cause: Cause) -> None:
    leg = await talking_while_another_waits(house)
    house.fake.end(leg, cause)
    assert await house.outcome("c1") == "completed"
    assert house.state("1001").startswith("wrap_up")
    house.hang_up("c2")
    await nothing_left(house)


async def test_somebody_who_rings_for_a_consultation_is_let_go(house: House) -> None:
    leg = await talking(house)
    await ask(house, Act.CONSULT, agent="1002")
    asked = offer_of(house, "c1+1")
    house.ring(asked)
    house.fake.end(leg, Cause.UNREACHABLE)
    await house.rest()
    assert asked not in house.fake.legs
    assert house.fake.did("play")[-1] == ("leg.c1", SAID)
    await answer(house, offer_of(house, "c1"))
    assert house.acd.core.state.talks["c1"].agent == "1002"
    house.hang_up("c1")
    await nothing_left(house)


async def test_a_colleague_who_is_there_has_the_call(house: House) -> None:
    leg, other = await consulting(house)
    house.fake.end(leg, Cause.CONGESTION)
    await house.rest()
    assert together(house) == {"c1": {"leg.c1", other}}
    house.hang_up("c1")
    await nothing_left(house)


async def test_a_queue_that_is_no_more_ends_the_talk(house: House) -> None:
    leg = await talking_while_another_waits(house)
    house.acd.configure({"support": house.queues["support"]}, "v2")
    house.fake.end(leg, Cause.CONGESTION)
    assert await house.outcome("c1") == "completed"
    house.hang_up("c2")
    await nothing_left(house)


async def test_the_controller_is_killed_meanwhile(house: House) -> None:
    leg = await talking_while_another_waits(house)
    house.fake.end(leg, Cause.CONGESTION)
    await house.rest()
    house = await house.killed()
    assert house.fake.waiting == {"leg.c1", "leg.c2"}
    house.acd.phone_seen("p1002")
    house.acd.submit(i.Ready("1002"))
    await house.rest()
    assert (bool(offer_of(house, "c1")), offer_of(house, "c2")) == (True, "")
    await both_hang_up(house)
