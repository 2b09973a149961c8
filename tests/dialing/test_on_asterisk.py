"""On a real Asterisk, with carriers that are congested, silent, busy, or answer: which is tried, and when."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from records import events as e
from telephony.peers.sipp_scenarios import PhonePlan
from tests.dialing.house import ANSWERS, BUSY, CONGESTED, NUMBER, SILENT, a_house
from tests.harness.talk import Listener

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.asterisk

FIVE = """
trunks:
  congested: {allow: ["+46 *"]}
  gone: {allow: ["+46 *"]}
  silent: {allow: ["+46 *"], no_sign_after: 2s}
  good: {allow: ["+46 *"], caller_number: "+46 8 555 1000"}
  spare: {allow: ["+46 *"]}
routes:
  sweden:
    numbers: ["+46 *"]
    deny: ["+46 900 *"]
    over: [congested, gone, silent, {trunk: good, strip: "+46", prefix: "0"}, spare]
"""


async def test_failover_by_cause_and_in_order(tmp_path: Path, prompts: Path) -> None:
    plans = {"congested": CONGESTED, "silent": SILENT, "good": ANSWERS, "spare": ANSWERS}
    async with a_house(tmp_path, prompts, FIVE, plans, trunks={"gone": {}}, echo=True) as h:
        caller = await h.caller()
        await h.sees(e.DialAnswered)
        await Listener(caller).expect(440, 5)  # the carrier sends back what it hears
        [status] = [one for one in await h.server.ask("GET", "/control/trunks") if one["trunk"] == "good"]
        assert (status["calls_out"], status["last_failure"]) == (1, "")
        await caller.hang_up()
        assert await h.tried() == [
            ("congested", "congestion"),
            ("gone", "unreachable"),
            ("silent", "no_sign"),
            ("good", "caller_gone"),
        ]
        assert h.offers("congested") == [(NUMBER, "+442012345")]
        assert h.offers("good") == [("0709187263", "+4685551000")]
        assert h.offers("spare") == []
        trunks = {one["trunk"]: one for one in await h.server.ask("GET", "/control/trunks")}
        failures = {name: one["last_failure"] for name, one in trunks.items()}
        assert failures == {
            "congested": "congestion", "gone": "unreachable", "silent": "no_sign",
            "good": "", "loopback": "", "spare": "",
        }  # fmt: skip
        assert trunks["good"]["calls_out"] == 0


@pytest.mark.parametrize(
    ("plan", "outcome"),
    [
        (BUSY, "busy"),
        (PhonePlan(on_invite="reject", status=603), "rejected"),
        (PhonePlan(on_invite="reject", status=480), "no_answer"),
        (PhonePlan(on_invite="reject", status=404), "failed"),
        (PhonePlan(on_invite="ring"), "no_answer"),
    ],
)
async def test_what_somebody_has_decided_is_not_tried_again(
    tmp_path: Path, prompts: Path, plan: PhonePlan, outcome: str
) -> None:
    site = """
trunks: {one: {allow: ["+46 *"]}, two: {allow: ["+46 *"]}}
routes: {sweden: {numbers: ["+46 *"], over: [one, two]}}
"""
    async with a_house(tmp_path, prompts, site, {"one": plan, "two": ANSWERS}) as h:
        await h.caller()
        assert await h.tried() == [("one", outcome)]
        assert len(h.offers("one")) == 1
        assert h.offers("two") == []


LIMITED = """
trunks:
  one: {allow: ["+46 *"], most_calls: 1}
  two: {allow: ["+46 *"], most_calls: 1}
routes: {sweden: {numbers: ["+46 *"], over: [one, two]}}
countries: {SE: {most_calls: 2}}
blocked:
  nuisance: {callers: ["+44 20 999 *"], cause: busy}
  unknown: {hidden: yes, cause: rejected}
"""


async def test_limits_and_callers_who_are_turned_away(tmp_path: Path, prompts: Path) -> None:
    async with a_house(tmp_path, prompts, LIMITED, {"one": ANSWERS, "two": ANSWERS}) as h:
        first = await h.caller("+442011111")
        await h.sees(e.DialAnswered)
        second = await h.caller("+442022222")
        await h.sees(e.DialAnswered, count=2)
        third = await h.caller("+442033333")
        assert (await h.sees(e.DialRefused)).reason == "trunk_full"
        await third.over()
        assert (len(h.offers("one")), len(h.offers("two"))) == (1, 1)
        await first.hang_up()
        await h.server.until_event(e.CallEnded, count=2)
        await h.caller("+442044444")
        await h.sees(e.DialAnswered, count=3)
        assert (len(h.offers("one")), len(h.offers("two"))) == (2, 1)

        # the block-list: ended with the cause, never answered, no call
        calls = len(await h.server.until_event(e.CallArrived, count=4))
        nuisance = await h.caller("+44209991234")
        over = await nuisance.over()
        assert "486" in over.reason
        turned = await h.sees(e.CallBlocked)
        assert (turned.rule, turned.cause, turned.caller[-2:], turned.dialed) == (
            "nuisance",
            "busy",
            "34",
            "1000",
        )
        assert "999" not in turned.caller
        hidden = await h.caller("anonymous")
        over = await hidden.over()
        assert "603" in over.reason or "403" in over.reason
        assert (await h.sees(e.CallBlocked, count=2)).rule == "unknown"
        assert len(await h.server.until_event(e.CallArrived, count=calls)) == calls
        assert len(await h.server.until_event(e.CallAnswered, count=calls - 1)) == calls - 1, "but the third"
        # a file that is broken changes nothing
        trunks = tmp_path / "site" / "trunks.yaml"
        trunks.write_text(
            LIMITED.replace("over: [one, two]", "over: [one, tow]").replace("+44 20 999 *", "+44 *")
        )
        refused = await h.sees(e.SiteRefused)
        assert "tow" in refused.first
        again = await h.caller("+442055555")
        await again.over()
        assert (await h.sees(e.DialRefused, count=2)).reason == "trunk_full", "the rules are as they were"
        await second.hang_up()


async def test_minutes_of_a_day_that_are_used_up(tmp_path: Path, prompts: Path) -> None:
    site = """
trunks: {one: {allow: ["+46 *"]}}
routes: {sweden: {numbers: ["+46 *"], over: [one]}}
countries: {others: {minutes_a_day: 0}}
"""
    async with a_house(tmp_path, prompts, site, {"one": ANSWERS}) as h:
        caller = await h.caller()
        assert (await h.sees(e.DialRefused)).reason == "country_minutes"
        await caller.over()
        assert h.offers("one") == []


async def test_killed_in_the_middle_of_a_talk_over_a_trunk(tmp_path: Path, prompts: Path) -> None:
    async with a_house(tmp_path, prompts, LIMITED, {"one": ANSWERS, "two": ANSWERS}, echo=True) as h:
        caller = await h.caller()
        await h.sees(e.DialAnswered)
        await Listener(caller).expect(440, 5)
        await h.server.kill_controller()
        await asyncio.sleep(0.5)
        await Listener(caller).expect(440, 5)
        await h.server.start_controller()
        await Listener(caller).expect(440, 5)
        trunks = {one["trunk"]: one["calls_out"] for one in await h.server.ask("GET", "/control/trunks")}
        assert trunks["one"] == 1, "the line is still taken"
        await caller.hang_up()
        assert await h.tried() == [("one", "caller_gone")]
        trunks = {one["trunk"]: one["calls_out"] for one in await h.server.ask("GET", "/control/trunks")}
        assert trunks["one"] == 0
        assert len(h.offers("one")) == 1
