"""The step ``hangup``."""

from __future__ import annotations

from typing import ClassVar, Literal

from ivr import steps
from ivr.schema.common import StepPlace, WrittenStep


class HangupStep(WrittenStep):
    """End the call.

    Example::

        - hangup
        - hangup: busy
    """

    kind: ClassVar[str] = "hangup"
    hangup: Literal["normal", "busy", "congestion", "rejected", "unallocated"] = "normal"
    """The cause that the caller's network is told; before the call is answered callers hear it as a tone."""

    def compile(self, place: StepPlace) -> steps.Step:
        """Make the interpreter's form."""
        return steps.Hangup(**place.base, cause=self.hangup)
