"""The stages ``webhook`` and ``sms``: tell another system something; the call goes on at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import BaseModel, Field

from callflow.expressions.fields import TemplateText
from callflow.protocol import Refers
from callflow.stages.json_body import JsonBody
from callflow.stages.lookup import filled
from callflow.stages.trunks import bare_number
from callflow.step_model import StepModel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callflow.protocol import Call, Prompt, Runtime
    from callflow.stages.outlets import OutletsService

SENT, FAILURE = "sent", "failure"
LONGEST_SMS = 1000


class WebhookStep(StepModel):
    """Tell another system something, in the background."""

    webhook: Annotated[str, Refers("webhook")]
    """Who is told: one of ``webhooks:``."""
    event: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.-]{0,59}$")] = "call"
    """What it is about, for the receiver."""
    send: JsonBody | None = None
    """What is told: pairs of name and text, with values in them."""


class SmsStep(StepModel):
    """Have a text message sent by a gateway, in the background."""

    sms: Annotated[str, Refers("webhook")]
    """The gateway: one of ``webhooks:``."""
    to: TemplateText | None = None
    """The number; the caller's when absent."""
    text: Annotated[dict[Annotated[str, Refers("language")], TemplateText], Field(min_length=1)]
    """What it says, by language, with values in it; the call's language is taken."""


class WebhookStage:
    """Hands the message over."""

    name: ClassVar[str] = "webhook"
    step: ClassVar[type[BaseModel]] = WebhookStep
    outcomes: ClassVar[frozenset[str]] = frozenset({SENT, FAILURE})
    instant: ClassVar[bool] = True

    def __init__(self, outlets: OutletsService) -> None:
        self._outlets = outlets

    @classmethod
    def create(cls, runtime: Runtime) -> WebhookStage:
        """Make the stage."""
        from callflow.stages.outlets import OutletsService  # noqa: PLC0415 - a dialplan is checked without services

        return cls(runtime.require(OutletsService))

    def prompts(self) -> Iterable[Prompt]:
        """Give none."""
        return ()

    async def run(self, call: Call, step: WebhookStep) -> str:
        """Hand the message over; ``sent`` says that it will be sent, not that it was."""
        data = {} if step.send is None else filled(step.send, call.look_up)
        taken = self._outlets.post(call, step.webhook, "webhook", step.event, data)
        return SENT if taken else FAILURE


class SmsStage:
    """Hands the text over."""

    name: ClassVar[str] = "sms"
    step: ClassVar[type[BaseModel]] = SmsStep
    outcomes: ClassVar[frozenset[str]] = frozenset({SENT, FAILURE})
    instant: ClassVar[bool] = True

    def __init__(self, outlets: OutletsService) -> None:
        self._outlets = outlets

    @classmethod
    def create(cls, runtime: Runtime) -> SmsStage:
        """Make the stage."""
        from callflow.stages.outlets import OutletsService  # noqa: PLC0415 - a dialplan is checked without services

        return cls(runtime.require(OutletsService))

    def prompts(self) -> Iterable[Prompt]:
        """Give none."""
        return ()

    async def run(self, call: Call, step: SmsStep) -> str:
        """Hand the text over; a hidden number can't be texted."""
        to = bare_number(call.caller.number if step.to is None else step.to.text(call.look_up))
        if not to:
            return FAILURE
        language = call.language if call.language in step.text else next(iter(step.text))
        text = step.text[language].text(call.look_up)[:LONGEST_SMS]
        data = {"to": to, "text": text, "language": language}
        return SENT if self._outlets.post(call, step.sms, "sms", "sms", data) else FAILURE
