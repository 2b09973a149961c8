"""Sounds whose files are gone while calls need them: an alarm for as long as there are any."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from telephony.switch import PlayEnded

ALARM = "sound_missing"


class MissingSounds:
    """Looks at how playbacks end; the calls themselves go on as if the sound had been heard."""

    def __init__(self, alarm: Callable[[str, str], None], clear_alarm: Callable[[str], None]) -> None:
        self._alarm = alarm
        self._clear_alarm = clear_alarm
        self._missing: set[str] = set()

    def note(self, ended: PlayEnded) -> None:
        """Take note of a playback's end; one that a hangup cut short says nothing about its sound."""
        sound = ended.sound
        if ended.failed and sound.startswith("/") and not _there(sound):
            self._missing.add(sound)
            self._alarm(
                ALARM,
                f"the prompt {sound}.wav is gone: callers hear nothing in its place. "
                "Restart the controller, which renders anew what is missing",
            )
        elif self._missing and not ended.failed:
            self._missing = {sound for sound in self._missing if not _there(sound)}
            if not self._missing:
                self._clear_alarm(ALARM)


def _there(sound: str) -> bool:
    return Path(f"{sound}.wav").exists()
