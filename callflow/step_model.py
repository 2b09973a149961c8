"""What the schemas of stages' steps are made of: their base, and prompts that an admin writes in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, PrivateAttr, StringConstraints, ValidationInfo
from pydantic_core import core_schema

from callflow.prompt import Prompt
from callflow.protocol import Refers
from callflow.values import told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic_core import CoreSchema

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


def _by_language(value: Any, info: ValidationInfo) -> Any:
    if not isinstance(value, str):
        return value
    languages = (info.context or {}).get("languages", ())
    if len(languages) == 1 or value.endswith(".wav"):
        return dict.fromkeys(languages, value)
    shown = ", ".join(f"{language}: …" for language in languages)
    raise told("say", "it is not said in which language this is", f"Write {{{shown}}}.")


WrittenSay = Annotated[dict[Annotated[str, Refers("language")], Text], BeforeValidator(_by_language)]


class Spoken:
    """Marks a prompt of a step, so that whoever compiles the step checks it and has it rendered."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(
            _prompt,
            handler.generate_schema(WrittenSay),
            serialization=core_schema.plain_serializer_function_ser_schema(_written),
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Leave a mark, ``x-part``, where a prompt is written."""
        return {"x-part": "say"}


def _written(prompt: Prompt) -> dict[str, str]:
    return {**dict(prompt.texts), **dict(prompt.recordings)}


def _prompt(value: Any, inner: Callable[[Any], dict[str, str]]) -> Prompt:
    if isinstance(value, Prompt):
        return value
    return Prompt(texts=tuple(inner(value).items()))


Say = Annotated[Prompt, Spoken()]
"""What is heard, by language: a text, or the path of a recording (``….wav``) beside the dialplan.

The compiler of the step puts recordings in their place; a stage takes the field as it is.
"""


class StepModel(BaseModel):
    """A step of a stage, as written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    _branches: frozenset[str] = PrivateAttr(default=frozenset())

    def has_branch(self, outcome: str) -> bool:
        """Tell whether the admin says where a call goes after this outcome."""
        return outcome in self._branches

    def branches(self) -> frozenset[str]:
        """Give the outcomes that have a branch."""
        return self._branches

    def set_branches(self, outcomes: Iterable[str]) -> None:
        """Take note of the outcomes that have a branch; for the compiler of the step."""
        self._branches = frozenset(outcomes)
