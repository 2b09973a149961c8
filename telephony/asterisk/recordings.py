"""Recordings in Asterisk's words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypedDict

from telephony.switch import RecordingEnded

if TYPE_CHECKING:
    from telephony.ari.models import LiveRecording
    from telephony.switch import SwitchEvent


class Wanted(TypedDict):
    """Parameters of a request to record."""

    format_: str
    max_duration_seconds: int
    max_silence_seconds: int | None
    if_exists: str
    terminate_on: str


def wanted(most_s: float, silence_s: float | None, end_key: str) -> Wanted:
    """Give the parameters; Asterisk counts in whole seconds, and takes 0 for no limit."""
    return Wanted(
        format_="wav",
        max_duration_seconds=max(1, math.ceil(most_s)),
        max_silence_seconds=None if silence_s is None else max(1, math.ceil(silence_s)),
        if_exists="overwrite",
        terminate_on=end_key or "none",
    )


def ended(recording: LiveRecording) -> list[SwitchEvent]:
    """Translate the end of a recording; one of a bridge is nobody's here."""
    kind, _, leg = recording.target_uri.partition(":")
    if kind != "channel":
        return []
    return [RecordingEnded(leg=leg, recording=recording.name, failed=recording.state == "failed")]
