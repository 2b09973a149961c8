"""The step ``menu``."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from callflow.values import Duration, YesNo
from ivr import steps
from ivr.schema.common import Again, Branch, PhoneKey, Say, StepPlace, WrittenStep


class MenuStep(WrittenStep):
    """Let the caller choose by one key.

    Example::

        - menu:
            say: {zh: 销售请按一，售后请按二, en: "Sales, press one. Support, press two."}
            keys:
              "1": sales
              "2": support
            timeout: 5s
            no_input: {again: 2, then: operator}
            invalid: {again: 2, then: operator}
    """

    kind: ClassVar[str] = "menu"
    nested: ClassVar[bool] = True
    say: Say
    """The question."""
    keys: Annotated[dict[PhoneKey, Branch], Field(min_length=1)]
    """Key → where it leads: a menu, or steps."""
    barge_in: YesNo = True
    """Keys count while the question is being played."""
    type_ahead: YesNo = True
    """Keys that were pressed before the question count as its answer."""
    timeout: Duration = 5.0
    """Silence after the question until it counts as no input."""
    no_input: Again = Again()
    """What follows silence."""
    invalid: Again = Again()
    """What follows a key that means nothing."""

    def compile(self, place: StepPlace) -> steps.Step:
        """Make the interpreter's form."""
        return steps.Menu(
            **place.base,
            say=(place.prompt(self.say, "menu", "say"),),
            barge_in=self.barge_in,
            type_ahead=self.type_ahead,
            timeout=self.timeout,
            keys={key: place.branch(to, "menu", "keys", key) for key, to in self.keys.items()},
            no_input=self.no_input.compile(place, "menu", "no_input"),
            invalid=self.invalid.compile(place, "menu", "invalid"),
        )
