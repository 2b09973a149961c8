"""What several steps' schemas share: prompts, branches, keys, repetitions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Protocol

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic.functional_validators import PlainValidator

from callflow.protocol import Refers
from callflow.values import PhoneKey as PhoneKey  # noqa: PLC0414 - the steps' schemas share it
from callflow.values import told
from ivr import steps

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from callflow.expressions import Template
    from callflow.prompt import Prompt
    from callflow.spoken import Kind

BARE_STEPS = frozenset({"hangup", "return"})
"""Steps that need no more than their name; no menu can have such a name."""


def _say(value: Any, info: ValidationInfo) -> Any:
    if not isinstance(value, str):
        return value
    languages = (info.context or {}).get("languages", ())
    if len(languages) == 1 or value.endswith(".wav"):
        return dict.fromkeys(languages, value)
    shown = ", ".join(f"{language}: …" for language in languages)
    raise told("say", "it is not said in which language this is", f"Write {{{shown}}}.")


def _branch(value: Any) -> str | list[Any]:
    if isinstance(value, list) and value:
        return value
    if isinstance(value, dict):
        return [value]
    if isinstance(value, str) and value in BARE_STEPS:
        return [value]
    if isinstance(value, str):
        return value
    raise told("branch", "a menu or steps are expected here", "Write a menu's name, or a list of steps.")


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]

Say = Annotated[
    dict[Annotated[str, Refers("language")], Text],
    BeforeValidator(_say),
    WithJsonSchema({"x-part": "say"}),
]
"""What is heard, by language: a text, or the path of a recording (``….wav``) beside the dialplan."""


def _parts(value: Any) -> Any:
    if value == []:
        raise told("say", "nothing is said", "Write a text or a recording.")
    return value if isinstance(value, list) else [value]


Parts = Annotated[
    tuple[Say, ...],
    BeforeValidator(_parts),
    WithJsonSchema(
        {"anyOf": [{"x-part": "say"}, {"type": "array", "minItems": 1, "items": {"x-part": "say"}}]}
    ),
]
"""A prompt, or a list of prompts that are heard one after another."""

Branch = Annotated[Any, PlainValidator(_branch), WithJsonSchema({"x-part": "branch"})]
"""Where the call goes: a menu's name, or steps written on the spot; :meth:`StepPlace.branch` checks names."""


class StepPlace(Protocol):
    """Where a step stands, and how its parts become parts of the compiled site."""

    @property
    def base(self) -> dict[str, Any]:
        """Arguments that every compiled step takes: at, following, file, line, column."""

    @property
    def languages(self) -> tuple[str, ...]:
        """The site's languages."""

    def prompt(self, say: Mapping[str, str], *path: str, whole: bool = True) -> Prompt:
        """Make a prompt of what is written at ``path`` within the step.

        ``whole`` checks that every language of the site is there, and every recording in order.
        """

    def prompts(self, parts: Sequence[Mapping[str, str]], *path: str) -> Prompt:
        """Make one prompt of parts that are heard one after another."""

    def value(self, text: Template, kind: Kind, *path: str) -> Prompt:
        """Make a prompt that is a value alone."""

    def read_back(
        self, variable: str, keys: tuple[str, str], say: Mapping[str, str] | None, *path: str
    ) -> Prompt:
        """Make the prompt that reads digits back; in our own words where the admin gives none.

        ``keys`` are those for right and wrong.
        """

    def problem(self, message: str, remedy: str, *path: str) -> None:
        """Report something that is wrong at ``path`` within the step."""

    def branch(self, value: str | list[Any] | None, *path: str) -> str:
        """Give the block that ``value`` (written at ``path``) leads to; empty for None."""


class Written(BaseModel):
    """A part of a dialplan as it is written."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class WrittenStep(Written, ABC):
    """A step of the menu engine's own."""

    kind: ClassVar[str]
    """The step's name, its first key."""
    nested: ClassVar[bool] = False
    """True when the step's fields stand below its name, not beside it."""

    @abstractmethod
    def compile(self, place: StepPlace) -> steps.Step:
        """Make the step that the interpreter runs."""


class Again(Written):
    """What to do when the caller presses nothing, or something that means nothing."""

    again: int = Field(default=2, ge=0, le=9)
    """How often the question is put again."""
    say: Say | None = None
    """Heard before the question is put again."""
    then: Branch | None = None
    """Where the call goes after that; without it, on to the next step."""

    def compile(self, place: StepPlace, *path: str) -> steps.Again:
        """Make the interpreter's form."""
        say = (place.prompt(self.say, *path, "say"),) if self.say is not None else ()
        return steps.Again(times=self.again, say=say, then=place.branch(self.then, *path, "then"))
