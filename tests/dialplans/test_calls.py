"""One call into each example site, on a real Asterisk, with real phones, to its end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from records import events as e
from speech.tones import has_tone
from telephony.wav import pcm_of
from tests.harness.talk import expect_talk
from tests.journeys.house import AGENT_HZ, CALLER_HZ

if TYPE_CHECKING:
    from pathlib import Path

    from tests.dialplans.conftest import SiteOpener

pytestmark = [pytest.mark.asterisk]

CARD = "6222020000000007"


def holding(home: Path, text: str) -> list[Path]:
    """Give the files of a home that hold a text: database, journal, logs."""
    files = [path for path in home.rglob("*") if path.is_file()]
    return [path for path in files if text.encode() in path.read_bytes()]


async def test_the_bank_says_a_balance_and_serves_a_gold_customer(open_site: SiteOpener) -> None:
    async with open_site("bank") as (house, company):
        company.answers["/balance"] = {"balance": 2005.10}
        caller = await house.caller("+862155501000")
        await caller.phone.established()
        await caller.phone.press("2")
        await house.sees(e.LanguageChosen, call=caller.call, language="en")
        await house.sees(e.StepEntered, 15, call=caller.call, menu="main")
        await caller.listen().expect_sound(1.0)
        await caller.phone.press("2")
        await house.sees(e.StepEntered, call=caller.call, menu="balance")
        await caller.phone.press(CARD)
        await house.sees(e.HttpAsked, 15, call=caller.call, method="POST", outcome="done")
        amount = caller.listen()
        await house.sees(e.StepEntered, 15, call=caller.call, menu="main", count=2)
        assert amount.sound_s > 2.0, "the balance is spoken before the menu is heard again"
        assert company.posted("/balance") == [{"card": CARD}]
        await caller.hang_up()
        await house.ended(caller, "hung_up_in_menu", "caller")
        assert holding(house.server.home, caller.call), "events are looked for where they are"
        assert holding(house.server.home, CARD) == [], "a card number is stored nowhere, and logged nowhere"

        company.answers["/customers"] = {"customer": {"tier": "gold"}}
        agent = await house.agent("1001")
        gold = await house.caller("+862155501000")
        await gold.phone.established()
        await gold.phone.press("1")
        await house.sees(e.CallConnected, 20, call=gold.call, agent="1001")
        await expect_talk(gold.phone, CALLER_HZ, agent, AGENT_HZ)
        await agent.hang_up()
        await house.sees(e.StageEntered, call=gold.call, stage="survey")
        await gold.listen().expect_sound(1.0)
        await gold.phone.press("5")
        await house.sees(e.SurveyAnswered, call=gold.call, survey="csat", score=5)
        await gold.phone.over(15)
        record = await house.record(gold)
        assert [visit.menu for visit in record.menus][-2:] == ["gold", "thanks"]
        assert ("1001", "answered") in [(offer.agent, offer.outcome) for offer in record.offers]


async def test_the_parcel_service_hands_an_order_over(open_site: SiteOpener) -> None:
    async with open_site("parcels") as (house, company):
        order = {"state": "on_its_way", "day": "2026-12-24", "window": {"from": "14:30"}, "to_pay": 12.5}
        company.answers["/orders/471122"] = {"order": order}
        agent = await house.agent("1001", answers=False)
        caller = await house.caller("+442079460100")
        await caller.phone.established()
        await caller.listen().expect_sound(1.0)
        await caller.phone.press("471122#")
        await asyncio.sleep(0.3)  # the keys go out four a second
        await caller.listen().expect_sound(3.0, 15)  # the number is read back
        assert company.asked == [], "nothing is asked before the number is confirmed"
        await caller.phone.press("1")
        await house.sees(e.HttpAsked, call=caller.call, outcome="done")
        news = caller.listen()
        await house.sees(e.StepEntered, 25, call=caller.call, menu="anything_else")
        assert news.sound_s > 4.0, "day, time and the amount to pay are spoken"
        await caller.phone.press("2")
        ringing = await agent.ringing()
        assert ringing.peer_name == "Order 471122"
        assert ringing.peer_number == caller.phone.name
        await agent.answer()
        await expect_talk(caller.phone, CALLER_HZ, agent, AGENT_HZ)
        await caller.hang_up()
        await house.ended(caller, "completed", "caller", ("1001", "answered"))


async def test_the_clinic_takes_a_message_at_night(open_site: SiteOpener) -> None:
    async with open_site("clinic", is_open=False) as (house, _):
        caller = await house.caller("+442079460200")
        await caller.phone.established()
        await house.sees(e.StepEntered, 15, call=caller.call, menu="night")
        await caller.listen().expect_sound(1.0)
        await caller.phone.press("2")
        await house.sees(e.RecordingBegun, 20, call=caller.call)
        await asyncio.sleep(3.0)  # the message: the caller's tone
        await caller.phone.press("#")
        kept = await house.sees(e.RecordingKept, 10, call=caller.call, box="reception")
        rate, pcm = pcm_of((house.server.home / kept.file).read_bytes())
        assert has_tone(pcm, rate, CALLER_HZ, seconds=1.0)
        await caller.listen().expect_sound(1.0)
        await caller.phone.over(15)
        record = await house.record(caller)
        assert [visit.menu for visit in record.menus] == ["reception", "night", "message"]


async def test_the_energy_supplier_hears_only_who_agrees(open_site: SiteOpener) -> None:
    async with open_site("energy") as (house, _):
        agent = await house.agent("1001")
        for key, answer, heard in (("1", e.ConsentGiven, 1), ("2", e.ConsentRefused, 0)):
            caller = await house.caller("+442079460300")
            await caller.phone.established()
            await house.sees(e.StepEntered, 15, met=lambda event: event.kind == "consent", call=caller.call)
            await caller.listen().expect_sound(1.0)
            await caller.phone.press(key)
            await house.sees(answer, 15, call=caller.call, to="emotion")
            await house.sees(e.StepEntered, 15, call=caller.call, menu="main")
            await caller.listen().expect_sound(1.0)
            await caller.phone.press("1")
            await house.sees(e.CallConnected, 20, call=caller.call, queue="bills", agent="1001")
            await expect_talk(caller.phone, CALLER_HZ, agent, AGENT_HZ)
            await caller.hang_up()
            record = await house.ended(caller, "completed", "caller", ("1001", "answered"))
            assert [visit.menu for visit in record.menus] == [
                "welcome",
                "main",
                "service",
                "ordinary",
                "bills",
            ]
            assert len(house.seen(e.ListeningBegan, call=caller.call, listener="emotion")) == heard
            used = house.seen(e.SignalUsed, call=caller.call)
            assert {one.signal for one in used} == {"heard.emotion.signal", "heard.emotion.confidence"}
            assert {one.outcome for one in used} == {"else"}
