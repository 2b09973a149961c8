"""Single steady tones in a stream of 20 ms frames: pitch, level, beginning and end.

A frame is judged with the one before it: 40 ms under a Hann window, so that tones 60 Hz apart are told apart
and a pitch is known to a few Hz (a parabola through the three highest points of the log spectrum).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from outbound.machines.port import FRAME, FRAME_S, RATE

SILENT_DB = -90.0
PURE = 0.85
"""The share of the power within ±60 Hz of the strongest pitch from which on it is a single tone."""
_WINDOW = np.hanning(2 * FRAME + 2)[1:-1]
_POINTS = 512
_HZ = RATE / _POINTS
_LOBE = 4
_LOWEST, _HIGHEST = round(200 / _HZ), round(3500 / _HZ)
_HALF_FULL_SCALE = 32768.0**2 / 2


class Sound(NamedTuple):
    """What a frame sounds like."""

    level_db: float
    """Of these 20 ms, mean; a full-scale sine has 0 dB."""
    hz: float = 0.0
    """The strongest pitch, 200 to 3500 Hz; 0 for silence."""
    share: float = 0.0
    """How much of the power lies within ±60 Hz of it, 0 to 1."""


SILENCE = Sound(SILENT_DB)


class Ear:
    """Turns frames into :class:`Sound`.  It keeps the frame before."""

    def __init__(self) -> None:
        self._both = np.zeros(2 * FRAME)

    def hear(self, pcm: bytes) -> Sound:
        """Take 160 samples (320 bytes); anything else is silence."""
        self._both[:FRAME] = self._both[FRAME:]
        if len(pcm) != 2 * FRAME:
            self._both[FRAME:] = 0.0
            return SILENCE
        self._both[FRAME:] = np.frombuffer(pcm, dtype="<i2")
        new = self._both[FRAME:]
        level = decibels(float(new @ new) / FRAME / _HALF_FULL_SCALE)
        if level <= SILENT_DB:
            return SILENCE
        spectrum = np.fft.rfft(self._both * _WINDOW, _POINTS)
        power = spectrum.real**2 + spectrum.imag**2
        peak = _LOWEST + int(power[_LOWEST:_HIGHEST].argmax())
        whole = float(power[_LOBE:].sum())  # without what lies below 60 Hz: hum and offset
        if whole <= 0:
            return SILENCE
        share = float(power[peak - _LOBE : peak + _LOBE + 1].sum()) / whole
        return Sound(level, (peak + _summit(power[peak - 1 : peak + 2].tolist())) * _HZ, min(1.0, share))


def _summit(around: list[float]) -> float:
    """Say how far the top of a parabola through three powers lies from the middle one, in points."""
    left, middle, right = (math.log(max(power, 1e-9)) for power in around)
    bend = left - 2 * middle + right
    return 0.5 * (left - right) / bend if bend < 0 else 0.0


class Tone(NamedTuple):
    """A stretch of one tone."""

    hz: float
    level_db: float
    begin_s: float
    end_s: float

    @property
    def seconds(self) -> float:
        """How long it lasted."""
        return self.end_s - self.begin_s


class Tones:
    """Makes tones of frames.  One is over after more than :data:`MISSES` frames without it."""

    STEADY_HZ, STEADY_DB, MISSES, LEAST = 15.0, 6.0, 2, 3

    def __init__(self, pure: float = PURE) -> None:
        self._pure = pure
        self.now: Tone | None = None
        """The tone that is on, once it has lasted for three frames."""
        self._begin_s = self._end_s = 0.0
        self._hz = self._power = 0.0
        self._frames = self._missed = 0

    def take(self, begin_s: float, sound: Sound) -> Tone | None:
        """Take the frame that began at ``begin_s``; gives the tone that it shows to be over."""
        over = None
        if self._frames and self._goes_on(sound):
            # the first frame of a tone holds only some of it, and its pitch is less exact
            self._hz = sound.hz if self._frames == 1 else self._hz + (sound.hz - self._hz) / self._frames
            power = 10 ** (sound.level_db / 10)
            self._power = max(self._power, power)
            self._frames += 1
            self._missed = 0
            self._end_s = begin_s + FRAME_S * min(1.0, power / self._power)
        elif self._frames:
            if self._missed == 0 and self._end_s > begin_s - FRAME_S / 2:
                # the frame in which it ends holds some of it, as its power tells
                part = 10 ** (sound.level_db / 10) / self._power
                self._end_s += FRAME_S * part if part < 0.5 else 0.0
            self._missed += 1
            pure = sound.share >= self._pure and sound.level_db > decibels(self._power) - self.STEADY_DB
            if self._missed > self.MISSES or pure:
                over = self._close()
        if not self._frames and sound.share >= self._pure:
            self._begin_s, self._end_s = begin_s, begin_s + FRAME_S
            self._hz, self._power = sound.hz, 10 ** (sound.level_db / 10)
            self._frames, self._missed = 1, 0
        self.now = self._tone() if self._frames >= self.LEAST else None
        return over

    def _goes_on(self, sound: Sound) -> bool:
        near = 2 * self.STEADY_HZ if self._frames == 1 else self.STEADY_HZ
        falls = decibels(self._power) - sound.level_db
        return sound.share >= self._pure and abs(sound.hz - self._hz) <= near and falls <= self.STEADY_DB

    def _tone(self) -> Tone:
        return Tone(self._hz, decibels(self._power), self._begin_s, self._end_s)

    def _close(self) -> Tone | None:
        tone = self._tone() if self._frames >= self.LEAST else None
        self._frames = self._missed = 0
        return tone


def decibels(power: float) -> float:
    """Turn a share of a full-scale sine's power into dB, :data:`SILENT_DB` at least."""
    return max(SILENT_DB, 10 * math.log10(power)) if power > 0 else SILENT_DB
