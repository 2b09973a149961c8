"""The steps that decide: ``set``, ``if``, ``switch``, ``call``, ``return``."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from callflow.expressions import ExpressionText, TemplateText
from callflow.protocol import Refers
from callflow.values import Variable
from ivr import flow_steps, steps
from ivr.schema.common import Branch, StepPlace, WrittenStep


class SetStep(WrittenStep):
    """Put values into variables.

    Example::

        - set: {tries: "{tries + 1}", tier: gold}
    """

    kind: ClassVar[str] = "set"
    set: Annotated[dict[Variable, TemplateText], Field(min_length=1)]
    """Variable → its value, a text in which ``{…}`` stands for values."""

    def compile(self, place: StepPlace) -> steps.Step:
        """Make the interpreter's form."""
        return flow_steps.Assign(**place.base, values=tuple(self.set.items()))


class IfStep(WrittenStep):
    """Go one way or the other.

    Example::

        - if: tier == "gold" and queue.sales.ready > 0
          then: {queue: sales, priority: 5}
          else: main
    """

    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": ["then"]}, {"required": ["else"]}]})
    kind: ClassVar[str] = "if"
    condition: ExpressionText = Field(alias="if")
    """The condition."""
    then: Branch | None = None
    """Where the call goes when it holds; without it, on to the next step."""
    otherwise: Branch | None = Field(default=None, alias="else")
    """Where the call goes when it does not; without it, on to the next step."""

    def compile(self, place: StepPlace) -> steps.Step:
        """Make the interpreter's form."""
        if self.then is None and self.otherwise is None:
            place.problem('"if" leads nowhere', 'Write "then:" or "else:" after it.', "if")
        return flow_steps.If(
            **place.base,
            condition=self.condition,
            then=place.branch(self.then, "then", "then"),
            otherwise=place.branch(self.otherwise, "else"),
        )


class SwitchStep(WrittenStep):
    """Go the way of a value.

    Example::

        - switch: caller.country
          cases: {CN: main, HK: main}
          default: operator
    """

    kind: ClassVar[str] = "switch"
    switch: ExpressionText
    """What is looked at: a variable, a fact, or any expression."""
    cases: Annotated[dict[str, Branch], Field(min_length=1)]
    """Value → where the call goes; values are compared as texts."""
    default: Branch | None = None
    """Where the call goes with every other value; without it, on to the next step."""

    def compile(self, place: StepPlace) -> steps.Step:
        """Make the interpreter's form."""
        return flow_steps.Switch(
            **place.base,
            subject=self.switch,
            cases={case: place.branch(to, "cases", case) for case, to in self.cases.items()},
            default=place.branch(self.default, "default"),
        )


class CallStep(WrittenStep):
    """Go through another menu and come back when it ends.

    Example::

        - call: main
    """

    kind: ClassVar[str] = "call"
    call: Annotated[str, Refers("menu")]
    """The menu."""

    def compile(self, place: StepPlace) -> steps.Step:
        """Make the interpreter's form."""
        return flow_steps.CallMenu(**place.base, to=self.call)


class ReturnStep(WrittenStep):
    """Go back to where this menu was called, before its end.

    Example::

        - return
    """

    kind: ClassVar[str] = "return"

    def compile(self, place: StepPlace) -> steps.Step:
        """Make the interpreter's form."""
        return flow_steps.Return(**place.base)
