"""Call recordings over the HTTP API: listed, fetched on record, deleted; paused by the agent who talks."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, ClassVar

import msgspec
from aiohttp import web
from msgspec import Meta

from callflow.api import (
    Asked,
    CallId,
    ErrorKind,
    Moment,
    Page,
    Paging,
    Role,
    WrongCursor,
    opened,
    route,
    sealed,
)
from callflow.call_recording.service import CallRecordings, NoRecording
from callflow.live_calls import LiveCalls
from records.recording_rows import KeptRecording

if TYPE_CHECKING:
    from collections.abc import Iterator

    from callflow.protocol import Runtime

RecordingId = Annotated[str, Meta(min_length=1, max_length=100, description="A recording's id.")]
NO_RECORDING = ErrorKind(
    "no-such-recording",
    404,
    "There is no such recording (any more, or yet), or the call is not being recorded.",
    "see /api/v1/recordings",
)
_READERS = {Role.SUPERVISOR}


class RecordingsAsked(Paging, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which recordings; all that is given must fit."""

    call: str = ""
    queue: str = ""
    since: Moment | None = None
    """Those that began at that time or later."""
    until: Moment | None = None
    """Those that began before."""


class Checked(msgspec.Struct, frozen=True):
    """A file held against the checksum that was taken when it was finished."""

    recording: str
    state: str
    """good, damaged or missing."""


class Why(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why it is paused."""

    reason: Annotated[str, Meta(max_length=80)] = ""


class RunningRecording(msgspec.Struct, frozen=True):
    """A call's recording as it runs."""

    call: str
    recording: str
    paused: bool


class RecordingRoutes:
    """Handlers."""

    tag: ClassVar[str] = "recordings"

    def __init__(self, recordings: CallRecordings, live: LiveCalls) -> None:
        self._recordings = recordings
        self._live = live

    @classmethod
    def create(cls, runtime: Runtime) -> RecordingRoutes:
        """Make the group."""
        return cls(runtime.require(CallRecordings), runtime.require(LiveCalls))

    @route("GET", "/recordings", "Recordings that are kept", roles=_READERS, errors=[WrongCursor])
    async def recordings(self, asked: Asked, query: RecordingsAsked) -> Page[KeptRecording]:  # noqa: ARG002 - a handler's shape
        """Newest first, with their times, sizes and checksums."""
        found = await self._recordings.list(
            call=query.call,
            queue=query.queue,
            since=0.0 if query.since is None else query.since.timestamp(),
            until=None if query.until is None else query.until.timestamp(),
            before=opened(query.cursor, float, str) if query.cursor else None,
            limit=query.limit + 1,
        )
        page = found[: query.limit]
        more = len(found) > len(page)
        return Page(page, sealed(page[-1].begun_at, page[-1].recording) if more else "")

    @route(
        "GET",
        "/recordings/{recording}/file",
        "Fetch a recording",
        roles=_READERS,
        errors=[NO_RECORDING],
        gives="audio/wav",
    )
    async def file(self, asked: Asked, recording: RecordingId) -> web.StreamResponse:
        """Stereo WAV, 8 kHz: the caller left, what they heard right.  Who fetched it goes on record."""
        with _in_words(recording):
            path = await self._recordings.open(recording, asked.by)
        return web.FileResponse(path, headers={"Content-Type": "audio/wav"})

    @route(
        "POST", "/recordings/{recording}/verify", "Verify a recording", roles=_READERS, errors=[NO_RECORDING]
    )
    async def verify(self, asked: Asked, recording: RecordingId) -> Checked:  # noqa: ARG002
        """By its SHA-256."""
        with _in_words(recording):
            return Checked(recording, await self._recordings.verify(recording))

    @route(
        "DELETE",
        "/recordings/{recording}",
        "Delete a recording",
        roles={Role.ADMIN},
        status=204,
        errors=[NO_RECORDING],
    )
    async def delete(self, asked: Asked, recording: RecordingId) -> None:
        """For good; on record."""
        with _in_words(recording):
            await self._recordings.delete(recording, asked.by)

    @route(
        "POST",
        "/calls/{call}/recording/pause",
        "Pause a recording",
        roles={Role.AGENT, Role.SUPERVISOR},
        errors=[NO_RECORDING],
    )
    async def pause(self, asked: Asked, call: CallId, body: Why) -> RunningRecording:
        """Silence is recorded in place of both sides, while a card's number is told, say."""
        self._may(asked, call)
        with _in_words(call):
            one = self._recordings.pause(call, asked.by, body.reason)
        return RunningRecording(call, one.recording, one.paused)

    @route(
        "POST",
        "/calls/{call}/recording/resume",
        "Resume a recording",
        roles={Role.AGENT, Role.SUPERVISOR},
        errors=[NO_RECORDING],
    )
    async def resume(self, asked: Asked, call: CallId) -> RunningRecording:
        """What is said is recorded again."""
        self._may(asked, call)
        with _in_words(call):
            one = self._recordings.resume(call, asked.by)
        return RunningRecording(call, one.recording, one.paused)

    def _may(self, asked: Asked, call: str) -> None:
        """Let an agent's token act in the agent's own talk only."""
        live = self._live.get(call)
        if asked.role is Role.AGENT and (live is None or not live.talks_with(asked.agent)):
            raise NO_RECORDING(f"no call of yours, {call}, is being recorded", where="path.call")


@contextmanager
def _in_words(where: str) -> Iterator[None]:
    try:
        yield
    except NoRecording as error:
        raise NO_RECORDING(str(error), where=where) from None
