"""Recordings of calls (what callers leave as a message is in ``messages``)."""

from __future__ import annotations

from records.events.base import Event


class CallRecordingWished(Event, frozen=True, tag=True, kw_only=True):
    """A step of a menu switched the recording of a call on or off, whatever its queues' rules say."""

    call: str
    on: bool


class CallRecordingRefused(Event, frozen=True, tag=True, kw_only=True):
    """A call that was to be recorded is not."""

    call: str
    queue: str
    reason: str
    """no_consent, not_announced, no_room (on the disk), not_writable, no_recorder."""


class CallRecordingStarted(Event, frozen=True, tag=True, kw_only=True):
    """A call is recorded from here on, until CallRecordingStopped."""

    call: str
    recording: str
    leg: str
    """The caller's: what comes from it is on the left, what is sent to it on the right."""
    subject: str
    queue: str
    keep_days: int
    """How long it is kept; 0: until somebody deletes it."""
    agent: str = ""
    """Who talks with the caller as it begins; empty when it begins with the wait."""
    with_wait: bool = False
    """The caller's waiting time is recorded too."""


class CallRecordingPaused(Event, frozen=True, tag=True, kw_only=True):
    """Silence is recorded in place of both sides."""

    call: str
    recording: str
    by: str
    """Who asked for it."""
    reason: str = ""


class CallRecordingResumed(Event, frozen=True, tag=True, kw_only=True):
    """What is said is recorded again."""

    call: str
    recording: str
    by: str


class CallRecordingStopped(Event, frozen=True, tag=True, kw_only=True):
    """A recording is over; its file is being finished."""

    call: str
    recording: str
    reason: str
    """call_over, switched_off, no_room, not_writable, erased."""


class CallRecordingKept(Event, frozen=True, tag=True, kw_only=True):
    """A recording's file is whole: a stereo WAV file, 8 kHz, 16 bit."""

    call: str
    recording: str
    subject: str
    queue: str
    agents: list[str]
    """Who talked in it, in order."""
    file: str
    """Below the folder of recordings."""
    begun_at: float
    """Steady seconds."""
    seconds: float
    """Length of the sound."""
    bytes: int
    sha256: str
    delete_at: float = 0.0
    """Steady seconds at which it is deleted; 0: never by itself."""


class CallRecordingLost(Event, frozen=True, tag=True, kw_only=True):
    """Nothing was recorded, or the file can't be had."""

    call: str
    recording: str
    reason: str


class CallRecordingFetched(Event, frozen=True, tag=True, kw_only=True):
    """Somebody listened to a recording, or took a copy."""

    call: str
    recording: str
    by: str


class CallRecordingDeleted(Event, frozen=True, tag=True, kw_only=True):
    """A recording was deleted with its file."""

    call: str
    recording: str
    file: str
    reason: str
    """expired (its time was over), erased (its person was), or asked."""
    by: str = ""


class CallRecordingsToErase(Event, frozen=True, tag=True, kw_only=True):
    """A person was erased: whatever was recorded of them is to be deleted."""

    subject: str


class CallRecordingsErased(Event, frozen=True, tag=True, kw_only=True):
    """That was done."""

    subject: str
    recordings: int
