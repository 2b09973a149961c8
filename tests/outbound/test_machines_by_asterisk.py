"""Campaigns with ``machines: asterisk``: what Asterisk says of who answered, and what is made of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import pytest

from callflow.protocol import CallerGone
from outbound.dialer.by_asterisk import DetectingByAsterisk, verdict_of
from records import events as e
from telephony.ari.fake import Behaviour, Greeting
from telephony.switch import Answerer, AnswererHeard, LegGone, SwitchError
from tests.outbound.house import MESSAGE, Dialing, a_dialing_house, campaign

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine
    from pathlib import Path

    from callflow.protocol import PlacedCall

pytestmark = pytest.mark.virtual_time

HUMAN = Greeting("HUMAN", "HUMAN-400-400", after=1.0)
MACHINE = Greeting("MACHINE", "LONGGREETING-1000-1000", after=1.2)
UNSURE = Greeting("NOTSURE", "TOOLONG-1400", after=1.4)
SILENT = Greeting("MACHINE", "INITIALSILENCE-1360-1360", after=1.36)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Dialing]:
    spring = campaign(machines="asterisk", machine_message=MESSAGE, attempts=1)
    async with a_dialing_house(tmp_path, spring=spring) as house:
        yield house


def somebody(house: Dialing, greeting: Greeting) -> str:
    [number] = house.leads(1, Behaviour.answers(4.0))
    house.asterisk.phone(f"{number}@carrier").greeting = greeting
    return number


def leg_of(house: Dialing) -> str:
    [leg] = [leg for leg in house.asterisk.channels if leg.endswith("-p")]
    return leg


@pytest.mark.parametrize(
    ("greeting", "answer", "over_s", "what"),
    [(HUMAN, "human", 0.6, "speech"), (UNSURE, "unsure", 1.4, "speech"), (SILENT, "unsure", 1.36, "silence")],
)
async def test_who_may_be_a_person_has_an_agent(
    house: Dialing, greeting: Greeting, answer: str, over_s: float, what: str
) -> None:
    somebody(house, greeting)
    house.seat()
    await house.begin()
    await house.until(lambda: house.events(e.CallConnected))
    [judged] = house.events(e.GreetingJudged)
    assert (judged.answer, judged.what) == (answer, what)
    assert judged.over_s == pytest.approx(over_s, abs=0.02)
    assert greeting.cause in judged.why
    await asyncio.sleep(10)
    house.asterisk.hang_up(leg_of(house))
    [attempt] = await house.until_over(1)
    assert (attempt.outcome, attempt.answer, attempt.dropped) == ("ANSWERED", answer, False)
    assert attempt.agent_at - attempt.answered_at == pytest.approx(greeting.after, abs=0.2)


async def test_a_machine_is_told_its_message_and_has_no_agent(house: Dialing) -> None:
    somebody(house, MACHINE)
    house.seat()
    await house.begin()
    await house.until(lambda: house.events(e.AttemptMessage))
    assert "This is Acme" in house.asterisk.hears(leg_of(house))
    [attempt] = await house.until_over(1)
    assert (attempt.outcome, attempt.answer, attempt.dropped) == ("AM", "machine", False)
    assert not house.events(e.CallConnected)
    assert not house.events(e.QueueEntered)


async def test_who_hangs_up_while_they_are_judged_is_over_at_once(house: Dialing) -> None:
    somebody(house, UNSURE)
    house.seat()
    await house.begin()
    await house.until(lambda: house.events(e.CallAnswered))
    await asyncio.sleep(0.5)
    house.asterisk.hang_up(leg_of(house))
    await house.until(lambda: house.events(e.CallEnded), 1.0)
    [attempt] = await house.until_over(1)
    assert attempt.answered_at
    assert not house.events(e.GreetingJudged)
    assert not house.events(e.QueueEntered), "no agent rang for nobody"


@pytest.mark.parametrize(
    ("greeting", "killed_after_s", "away_s"),
    [(HUMAN, 0.05, 0.1), (HUMAN, 0.7, 0.1), (HUMAN, 0.7, 3.0), (MACHINE, 0.05, 3.0), (MACHINE, 1.1, 0.1)],
)
async def test_a_controller_killed_meanwhile(
    house: Dialing, greeting: Greeting, away_s: float, killed_after_s: float
) -> None:
    number = somebody(house, greeting)
    house.seat()
    await house.begin()
    await house.until(lambda: house.events(e.CallAnswered))
    await asyncio.sleep(killed_after_s)
    await house.house.killed(away_s)
    house.seat()
    hanging_up = asyncio.create_task(_talk_ends(house))
    [attempt] = await house.until_over(1)
    hanging_up.cancel()
    assert house.called(number) == 1
    assert len(house.events(e.GreetingJudged)) == 1
    assert not house.asterisk.channels
    if greeting is MACHINE:
        assert (attempt.outcome, attempt.answer) == ("AM", "machine")
    else:
        assert attempt.answer == "human"
        assert attempt.agent_at or attempt.message_at, "nobody met silence"


async def _talk_ends(house: Dialing) -> None:
    while True:
        await asyncio.sleep(5.0)
        for leg in [leg for leg in house.asterisk.channels if leg.endswith("-p")]:
            if house.asterisk.hears(leg).startswith("talk"):
                house.asterisk.hang_up(leg)


class Line:
    """A call whose switch has only bad news."""

    id, leg = "c1", "c1-p"

    def __init__(self, news: SwitchError) -> None:
        self._news = news
        self.switch = self

    def now(self) -> float:
        return 13.0

    async def while_waiting(self, work: Coroutine[Any, Any, AnswererHeard]) -> AnswererHeard:
        return await work

    async def detect_machine(self, leg: str) -> AnswererHeard:
        raise self._news


async def test_a_leg_that_is_gone_is_no_verdict_and_a_refusal_is_unsure() -> None:
    gone = DetectingByAsterisk(None, cast("PlacedCall", Line(LegGone("c1-p"))), 10.0)
    with pytest.raises(CallerGone):
        await gone.judge()
    refused = DetectingByAsterisk(None, cast("PlacedCall", Line(SwitchError("no connection"))), 10.0)
    verdict = await refused.judge()
    assert (verdict.kind, verdict.at_s, verdict.to_agent) == ("unsure", 1.5, True)
    assert not await refused.until_beep()
    await refused.close()


def test_a_verdict_says_when_the_greeting_was_over() -> None:
    hello = AnswererHeard(Answerer.HUMAN, silent=False, quiet_s=0.4, why="a greeting")
    verdict = verdict_of(hello, 1.1)
    assert (verdict.kind, verdict.what, verdict.at_s, verdict.evidence) == (
        "human",
        "speech",
        1.1,
        "a greeting",
    )
    assert verdict.greeting_over_s == pytest.approx(0.7)
    assert verdict_of(hello, 0.1).greeting_over_s == 0.0
