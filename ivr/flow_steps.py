"""Steps that the caller does not hear: values, conditions, hours, sub-menus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.steps import Step, Way

if TYPE_CHECKING:
    from collections.abc import Iterator

    from callflow.expressions.expression import Expression
    from callflow.expressions.template import Template


class Assign(Step, frozen=True, kw_only=True):
    """Put values into variables."""

    kind = "set"
    values: tuple[tuple[str, Template], ...]
    """(variable, text) pairs, in order."""


class If(Step, frozen=True, kw_only=True):
    """Go one of two ways."""

    kind = "if"
    condition: Expression
    then: str
    """Block, empty for the next step."""
    otherwise: str
    """Block, empty for the next step."""

    def ways(self) -> Iterator[Way]:
        """Give both."""
        yield Way("then", self.then)
        yield Way("else", self.otherwise)


class Switch(Step, frozen=True, kw_only=True):
    """Go the way of a value."""

    kind = "switch"
    subject: Expression
    cases: dict[str, str]
    """Text → block."""
    default: str
    """Block, empty for the next step."""

    def ways(self) -> Iterator[Way]:
        """Give the way of every case, and that of all others."""
        yield from (Way(case, block) for case, block in self.cases.items())
        yield Way("default", self.default)


class Hours(Step, frozen=True, kw_only=True):
    """Go the way of the hour."""

    kind = "hours"
    hours: str
    """Name of the opening hours."""
    states: dict[str, str]
    """State (open, closed, holiday, closure) → block, empty for the next step."""

    def ways(self) -> Iterator[Way]:
        """Give the way of every state."""
        yield from (Way(state, block) for state, block in self.states.items())


class CallMenu(Step, frozen=True, kw_only=True):
    """Go through another menu and come back."""

    kind = "call"
    to: str

    def ways(self) -> Iterator[Way]:
        """Give the menu, and what follows its end."""
        yield Way("call", self.to)
        yield Way("", "")


class Return(Step, frozen=True, kw_only=True):
    """Go back to where this menu was called."""

    kind = "return"

    def ways(self) -> Iterator[Way]:
        """Give none: where it leads, the step that called says."""
        yield from ()


class SpeakIn(Step, frozen=True, kw_only=True):
    """Go on in a language."""

    kind = "language"
    language: str
