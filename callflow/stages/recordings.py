"""The service ``recordings``: what callers said, fetched from the switch into files; the mailboxes' lists.

A recording that is under way when a call ends, or when a controller is killed, is fetched all the same: the
service hears of the call's end from the log.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
import structlog

from callflow.stages.mailboxes import MAILBOXES, VOICEMAIL, MailboxDefinition
from callflow.stages.recording_files import delete_file, is_silent, keep_file
from callflow.stages.recording_routes import RecordingRoutes
from records.events import (
    CallEnded,
    MessageChanged,
    RecordingBegun,
    RecordingDropped,
    RecordingKept,
)
from records.log import EventLog
from telephony.switch import SwitchError
from telephony.wav import WavError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aiohttp import web
    from pydantic import BaseModel

    from callflow.protocol import Call, Runtime, Section
    from records.events import Recorded

_log = structlog.get_logger(__name__)

ALARM, NOT_DELETED = "recordings", "recordings_not_deleted"


class Message(msgspec.Struct):
    """A recording that was kept."""

    message: str
    """Its id."""
    call: str
    kind: str
    box: str
    subject: str
    file: str
    """Below the home folder."""
    seconds: float
    language: str
    at: float
    """Steady seconds at which it was kept."""
    heard: bool = False


class _State(msgspec.Struct):
    begun: dict[str, RecordingBegun] = {}
    """Call → its recording under way, or not fetched yet."""
    messages: dict[str, Message] = {}
    deleted: dict[str, str] = {}
    """Message whose deletion is on record → its file, which may be there yet."""


class RecordingsService:
    """Owns the files below ``home/voicemail`` and ``home/recordings``; the list is a fold of the log."""

    needs: ClassVar[tuple[str, ...]] = ()
    section: ClassVar[Section] = MAILBOXES

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._state = _State()
        self._boxes: dict[str, MailboxDefinition] = {}
        self._saving: dict[str, asyncio.Task[Message | None]] = {}
        self._deleting: set[asyncio.Task[None]] = set()

    @classmethod
    def create(cls, runtime: Runtime) -> RecordingsService:
        """Make the service."""
        return cls(runtime)

    async def start(self) -> None:
        """Go on with what happens, and delete what was to be."""
        self._runtime.require(EventLog).vault.on_erased(self._erased)
        for message in list(self._state.deleted):
            await self._unlink(message)
        self._runtime.subscribe(
            self._hear, CallEnded, RecordingBegun, RecordingKept, RecordingDropped, MessageChanged
        )

    async def stop(self) -> None:
        """Wait for files that are being written."""
        await asyncio.gather(*self._saving.values(), *self._deleting, return_exceptions=True)

    def configure(self, parsed: Mapping[str, BaseModel], version: str) -> None:  # noqa: ARG002 - the door's shape
        """Take the mailboxes of a site that goes live."""
        self._boxes = {name: box for name, box in parsed.items() if isinstance(box, MailboxDefinition)}

    # ── for stages ───────────────────────────────────────────────────────────────────────────────

    def box(self, name: str) -> MailboxDefinition:
        """Give a mailbox; one that a reload has removed meanwhile has the usual limits."""
        return self._boxes.get(name) or MailboxDefinition()

    def full(self, name: str) -> bool:
        """Tell whether a mailbox holds no more messages."""
        return len(self.messages(name)) >= self.box(name).most_messages

    def under_way(self, call: str) -> str:
        """Give the recording of a call that was begun and not fetched; empty when there is none."""
        begun = self._state.begun.get(call)
        return begun.recording if begun is not None else ""

    def begin(self, call: Call, kind: str, box: str) -> str:
        """Record that a recording begins, and give its name; it is to be started then."""
        recording = f"{call.id}-r{secrets.token_hex(3)}"
        call.record(
            RecordingBegun(
                call=call.id,
                recording=recording,
                kind=kind,
                box=box,
                subject=call.caller.subject,
                language=call.language,
            )
        )
        return recording

    async def finish(self, call: str) -> Message | None:
        """Fetch the call's recording, which is over, into its file; None when nothing was said.

        Goes on when whoever waits for it does not any more.
        """
        task = self._saving.get(call)
        if task is None:
            begun = self._state.begun.get(call)
            if begun is None:
                return None
            task = asyncio.get_running_loop().create_task(self._save(begun), name=f"recording of {call}")
            self._saving[call] = task
            task.add_done_callback(lambda _: self._saving.pop(call, None))
        return await asyncio.shield(task)

    # ── for people ───────────────────────────────────────────────────────────────────────────────

    def messages(self, box: str = "", kind: str = VOICEMAIL) -> list[Message]:
        """Give the messages of a mailbox, or of all, the oldest first."""
        return [one for one in self._state.messages.values() if one.kind == kind and box in {"", one.box}]

    def message(self, message: str) -> Message | None:
        """Give a message."""
        return self._state.messages.get(message)

    def number_of(self, message: Message) -> str:
        """Give the number that left a message; empty when it was hidden, or its person was erased."""
        return self._runtime.require(EventLog).vault.get(message.subject, "number") or ""

    def heard(self, message: str) -> None:
        """Mark a message as heard."""
        self._runtime.record(MessageChanged(message=message, state="heard"))

    async def delete(self, message: str) -> None:
        """Delete a message and its file."""
        self._runtime.record(MessageChanged(message=message, state="deleted"))
        await self._unlink(message)

    def control_routes(self) -> Iterable[web.RouteDef]:
        """Give the routes of ``ringhall voicemail``."""
        return RecordingRoutes(self, self._runtime.home).routes()

    # ── restart ──────────────────────────────────────────────────────────────────────────────────

    def snapshot(self) -> Any:
        """Give the state as JSON-able data."""
        return msgspec.to_builtins(self._state)

    def restore(self, state: Any) -> None:
        """Take the state of a snapshot."""
        self._state = msgspec.convert(state, _State)

    def replay(self, recorded: Recorded) -> None:
        """Fold one event in."""
        event = recorded.event
        match event:
            case RecordingBegun():
                self._state.begun[event.call] = event
            case RecordingDropped():
                self._state.begun.pop(event.call, None)
            case RecordingKept():
                self._state.begun.pop(event.call, None)
                self._state.messages[event.recording] = Message(
                    message=event.recording,
                    call=event.call,
                    kind=event.kind,
                    box=event.box,
                    subject=event.subject,
                    file=event.file,
                    seconds=event.seconds,
                    language=event.language,
                    at=recorded.at.timestamp(),
                )
            case MessageChanged(state="deleted"):
                if (gone := self._state.messages.pop(event.message, None)) is not None:
                    self._state.deleted[event.message] = gone.file
            case MessageChanged():
                if event.message in self._state.messages:
                    self._state.messages[event.message].heard = True
            case _:
                pass

    def _hear(self, recorded: Recorded) -> None:
        self.replay(recorded)
        event = recorded.event
        if isinstance(event, CallEnded) and event.call in self._state.begun:
            saving = asyncio.get_running_loop().create_task(self.finish(event.call))
            saving.add_done_callback(lambda task: task.cancelled() or task.exception())

    async def _save(self, begun: RecordingBegun) -> Message | None:
        recording, home = begun.recording, self._runtime.home
        try:
            await self._runtime.switch.stop_recording(recording)
            sound = await self._runtime.switch.take_recording(recording)
            if sound is None:
                return self._dropped(begun, "there is no recording")
            if await asyncio.to_thread(is_silent, sound):
                return self._dropped(begun, "nothing said")
            if self._runtime.require(EventLog).vault.erased(begun.subject):
                return self._dropped(begun, "erased")
            folder = f"{begun.kind if begun.kind == VOICEMAIL else 'recordings'}/{begun.box}"
            file, seconds = await asyncio.to_thread(keep_file, home, folder, f"{recording}.wav", sound)
        except (SwitchError, OSError, WavError) as error:
            self._runtime.alarm(ALARM, f"a recording of call {begun.call} is lost: {error}")
            return self._dropped(begun, f"failed: {type(error).__name__}")
        self._runtime.clear_alarm(ALARM)
        self._runtime.record(
            RecordingKept(
                call=begun.call,
                recording=recording,
                kind=begun.kind,
                box=begun.box,
                subject=begun.subject,
                file=file,
                seconds=seconds,
                language=begun.language,
            )
        )
        return self._state.messages[recording]

    def _erased(self, subject: str, _number_hash: bytes | None) -> None:
        """Delete what somebody said, too."""
        for one in list(self._state.messages.values()):
            if subject and one.subject == subject:
                self._runtime.record(MessageChanged(message=one.message, state="deleted"))
                deleting = asyncio.get_running_loop().create_task(self._unlink(one.message))
                self._deleting.add(deleting)
                deleting.add_done_callback(self._deleting.discard)

    async def _unlink(self, message: str) -> None:
        """Remove a file whose deletion is on record; tried again at the next start when it can't be."""
        if (file := self._state.deleted.get(message)) is None:
            return
        try:
            await asyncio.to_thread(delete_file, self._runtime.home / file)
        except OSError as error:
            _log.error("message_not_deleted", message=message, error=str(error))
            self._runtime.alarm(
                NOT_DELETED, f"{self._runtime.home / file} was deleted and is still there: {error.strerror}"
            )
        else:
            self._state.deleted.pop(message, None)
            if not self._state.deleted:
                self._runtime.clear_alarm(NOT_DELETED)

    def _dropped(self, begun: RecordingBegun, reason: str) -> Message | None:
        self._runtime.record(RecordingDropped(call=begun.call, recording=begun.recording, reason=reason))
        return None
