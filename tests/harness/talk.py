"""Proving with ears: who hears whom."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from callflow.demo.proof import sound_heard
from speech.tones import has_tone

if TYPE_CHECKING:
    from collections.abc import Callable

    from telephony.peers.softphone import Heard, Softphone


class Listener:
    """Hears what a phone hears from the moment this was made."""

    def __init__(self, phone: Softphone) -> None:
        self._phone = phone
        heard = phone.heard()
        self._began, self._so_far = heard.began, len(heard.pcm)

    @property
    def seconds(self) -> float:
        """How long it has been listening, in audio."""
        heard = self._phone.heard()
        return (len(heard.pcm) - self._since(heard)) / 2 / heard.rate

    def hears(self, hz: float) -> bool:
        """Tell whether the tone was there for a second since: longer than waiting music holds a note."""
        heard = self._phone.heard()
        return has_tone(heard.pcm[self._since(heard) :], heard.rate, hz, seconds=1.0)

    async def expect(self, hz: float, seconds: float = 5.0) -> None:
        """Wait until the tone has been heard; fails the test when it is not in time."""
        await self._until(lambda: self.hears(hz), seconds, f"{hz:g} Hz")

    async def expect_sound(self, sound_s: float = 1.0, seconds: float = 8.0) -> None:
        """Wait until ``sound_s`` seconds of anything but silence have been heard."""
        await self._until(lambda: self.sound_s >= sound_s, seconds, f"{sound_s:g} s of sound")

    @property
    def sound_s(self) -> float:
        """How many seconds since were not silent."""
        heard = self._phone.heard()
        return sound_heard(heard, self._since(heard))

    def _since(self, heard: Heard) -> int:
        """Give from which byte on it counts: all of a call that has begun since."""
        return self._so_far if heard.began == self._began else 0

    async def _until(self, met: Callable[[], bool], seconds: float, what: str) -> None:
        deadline = asyncio.get_running_loop().time() + seconds
        while not met():
            assert asyncio.get_running_loop().time() < deadline, (
                f"{self._phone.name} does not hear {what} ({self.seconds:.1f} s of audio came)"
            )
            await asyncio.sleep(0.1)  # real audio takes real time


async def expect_talk(one: Softphone, hz_of_one: float, other: Softphone, hz_of_other: float) -> None:
    """Prove that two phones hear each other, from now on."""
    await asyncio.gather(Listener(one).expect(hz_of_other), Listener(other).expect(hz_of_one))
