"""Who is calling, callbacks and surveys: what callers are asked and what becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from callflow.prompt import Prompt
from callflow.stages.attempts import AttemptsService
from callflow.stages.callback import CallbackStage, CallbackStep
from callflow.stages.callbacks import CallbacksService
from callflow.stages.identify import IdentifyStage, IdentifyStep
from callflow.stages.survey import SurveyStage, SurveyStep
from callflow.stages.web import WebClient
from callflow.stages.web_request import DONE, FAILURE, WebAnswer
from records import events as e
from tests.stages.office import WRONG, Office

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from callflow.protocol import Stage

pytestmark = pytest.mark.virtual_time

MAKERS: dict[str, Callable[[Office], Any]] = {
    "identify": lambda o: IdentifyStage(o.require(WebClient), o.require(AttemptsService)),
    "callback": lambda o: CallbackStage(o.require(CallbacksService)),
    "survey": lambda _: SurveyStage(),
}
IDENTIFY = IdentifyStep.model_validate(
    {
        "into": "customer",
        "digits": "4-6",
        "say": Prompt.say(en="Your number"),
        "pin": {"into": "pin", "digits": "4", "say": Prompt.say(en="Your PIN")},
        "post": "https://crm.example/check",
        "body": {"customer": "{customer}", "pin": "{pin}"},
        "save": {"name": "$.name"},
        "lock": "15m",
    }
)
CSAT = SurveyStep(
    survey="csat", say=Prompt.say(en="From one to five"), thanks=Prompt.say(en="Thanks"), again=1
)


@pytest.fixture
async def office(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Office]:
    kind = next(name for name in MAKERS if name in request.node.name)
    stage: Callable[[Office], Stage] = MAKERS[kind]
    office = await Office(tmp_path, stage).open()
    yield office
    await office.close()


def results(office: Office) -> list[str]:
    return [event.result for event in office.events(e.CallerIdentified)]


async def answers(office: Office, leg: str, customer: str = "12345#", pin: str = "4711") -> None:
    await office.hears(leg, "Your number")
    await office.types(leg, customer)
    await office.hears(leg, "Your PIN")
    await office.types(leg, pin)


async def test_identify_a_customer(office: Office) -> None:
    office.web.answers.append(WebAnswer(outcome=DONE, status=200, values={"name": "Ada"}))
    caller = await office.call(IDENTIFY)
    (call,) = office.runner._calls.values()
    await answers(office, caller)
    await office.ended(caller)
    assert results(office) == ["identified"]
    assert office.web.asked[0].body == {"customer": "12345", "pin": "4711"}
    assert call.facts == {"customer": "12345", "name": "Ada"}
    written = str(office.log.recorded) + str(office.log.vault.values)
    assert "4711" not in written, "a PIN is kept nowhere"
    assert "12345" not in str(office.log.recorded)


async def test_identify_locks_a_number_over_calls_and_restarts(office: Office) -> None:
    office.web.answers.extend([WRONG] * 3)
    caller = await office.call(IDENTIFY)
    for _ in range(2):
        await answers(office, caller)
    await office.rest(1)
    office.asterisk.hang_up(caller)
    await office.ended(caller)
    assert results(office) == ["unknown", "unknown"]
    again = await office.call(IDENTIFY)
    await answers(office, again)
    await office.ended(again)
    assert results(office) == ["unknown", "unknown", "unknown"], "the third wrong answer, in another call"
    after = await office.killed()
    locked = await after.call(IDENTIFY)
    await after.ended(locked)
    assert results(after)[-1] == "locked"
    assert len(after.web.asked) == 3, "nobody is asked for a locked number"
    snapshot = after.attempts.snapshot()
    fresh = AttemptsService(after)
    fresh.restore(snapshot)
    subject = after.events(e.CallerIdentified)[0].subject
    assert fresh.locked("customer", subject, after.clock.now())
    assert not fresh.locked("other", subject, after.clock.now())
    other = await after.call(IDENTIFY, number="+4699")
    await answers(after, other)
    await after.ended(other)
    assert results(after)[-1] == "identified", "others are not locked"
    await after.rest(16 * 60)
    free = await after.call(IDENTIFY)
    await answers(after, free)
    await after.ended(free)
    assert results(after)[-1] == "identified"
    await after.close()


async def test_identify_goes_wrong_without_blame(office: Office) -> None:
    office.web.answers.append(WebAnswer(outcome=FAILURE, detail="no answer"))
    caller = await office.call(IDENTIFY)
    await answers(office, caller)
    await office.ended(caller)
    assert results(office) == [], "a server's trouble is no wrong answer"
    silent = await office.call(IDENTIFY)
    await office.ended(silent)
    assert results(office) == []
    assert len(office.web.asked) == 1


async def test_identify_ends_at_once_when_the_caller_hangs_up_while_a_server_thinks(office: Office) -> None:
    office.web.takes_s = 25.0
    caller = await office.call(IDENTIFY)
    await answers(office, caller)
    await office.rest(1)
    began = office.clock.now()
    office.asterisk.hang_up(caller)
    await office.ended(caller)
    assert office.clock.now() - began < 0.2


async def test_callback_to_the_callers_number(office: Office) -> None:
    office.hours.opens["office"] = opens = office.clock.now() + 40_000.5
    caller = await office.call(CallbackStep(queue="cards", when="next_opening", hours="office"))
    await office.hears(caller, "We will call you back on")
    await office.hears(caller, "three")
    await office.types(caller, "1")
    await office.hears(caller, "Thank you")
    await office.ended(caller)
    [promise] = office.callbacks.promises()
    assert (promise.queue, promise.when, promise.hours) == ("cards", "next_opening", "office")
    assert promise.due == opens
    assert office.callbacks.number_of(promise) == "+4670123456"
    assert "70123456" not in str(office.log.recorded)
    office.hours.opens["office"] += 86_400
    after = await office.killed()
    assert after.callbacks.promises() == [promise], "a promise keeps its time, whatever becomes of the hours"
    await after.close()


async def test_callback_at_the_opening_of_hours_that_never_open(office: Office) -> None:
    caller = await office.call(CallbackStep(queue="cards", when="next_opening", hours="office"))
    await office.hears(caller, "We will call you back on")
    await office.types(caller, "1")
    await office.ended(caller)
    [promise] = office.callbacks.promises()
    assert promise.due is None


async def test_callback_to_another_number_after_a_wrong_one(office: Office) -> None:
    caller = await office.call(CallbackStep(queue="cards"))
    await office.hears(caller, "We will call you back on")
    await office.types(caller, "2")
    await office.hears(caller, "Please enter")
    await office.types(caller, "12#")
    await office.hears(caller, "not a telephone number")
    await office.hears(caller, "Please enter")
    await office.types(caller, "021555*0215551234#")
    await office.hears(caller, "We will call you back on")
    await office.types(caller, "1")
    await office.ended(caller)
    [promise] = office.callbacks.promises()
    assert promise.due is not None
    assert 0 <= promise.at - promise.due < 1
    assert office.callbacks.number_of(promise) == "0215551234"
    assert [event.outcome for event in office.events(e.CallEnded)] == ["callback_promised"]
    again = CallbacksService(office)
    again.restore(office.callbacks.snapshot())
    assert again.promises() == [promise]
    office.record(e.CallbackSettled(callback=promise.callback, outcome="done"))
    assert office.callbacks.promises() == []


@pytest.mark.parametrize("keys", ["9", ""])
async def test_callback_declined(office: Office, keys: str) -> None:
    caller = await office.call(CallbackStep(queue="cards"))
    await office.hears(caller, "We will call you back on")
    await office.types(caller, keys)
    await office.ended(caller)
    assert office.callbacks.promises() == []


async def test_callback_of_a_hidden_number_asks_for_one(office: Office) -> None:
    caller = await office.call(CallbackStep(queue="cards"), number="")
    await office.hears(caller, "Please enter")
    await office.types(caller, "0215551234#")
    await office.hears(caller, "We will call you back on")
    await office.types(caller, "1")
    await office.ended(caller)
    assert len(office.callbacks.promises()) == 1


@pytest.mark.parametrize(
    ("keys", "scores"), [("4", [4]), ("9", []), ("0", []), ("", []), ("71", [1]), ("#5", [5])]
)
async def test_survey(office: Office, keys: str, scores: list[int]) -> None:
    caller = await office.call(CSAT)
    for key in keys:
        await office.hears(caller, "From one to five")
        await office.types(caller, key)
    await office.ended(caller)
    assert [event.score for event in office.events(e.SurveyAnswered)] == scores


def test_a_scale_in_a_survey_is_checked() -> None:
    for wrong in ("5-1", "0-10", "1", "a-b"):
        with pytest.raises(ValueError, match="scale"):
            SurveyStep(survey="csat", say=Prompt.say(en="?"), scale=wrong)
    with pytest.raises(ValueError, match="get, post and put"):
        IdentifyStep.model_validate({"into": "a", "digits": "4", "say": Prompt.say(en="?")})
