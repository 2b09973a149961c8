"""The stages ``voicemail`` and ``record``: a caller's words, kept in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import BaseModel, Field

from callflow.log import get_logger
from callflow.prompt import Prompt
from callflow.protocol import Refers
from callflow.stages.mailboxes import RECORD, VOICEMAIL
from callflow.step_model import Say, StepModel
from callflow.values import Duration, Variable, YesNo
from telephony.switch import LegGone, RecordingEnded, SwitchError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callflow.protocol import Call, Runtime
    from callflow.stages.recordings import Message, RecordingsService

_log = get_logger(__name__)

LEFT, RECORDED, NOTHING_SAID, FULL, FAILED = "left", "recorded", "nothing_said", "full", "failed"
LOOK_EVERY_S = 10.0
"""How often it is asked whether a recording is still going on: its end may have been lost."""
GREETING = Prompt.say(
    en="Please leave a message after the tone. Press the hash key when you have finished.",
    zh="请在提示音后留言，留言结束请按井号键。",
)
THANKS = Prompt.say(en="Thank you. Your message has been saved.", zh="谢谢，您的留言已保存。")


class VoicemailStep(StepModel):
    """Let the caller leave a message in a mailbox."""

    voicemail: Annotated[str, Refers("mailbox")]
    """The mailbox, one of ``mailboxes:``."""
    say: Say | None = None
    """Heard before the tone, instead of the usual words."""
    thanks: Say | None = None
    """Heard after the message, instead of the usual words."""


class RecordStep(StepModel):
    """Record what the caller says, for somebody else than a mailbox."""

    record: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
    """Label: the folder below ``recordings/`` in which the file is kept."""
    say: Say | None = None
    """Heard before."""
    beep: YesNo = True
    """A tone says when it begins."""
    longest: Annotated[Duration, Field(ge=1, le=1800)] = 60.0
    """Longest recording."""
    silence: Annotated[Duration, Field(ge=1, le=60)] = 3.0
    """Silence that ends it."""
    into: Variable | None = None
    """Variable for the recording's id."""


class VoicemailStage:
    """Greets, records, thanks."""

    name: ClassVar[str] = "voicemail"
    step: ClassVar[type[BaseModel]] = VoicemailStep
    outcomes: ClassVar[frozenset[str]] = frozenset({LEFT, NOTHING_SAID, FULL, FAILED})

    def __init__(self, recordings: RecordingsService) -> None:
        self._recordings = recordings

    @classmethod
    def create(cls, runtime: Runtime) -> VoicemailStage:
        """Make the stage."""
        from callflow.stages.recordings import RecordingsService  # noqa: PLC0415 - a dialplan is checked without services

        return cls(runtime.require(RecordingsService))

    def prompts(self) -> Iterable[Prompt]:
        """Give the usual words."""
        return (GREETING, THANKS)

    async def run(self, call: Call, step: VoicemailStep) -> str:
        """Take a message."""
        box = self._recordings.box(step.voicemail)
        await call.answer()
        if not self._recordings.under_way(call.id):
            if self._recordings.full(step.voicemail):
                _log.warning("mailbox_full", call=call.id, box=step.voicemail)
                return FULL
            await call.say(step.say or GREETING)
        try:
            kept = await record(
                call,
                self._recordings,
                VOICEMAIL,
                step.voicemail,
                longest=box.longest,
                silence=box.silence,
                beep=True,
            )
        except SwitchError as error:
            _log.warning("not_recorded", call=call.id, error=str(error))
            return FAILED
        if kept is None:
            return NOTHING_SAID
        await call.say(step.thanks or THANKS)
        return LEFT


class RecordStage:
    """Records."""

    name: ClassVar[str] = "record"
    step: ClassVar[type[BaseModel]] = RecordStep
    outcomes: ClassVar[frozenset[str]] = frozenset({RECORDED, NOTHING_SAID, FAILED})

    def __init__(self, recordings: RecordingsService) -> None:
        self._recordings = recordings

    @classmethod
    def create(cls, runtime: Runtime) -> RecordStage:
        """Make the stage."""
        from callflow.stages.recordings import RecordingsService  # noqa: PLC0415 - a dialplan is checked without services

        return cls(runtime.require(RecordingsService))

    def prompts(self) -> Iterable[Prompt]:
        """Give none."""
        return ()

    async def run(self, call: Call, step: RecordStep) -> str:
        """Record what is said."""
        await call.answer()
        if step.say is not None and not self._recordings.under_way(call.id):
            await call.say(step.say)
        try:
            kept = await record(
                call,
                self._recordings,
                RECORD,
                step.record,
                longest=step.longest,
                silence=step.silence,
                beep=step.beep,
            )
        except SwitchError as error:
            _log.warning("not_recorded", call=call.id, error=str(error))
            return FAILED
        if step.into is not None:
            call.facts[step.into] = kept.message if kept is not None else ""
        return RECORDED if kept is not None else NOTHING_SAID


async def record(
    call: Call,
    recordings: RecordingsService,
    kind: str,
    box: str,
    *,
    longest: float,
    silence: float,
    beep: bool,
) -> Message | None:
    """Record until ``#``, silence or the longest time; go on with what was begun before a restart.

    A caller who hangs up is heard of by the service, which then keeps what there is.
    """
    recording = recordings.under_way(call.id)
    if not recording:
        await call.stop_playing()
        recording = recordings.begin(call, kind, box)
        try:
            await call.switch.record(
                call.leg, recording, most_s=longest, silence_s=silence, beep=beep, end_key="#"
            )
        except LegGone:
            await call.next(call.now())
            raise
    latest = call.now() + longest + LOOK_EVERY_S
    while call.now() < latest:
        message = await call.next(min(call.now() + LOOK_EVERY_S, latest))
        if isinstance(message, RecordingEnded) and message.recording == recording:
            break
        if message is None and not await call.switch.recording_alive(recording):
            break
    return await call.while_waiting(recordings.finish(call.id))
