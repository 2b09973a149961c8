"""A controller is killed in the middle of attempts: no outcome is lost, and nobody is called twice."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from records import events as e
from telephony.ari.fake import Behaviour
from tests.outbound.house import Dialing, a_dialing_house, campaign

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

pytestmark = pytest.mark.virtual_time

MOMENTS = {
    "begun": e.AttemptBegun,
    "placed": e.CallPlaced,
    "dialled": e.DialStarted,
    "answered": e.CallAnswered,
    "waiting": e.QueueEntered,
    "offered": e.OfferMade,
    "talking": e.CallConnected,
    "over": e.CallEnded,
}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Dialing]:
    async with a_dialing_house(tmp_path, spring=campaign(attempts=1)) as house:
        yield house


def _sets(seen: asyncio.Event) -> Callable[[object], None]:
    return lambda _: seen.set()


async def talks_end(house: Dialing) -> None:
    """Let whoever talks with an agent hang up after a while, for ever."""
    while True:
        await asyncio.sleep(5.0)
        for leg in [leg for leg in house.asterisk.channels if leg.endswith("-p")]:
            if house.asterisk.hears(leg).startswith("talk"):
                house.asterisk.hang_up(leg)


@pytest.mark.parametrize("moment", MOMENTS)
async def test_killed(house: Dialing, moment: str) -> None:
    called = house.leads(3, Behaviour.answers(4.0))
    house.seat(1)
    hanging_up = asyncio.create_task(talks_end(house))
    await house.begin()
    for _ in range(2):
        seen = asyncio.Event()
        house.house.controller.log.subscribe(_sets(seen), MOMENTS[moment])
        async with asyncio.timeout(60):
            await seen.wait()
        await house.house.killed(0.5)
        house.seat(1)
    await house.until_over(3)
    hanging_up.cancel()
    await asyncio.sleep(20)
    assert max(house.called(number) for number in called) == 1, "nobody is called twice"
    attempts = house.ledger()
    assert len({attempt.attempt for attempt in attempts}) == len(attempts) == 3
    assert all(attempt.message_at for attempt in attempts if attempt.dropped), "nobody met silence"
    assert [house.lead(number).attempts for number in called] == [1, 1, 1]
    assert not house.asterisk.channels
    assert not house.service.attempts.state.open
