"""The tones by which networks, switchboards and fax machines say what they are."""

from __future__ import annotations

import itertools
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from outbound.machines.port import FRAME_S
from outbound.machines.tones import PURE

if TYPE_CHECKING:
    from outbound.machines.port import What
    from outbound.machines.tones import Sound, Tone

SIT_HZ = ((900.0, 1000.0), (1350.0, 1450.0), (1750.0, 1850.0))
"""ITU-T E.180: 950, 1400, 1800 ± 50 Hz, 330 ± 70 ms each, at most 30 ms apart; in North America 914 or 985,
1371 or 1429, 1777 Hz of 274 or 380 ms."""
SIT_S = (0.2, 0.45)
SIT_APART_S = 0.08
CED_HZ, CED_S = (2085.0, 2115.0), 0.3
"""ITU-T T.30: a fax machine that was called, 2100 ± 15 Hz for about 3 s."""
CNG_HZ, CNG_S = (1062.0, 1138.0), (0.4, 0.65)
"""ITU-T T.30: one that calls, 1100 ± 38 Hz for 0.5 s of every 3.5."""
RINGING_HZ, RINGING_S = (385.0, 495.0), 0.9
"""Ringback lies here, one pitch or two that beat (ITU-T E.180).  The last of the ringing before the answer
may come after it, so it has to go on for longer than anything could be late."""
_RINGING_MISSED = 2


class Signal(NamedTuple):
    """What the tones say."""

    what: What
    words: str


class Signals:
    """Looks at sounds and tones in turn; it remembers the last three tones."""

    def __init__(self) -> None:
        self._over: deque[Tone] = deque(maxlen=2)
        self._ringing = self._missed = 0
        """Frames of ringing, and without it since."""

    def take(self, sound: Sound, over: Tone | None, now: Tone | None) -> Signal | None:
        """Take a frame's sound, the tone that is over and the one that is on by it."""
        if over is not None:
            self._over.append(over)
        heard = [*self._over, *([now] if now is not None else [])]
        if sit := _sit(heard):
            return sit
        if now is not None and _within(now.hz, CED_HZ) and now.seconds >= CED_S:
            return Signal("fax", f"{now.hz:.0f} Hz for {now.seconds:.2f} s: a fax machine's answer")
        if over is not None and _within(over.hz, CNG_HZ) and CNG_S[0] <= over.seconds <= CNG_S[1]:
            return Signal("fax", f"{over.hz:.0f} Hz for {over.seconds:.2f} s: a fax machine that calls")
        return self._rings_on(sound)

    def _rings_on(self, sound: Sound) -> Signal | None:
        """Two pitches beat, so these are no steady tone."""
        if rings(sound):
            self._ringing, self._missed = self._ringing + 1 + self._missed, 0
            if self._ringing * FRAME_S >= RINGING_S:
                return Signal("ringing", f"{sound.hz:.0f} Hz for {RINGING_S:.2f} s: it rings on")
        elif self._ringing:
            self._missed += 1
            if self._missed > _RINGING_MISSED:
                self._ringing = self._missed = 0
        return None


def rings(sound: Sound) -> bool:
    """Say whether 20 ms may be a piece of ringback."""
    return sound.share >= PURE and _within(sound.hz, RINGING_HZ)


def _sit(heard: list[Tone]) -> Signal | None:
    """Two of the three in their order are enough: no voice makes them."""
    for first, second in itertools.pairwise(heard):
        for low, high in itertools.pairwise(SIT_HZ):
            if (
                _within(first.hz, low)
                and _within(second.hz, high)
                and SIT_S[0] <= first.seconds <= SIT_S[1]
                and second.seconds >= SIT_S[0] / 2
                and second.begin_s - first.end_s <= SIT_APART_S
            ):
                return Signal("sit", f"{first.hz:.0f} Hz, then {second.hz:.0f} Hz: a network's announcement")
    return None


def _within(hz: float, band: tuple[float, float]) -> bool:
    return band[0] <= hz <= band[1]
