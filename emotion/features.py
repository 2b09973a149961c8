"""What a few seconds of a voice are like, as a vector of numbers: all that the detector knows of a caller.

Sound comes in as 8 kHz samples, 20 ms at a time (:class:`Features`) or all at once (:func:`of_speech`).
Nothing here changes with the gain of the line: levels are told against each other alone.  What a measure of
a single hop is stands with :mod:`emotion.voice`; here they are summed up over the hops of a window in which
somebody speaks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from emotion.voice.hops import HOPS_A_SECOND, RATE, Floats
from emotion.voice.measured import Measured, Measuring
from emotion.voice.rhythm import Flags, active, nuclei, runs
from emotion.voice.spectrum import ALPHA, COEFFICIENTS, COLUMNS, FIRST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

VERSION = 1
"""Rises with any change of a number's meaning; a model says which it was made for."""
WINDOW_S, EVERY_S = 3, 1
LEAST_VOICED_S = 0.3
"""A window with less of a voice in it says nothing."""
_SHARES = np.array((0.05, 0.2, 0.5, 0.8, 0.95))

_PITCH = (
    "pitch", "pitch_low", "pitch_high", "pitch_range", "pitch_spread",
    "pitch_rise", "pitch_fall", "pitch_slope",
)  # fmt: skip
_LOUDNESS = ("level_range", "level_middle", "level_head", "level_spread", "level_move", "level_slope")
_BY_HOP = (*COLUMNS, *(f"mfcc{k}" for k in range(1, COEFFICIENTS)))
_SPECTRUM = (
    *_BY_HOP, *(f"{name}_spread" for name in _BY_HOP),
    "unvoiced_alpha", "unvoiced_level", "effort_alpha", "effort_pitch", "effort_first",
)  # fmt: skip
_QUALITY = ("harmonicity", "harmonicity_spread", "jitter", "shimmer")
_RHYTHM = ("rate", "voiced_runs", "voiced_run", "voiced_share", "pause_share")
GROUPS = {
    "pitch": _PITCH,
    "loudness": _LOUDNESS,
    "spectrum": _SPECTRUM,
    "quality": _QUALITY,
    "rhythm": _RHYTHM,
}
NAMES: tuple[str, ...] = tuple(name for group in GROUPS.values() for name in group)


def of_speech(samples: NDArray[np.int16]) -> Floats:
    """Sum up a whole utterance, shape (len(NAMES),); NaN in all of it when there is too little voice."""
    return summed_up(measured(samples))


def measured(samples: NDArray[np.int16]) -> Measured:
    """Measure all hops of an utterance: as a stream would, second by second."""
    measuring = Measuring()
    sound = samples.astype(np.float64) / 32768
    whole = measuring.feed(sound[:RATE])
    for at in range(RATE, len(sound), RATE):
        whole = whole.then(measuring.feed(sound[at : at + RATE]))
    return whole


@dataclass(frozen=True)
class Window:
    """What was heard in the three seconds before ``at_s``."""

    at_s: float
    voiced_s: float
    speech_s: float
    values: Floats | None
    """Shape (len(NAMES),); None where there was too little voice."""


class Features:
    """A stream's windows: 20 ms of sound in, each second a window out, in memory that does not grow."""

    def __init__(self, began_s: float = 0.0) -> None:
        """``began_s``: what the clock of the windows begins with."""
        self._measuring = Measuring()
        self._waiting: list[NDArray[np.int16]] = []
        self._waits = 0
        self._kept: Measured | None = None
        self.at_s = began_s
        """End of the latest window."""

    def feed(self, samples: NDArray[np.int16]) -> Iterator[Window]:
        """Take some sound, any number of samples."""
        self._waiting.append(samples)
        self._waits += len(samples)
        if self._waits < RATE:
            return
        sound = np.concatenate(self._waiting)
        whole = len(sound) // RATE * RATE
        self._waiting, self._waits = [sound[whole:]], len(sound) - whole
        for at in range(0, whole, RATE):
            yield self._second(sound[at : at + RATE].astype(np.float64) / 32768)

    def _second(self, sound: Floats) -> Window:
        came = self._measuring.feed(sound)
        kept = came if self._kept is None else self._kept.then(came)
        self._kept = kept = kept.last(WINDOW_S * HOPS_A_SECOND)
        self.at_s += EVERY_S
        speech = active(kept.level_db)
        voiced = speech & (kept.hz > 0)
        voiced_s = np.count_nonzero(voiced) / HOPS_A_SECOND
        return Window(
            at_s=self.at_s,
            voiced_s=voiced_s,
            speech_s=np.count_nonzero(speech) / HOPS_A_SECOND,
            values=_values(kept, speech, voiced) if voiced_s >= LEAST_VOICED_S else None,
        )


def summed_up(m: Measured) -> Floats:
    """Sum the hops of a window up, shape (len(NAMES),); NaN in all of it when there is too little voice."""
    speech = active(m.level_db)
    voiced = speech & (m.hz > 0)
    if np.count_nonzero(voiced) / HOPS_A_SECOND < LEAST_VOICED_S:
        return np.full(len(NAMES), np.nan)
    return _values(m, speech, voiced)


def _values(m: Measured, speech: Flags, voiced: Flags) -> Floats:
    return np.array(
        [
            *_pitch(m, voiced),
            *_loudness(m, speech),
            *_spectrum(m, speech, voiced),
            *_quality(m, voiced),
            *_rhythm(m, speech, voiced),
        ]
    )


def _mean(values: Floats) -> float:
    """Give the mean, in a third of the time that numpy's own takes for so few."""
    return float(np.add.reduce(values)) / len(values)


def _spread(values: Floats) -> float:
    """Give the standard deviation."""
    apart = values - _mean(values)
    return math.sqrt(float(apart @ apart) / len(values))


def _slope(hops: Flags, values: Floats) -> float:
    """Give the rise per second of values at the hops that are true (least squares)."""
    at = np.flatnonzero(hops) / HOPS_A_SECOND
    at -= _mean(at)
    return float(at @ (values - _mean(values)) / max(float(at @ at), 1e-9))


def _percentiles(values: Floats) -> Floats:
    """Give the 5th, 20th, 50th, 80th and 95th, shape (5,): the nearest values, which is fast."""
    return np.asarray(np.sort(values)[_places(len(values))])


@lru_cache(WINDOW_S * HOPS_A_SECOND)
def _places(count: int) -> NDArray[np.intp]:
    places: NDArray[np.intp] = np.rint(_SHARES * (count - 1)).astype(np.intp)
    return places


def _pitch(m: Measured, voiced: Flags) -> tuple[float, ...]:
    """Fundamental frequency in semitones above 100 Hz.

    Median, 20th and 80th percentile, distance of the 5th and 95th, standard deviation; mean speed of its
    rises and falls and its slope over the window, semitones a second (the prosodic set of eGeMAPS: Eyben et
    al., IEEE Transactions on Affective Computing 7(2), 2016).
    """
    tones = 12 * np.log2(np.maximum(m.hz, 1.0) / 100)
    heard = tones[voiced]
    p5, p20, p50, p80, p95 = _percentiles(heard)
    step = tones[1:] - tones[:-1]
    # a leap of three semitones in 10 ms is another word, or an octave taken for another
    glides = step[voiced[1:] & voiced[:-1] & (np.abs(step) < 3)] * HOPS_A_SECOND
    up, down = glides[glides > 0], glides[glides < 0]
    return (
        p50, p20, p80, p95 - p5, _spread(heard),
        _mean(up) if len(up) else 0.0, _mean(down) if len(down) else 0.0, _slope(voiced, heard),
    )  # fmt: skip


def _loudness(m: Measured, speech: Flags) -> tuple[float, ...]:
    """How levels differ, dB; the gain of the line is in none of them.

    Distance of the 5th and 95th percentile, the 20th and 80th, the median and the 95th; standard deviation;
    mean change in dB a second from hop to hop; slope over the window, dB a second.
    """
    heard = m.level_db[speech]
    p5, p20, p50, p80, p95 = _percentiles(heard)
    change = np.abs((m.level_db[1:] - m.level_db[:-1])[speech[1:] & speech[:-1]])
    moves = _mean(change) * HOPS_A_SECOND if len(change) else 0.0
    return p95 - p5, p80 - p20, p95 - p50, _spread(heard), moves, _slope(speech, heard)


def _spectrum(m: Measured, speech: Flags, voiced: Flags) -> tuple[float, ...]:
    """Mean and standard deviation over voiced hops of all that :mod:`emotion.voice.spectrum` measures.

    Then the alpha ratio of unvoiced hops, dB, and their level against the voiced, dB; and vocal effort: how
    much the alpha ratio (dB), the pitch (semitones) and the first formant's region (Hz) rise with each dB of
    level.  Those three say how somebody raises their voice, whatever the line's own tone is (after Liénard
    and Di Benedetto, *Effect of vocal effort on spectral properties of vowels*, JASA 106, 1999).
    """
    heard = m.spectrum[voiced]
    unvoiced = speech & ~voiced
    some = np.count_nonzero(unvoiced) > 5
    level = m.level_db[voiced]
    middle = _mean(level)
    louder = level - middle
    power = float(louder @ louder) / len(louder) + 1.0
    mean = np.add.reduce(heard) / len(heard)
    apart = heard - mean
    tones = 12 * np.log2(m.hz[voiced] / 100)
    effort = (apart[:, ALPHA], tones - _mean(tones), apart[:, FIRST])
    return (
        *mean,
        *np.sqrt(np.add.reduce(apart * apart) / len(heard)),
        _mean(m.spectrum[unvoiced, ALPHA]) if some else np.nan,
        _mean(m.level_db[unvoiced]) - middle if some else np.nan,
        *(float(louder @ one) / len(louder) / power for one in effort),
    )


def _quality(m: Measured, voiced: Flags) -> tuple[float, ...]:
    """How clear and steady the voice is.

    Harmonics-to-noise ratio, dB, mean and standard deviation (Boersma 1993); the natural logarithm of the
    median jitter and the median shimmer, dB (:mod:`emotion.voice.quality`).
    """
    share = np.minimum(np.maximum(m.strength[voiced], 0.01), 0.999)
    ratio = 10 * np.log10(share / (1 - share))
    jitter, shimmer = m.jitter[voiced], m.shimmer_db[voiced]
    return (_mean(ratio), _spread(ratio), np.log(_median(jitter) + 1e-3), _median(shimmer))


def _median(values: Floats) -> float:
    """Give the median of those that were measured; NaN when none was."""
    known = np.sort(values[~np.isnan(values)])
    return float(known[len(known) // 2]) if len(known) else np.nan


def _rhythm(m: Measured, speech: Flags, voiced: Flags) -> tuple[float, ...]:
    """How fast somebody speaks, between their first and last sound in the window.

    Syllable nuclei a second (de Jong and Wempe 2009), voiced stretches a second and their mean length, s;
    share of the speech that is voiced, and of the time that is pauses.
    """
    at = np.flatnonzero(speech)
    inner = slice(at[0], at[-1] + 1)
    seconds = (at[-1] - at[0] + 1) / HOPS_A_SECOND
    stretches = runs(voiced)
    return (
        nuclei(m.level_db[inner], voiced[inner]) / seconds, stretches.count / seconds, stretches.mean_s,
        np.count_nonzero(voiced) / len(at), 1 - len(at) / (at[-1] - at[0] + 1),
    )  # fmt: skip
