"""Messages to other systems: signed, sent until they are taken, not lost, and nobody waits for them."""

from __future__ import annotations

import hmac
import json
from typing import TYPE_CHECKING

import pytest

from callflow.expressions.template import parse_template
from callflow.stages.messages import SmsStage, SmsStep, WebhookStage, WebhookStep
from callflow.stages.outlets import OutletsService, signature
from callflow.stages.web_request import FAILURE, WebAnswer
from callflow.stages.webhooks import WebhookDefinition
from records import events as e
from tests.stages.office import WRONG, Office

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.virtual_time
DOWN = WebAnswer(outcome=FAILURE, detail="no answer", again=True)
STEP = WebhookStep.model_validate(
    {"webhook": "crm", "event": "lost_card", "send": {"order": "{order}", "list": ["{dialed}"]}}
)
SITE = {"crm": WebhookDefinition(url="https://crm.example/events")}


def a_webhook(office: Office) -> WebhookStage:
    return WebhookStage(office.require(OutletsService))


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    office = await Office(tmp_path, a_webhook).open()
    office.outlets.configure(SITE, "v1")
    yield office
    await office.close()


async def test_a_message_is_sent_while_the_call_goes_on(office: Office) -> None:
    office.web.takes_s = 5.0
    caller = await office.call(STEP)
    await office.ended(caller, 1.0)
    assert office.events(e.MessageSettled) == []
    await office.rest(6)
    [settled] = office.events(e.MessageSettled)
    assert (settled.outcome, settled.tries) == ("sent", 1)
    [asked] = office.web.asked
    assert (asked.method, asked.url) == ("POST", "https://crm.example/events")
    content = json.loads(asked.body)
    assert content["event"] == "lost_card"
    assert content["data"] == {"order": "", "list": [""]}
    assert dict(asked.headers)["X-Ringhall-Id"] == content["id"] == settled.message
    assert len(office.outlets) == 0


async def test_it_is_tried_until_it_is_taken(office: Office) -> None:
    office.web.answers.extend([DOWN] * 4)
    await office.ended(await office.call(STEP))
    await office.rest(60)
    assert [event.tries for event in office.events(e.MessageSettled)] == [5]
    assert len({asked.body for asked in office.web.asked}) == 1, "the same message each time"


async def test_it_is_given_up_after_an_hour_or_when_it_is_refused(office: Office) -> None:
    office.web.answers.append(WRONG)
    await office.ended(await office.call(STEP))
    await office.rest(5)
    [refused] = office.events(e.MessageSettled)
    assert (refused.outcome, refused.tries, refused.detail) == ("failed", 1, "the server said 404")
    assert "webhook crm" in office.alarms
    office.web.answers.extend([DOWN] * 20)
    await office.ended(await office.call(STEP))
    await office.rest(3600)
    assert [event.tries for event in office.events(e.MessageSettled)] == [1, 9]
    office.web.answers.clear()
    await office.ended(await office.call(STEP))
    await office.rest(5)
    assert office.alarms == {}, "a message that is taken clears the alarm"


async def test_what_waits_outlives_the_controller(office: Office) -> None:
    office.web.answers.extend([DOWN] * 2)
    await office.ended(await office.call(STEP))
    await office.rest(1)
    assert len(office.outlets) == 1
    again = OutletsService(office, office.web)
    again.restore(office.outlets.snapshot())
    assert len(again) == 1
    await office.close()
    after = Office(office.home, a_webhook, before=office)
    after.outlets.configure(SITE, "v1")
    await after.open()
    await after.rest(30)
    assert [event.outcome for event in after.events(e.MessageSettled)] == ["sent"]
    assert len({asked.body for asked in after.web.asked}) == 1
    await after.close()


async def test_a_server_that_is_not_allowed_gets_nothing(office: Office) -> None:
    office.outlets.configure({"crm": WebhookDefinition(url="https://evil.example/")}, "v2")
    await office.ended(await office.call(STEP))
    await office.rest(5)
    assert office.web.asked == []
    assert office.events(e.MessagePosted) == []
    assert "webhook crm" in office.alarms


async def test_a_text_message_in_the_callers_language(tmp_path: Path) -> None:
    office = Office(tmp_path, lambda o: SmsStage(o.require(OutletsService)))
    office.outlets.configure(SITE, "v1")
    await office.open()
    step = SmsStep(
        sms="crm",
        to=parse_template("+46 70 123"),
        text={"zh": parse_template("你好"), "en": parse_template("Hello {name}")},
    )
    await office.ended(await office.call(step))
    await office.rest(2)
    content = json.loads(office.web.asked[0].body)
    assert content["kind"] == "sms"
    assert content["data"] == {"to": "+4670123", "text": "Hello ", "language": "en"}
    assert "4670123" not in str(office.log.recorded)
    await office.ended(await office.call(SmsStep(sms="crm", text={"en": parse_template("Hi")}), number=""))
    assert len(office.events(e.MessagePosted)) == 1, "no number, no message"
    await office.close()


def test_a_receiver_can_check_the_signature() -> None:
    stamp, mark = signature("secret", 1_800_000_000, b'{"a":1}').split(",")
    assert stamp == "t=1800000000"
    expected = hmac.new(b"secret", b'1800000000.{"a":1}', "sha256").hexdigest()
    assert mark == f"v1={expected}"
