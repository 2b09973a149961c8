"""The step ``consent``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from callflow.protocol import Refers
from callflow.values import Duration, YesNo
from ivr import steps
from ivr.schema.common import Branch, PhoneKey, Say, StepPlace, WrittenStep

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo
    from pydantic_core import CoreSchema

RECORDING = "recording"
"""What else than a listener can be agreed to; it counts as the notice of that name."""


class _To:
    """Marks the name of what a caller agrees to, and notes that they are asked."""

    _listener = Refers("listener")

    def check(self, value: str, info: ValidationInfo) -> str:
        """Raise a validation error for a name that the site does not define."""
        defined = (info.context or {}).get("defined", set())
        if value == RECORDING:
            defined.add(("notice", RECORDING))
        else:
            self._listener.check(value, info)
        defined.add(("consent", value))
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema  # noqa: PLC0415

        return core_schema.with_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Let an editor offer both."""
        return {"anyOf": [{**handler(schema), "x-names": "listener"}, {"const": RECORDING}]}


class ConsentStep(WrittenStep):
    """Ask the caller to agree to being heard by a listener, or to being recorded; it is on record.

    Example::

        - consent:
            to: emotion
            say: {zh: 同意情绪分析请按一, en: "To agree to mood analysis, press one."}
            yes: "1"
            no: "2"
    """

    kind: ClassVar[str] = "consent"
    nested: ClassVar[bool] = True
    to: Annotated[str, _To()]
    """The listener, or ``recording``; ``consent.NAME`` is given or refused afterwards."""
    say: Say
    """The question."""
    yes: PhoneKey
    """The key that agrees; without it there is no consent."""
    no: PhoneKey | None = None
    """The key that does not."""
    then: Branch | None = None
    """Where the call goes with consent; without it, on to the next step."""
    otherwise: Branch | None = Field(default=None, alias="else")
    """Where the call goes without consent; without it, on to the next step."""
    barge_in: YesNo = True
    """Keys count while the question is being played."""
    timeout: Duration = 5.0
    """Silence after the question until it counts as no input."""
    again: Annotated[int, Field(ge=0, le=9)] = 1
    """How often the question is put again after silence, or a key that means nothing."""

    def compile(self, place: StepPlace) -> steps.Step:
        """Make the interpreter's form."""
        if self.yes == self.no:
            place.problem("yes and no are the same key", "Choose two keys.", "consent", "no")
        refused = place.branch(self.otherwise, "consent", "else")
        again = steps.Again(times=self.again, then=refused)
        return steps.Consent(
            **place.base,
            say=(place.prompt(self.say, "consent", "say"),),
            barge_in=self.barge_in,
            type_ahead=False,
            timeout=self.timeout,
            to=self.to,
            yes=self.yes,
            no=self.no or "",
            given=place.branch(self.then, "consent", "then"),
            refused=refused,
            no_input=again,
            invalid=again,
        )
