"""The step ``goto``."""

from __future__ import annotations

from typing import Annotated, ClassVar

from callflow.protocol import Refers
from ivr import steps
from ivr.schema.common import StepPlace, WrittenStep


class GotoStep(WrittenStep):
    """Go on in another menu; the call does not come back.

    Example::

        - goto: main
    """

    kind: ClassVar[str] = "goto"
    goto: Annotated[str, Refers("menu")]
    """The menu's name."""

    def compile(self, place: StepPlace) -> steps.Step:
        """Make the interpreter's form."""
        return steps.Goto(**place.base, to=self.goto)
