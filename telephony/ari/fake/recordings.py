"""Recordings of the fake Asterisk: parties speak for a while, then are silent."""

from __future__ import annotations

import asyncio
import io
import wave
from dataclasses import dataclass
from typing import TYPE_CHECKING

from telephony.ari import models

if TYPE_CHECKING:
    from collections.abc import Callable

    from telephony.ari.fake.parts import FakeChannel

RATE = 8000


@dataclass
class FakeRecording:
    """A recording under way."""

    name: str
    leg: FakeChannel
    began: float
    end_key: str
    timers: list[asyncio.TimerHandle]

    def view(self, state: str, seconds: float | None = None) -> models.LiveRecording:
        """As ARI shows it."""
        return models.LiveRecording(
            name=self.name, format="wav", target_uri=f"channel:{self.leg.id}", state=state,
            duration=None if seconds is None else round(seconds),
        )  # fmt: skip


class Recordings:
    """All recordings, under way and stored; ``speech_seconds`` is how long a party speaks into one."""

    def __init__(self, tell: Callable[[FakeChannel, models.AnyEvent], None]) -> None:
        self._tell = tell
        self.speech_seconds: float | None = 5.0
        """None for somebody who never stops."""
        self.live: dict[str, FakeRecording] = {}
        self.stored: dict[str, bytes] = {}

    def start(
        self, leg: FakeChannel, name: str, most: float | None, silence: float | None, end_key: str
    ) -> FakeRecording:
        """Begin one."""
        loop = asyncio.get_running_loop()
        made = self.live[name] = FakeRecording(name, leg, loop.time(), end_key, [])
        if most:
            made.timers.append(loop.call_later(most, self.finish, name))
        if silence and self.speech_seconds is not None:
            made.timers.append(loop.call_later(self.speech_seconds + silence, self.finish, name))
        self._tell(leg, models.RecordingStarted(recording=made.view("recording")))
        return made

    def finish(self, name: str) -> None:
        """End one and store it."""
        made = self.live.pop(name, None)
        if made is None:
            return
        for timer in made.timers:
            timer.cancel()
        seconds = asyncio.get_running_loop().time() - made.began
        self.stored[name] = _sound(seconds, self.speech_seconds)
        self._tell(made.leg, models.RecordingFinished(recording=made.view("done", seconds)))

    def pressed(self, leg: FakeChannel, key: str) -> None:
        """End those that this key ends."""
        for made in [one for one in self.live.values() if one.leg is leg and one.end_key in (key, "any")]:
            self.finish(made.name)

    def channel_gone(self, leg: FakeChannel) -> None:
        """End those of a channel that ends."""
        for made in [one for one in self.live.values() if one.leg is leg]:
            self.finish(made.name)


def _sound(seconds: float, speech: float | None) -> bytes:
    """Give a WAV file: a loud hum while the party speaks, then silence."""
    spoken = seconds if speech is None else min(seconds, speech)
    hum = (b"\x00\x10" * 40 + b"\x00\xf0" * 40) * int(spoken * RATE / 80 + 1)
    loud, whole = 2 * int(spoken * RATE), 2 * int(seconds * RATE)
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(hum[:loud] + bytes(whole - loud))
    return buffer.getvalue()
