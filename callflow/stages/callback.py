"""The stage ``callback``: offers to call back, reads the number back, and records the promise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, JsonValue, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from callflow.prompt import Prompt, pieces_of
from callflow.protocol import Refers
from callflow.stages.keys import ask_digits, ask_key
from callflow.stages.lookup import knowing
from callflow.stages.trunks import bare_number
from callflow.step_model import StepModel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callflow.protocol import Call, Runtime
    from callflow.stages.callbacks import CallbacksService

PROMISED, DECLINED = "promised", "declined"
NOW, NEXT_OPENING = "now", "next_opening"
"""When a caller wants to be called."""
LEAST_DIGITS, MOST_DIGITS = 5, 15
"""Of a telephone number (E.164)."""
TRIES = 3


def _reading_back(**texts: str) -> Prompt:
    pairs = tuple(sorted(texts.items()))
    return Prompt(
        texts=pairs, pieces=tuple((language, pieces_of(text, language)) for language, text in pairs)
    )


CONFIRM = _reading_back(
    en="We will call you back on {number|digits}. If that is right, press one. "
    "For another number, press two. If you do not want to be called, press nine.",
    zh="我们将回拨您的号码{number|digits}。确认请按一，更换号码请按二，不需要回拨请按九。",
)
ASK_NUMBER = Prompt.say(
    en="Please enter the number on which we may call you, then the hash key.",
    zh="请输入您的回拨号码，按井号键结束。",
)
NOT_A_NUMBER = Prompt.say(en="That is not a telephone number.", zh="号码不正确。")
WILL_CALL = Prompt.say(en="Thank you. We will call you back.", zh="谢谢，我们会尽快给您回电。")


_AT_NEXT_OPENING: list[JsonValue] = ["next opening", "next_opening"]


class CallbackStep(StepModel):
    """Offer to call back: the caller confirms the number, or types another one."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"required": ["when"], "properties": {"when": {"enum": _AT_NEXT_OPENING}}},
            "then": {"required": ["hours"]},
            "else": {"not": {"required": ["hours"]}},
        }
    )
    queue: Annotated[str, Refers("queue")]
    """The queue whose agents will call."""
    when: Annotated[
        Literal["now", "next_opening"],
        BeforeValidator(lambda value: value.replace(" ", "_") if isinstance(value, str) else value),
        WithJsonSchema({"enum": ["now", *_AT_NEXT_OPENING]}),
    ] = "now"
    """``now``: as soon as an agent is free.  ``next opening``: when it opens next."""
    hours: Annotated[str, Refers("hours")] | None = None
    """The opening hours that are meant by ``next opening``."""

    @model_validator(mode="after")
    def _hours_for_an_opening(self) -> Self:
        if self.when == NEXT_OPENING and self.hours is None:
            raise PydanticCustomError(
                "hours_missing",
                "it is not said which hours open next",
                {"remedy": "Add hours: with the name of opening hours."},
            )
        if self.when != NEXT_OPENING and self.hours is not None:
            raise PydanticCustomError(
                "hours_unused",
                "hours mean nothing unless it is called back at the next opening",
                {"remedy": "Add when: next opening, or remove hours."},
            )
        return self


class CallbackStage:
    """Asks, confirms, promises."""

    name: ClassVar[str] = "callback"
    step: ClassVar[type[BaseModel]] = CallbackStep
    outcomes: ClassVar[frozenset[str]] = frozenset({PROMISED, DECLINED})
    simulated: ClassVar[bool] = True

    def __init__(self, callbacks: CallbacksService) -> None:
        self._callbacks = callbacks

    @classmethod
    def create(cls, runtime: Runtime) -> CallbackStage:
        """Make the stage."""
        from callflow.stages.callbacks import CallbacksService  # noqa: PLC0415 - a dialplan is checked without services

        return cls(runtime.require(CallbacksService))

    def prompts(self) -> Iterable[Prompt]:
        """Give what is heard."""
        return (CONFIRM, ASK_NUMBER, NOT_A_NUMBER, WILL_CALL)

    async def run(self, call: Call, step: CallbackStep) -> str:
        """Ask for the number until it is confirmed."""
        await call.answer()
        number = await _confirmed(call, bare_number(call.caller.number))
        if not number:
            return DECLINED
        self._callbacks.promise(call, number, queue=step.queue, when=step.when, hours=step.hours or "")
        await call.say(WILL_CALL)
        return PROMISED


async def _confirmed(call: Call, number: str) -> str:
    """Give the number that the caller confirmed; empty when they did not."""
    for _ in range(TRIES):
        if number:
            question = CONFIRM.filled(knowing({"number": number.lstrip("+")}, call.look_up), call.language)
            key = await ask_key(call, question, "129")
            if key == "1":
                return number
            if key != "2":
                return ""
        number = await ask_digits(call, ASK_NUMBER, MOST_DIGITS)
        if len(number) < LEAST_DIGITS:
            number = ""
            await call.say(NOT_A_NUMBER)
    return ""
