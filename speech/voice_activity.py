"""The listener ``voice_activity``: who speaks when; talk time, overlap, dead air, turns, interruptions.

WebRTC's detector judges each 20 ms; :class:`speech.stretches.Speech` makes stretches of its verdicts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple, Self

from speech.stretches import FRAME, RATE, Speech
from speech.talk_shape import shape

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from speech.talk_shape import Side
    from telephony.media import Frame

AGGRESSIVENESS = 2
"""Of WebRTC's detector, 0 to 3: how readily it takes sound for noise."""
DEAD_AIR_SIGNAL_S = 5.0
"""After so much silence of both it says so while they are still on the line."""

Detect = Callable[[bytes, int], bool]
"""``detect(pcm, rate)`` tells whether 20 ms hold speech."""


def detector() -> Detect:
    """Make WebRTC's detector.  It has a memory, so that each side needs its own."""
    import webrtcvad  # noqa: PLC0415 - of no use until somebody talks

    judge: Detect = webrtcvad.Vad(AGGRESSIVENESS).is_speech
    return judge


def is_voiced(frame: Frame, detect: Detect) -> bool:
    """Judge a frame; one that is not of 20 ms holds no speech."""
    return len(frame.pcm) == 2 * FRAME and detect(frame.pcm, RATE)


class Noticed(NamedTuple):
    """A signal."""

    signal: str
    side: str
    at_s: float
    value: float


class VoiceActivity:
    """One talk's voice activity."""

    sides: ClassVar[tuple[Literal["caller", "agent"], ...]] = ("caller", "agent")
    rate: ClassVar[Literal[8000, 16000]] = 8000

    def __init__(self, detectors: Mapping[Side, Detect]) -> None:
        self._detectors = detectors
        self._speech: dict[Side, Speech] = {"caller": Speech(), "agent": Speech()}
        self._told = False

    @classmethod
    def create(cls) -> Self:
        """Make one."""
        return cls({side: detector() for side in cls.sides})

    def feed(self, side: Side, frame: Frame) -> Iterable[Noticed]:
        """Take 20 ms of a side."""
        speech = self._speech[side]
        voiced = is_voiced(frame, self._detectors[side])
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
        silent_s = (max(speech.heard_to for speech in both) - last) / RATE
        if silent_s < DEAD_AIR_SIGNAL_S:
            return ()
        self._told = True
        return (Noticed("dead_air", "", last / RATE, silent_s),)

    def result(self, seconds: float) -> Mapping[str, float]:
        """Give the talk's shape (:class:`speech.talk_shape.Shape`) and its length."""
        caller, agent = (self._speech[side].finish() for side in self.sides)
        return {"seconds": seconds, **shape(caller, agent, seconds)._asdict()}
