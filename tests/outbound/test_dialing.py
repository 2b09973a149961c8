"""Campaigns dial: who is called, who talks with them, and what the books say of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from acd.core import inputs as i
from outbound.dialer.service import DRAINING, PAUSED, RUNNING, STOPPED, CampaignError
from records import events as e
from telephony.ari.fake import Behaviour
from tests.outbound.house import Dialing, a_dialing_house, campaign

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.virtual_time


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Dialing]:
    async with a_dialing_house(tmp_path) as house:
        yield house


async def test_somebody_is_called_and_talks_with_an_agent(house: Dialing) -> None:
    [number] = house.leads(1, Behaviour.answers(4.0))
    house.seat()
    await house.begin()
    await house.until(lambda: house.events(e.CallConnected))
    [connected], [begun] = house.events(e.CallConnected), house.events(e.AttemptBegun)
    assert (connected.queue, connected.agent, begun.campaign) == ("sales", "1001", "spring")
    assert begun.rules["consent"] == "form 7"
    await asyncio.sleep(30)
    [leg] = [leg for leg in house.asterisk.channels if leg.endswith("-p")]
    house.asterisk.hang_up(leg)
    [attempt] = await house.until_over(1)
    assert (attempt.outcome, attempt.agent, attempt.dropped) == ("ANSWERED", "1001", False)
    assert attempt.answered_at - attempt.dialled_at == pytest.approx(4.0, abs=0.1)
    assert attempt.agent_at - attempt.answered_at < 0.3
    assert (attempt.lead_list, attempt.list_version, attempt.consent) == ("march", "v1", "form 7")
    await house.until(lambda: house.lead(number).state == "over")
    assert house.lead(number).attempts == 1
    await house.until(lambda: house.service.state("spring") == STOPPED)  # the list is done


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        (Behaviour.busy(), "B"),
        (Behaviour.rejects(3.0), "B"),
        (Behaviour.rings(), "NA"),
        (Behaviour(rings_after=None, refuses_after=0.02, cause=1, sip_status=404), "WRONG"),
        (Behaviour(rings_after=None, refuses_after=0.02, cause=34, sip_status=503), "ERR"),
    ],
)
async def test_what_came_of_it_and_when_it_is_tried_again(
    house: Dialing, behaviour: Behaviour, outcome: str
) -> None:
    [number] = house.leads(1, behaviour)
    house.seat()
    await house.begin()
    [attempt] = await house.until_over(1)
    assert (attempt.outcome, attempt.answered_at) == (outcome, 0)
    if outcome == "NA":
        assert attempt.ended_at - attempt.dialled_at >= 25.0, "it rings as long as was promised"
    await house.until(lambda: house.lead(number).next_at or house.lead(number).state == "over")
    lead = house.lead(number)
    rest = {"B": 1800.0, "NA": 4 * 3600.0, "ERR": 3600.0}.get(outcome)
    if rest is None:
        assert lead.state == "over"
    else:
        assert lead.next_at - attempt.ended_at == pytest.approx(rest, abs=1.0)
        assert lead.attempts == (0 if outcome == "ERR" else 1), "nobody's phone rang"
    assert house.called(number) == 1


async def test_who_answers_and_has_no_agent_hears_the_message_within_two_seconds(house: Dialing) -> None:
    [number] = house.leads(1, Behaviour.answers(4.0))
    house.seat()
    await house.begin()
    await house.until(lambda: house.events(e.DialStarted))
    house.house.controller.acd.submit(i.LogOut("1001"))
    await house.until(lambda: house.events(e.AttemptMessage))
    [leg] = [leg for leg in house.asterisk.channels if leg.endswith("-p")]
    assert "This is Acme" in house.asterisk.hears(leg)
    house.asterisk.press(leg, "9")
    [attempt] = await house.until_over(1)
    assert attempt.dropped
    assert 1.0 < attempt.message_at - attempt.answered_at < 2.0
    assert attempt.outcome == "DNC"
    assert house.service.runs["spring"].budget.drops == 1
    await asyncio.sleep(1)
    # another campaign with the same person on its list does not call them either
    house.seat()
    house.leads(1, Behaviour.answers(4.0), priority=3)
    await house.begin()
    await asyncio.sleep(60)
    assert house.called(number) == 1


async def test_nobody_is_dialled_without_agents_and_after_they_leave(house: Dialing) -> None:
    called = house.leads(30, Behaviour.rings())
    await house.begin()
    await asyncio.sleep(60)
    assert not house.events(e.DialStarted)
    house.seat()
    await house.until(lambda: house.events(e.DialStarted))
    house.house.controller.acd.submit(i.LogOut("1001"))
    before = len(house.events(e.DialStarted))
    await asyncio.sleep(300)
    assert len(house.events(e.DialStarted)) == before == 1
    assert sum(house.called(number) for number in called) == 1


async def test_paused_drained_and_stopped(house: Dialing) -> None:
    house.leads(30, Behaviour.answers(10.0))
    house.seat(2)
    await house.begin()
    await house.until(lambda: len(house.events(e.DialStarted)) == 2)
    await house.service.set_state("spring", PAUSED, "tester")
    await house.until(lambda: len(house.events(e.CallConnected)) == 2)
    await asyncio.sleep(60)
    assert len(house.events(e.DialStarted)) == 2, "lines that rang went on, no other was dialled"
    await house.service.set_state("spring", RUNNING, "tester")
    await asyncio.sleep(5)
    assert len(house.events(e.DialStarted)) == 2, "both agents talk"
    for leg in [leg for leg in house.asterisk.channels if leg.endswith("-p")]:
        house.asterisk.hang_up(leg)
    await house.until(lambda: len(house.events(e.DialStarted)) == 4)
    await house.service.set_state("spring", STOPPED, "tester")
    await asyncio.sleep(1)
    assert not [leg for leg in house.asterisk.channels if leg.endswith("-p")], "lines that rang are ended"
    await house.begin()
    await house.until(lambda: len(house.events(e.DialStarted)) == 6)
    await house.service.set_state("spring", DRAINING, "tester")
    await house.until(lambda: len(house.events(e.CallConnected)) == 4)
    for leg in [leg for leg in house.asterisk.channels if leg.endswith("-p")]:
        house.asterisk.hang_up(leg)
    await house.until(lambda: house.service.state("spring") == STOPPED)
    assert [(c.state, c.by) for c in house.events(e.CampaignChanged)][-1] == (STOPPED, "ringhall")


async def test_a_network_that_takes_nothing_is_not_asked_for_every_lead(house: Dialing) -> None:
    refuses = Behaviour(rings_after=None, refuses_after=0.02, cause=34, sip_status=503)
    house.leads(200, refuses)
    house.seat(2)
    await house.begin()
    await asyncio.sleep(600)
    tried = len(house.events(e.DialStarted))
    assert 5 <= tried < 20, "after five failures one probe, each time after a longer rest"


async def test_nobody_is_called_outside_the_hours_of_their_zone(tmp_path: Path) -> None:
    """It is nine o'clock on a Friday in Stockholm."""
    async with a_dialing_house(tmp_path, spring=campaign(hours={"mon-fri": "09:05-11:00"})) as house:
        [number] = house.leads(1, Behaviour.busy())
        house.seat()
        await house.begin()
        await asyncio.sleep(290)
        assert not house.called(number)
        await house.until(lambda: house.called(number), 60)


async def test_agents_of_auto_answer_alone(tmp_path: Path) -> None:
    from acd.config import QueueDefinition

    async with a_dialing_house(tmp_path, {"sales": QueueDefinition(needs={"sales": 2})}) as house:
        with pytest.raises(CampaignError, match="auto_answer"):
            await house.begin()
        with pytest.raises(CampaignError, match="no campaign 'autumn'; there are: spring"):
            await house.begin("autumn")
