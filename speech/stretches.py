"""Stretches of speech of one side, from verdicts on 20 ms each.  Pure."""

from __future__ import annotations

from collections import deque

from speech.talk_shape import Stretch

RATE = 8000
FRAME = 160


class Speech:
    """Stretches of speech of one side, from verdicts on 20 ms each.  Positions are in samples.

    Speech begins with the first of :data:`BEGIN` voiced frames among the last :data:`AMONG`, so that a click
    is none (WebRTC's detector stays on for five frames after one), and ends with the last one before
    :data:`PAUSE` frames without any: words are not taken apart.
    """

    BEGIN, AMONG, PAUSE = 6, 8, 15

    def __init__(self) -> None:
        self.stretches: list[Stretch] = []
        self.last_end = 0
        """Where speech was heard last."""
        self.heard_to = 0
        self._recent: deque[int] = deque(maxlen=self.AMONG)
        """Positions of voiced frames lately."""
        self._begin: int | None = None

    @property
    def on(self) -> bool:
        """Whether somebody speaks."""
        return self._begin is not None

    def take(self, at: int, *, voiced: bool) -> None:
        """Take the verdict on the frame at ``at``."""
        self.heard_to = at + FRAME
        if voiced:
            if self._begin is not None and at - self.last_end >= self.PAUSE * FRAME:
                self._close()
            self._recent.append(at)
            if self._begin is None:
                while at - self._recent[0] >= self.AMONG * FRAME:
                    self._recent.popleft()
                if len(self._recent) >= self.BEGIN:
                    self._begin = self._recent[0]
            if self._begin is not None:
                self.last_end = at + FRAME
        elif self._begin is not None and self.heard_to - self.last_end >= self.PAUSE * FRAME:
            self._close()

    def so_far(self) -> list[Stretch]:
        """Give every stretch that is kept; speech that is still on, up to where it was heard last."""
        if self._begin is None:
            return self.stretches
        return [*self.stretches, Stretch(self._begin / RATE, self.last_end / RATE)]

    def forget(self, before_s: float) -> None:
        """Keep no stretch that ended by then."""
        self.stretches = [one for one in self.stretches if one.end > before_s]

    def finish(self) -> list[Stretch]:
        """Give every stretch; speech that is still on ends with what was heard last."""
        self._close()
        return self.stretches

    def _close(self) -> None:
        if self._begin is not None:
            self.stretches.append(Stretch(self._begin / RATE, self.last_end / RATE))
            self._begin = None
            self._recent.clear()
