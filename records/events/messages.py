"""What callers leave behind and what other systems are told: recordings and messages."""

from __future__ import annotations

from records.events.base import Event


class RecordingBegun(Event, frozen=True, tag=True, kw_only=True):
    """A caller's words are being recorded."""

    call: str
    recording: str
    kind: str
    """voicemail or record."""
    box: str
    """Mailbox, or the label that the step gives."""
    subject: str
    language: str


class RecordingKept(Event, frozen=True, tag=True, kw_only=True):
    """A recording was fetched from the switch and lies in a file of its own."""

    call: str
    recording: str
    kind: str
    box: str
    subject: str
    file: str
    """Below the home folder."""
    seconds: float
    language: str = ""


class RecordingDropped(Event, frozen=True, tag=True, kw_only=True):
    """There was nothing to keep: nothing said, or it failed."""

    call: str
    recording: str
    reason: str


class MessageChanged(Event, frozen=True, tag=True, kw_only=True):
    """A message of a mailbox was heard, or deleted with its file."""

    message: str
    """Its recording."""
    state: str
    """heard, deleted."""


class MessagePosted(Event, frozen=True, tag=True, kw_only=True):
    """A message to another system waits to be sent; what it says is in the vault under ``message:ID``."""

    call: str
    message: str
    webhook: str
    kind: str
    """webhook or sms."""
    subject: str


class MessageSettled(Event, frozen=True, tag=True, kw_only=True):
    """A message to another system was taken, or given up."""

    call: str
    message: str
    outcome: str
    """sent, failed."""
    tries: int
    detail: str = ""
