"""What a fake channel was told to do, one thing after another: playbacks take time, the rest is instant."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from telephony.ari import models
from telephony.ari.fake.parts import FakePlayback

if TYPE_CHECKING:
    from collections.abc import Callable

    from telephony.ari.fake.parts import FakeChannel

    Tell = Callable[[FakeChannel, models.AnyEvent], None]


class Commands:
    """Works the queues of all channels off."""

    def __init__(self, tell: Tell, seconds_of: Callable[[str], float | None]) -> None:
        self._tell = tell
        self._seconds_of = seconds_of
        self.playbacks: dict[str, FakePlayback] = {}

    def do(self, leg: FakeChannel, action: Callable[[], None]) -> None:
        """Let a channel do something when all that it was told before is done."""
        leg.queue.append(action)
        self._work(leg)

    def play(self, leg: FakeChannel, playback: str, media: list[str]) -> FakePlayback:
        """Queue a playback on a channel; it begins after the answer to its request was written."""
        made = FakePlayback(playback, leg, media)
        self.playbacks.setdefault(playback, made)
        leg.queue.append(made)
        asyncio.get_running_loop().call_soon(self._work, leg)
        return made

    def stop(self, playback: FakePlayback) -> None:
        """Stop a playback; a queued one ends when its turn comes."""
        playback.stopped = True
        if playback.leg.playing is playback:
            self._finish(playback, "done")
            self._work(playback.leg)

    def drain(self, leg: FakeChannel) -> None:
        """Do, at the end of a channel, all that it was still told: playbacks fail, the rest happens."""
        while leg.queue:
            head = leg.queue[0]
            if isinstance(head, FakePlayback):
                if head.state == "queued":
                    head.state = "playing"
                    self._tell(leg, models.PlaybackStarted(playback=head.view()))
                self._finish(head, "failed")
            else:
                leg.queue.popleft()
                head()

    def forget(self) -> None:
        """Stop everything without a word, as when Asterisk dies."""
        for playback in self.playbacks.values():
            if playback.timer is not None:
                playback.timer.cancel()
            playback.leg.queue.clear()
        self.playbacks.clear()

    def _work(self, leg: FakeChannel) -> None:
        while leg.queue:
            head = leg.queue[0]
            if not isinstance(head, FakePlayback):
                leg.queue.popleft()
                head()
            elif head.state != "queued":
                return
            elif head.stopped:
                self._finish(head, "done")
            else:
                self._start(head)

    def _start(self, playback: FakePlayback) -> None:
        playback.state = "playing"
        self._tell(playback.leg, models.PlaybackStarted(playback=playback.view()))
        seconds = self._seconds_of(playback.media[playback.at])
        loop = asyncio.get_running_loop()
        playback.timer = loop.call_later(seconds or 0, self._over, playback, seconds is None)

    def _over(self, playback: FakePlayback, missing: bool) -> None:
        if playback.at + 1 == len(playback.media):
            self._finish(playback, "failed" if missing else "done")
            self._work(playback.leg)
            return
        playback.state = "continuing"
        self._tell(playback.leg, models.PlaybackContinuing(playback=playback.view()))
        playback.at += 1
        self._start(playback)

    def _finish(self, playback: FakePlayback, state: str) -> None:
        if playback.timer is not None:
            playback.timer.cancel()
        playback.state = state
        playback.leg.queue.remove(playback)
        if self.playbacks.get(playback.id) is playback:
            del self.playbacks[playback.id]
        self._tell(playback.leg, models.PlaybackFinished(playback=playback.view()))
