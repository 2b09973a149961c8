"""Callers who gave up are called back whatever dies in between, and under whatever form their number came."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from callflow.stages.trunks import TrunkDefinition
from outbound.campaigns.giving_up import GaveUp, GivingUp, Reached
from outbound.dialer.books import Books
from records import events as e
from telephony.ari.fake import Behaviour
from tests.outbound.house import Dialing, a_dialing_house, campaign, numbers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

ABANDONED = {"queues": ["sales"], "after": "10s", "rest": "60s", "within": "20m"}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Dialing]:
    async with a_dialing_house(tmp_path, spring=campaign(abandoned=ABANDONED)) as house:
        yield house


async def gives_up(house: Dialing, number: str, waits_s: float = 30.0) -> None:
    leg = house.asterisk.call_in("1000", number=number)
    await asyncio.sleep(waits_s + 3.0)
    house.asterisk.hang_up(leg)
    await asyncio.sleep(0.5)


async def reaches(house: Dialing, number: str, endpoint: str = "loopback") -> None:
    """Let somebody call and talk with an agent."""
    talks = len(house.events(e.CallConnected))
    leg = house.asterisk.call_in("1000", number=number, endpoint=endpoint)
    await house.until(lambda: len(house.events(e.CallConnected)) > talks)
    house.asterisk.hang_up(leg)
    await asyncio.sleep(0.5)


def write_nothing(monkeypatch: pytest.MonkeyPatch, house: Dialing) -> None:
    """Let this controller die before anything more is in the books."""
    books = house.service.books
    monkeypatch.setattr(Books, "add", lambda self, page: None if self is books else add(self, page))


add = Books.add


@pytest.mark.virtual_time
async def test_killed_in_the_instant_in_which_they_gave_up(
    house: Dialing, monkeypatch: pytest.MonkeyPatch
) -> None:
    [number] = numbers(1)
    house.asterisk.phone(f"{number}@carrier", Behaviour.answers(3.0))
    await house.begin()
    write_nothing(monkeypatch, house)
    await gives_up(house, number)
    assert not house.events(e.AbandonedListed)
    await house.house.killed(0.5)
    house.seat()
    await house.until(lambda: house.called(number), 120)
    assert len(house.events(e.AbandonedListed)) == 1
    assert "gave up waiting" in house.lead(number).consent


@pytest.mark.virtual_time
async def test_killed_later_nobody_is_called_again(house: Dialing) -> None:
    """The whole log is told again to the controller that follows."""
    called, reached = house.leads(2, Behaviour.answers(3.0), consent="")
    await house.begin()
    await gives_up(house, called)
    await gives_up(house, reached)
    house.seat()
    await reaches(house, reached)
    await house.until(lambda: house.called(called), 120)
    await house.until(lambda: len(house.events(e.CallConnected)) == 2)
    [leg] = [leg for leg in house.asterisk.channels if leg.endswith("-p")]
    house.asterisk.hang_up(leg)
    await house.until_over(1)
    for _ in range(2):
        await house.house.killed(0.5)
        house.seat()
        await asyncio.sleep(300)
    assert (house.called(called), house.called(reached)) == (1, 0)
    assert house.lead(reached).last_outcome == "CALLED_IN"


@pytest.mark.virtual_time
async def test_killed_in_the_instant_in_which_they_reached_an_agent(
    house: Dialing, monkeypatch: pytest.MonkeyPatch
) -> None:
    [number] = house.leads(1, Behaviour.answers(3.0), consent="")
    await gives_up(house, number)
    await house.until(lambda: house.events(e.AbandonedListed))
    house.seat()
    write_nothing(monkeypatch, house)
    await reaches(house, number)
    await house.house.killed(0.5)
    house.seat()
    await house.begin()
    await asyncio.sleep(300)
    assert house.called(number) == 0
    assert house.lead(number).last_outcome == "CALLED_IN"


@pytest.mark.virtual_time
@pytest.mark.parametrize("shown", ["0709187000", "+46709187000", "46709187000"])
async def test_a_caller_of_a_trunk_in_national_form_is_the_one_on_the_list(
    house: Dialing, shown: str
) -> None:
    """Who is on the line is not called, who gave up is that lead, who reaches an agent is called no more."""
    in_sweden = TrunkDefinition(allow=("+46 *",), most_calls=100, country="SE")
    trunks = house.house.controller.trunks
    trunks.configure({**house.house.trunks, "nordic": in_sweden}, "v2")
    [number] = house.leads(1, Behaviour.answers(3.0))
    assert number == "+46709187000"
    leg = house.asterisk.call_in("1000", number=shown, endpoint="nordic")
    await asyncio.sleep(30.0)
    house.asterisk.hang_up(leg)
    await house.until(lambda: house.events(e.AbandonedListed))
    assert house.lead(number).until > 0, "the lead that there is, not another"
    in_a_menu = house.asterisk.call_in("1002", number=shown, endpoint="nordic")
    await asyncio.sleep(60.0)
    house.seat()
    await house.begin()
    await asyncio.sleep(60.0)
    assert house.called(number) == 0, "they are on the line with us"
    house.asterisk.hang_up(in_a_menu)
    await reaches(house, shown, "nordic")
    await house.until(lambda: house.lead(number).last_outcome == "CALLED_IN")
    await asyncio.sleep(60.0)
    assert house.called(number) == 0


# ── the fold ─────────────────────────────────────────────────────────────────────────────────────


def left(call: str, wait_s: float = 20.0) -> e.QueueLeft:
    return e.QueueLeft(call=call, queue="sales", reason="abandoned", wait_s=wait_s, position=1)


def arrived(call: str, subject: str) -> e.CallArrived:
    return e.CallArrived(call=call, leg=f"{call}-1", dialed="1000", trunk="carrier", subject=subject)


def connected(call: str) -> e.CallConnected:
    return e.CallConnected(call=call, queue="sales", agent="1001", wait_s=1.0, offer="o1")


def test_what_is_to_be_written_stands_until_it_is() -> None:
    fold = GivingUp()
    fold.apply(arrived("c1", "s1"), 1.0)
    gave_up = fold.apply(left("c1"), 21.0)
    assert gave_up == GaveUp("c1", "s1", "carrier", "sales", 20.0, 21.0)
    again = GivingUp()
    again.restore(fold.snapshot())
    assert again.left() == [gave_up]
    again.apply(e.AbandonedListed(call="c1", until=100.0), 22.0)
    assert not again.left()
    again.apply(arrived("c2", "s1"), 30.0)
    reached = again.apply(connected("c2"), 31.0)
    assert again.left() == [reached] == [Reached("c2", "s1", "carrier", 31.0)]
    again.apply(e.AbandonedReached(call="c2", subject="s1"), 32.0)
    assert not again.left()
    assert not again.state.listed


def test_who_is_on_no_list_reaches_nobodys_attention() -> None:
    fold = GivingUp()
    fold.apply(arrived("c1", "s1"), 1.0)
    assert fold.apply(connected("c1"), 2.0) is None
    fold.apply(left("unknown"), 3.0)
    assert not fold.left()


def test_a_later_promise_is_not_ended_by_an_earlier_talk() -> None:
    fold = GivingUp()
    for call, at in (("c1", 1.0), ("c2", 50.0), ("c3", 70.0)):
        fold.apply(arrived(call, "s1"), at)
    fold.apply(left("c1"), 21.0)
    fold.apply(e.AbandonedListed(call="c1", until=500.0), 22.0)
    fold.apply(connected("c2"), 51.0)
    fold.apply(left("c3"), 90.0)
    fold.apply(e.AbandonedListed(call="c3", until=600.0), 91.0)
    assert not fold.left(), "the books write in order"
    assert fold.state.listed == {"s1": 600.0}


def test_nothing_is_kept_for_ever() -> None:
    fold = GivingUp()
    for n in range(50):
        fold.apply(arrived(f"c{n}", f"s{n}"), float(n))
        fold.apply(left(f"c{n}"), n + 20.0)
        ended = e.CallEnded(call=f"c{n}", outcome="abandoned", by="caller", cause="normal")
        fold.apply(ended, n + 21.0)
        fold.apply(e.AbandonedListed(call=f"c{n}", until=n + 30.0), n + 21.0)
    state = fold.state
    assert (len(state.callers), len(state.gave_up), len(state.reached)) == (0, 0, 0)
    assert len(state.listed) < 12
