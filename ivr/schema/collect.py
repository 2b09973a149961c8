"""The step ``collect``."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, NamedTuple

from pydantic import BeforeValidator, WithJsonSchema

from callflow.values import Duration, Variable, YesNo, told
from ivr import steps
from ivr.schema.common import Again, PhoneKey, Say, StepPlace, WrittenStep

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


class CollectStep(WrittenStep):
    """Let the caller type digits.

    Example::

        - collect:
            into: order
            digits: 6-10
            end: "#"
            say: {zh: 请输入订单号，按井号键结束, en: "Your order number, then the hash key, please."}
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
    barge_in: YesNo = True
    """Keys count while the question is being played."""
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
            timeout=self.timeout,
            into=self.into,
            least=self.digits.least,
            most=self.digits.most,
            end=self.end,
            between=self.between,
            secret=self.secret,
            no_input=self.no_input.compile(place, "collect", "no_input"),
            invalid=self.invalid.compile(place, "collect", "invalid"),
        )
