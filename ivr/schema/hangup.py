"""The step ``hangup``."""

from __future__ import annotations

from typing import ClassVar

from ivr import steps
from ivr.schema.common import StepPlace, WrittenStep


class HangupStep(WrittenStep):
    """End the call.

    Example::

        - hangup
    """

    kind: ClassVar[str] = "hangup"

    def compile(self, place: StepPlace) -> steps.Step:
        """Make the interpreter's form."""
        return steps.Hangup(**place.base)
