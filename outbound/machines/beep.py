"""The beep after which a message can be left: a single steady tone, then silence.

It is waited for after the verdict, for a bounded time.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from outbound.machines.port import FRAME, FRAME_S, RATE
from outbound.machines.tones import Ear, Sound, Tone, Tones

LOWEST_HZ, HIGHEST_HZ = 350.0, 2000.0
SHORTEST_S = 0.1
LOW_HZ, LOW_SHORTEST_S = 600.0, 0.15
"""Below it vowels are as pure as a beep, but not for so long."""
QUIET_S = 0.3
"""So long nothing follows a beep; machines that beep once for each message waiting beep again sooner."""
QUIET_DB = 12.0
"""Below the tone."""
ECHO_S, ECHO_DB = 0.16, 8.0
"""For so long a line's echo may follow, so much below the tone."""
PURE = 0.85
"""The share of the power within ±60 Hz."""
LOUD_DB = -45.0
SIT_END_HZ, SIT_END_S = (1750.0, 1850.0), 0.6
"""The last of a network's three tones, when the waiting began while it was on."""
OTHERS_S, OTHERS_HZ, OTHERS_LEAST_S, OTHERS_DB = 0.5, 30.0, 0.15, 10.0
"""A tone of another pitch so shortly before, as long and nearly as loud: a melody, or a network's
three tones."""
LONGEST_S = 30.0
_SHORTER_BY_S = 0.015
"""A tone may begin and end within frames."""


class Outcome(msgspec.Struct, frozen=True):
    """What came of waiting."""

    kind: Literal["beep", "none"]
    """``none``: no beep within the time given."""
    at_s: float
    """When that was known, seconds since the answer."""
    ended_s: float
    """When the beep was over, seconds since the answer; ``at_s`` for none."""
    evidence: str


class BeepFinder:
    """Waits for one beep, for ``longest_s`` seconds from ``begin_s`` (seconds since the answer) on."""

    def __init__(self, begin_s: float = 0.0, longest_s: float = LONGEST_S) -> None:
        self._begin_s = begin_s
        self.until_s = begin_s + longest_s
        self.outcome: Outcome | None = None
        self._ear, self._tones = Ear(), Tones(PURE)
        self._next = round(begin_s * RATE)
        self._before: Tone | None = None
        """The last tone that was over."""
        self._candidate: Tone | None = None
        self._spoilt = False

    def feed(self, at: int, pcm: bytes) -> Outcome | None:
        """Take 20 ms as :meth:`outbound.machines.port.Detector.feed` does; gives the outcome once."""
        if self.outcome is not None or at < self._next:
            return None
        if (lost := (at - self._next) // FRAME) > 0:
            # so much silence ends any tone: a longer gap says no more
            for number in range(min(lost, round((QUIET_S + 0.1) / FRAME_S))):
                if self._take((self._next + number * FRAME) / RATE, self._ear.hear(b"")):
                    return self.outcome
        self._next = at + FRAME
        self._take(at / RATE, self._ear.hear(pcm))
        return self.outcome or self.expire(self._next / RATE)

    def expire(self, now_s: float) -> Outcome | None:
        """Say that it is ``now_s`` seconds after the answer; at the end this brings the outcome."""
        if self.outcome is not None or now_s < self.until_s:
            return None
        self.outcome = Outcome("none", self.until_s, self.until_s, "no beep in the time given")
        return self.outcome

    def _take(self, begin_s: float, sound: Sound) -> Outcome | None:
        over = self._tones.take(begin_s, sound)
        if over is not None:
            self._candidate = over if self._may_be_one(over) else None
            self._before = over
        candidate = self._candidate
        if candidate is None:
            return None
        quiet_s = begin_s + FRAME_S - candidate.end_s
        # the frame in which it fades holds some of it
        below_db = ECHO_DB if quiet_s <= ECHO_S else QUIET_DB
        if begin_s >= candidate.end_s + FRAME_S and sound.level_db > candidate.level_db - below_db:
            self._candidate = None
        elif quiet_s >= QUIET_S:
            self.outcome = Outcome(
                "beep",
                begin_s + FRAME_S,
                candidate.end_s,
                f"{candidate.hz:.0f} Hz for {candidate.seconds:.2f} s, then {quiet_s:.2f} s of silence",
            )
        return self.outcome

    def _may_be_one(self, tone: Tone) -> bool:
        before = self._before
        melody = (
            before is not None
            and tone.begin_s - before.end_s < OTHERS_S
            and abs(tone.hz - before.hz) > OTHERS_HZ
            and before.seconds >= OTHERS_LEAST_S
            and before.level_db >= tone.level_db - OTHERS_DB
        )
        return (
            LOWEST_HZ <= tone.hz <= HIGHEST_HZ
            and tone.seconds >= (SHORTEST_S if tone.hz >= LOW_HZ else LOW_SHORTEST_S) - _SHORTER_BY_S
            and tone.level_db >= LOUD_DB
            and not melody
            and not self._ends_sit(tone)
        )

    def _ends_sit(self, tone: Tone) -> bool:
        return tone.begin_s - self._begin_s < SIT_END_S and SIT_END_HZ[0] <= tone.hz <= SIT_END_HZ[1]
