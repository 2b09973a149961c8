"""The stage ``survey``: one question, answered by a key; after a talk, in a queue's ``on_completed``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema

from callflow.stages.keys import ask_key
from callflow.step_model import Say, StepModel
from callflow.values import Variable, told
from records.events import SurveyAnswered

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callflow.protocol import Call, Prompt, Runtime

ANSWERED, NO_ANSWER = "answered", "no_answer"
_SCALE = re.compile(r"([0-9])\s*-\s*([0-9])", re.ASCII)


def _scale(value: Any) -> str:
    found = _SCALE.fullmatch(value) if isinstance(value, str) else None
    if found is None or found[1] >= found[2]:
        raise told("scale", "this is no scale of keys", "Write the least and the greatest key: 1-5.")
    return f"{found[1]}-{found[2]}"


class SurveyStep(StepModel):
    """Ask one question that is answered by one key, and record the answer."""

    survey: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
    """Name under which the answers are counted, such as ``csat``."""
    say: Say
    """The question."""
    scale: Annotated[
        str, BeforeValidator(_scale), WithJsonSchema({"type": "string", "pattern": r"^[0-9]\s*-\s*[0-9]$"})
    ] = "1-5"
    """Least and greatest key."""
    again: Annotated[int, Field(ge=0, le=5)] = 1
    """How often the question is put again."""
    thanks: Say | None = None
    """Heard after the answer."""
    into: Variable | None = None
    """Variable for the answer."""


class SurveyStage:
    """Asks and records."""

    name: ClassVar[str] = "survey"
    step: ClassVar[type[BaseModel]] = SurveyStep
    outcomes: ClassVar[frozenset[str]] = frozenset({ANSWERED, NO_ANSWER})
    simulated: ClassVar[bool] = True

    @classmethod
    def create(cls, runtime: Runtime) -> SurveyStage:  # noqa: ARG003 - a stage's shape
        """Make the stage."""
        return cls()

    def prompts(self) -> Iterable[Prompt]:
        """Give none: the question is the admin's."""
        return ()

    async def run(self, call: Call, step: SurveyStep) -> str:
        """Ask."""
        await call.answer()
        least, greatest = int(step.scale[0]), int(step.scale[-1])
        keys = {str(number) for number in range(least, greatest + 1)}
        key = await ask_key(call, step.say, keys, tries=step.again + 1)
        if not key:
            return NO_ANSWER
        call.record(SurveyAnswered(call=call.id, survey=step.survey, score=int(key)))
        if step.into is not None:
            call.facts[step.into] = key
        if step.thanks is not None:
            await call.say(step.thanks)
        return ANSWERED
