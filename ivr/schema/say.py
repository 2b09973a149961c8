"""The step ``say``."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field, WithJsonSchema, model_validator

from callflow.expressions import Template, TemplateText
from callflow.spoken import Kind, SpokenError, kind_of
from callflow.spoken.currencies import CURRENCIES
from callflow.values import YesNo, told
from ivr import steps
from ivr.schema.common import Say, StepPlace, Written, WrittenStep

_KINDS = ("digits", "phone", "number", "money", "date", "time")


class SpokenValue(Written):
    """A value and how it is spoken: exactly one of the kinds."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [{"required": [name]} for name in _KINDS],
            "dependentRequired": {
                "money": ["currency"],
                "currency": ["money"],
                "form": ["date"],
                "clock": ["time"],
            },
        }
    )

    digits: TemplateText | None = None
    """Digits and letters, one by one."""
    phone: TemplateText | None = None
    """The digits of a phone number, one by one; in Mandarin 1 is 幺."""
    number: TemplateText | None = None
    """A number: two thousand and five."""
    money: TemplateText | None = None
    """An amount, rounded to hundredths; needs ``currency``."""
    currency: Annotated[str, WithJsonSchema({"enum": list(CURRENCIES)})] = ""
    """ISO 4217 code of the money, such as CNY."""
    date: TemplateText | None = None
    """A day as ``2026-12-24``, or such a day with a time."""
    form: Literal["long", "short"] = "long"
    """``short`` leaves weekday and year out."""
    time: TemplateText | None = None
    """A time of day as ``18:05``."""
    clock: Annotated[Literal["12", "24"], WithJsonSchema({"enum": ["12", "24", 12, 24]})] = "12"
    """Hours to 12 with the half of the day, or to 24."""

    @model_validator(mode="after")
    def _one_kind(self) -> SpokenValue:
        written = [name for name in _KINDS if getattr(self, name) is not None]
        if len(written) != 1:
            message = "it is not said what to speak" if not written else f"{' and '.join(written)} at once"
            raise told("spoken", message, f"Write one of: {', '.join(_KINDS)}.")
        for option, owner in (("currency", "money"), ("form", "date"), ("clock", "time")):
            if option in self.model_fields_set and written != [owner]:
                raise told("spoken", f'"{option}" means nothing with {written[0]}', "Remove it.")
        try:
            self.kind()
        except SpokenError as error:
            near = f'Did you mean "{error.near}"? ' if error.near else ""
            raise told("spoken", error.message, f"{near}{error.remedy}") from None
        return self

    def kind(self) -> Kind:
        """Give the kind with its option."""
        name = next(name for name in _KINDS if getattr(self, name) is not None)
        return kind_of(name, {"money": self.currency, "date": self.form, "time": self.clock}.get(name, ""))

    @property
    def value(self) -> Template:
        """The text that gives the value."""
        texts = (self.digits, self.phone, self.number, self.money, self.date, self.time)
        return next(text for text in texts if text is not None)


class SayStep(WrittenStep):
    """Speak a value.

    Example::

        - say: {money: "{amount}", currency: CNY}
          otherwise: {zh: 暂时无法查询, en: It is not known at the moment}
    """

    kind: ClassVar[str] = "say"
    say: SpokenValue
    """The value, and how it is spoken."""
    otherwise: Say | None = None
    """Heard instead when the value is missing, or can't be spoken so."""
    barge_in: YesNo = Field(default=True)
    """A key ends it, and counts as the answer to the next question."""

    def compile(self, place: StepPlace) -> steps.Step:
        """Make the interpreter's form."""
        return steps.Say(
            **place.base,
            say=place.value(self.say.value, self.say.kind(), "say"),
            otherwise=place.prompt(self.otherwise, "otherwise") if self.otherwise else None,
            barge_in=self.barge_in,
        )
