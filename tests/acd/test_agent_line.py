"""Agents without a screen: short codes on a phone, with what is heard and what is never written down."""

from __future__ import annotations

import logging

import msgspec
import pytest

from acd import agent_prompts as say
from acd.agent_line import CODES, REASONS, AgentLineStage, AgentLineStep
from acd.config import QueueDefinition
from acd.core import inputs as i
from callflow.protocol import Prompt
from records import events as e
from tests.acd.house import House

pytestmark = pytest.mark.virtual_time


@pytest.fixture
async def house() -> House:
    return await House().open()


class Line:
    """An agent's phone p1001 on the agent line."""

    def __init__(self, house: House, phone: str = "p1001") -> None:
        self.house = house
        self.phone = phone
        self.count = 0

    async def dial(self, code: str, *keys: str) -> list[Prompt]:
        """Dial a code, press each string of keys a second after the last, and give what was heard."""
        self.count += 1
        call, before = f"line{self.count}", len(self.house.fake.did("play"))
        self.house.dial(call, self.phone, AgentLineStage(self.house.acd), AgentLineStep(code=code))
        for pressed in keys:
            await self.house.rest(1.5)
            self.house.press(call, pressed)
        await self.house.outcome(call)
        await self.house.rest()
        heard = [asked[1] for asked in self.house.fake.did("play")[before:]]
        return [prompt for text in heard for prompt in say.ALL if dict(prompt.texts)["en"] == text]


@pytest.fixture
async def line(house: House) -> Line:
    house.acd.phone_seen("p1001")
    return Line(house)


async def test_log_in_with_number_and_pin(house: House, line: Line) -> None:
    assert await line.dial("*70", "1001#", "4711#") == [say.ASK_NUMBER, say.ASK_PIN, say.LOGGED_IN]
    assert house.state("1001") == "paused(login)"
    assert house.acd.agent_on("p1001") == "1001"


async def test_keys_too_early_and_a_correction(house: House, line: Line) -> None:
    assert (await line.dial("*70", "99*1001#4711#"))[-1] == say.LOGGED_IN
    assert house.state("1001") == "paused(login)"


async def test_silence_ends_the_entry(house: House, line: Line) -> None:
    assert await line.dial("*70") == [say.ASK_NUMBER, say.NOTHING_ENTERED]
    assert (await line.dial("*70", "1001", "47", "11"))[-1] != say.LOGGED_IN
    assert house.state("1001") == "logged_out"


async def test_three_tries_a_call_then_a_lock_over_calls(house: House, line: Line) -> None:
    wrong = ["1001#", "1234#"]
    asked = [say.ASK_NUMBER, say.ASK_PIN]
    assert await line.dial("*70", *wrong * 3) == [*asked, say.DENIED] * 3
    assert await line.dial("*70", *wrong * 2) == [*asked, say.DENIED, *asked, say.LOCKED]
    assert await line.dial("*70", "1001#", "4711#") == [*asked, say.LOCKED], "even with the right one"
    other = Line(house, "p9")
    other.count = 50
    assert (await other.dial("*70", "1001#", "4711#"))[-1] == say.LOCKED, "the number is locked everywhere"
    assert (await line.dial("*70", "1002#", "2002#"))[-1] == say.LOCKED, "and the phone for everybody"
    await house.rest(300)
    assert (await line.dial("*70", "1001#", "4711#"))[-1] == say.LOGGED_IN
    reasons = [refused.reason for refused in house.events(e.LoginRefused)]
    assert reasons == ["wrong_pin"] * 5 + ["locked"] * 3


async def test_a_lock_outlives_the_controller(house: House, line: Line) -> None:
    for _ in range(5):
        house.acd.submit(i.RefuseLogin("1001", "p7", "wrong_pin"))
    after = await house.killed()
    assert (await Line(after).dial("*70", "1001#", "4711#"))[-1] == say.LOCKED


async def test_a_right_login_forgets_the_wrong_ones(house: House, line: Line) -> None:
    for _ in range(2):
        await line.dial("*70", "1001#", "1#", "1001#", "2#", "1001#", "4711#")
    assert house.state("1001") == "paused(login)"


async def test_what_was_typed_is_in_no_event_and_no_log(
    house: House, line: Line, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    await line.dial("*70", "4711#", "8642#", "1001#", "9753#", "1001#", "4711#")
    written = msgspec.json.encode([recorded.event for recorded in house.log.recorded]).decode()
    out, err = capfd.readouterr()
    for secret in ("4711", "8642", "9753"):
        assert secret not in written + caplog.text + out + err
    assert [(r.agent, r.reason) for r in house.events(e.LoginRefused)] == [
        ("", "unknown_agent"),
        ("1001", "wrong_pin"),
    ]


async def test_ready_takes_effect_when_the_phone_is_free(house: House, line: Line) -> None:
    await house.seat("1001", ready=False)
    house.begin("c1")
    await house.rest()
    house.dial("l", "p1001", AgentLineStage(house.acd), AgentLineStep(code="*72"))
    await house.rest(0.9)
    assert house.state("1001") == "paused(login)"
    await house.outcome("l")
    assert "leg.l" not in house.fake.legs
    assert house.state("1001") == "reserved"
    hung_up, rang = (
        next(n for n, a in enumerate(house.fake.asked) if a[0] == m) for m in ("hangup", "start_leg")
    )
    assert hung_up < rang


async def test_ready_counts_though_the_agent_does_not_listen_to_the_end(house: House, line: Line) -> None:
    await house.seat("1001", ready=False)
    house.dial("l", "p1001", AgentLineStage(house.acd), AgentLineStep(code="*72"))
    await house.rest(0.3)
    house.hang_up("l")
    await house.rest()
    assert house.state("1001") == "ready"


@pytest.mark.parametrize(("digit", "reason"), REASONS.items())
async def test_pause_with_the_reason_at_once_or_asked_for(
    house: House, line: Line, digit: str, reason: str
) -> None:
    await house.seat("1001")
    assert await line.dial(f"*73{digit}") == [say.PAUSED]
    assert house.state("1001") == f"paused({reason})"
    house.acd.submit(i.Ready("1001"))
    assert await line.dial("*73", digit) == [say.ASK_REASON, say.PAUSED]
    assert house.state("1001") == f"paused({reason})"


async def test_pause_for_no_or_an_unknown_reason(house: House, line: Line) -> None:
    await house.seat("1001")
    assert await line.dial("*73", "9") == [say.ASK_REASON, say.UNKNOWN_CODE]
    assert await line.dial("*73") == [say.ASK_REASON, say.NOTHING_ENTERED]
    assert house.state("1001") == "ready"


async def test_log_out(house: House, line: Line) -> None:
    await house.seat("1001")
    assert await line.dial("*71") == [say.LOGGED_OUT]
    assert house.state("1001") == "logged_out"
    assert await line.dial("*71") == [say.NOT_LOGGED_IN]


async def test_finish_wrap_up_only_in_wrap_up_and_later_while_talking(house: House, line: Line) -> None:
    await house.seat("1001")
    assert await line.dial("*74") == [say.NOT_NOW]
    house.begin("c1")
    await house.rest()
    await house.talk("c1")
    assert await line.dial("*732") == [say.AFTER_THE_CALL]
    assert await line.dial("*71") == [say.AFTER_THE_CALL], "the last wish counts"
    house.hang_up("c1")
    await house.rest()
    assert await line.dial("*74") == [say.WRAP_UP_FINISHED]
    assert house.state("1001") == "logged_out"


async def test_extend_the_wrap_up_as_far_as_the_queue_allows(house: House, line: Line) -> None:
    house.acd.configure({"sales": QueueDefinition(needs={"sales": 2}, wrap_up_most=90.0)}, "v2")
    await house.seat("1001")
    assert await line.dial("*75") == [say.NOT_NOW]
    house.begin("c1")
    await house.rest()
    await house.talk("c1")
    assert await line.dial("*75") == [say.NOT_NOW], "while talking"
    house.hang_up("c1")
    await house.rest()
    ends = house.acd.core.agent("1001").until
    assert ends is not None
    assert await line.dial("*75") == [say.WRAP_UP_EXTENDED]
    assert house.acd.core.agent("1001").until == pytest.approx(ends + 60)
    assert await line.dial("*75") == [say.WRAP_UP_EXTENDED]
    assert house.acd.core.agent("1001").until == pytest.approx(ends + 80), "90 s from the begin"
    assert await line.dial("*75") == [say.WRAP_UP_AT_LIMIT]
    house.acd.phone_seen("p1001")
    await house.rest(60)
    house.acd.phone_seen("p1001")
    assert house.state("1001") == "wrap_up"
    await house.rest(30)
    assert house.state("1001") == "ready"


async def test_without_wrap_up_most_there_is_no_more_time(house: House, line: Line) -> None:
    await house.seat("1001")
    house.begin("c1")
    await house.rest()
    await house.talk("c1")
    house.hang_up("c1")
    await house.rest()
    assert await line.dial("*75") == [say.WRAP_UP_AT_LIMIT]


@pytest.mark.parametrize("code", ["*76", "*739", "1000", "", "*", "*7"])
async def test_an_unknown_code(house: House, line: Line, code: str) -> None:
    await house.seat("1001")
    assert await line.dial(code) == [say.UNKNOWN_CODE]


async def test_login_on_the_phone_of_somebody_who_is_talking(house: House, line: Line) -> None:
    await house.seat("1001")
    house.begin("c1")
    await house.rest()
    await house.talk("c1")
    assert (await line.dial("*70", "1002#", "2002#"))[-1] == say.NOT_NOW


def test_every_prompt_is_in_both_languages() -> None:
    assert {frozenset(dict(prompt.texts)) for prompt in say.ALL} == {frozenset({"en", "zh"})}
    named = {value for value in vars(say).values() if isinstance(value, Prompt)}
    assert named == set(say.ALL)


def test_every_code_is_documented() -> None:
    from pathlib import Path

    text = (Path(__file__).parents[2] / "docs" / "agents.md").read_text("utf-8")
    for word in [*CODES, *REASONS.values(), *(f"*73{digit}" for digit in REASONS)]:
        assert f"`{word}`" in text, word
