"""The listener ``voice_activity``: who speaks when; talk time, overlap, dead air, turns, interruptions.

WebRTC's detector judges each 20 ms; :class:`Speech` makes stretches of speech of its verdicts.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple, Self

from speech.talk_shape import Stretch, shape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from speech.talk_shape import Side
    from telephony.media import Frame

AGGRESSIVENESS = 2
"""Of WebRTC's detector, 0 to 3: how readily it takes sound for noise."""
DEAD_AIR_SIGNAL_S = 5.0
"""After so much silence of both it says so while they are still on the line."""
_RATE = 8000
_FRAME = 160


class Noticed(NamedTuple):
    """A signal."""

    signal: str
    side: str
    at_s: float
    value: float


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
        self.heard_to = at + _FRAME
        if voiced:
            if self._begin is not None and at - self.last_end >= self.PAUSE * _FRAME:
                self._close()
            self._recent.append(at)
            if self._begin is None:
                while at - self._recent[0] >= self.AMONG * _FRAME:
                    self._recent.popleft()
                if len(self._recent) >= self.BEGIN:
                    self._begin = self._recent[0]
            if self._begin is not None:
                self.last_end = at + _FRAME
        elif self._begin is not None and self.heard_to - self.last_end >= self.PAUSE * _FRAME:
            self._close()

    def finish(self) -> list[Stretch]:
        """Give every stretch; speech that is still on ends with what was heard last."""
        self._close()
        return self.stretches

    def _close(self) -> None:
        if self._begin is not None:
            self.stretches.append(Stretch(self._begin / _RATE, self.last_end / _RATE))
            self._begin = None
            self._recent.clear()


class VoiceActivity:
    """One talk's voice activity.  ``detect(pcm, rate)`` tells whether 20 ms hold speech."""

    sides: ClassVar[tuple[Literal["caller", "agent"], ...]] = ("caller", "agent")
    rate: ClassVar[Literal[8000, 16000]] = 8000

    def __init__(self, detectors: Mapping[Side, Callable[[bytes, int], bool]]) -> None:
        self._detectors = detectors
        self._speech: dict[Side, Speech] = {"caller": Speech(), "agent": Speech()}
        self._told = False

    @classmethod
    def create(cls) -> Self:
        """Make one; WebRTC's detectors have a memory, so that each side has its own."""
        import webrtcvad  # noqa: PLC0415 - of no use until somebody talks

        return cls({side: webrtcvad.Vad(AGGRESSIVENESS).is_speech for side in cls.sides})

    def feed(self, side: Side, frame: Frame) -> Iterable[Noticed]:
        """Take 20 ms of a side."""
        speech = self._speech[side]
        voiced = len(frame.pcm) == 2 * _FRAME and self._detectors[side](frame.pcm, _RATE)
        speech.take(frame.at, voiced=voiced)
        if voiced and speech.on:
            self._told = False
        elif not self._told:
            return self._silence()
        return ()

    def _silence(self) -> Iterable[Noticed]:
        """Say that nobody has spoken for too long: once for each silence."""
        both = self._speech.values()
        last = max(speech.last_end for speech in both)
        silent_s = (max(speech.heard_to for speech in both) - last) / _RATE
        if silent_s < DEAD_AIR_SIGNAL_S:
            return ()
        self._told = True
        return (Noticed("dead_air", "", last / _RATE, silent_s),)

    def result(self, seconds: float) -> Mapping[str, float]:
        """Give the talk's shape (:class:`speech.talk_shape.Shape`) and its length."""
        caller, agent = (self._speech[side].finish() for side in self.sides)
        return {"seconds": seconds, **shape(caller, agent, seconds)._asdict()}
