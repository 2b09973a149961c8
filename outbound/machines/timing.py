"""The default: who speaks on and on from the first moment is a machine.

People say a short hello and wait.  Machines speak on; but so does a person who answers for a firm, and in a
second and a half nothing tells the two apart but that a person needs a moment before the first word.  So
speech is a machine's only when it began at once and did not stop; whatever is doubtful goes to an agent.
Tones are told by themselves (:mod:`outbound.machines.signals`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from outbound.machines.port import FRAME, FRAME_S, LATEST_S, RATE, Kind, Verdict, What
from outbound.machines.shape import Shape, shape
from outbound.machines.signals import Signals, rings
from outbound.machines.tones import SILENT_DB, Ear, Tones

if TYPE_CHECKING:
    from collections.abc import Callable

    from outbound.machines.signals import Signal

AGGRESSIVENESS = 3
"""Of WebRTC's detector, 0 to 3: how readily it takes sound for noise."""
_FRAMES = round(LATEST_S / FRAME_S)
_ROUNDING_S = 1e-6
_QUIET_S = 0.1
"""After so much silence the greeting may be over; shorter ones are gaps between sounds."""
_TONE_FRAMES = 5
"""A tone of so many frames is not speech, whatever the detector says of it."""


@dataclass(frozen=True, slots=True)
class Terms:
    """From when on it is what; seconds.  Those of machines were chosen on simulated greetings.

    (``benchmarks.machines``: of 5,000 people 6 were taken for machines, and 6 % of the machines that speak
    were found; a first word within 0.22 s makes that 9 and 10 %.)
    """

    hello_at_most_s: float = 1.0
    quiet_at_least_s: float = 0.4
    """A hello, then so much silence: a person."""
    quiet_at_last_s: float = 0.2
    """Of a hello that came late."""
    hello_over_noise_db: float = 10.0
    """WebRTC's detector takes the first noise that it hears for speech."""
    machine_begins_s: float = 0.18
    """A machine's first word is there by then."""
    machine_pause_s: float = 0.1
    """It makes no longer gap."""


class Timing:
    """See :class:`outbound.machines.port.Detector`.  Keeps 75 levels; ``voiced(pcm, rate)`` judges 20 ms."""

    def __init__(self, voiced: Callable[[bytes, int], bool], terms: Terms | None = None) -> None:
        self._is_voiced = voiced
        self._terms = terms or Terms()
        self._verdict: Verdict | None = None
        self._levels: list[float] = []
        self._voiced: list[bool] = []
        self._ear, self._tones, self._signals = Ear(), Tones(), Signals()

    @classmethod
    def create(cls, terms: Terms | None = None) -> Self:
        """Make one with WebRTC's voice detector."""
        import webrtcvad  # noqa: PLC0415 - of no use until somebody answers

        # It takes what it hears first for the line's noise, so that somebody who speaks already at the answer
        # is hardly heard, and goes to an agent.  With faint noise before, it takes loud lines for speech.
        return cls(webrtcvad.Vad(AGGRESSIVENESS).is_speech, terms)

    @property
    def verdict(self) -> Verdict | None:
        """See :class:`outbound.machines.port.Detector`."""
        return self._verdict

    def feed(self, at: int, pcm: bytes) -> Verdict | None:
        """See :class:`outbound.machines.port.Detector`."""
        heard = len(self._levels)
        number = round(at / FRAME)
        if self._verdict is not None or number < heard:
            return None
        for _ in range(min(number, _FRAMES) - heard):
            self._take(b"")
        if self._verdict is None and number < _FRAMES:
            self._take(pcm)
        return self._verdict

    def expire(self, now_s: float) -> Verdict | None:
        """See :class:`outbound.machines.port.Detector`."""
        if self._verdict is not None or now_s < LATEST_S:
            return None
        while self._verdict is None:
            self._take(b"")
        return self._verdict

    def _take(self, pcm: bytes) -> None:
        if self._verdict is not None:
            return
        whole = len(pcm) == 2 * FRAME
        sound = self._ear.hear(pcm)
        over = self._tones.take(len(self._levels) * FRAME_S, sound)
        tone = self._tones.now
        self._levels.append(sound.level_db)
        # the detector has a memory, so it hears every frame
        voiced = whole and self._is_voiced(pcm, RATE)
        self._voiced.append(voiced and sound.level_db > SILENT_DB and not rings(sound))
        if tone is not None and tone.seconds >= (_TONE_FRAMES - 0.5) * FRAME_S:
            since = round(tone.begin_s / FRAME_S)
            self._voiced[since:] = [False] * (len(self._voiced) - since)
        if signal := self._signals.take(sound, over, tone):
            self._say_signal(signal)
        elif len(self._levels) == _FRAMES or not self._voiced[-1]:
            self._judge()

    def _say_signal(self, signal: Signal) -> None:
        at_s = len(self._levels) * FRAME_S
        self._verdict = Verdict("machine", signal.what, at_s, at_s, signal.words, {})

    def _judge(self) -> None:
        """Say what the speech so far is, if it can be said yet."""
        terms, last = self._terms, len(self._levels) == _FRAMES
        heard = shape(self._levels, self._voiced)
        if self._greets(heard, terms.quiet_at_last_s if last else terms.quiet_at_least_s):
            self._say("human", heard, "a short greeting, then silence")
        elif not last:
            return
        elif heard.bursts == 0:
            self._say("unsure", heard, "nobody spoke")
        elif self._speaks_on(heard):
            self._say("machine", heard, "speech from the first moment on, without a pause")
        else:
            self._say("unsure", heard, "somebody speaks, as people and machines do")

    def _greets(self, heard: Shape, quiet_s: float) -> bool:
        terms = self._terms
        return (
            0 < heard.speech_s <= terms.hello_at_most_s
            and heard.quiet_s >= quiet_s - _ROUNDING_S
            and heard.over_noise_db >= terms.hello_over_noise_db
        )

    def _speaks_on(self, heard: Shape) -> bool:
        terms = self._terms
        return (
            heard.begin_s <= terms.machine_begins_s + _ROUNDING_S
            and max(heard.pause_s, heard.quiet_s) <= terms.machine_pause_s + _ROUNDING_S
        )

    def _say(self, kind: Kind, heard: Shape, words: str) -> None:
        what: What = "speech" if heard.bursts else "silence"
        figures = heard._asdict()
        over = heard.bursts and heard.quiet_s >= _QUIET_S - _ROUNDING_S
        told = ", ".join(f"{name} {value:.2f}" for name, value in figures.items())
        over_s = heard.end_s if over else heard.heard_s
        self._verdict = Verdict(kind, what, heard.heard_s, over_s, f"{words} ({told})", figures)
