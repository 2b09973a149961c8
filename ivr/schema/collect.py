"""The step ``collect``."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, NamedTuple

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema, model_validator

from callflow.near import near_name
from callflow.values import Duration, Variable, YesNo, parse_yes_no, told
from ivr import steps
from ivr.check_digits import CHECKS
from ivr.schema.common import Again, PhoneKey, Say, StepPlace, Written, WrittenStep

MOST_DIGITS = 32
_COUNT = re.compile(r"(\d{1,3})(?:\s*-\s*(\d{1,3}))?", re.ASCII)
_ONE_COUNT = "0{0,2}([1-9]|[12][0-9]|3[0-2])"
"""For editors: 1 to 32."""


class Count(NamedTuple):
    """How many digits."""

    least: int
    most: int


def _count(value: Any) -> Count:
    found = _COUNT.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise told(
            "digits", "this is no number of digits", "Write 16, or 6-18 for at least 6 and at most 18."
        )
    least = int(found[1])
    most = int(found[2] or least)
    if not 1 <= least <= most <= MOST_DIGITS:
        raise told(
            "digits", "this number of digits is not possible", f"Write 1 to {MOST_DIGITS}, least first."
        )
    return Count(least, most)


Digits = Annotated[
    Count,
    BeforeValidator(_count),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": MOST_DIGITS},
                {"pattern": f"^{_ONE_COUNT}( *- *{_ONE_COUNT})?$", "type": "string"},
            ]
        }
    ),
]


_PATTERN = re.compile(r"(?:[0-9xX]|\[[0-9](?:-?[0-9])*\])+\*?", re.ASCII)


def _pattern(value: Any) -> Any:
    """Turn 62xx*|45* into a regular expression that no digits can keep busy."""
    if not isinstance(value, str):
        return value
    alternatives = value.replace(" ", "").split("|")
    if len(value) > 200 or not all(_PATTERN.fullmatch(one) for one in alternatives):
        remedy = (
            "Write digits, x for any digit, [1-5] for some, * at the end for any more, | between choices."
        )
        raise told("pattern", "this is no pattern of digits", remedy)
    written = "|".join(
        one.replace("*", "[0-9]*").replace("x", "[0-9]").replace("X", "[0-9]") for one in alternatives
    )
    try:
        re.compile(written)
    except re.error:
        raise told("pattern", "a range runs backwards", "Write the smaller digit first: [1-5].") from None
    return written


def _confirm(value: Any) -> Any:
    if isinstance(value, dict | Confirm):
        return value
    return Confirm() if parse_yes_no(value) else None


def _check(value: str) -> str:
    if value not in CHECKS:
        near = near_name(value, CHECKS)
        hint = f'Did you mean "{near}"? ' if near else ""
        message = f'there is no check digit method "{value[:40]}"'
        raise told("check", message, f"{hint}There are: {', '.join(CHECKS)}.")
    return value


Pattern = Annotated[
    str,
    BeforeValidator(_pattern),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "maxLength": 200, "pattern": r"^[0-9xX\[\]\-|* ]+$"},
                {"type": "integer", "minimum": 0},
            ]
        }
    ),
]
"""A pattern of digits, as a regular expression."""


class Confirm(Written):
    """Digits are read back before they count."""

    say: Say | None = None
    """The read-back, in which the variable stands for the digits; Ringhall's own words when left out."""
    accept: PhoneKey = "1"
    """The key that says they are right."""
    again: PhoneKey = "2"
    """The key after which they are entered anew."""

    @model_validator(mode="after")
    def _two_keys(self) -> Confirm:
        if self.accept == self.again:
            raise told("confirm", "accept and again are the same key", "Choose two keys.")
        return self


class CollectStep(WrittenStep):
    """Let the caller type digits.

    Example::

        - collect:
            into: order
            digits: 6-10
            end: "#"
            say: {zh: 请输入订单号，按井号键结束, en: "Your order number, then the hash key, please."}
            check: luhn
            confirm: yes
            no_input: {again: 1, then: operator}
    """

    kind: ClassVar[str] = "collect"
    nested: ClassVar[bool] = True
    into: Variable
    """Name of the variable."""
    digits: Digits
    """How many: ``16``, or ``6-18``."""
    say: Say
    """The question."""
    end: PhoneKey = "#"
    """The key that ends the entry before the most digits are there."""
    secret: YesNo = False
    """A PIN or card number: never stored, never shown."""
    pattern: Pattern = ""
    """What the digits must look like: ``62x*|45xx``."""
    check: Annotated[str, AfterValidator(_check), WithJsonSchema({"enum": list(CHECKS)})] = ""
    """Method of the check digit: luhn, mod11, mod97, damm or ean."""
    confirm: Annotated[Confirm | None, BeforeValidator(_confirm, json_schema_input_type=YesNo | Confirm)] = (
        None
    )
    """``yes`` reads the digits back and asks whether they are right."""
    barge_in: YesNo = True
    """Keys count while the question is being played."""
    type_ahead: YesNo = True
    """Keys that were pressed before the question count as its answer."""
    timeout: Duration = 5.0
    """Silence after the question until it counts as no input."""
    between: Duration = 3.0
    """Silence after a digit until the entry is taken as it is."""
    no_input: Again = Again()
    """What follows silence."""
    invalid: Again = Again()
    """What follows too few digits, or a key that is no digit."""

    def compile(self, place: StepPlace) -> steps.Step:
        """Make the interpreter's form."""
        return steps.Collect(
            **place.base,
            say=(place.prompt(self.say, "collect", "say"),),
            barge_in=self.barge_in,
            type_ahead=self.type_ahead,
            timeout=self.timeout,
            into=self.into,
            least=self.digits.least,
            most=self.digits.most,
            end=self.end,
            between=self.between,
            secret=self.secret,
            pattern=self.pattern,
            check=self.check,
            confirm=self._compiled_confirm(place),
            no_input=self.no_input.compile(place, "collect", "no_input"),
            invalid=self.invalid.compile(place, "collect", "invalid"),
        )

    def _compiled_confirm(self, place: StepPlace) -> steps.Confirm | None:
        if self.confirm is None:
            return None
        if self.secret:
            remedy = "Remove confirm, or secret."
            place.problem("a secret is never read back", remedy, "collect", "confirm")
        keys = (self.confirm.accept, self.confirm.again)
        say = place.read_back(self.into, keys, self.confirm.say, "collect", "confirm", "say")
        return steps.Confirm(say=say, yes=keys[0], no=keys[1])
