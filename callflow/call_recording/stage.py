"""The stage ``call_recording``: switches the recording of a call on or off from a menu."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from callflow.step_model import StepModel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import BaseModel

    from callflow.call_recording.service import CallRecordings
    from callflow.protocol import Call, Prompt, Runtime

DONE = "done"


class CallRecordingStep(StepModel):
    """Have this call recorded from its next talk, or not at all, whatever its queues' rules say."""

    call_recording: Literal["on", "off"]
    """``off`` also ends a recording that runs."""


class CallRecordingStage:
    """Notes the wish."""

    name: ClassVar[str] = "call_recording"
    step: ClassVar[type[BaseModel]] = CallRecordingStep
    outcomes: ClassVar[frozenset[str]] = frozenset({DONE})
    instant: ClassVar[bool] = True

    def __init__(self, recordings: CallRecordings) -> None:
        self._recordings = recordings

    @classmethod
    def create(cls, runtime: Runtime) -> CallRecordingStage:
        """Make the stage."""
        # a dialplan is checked without services
        from callflow.call_recording.service import CallRecordings  # noqa: PLC0415

        return cls(runtime.require(CallRecordings))

    def prompts(self) -> Iterable[Prompt]:
        """Give none."""
        return ()

    async def run(self, call: Call, step: CallRecordingStep) -> str:
        """Note it; the call goes on at once."""
        self._recordings.wish(call.id, on=step.call_recording == "on")
        return DONE
