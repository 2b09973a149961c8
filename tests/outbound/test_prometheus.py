"""Campaigns in the metrics endpoint: what it says is what happened, over a restart too."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from prometheus_client import REGISTRY, generate_latest

from outbound.campaigns.attempts import Attempts
from outbound.dialer.books import Page
from outbound.dialer.prometheus import CampaignCollector
from records import events as e
from telephony.ari.fake import Behaviour
from tests.outbound.house import Dialing, a_dialing_house, campaign

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.virtual_time


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Dialing]:
    async with a_dialing_house(
        tmp_path, spring=campaign(mode="predictive"), autumn=campaign(list="none")
    ) as house:
        yield house


def figure(name: str, campaign: str = "spring", **labels: str) -> float | None:
    return REGISTRY.get_sample_value(f"ringhall_campaign_{name}", {"campaign": campaign, **labels})


async def test_what_happened_is_what_is_read(house: Dialing) -> None:
    assert figure("drop_ratio_today") is None
    busy = house.leads(2, Behaviour.busy())
    house.leads(1, Behaviour.answers(3.0), first=2)
    house.seat()
    await house.begin()
    await house.until(lambda: house.events(e.CallConnected))
    assert (figure("lines", state="talking"), figure("lines", state="ringing")) == (1, 0)
    assert (figure("agents"), figure("connected_total"), figure("answered_total")) == (1, 1, 1)
    assert figure("attempts_total", outcome="B") == len(busy)
    assert figure("pacing_threshold") == house.service.runs["spring"].threshold
    assert figure("pacing_threshold", "autumn") is None, "progressive has none"
    assert (figure("drop_ratio_today"), figure("drop_ratio_30_days"), figure("drop_cap_ratio")) == (
        0,
        0,
        0.03,
    )
    [leg] = [leg for leg in house.asterisk.channels if leg.endswith("-p")]
    house.asterisk.hang_up(leg)
    await house.until_over(3)
    assert figure("attempts_total", outcome="ANSWERED") == 1
    assert figure("dropped_total") == 0
    assert figure("lines", state="talking") == 0
    assert figure("lines", "autumn", state="ringing") == 0


async def test_a_drop_and_its_message(house: Dialing) -> None:
    house.leads(1, Behaviour.answers(3.0))
    house.seat(1, Behaviour.answers(30.0))  # whose phone does not pick up in time
    await house.begin()
    await house.until(lambda: house.events(e.AttemptMessage))
    await house.until_over(1)
    assert figure("messages_total", kind="drop") == 1
    assert figure("dropped_total") == 1
    assert figure("connected_total") == 0
    assert figure("drop_ratio_today") == 1.0
    assert figure("attempts_total", outcome="DROP") == 1


async def test_a_restart_neither_forgets_nor_counts_twice(house: Dialing) -> None:
    house.leads(2, Behaviour.busy())
    house.seat()
    await house.begin()
    await house.until_over(2)
    again = Attempts()
    again.restore(house.service.attempts.snapshot())
    assert again.totals("spring").outcomes == {"B": 2}
    folded = Attempts()
    for recorded in house.house._seen:
        folded.apply(recorded.event, recorded.at.timestamp())
    assert folded.totals("spring") == again.totals("spring")


async def test_books_that_cannot_be_written_are_counted(house: Dialing) -> None:
    assert REGISTRY.get_sample_value("ringhall_campaign_books_faults_total") == 0
    (house.house.folder / "ledger").write_text("a file where a folder should be")
    house.service.books.add(Page())
    await asyncio.sleep(1)
    assert REGISTRY.get_sample_value("ringhall_campaign_books_faults_total") == 1


async def test_nobodys_number_and_no_more_series_than_campaigns(house: Dialing) -> None:
    numbers = house.leads(20, Behaviour.busy())
    house.seat()
    await house.begin()
    await house.until_over(20)
    told = generate_latest(REGISTRY).decode()
    assert not any(number[3:] in told for number in numbers)
    series = [line for line in told.splitlines() if line.startswith("ringhall_campaign_")]
    assert all(
        'campaign="spring"' in line or 'campaign="autumn"' in line or "books" in line for line in series
    )
    assert len(series) < 60


def test_it_is_read_no_more_after_the_stop() -> None:
    assert not any(isinstance(one, CampaignCollector) for one in REGISTRY._collector_to_names)
