"""The stage ``identify``: who is calling, by digits that another system knows; too many wrong ones lock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from callflow.prompt import Prompt
from callflow.stages.attempts import IDENTIFIED, LOCKED, UNKNOWN, AttemptsService
from callflow.stages.http import Asking, keep, note
from callflow.stages.keys import DigitCount, ask_digits
from callflow.stages.lookup import knowing
from callflow.stages.web_request import DONE, FAILURE, NOT_FOUND
from callflow.step_model import Say
from callflow.values import Duration, Variable
from records.events import CallerIdentified

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callflow.protocol import Call, Runtime
    from callflow.stages.web import WebClient

NO_INPUT = "no_input"
WRONG_STATUS = frozenset({400, 401, 403, 422})
"""What a server says to digits that are wrong, besides 404."""
SILENCES = 2
WRONG = Prompt.say(
    en="That does not match what we have. Please try again.",
    zh="您输入的信息与记录不符，请重新输入。",
)


class Pin(BaseModel):
    """A second entry that nobody keeps."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    into: Variable
    """Name under which this step's texts know it; it is gone after the step."""
    digits: DigitCount
    """How many: ``4``, or ``4-8``."""
    say: Say
    """The question."""


class IdentifyStep(Asking):
    """Ask who is calling, and let another system say whether that is right."""

    into: Variable
    """Variable for the digits, set when they were right."""
    digits: DigitCount
    """How many: ``8``, or ``8-10``."""
    say: Say
    """The question."""
    pin: Pin | None = None
    """A PIN or password asked for after the digits; never stored or shown."""
    check: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")] = "customer"
    """Name of what is checked: wrong answers are counted for each name apart."""
    tries: Annotated[int, Field(ge=1, le=10)] = 3
    """Wrong answers in a row, over calls, until the caller's number is locked."""
    lock: Annotated[Duration, Field(ge=1)] = 900.0
    """How long it is locked."""
    wrong: Say | None = None
    """Heard after a wrong answer, before the question is put again."""


class IdentifyStage:
    """Asks, checks, counts."""

    name: ClassVar[str] = "identify"
    step: ClassVar[type[BaseModel]] = IdentifyStep
    outcomes: ClassVar[frozenset[str]] = frozenset({IDENTIFIED, NO_INPUT, LOCKED, FAILURE})
    simulated: ClassVar[bool] = True

    def __init__(self, web: WebClient, attempts: AttemptsService) -> None:
        self._web = web
        self._attempts = attempts

    @classmethod
    def create(cls, runtime: Runtime) -> IdentifyStage:
        """Make the stage."""
        from callflow.stages.web import WebClient  # noqa: PLC0415 - a dialplan is checked without services

        return cls(runtime.require(WebClient), runtime.require(AttemptsService))

    def prompts(self) -> Iterable[Prompt]:
        """Give what is heard after a wrong answer unless the step says otherwise."""
        return (WRONG,)

    async def run(self, call: Call, step: IdentifyStep) -> str:
        """Ask until the answer is right, the number is locked, or nothing comes."""
        await call.answer()
        subject = call.caller.subject
        silences = 0
        while not self._attempts.locked(step.check, subject, call.now()):
            entered = await self._entered(call, step)
            if entered is None:
                silences += 1
                if silences == SILENCES:
                    return NO_INPUT
                continue
            request = step.request(knowing(entered, call.look_up), call)
            answer = await call.while_waiting(self._web.ask(request))
            if answer.outcome == DONE:
                keep(call, step.save, answer)
                call.facts[step.into] = entered[step.into]
                call.keep(step.into, entered[step.into])
                note(call, request.method, answer, step.save)
                self._record(call, step, IDENTIFIED, variables=[step.into])
                return IDENTIFIED
            note(call, request.method, answer)
            if answer.outcome != NOT_FOUND and answer.status not in WRONG_STATUS:
                return FAILURE
            last = self._attempts.wrong(step.check, subject, call.now()) + 1 >= step.tries
            self._record(call, step, UNKNOWN, locked_until=call.now() + step.lock if last else None)
            if last:
                return LOCKED
            await call.say(step.wrong or WRONG)
        self._record(call, step, LOCKED)
        return LOCKED

    async def _entered(self, call: Call, step: IdentifyStep) -> dict[str, str] | None:
        """Give what was typed, by variable; None when too little was."""
        digits = await ask_digits(call, step.say, step.digits.most)
        if len(digits) < step.digits.least:
            return None
        entered = {step.into: digits}
        if step.pin is not None:
            pin = await ask_digits(call, step.pin.say, step.pin.digits.most)
            if len(pin) < step.pin.digits.least:
                return None
            entered[step.pin.into] = pin
        return entered

    def _record(
        self,
        call: Call,
        step: IdentifyStep,
        result: str,
        *,
        locked_until: float | None = None,
        variables: list[str] | None = None,
    ) -> None:
        call.record(
            CallerIdentified(
                call=call.id,
                subject=call.caller.subject,
                check=step.check,
                result=result,
                locked_until=locked_until,
                variables=variables or [],
            )
        )
