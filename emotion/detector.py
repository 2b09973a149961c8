"""What is heard in a voice, second by second: anger, distress, a change against the caller's own baseline."""

from __future__ import annotations

import math
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from emotion.features import GROUPS, NAMES, VERSION, WINDOW_S, Features, Window
from emotion.models.own import Sums
from emotion.models.written import OWN, decode
from emotion.models.written import Features as Known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from emotion.models.own import Floats, Prior
    from emotion.models.written import ModelFile

    Samples = NDArray[np.int16]

_ANGER, _CLASSES = "anger_neutral", "five"
_DISTRESSED = ("sad", "fear")
_OWN_FROM = 8.0
"""So many windows of a baseline make the judgement against it weigh as much as the one without."""
_FULL_VOICE_S = 1.5
"""Voice in a window from which on it is as sure as it gets."""
_STRANGE_FROM, _STRANGE_TO = 2.2, 3.4
"""Mean square of the standardised features that move: 1 is what the model learnt from.  Calm and angry people
whom it never heard, in other languages and over other microphones, have 0.7 to 2 in the median; espeak-ng
3.4, music on hold 5 to 9, ring-back and keys more than 12.  From the first value on it is less sure, from
the second on it does not know."""
_MOVES = ("_range", "_spread", "_middle", "_move", "_rise", "_fall")
_COLOUR = "mfcc"
_MOST_STRANGE = 25.0
"""What one feature counts for at most."""
_AROUSED = {
    "pitch": 1.0,
    "pitch_range": 0.5,
    "level_range": 0.5,
    "alpha_db": 1.0,
    "hammarberg_db": -1.0,
    "rate": 0.5,
}
"""What rises with arousal in most voices, and how much each counts (Juslin and Laukka, Psychological Bulletin
129(5), 2003: high mean pitch, pitch variability, more energy above 1 kHz, faster)."""
_MOST = 3.0
_MEMORY_S = 60
"""The baseline forgets no second of the first minute of speech; later ones move it ever less."""


class Heard(msgspec.Struct, frozen=True):
    """One second of a side."""

    at_s: float
    """End of the second, since the detector began."""
    speech: bool
    """Whether there was enough voice in the last three seconds to say anything; if not, the rest is 0."""
    anger: float = 0.0
    """Calibrated probability of anger against neutral."""
    distress: float = 0.0
    """Probability of sadness or fear."""
    arousal: float = 0.0
    """Change against the caller's own baseline, −3 to 3 standard deviations."""
    confidence: float = 0.0
    """0 is "don't know": little voice, nothing like the voices it learnt from, or the
    judgements with and without a baseline differ."""
    evidence: tuple[tuple[str, float], ...] = ()
    """Groups of features and by how much each raises the log odds of anger, strongest first."""


class Model:
    """A model's file, ready to reckon."""

    def __init__(self, written: ModelFile) -> None:
        """Take what :func:`emotion.models.written.decode` gave; raises ``ValueError`` without anger in it."""
        if _ANGER not in written.classifiers:
            raise ValueError(f"it does not tell {_ANGER.replace('_', ' from ')}")
        self._ready = {name: one.ready() for name, one in written.classifiers.items()}
        self.prior: Prior | None = written.speakers

    def anger(self, features: Floats, *, own: bool) -> Floats:
        """Give log odds of anger against neutral, (n, d) → (n,); ``own``: features against a baseline."""
        told = self._ready[_ANGER + OWN if own else _ANGER]
        share = np.clip(told.probabilities(features)[:, told.classes.index("anger")], 1e-6, 1 - 1e-6)
        return np.asarray(np.log(share / (1 - share)))

    def distress(self, features: Floats, *, own: bool) -> float:
        """Give the probability of sadness or fear, features of shape (1, d)."""
        told = self._ready.get(_CLASSES + OWN if own else _CLASSES)
        if told is None:
            return 0.0
        shares = told.probabilities(features)[0]
        return float(sum(shares[told.classes.index(name)] for name in _DISTRESSED if name in told.classes))

    def strangeness(self, features: Floats) -> float:
        """Tell how far features, (1, d), lie from all that the model learnt from; 1: as far as those.

        By how pitch, level and spectrum move alone, which tells a voice from other sound.  The colour of a
        microphone and of a language is no reason not to listen, and neither is how high or loud somebody is:
        whoever shouts is far from most of what was learnt from.
        """
        standard = self._ready[_ANGER].standardised(features)[:, _MOVING]
        return float(np.minimum(standard**2, _MOST_STRANGE).mean())

    @property
    def has_own(self) -> bool:
        """Whether it can judge against a baseline."""
        return self.prior is not None and _ANGER + OWN in self._ready


@cache
def shipped() -> Model:
    """Give the model that comes with the program; it is loaded once."""
    data = (files("emotion.models") / "shipped.json").read_bytes()
    return Model(decode(data, Known(VERSION, NAMES)))


class Detector:
    """Hears one side of a call."""

    def __init__(self, model: Model | None = None) -> None:
        """``model``: else the shipped one."""
        self._model = model or shipped()
        self._features = Features()
        self._own = Sums.of(np.zeros((0, len(NAMES))))
        self._windows = 0.0
        self._missed_s = 0.0

    def feed(self, samples: Samples) -> Iterator[Heard]:
        """Take some sound, 8 kHz, any number of samples; a second of it gives a judgement."""
        for window in self._features.feed(samples):
            yield self._judged(window)

    def missed(self, seconds: float) -> None:
        """Take note that so much never came: what is heard before and after is not one utterance."""
        self._missed_s += max(0.0, seconds)
        if seconds > 0.5:
            self._features = Features(began_s=self._features.at_s)

    def _judged(self, window: Window) -> Heard:
        at_s = window.at_s + self._missed_s
        if window.values is None:
            return Heard(at_s, speech=False)
        values = window.values[None]
        # each group left out in turn, and last none: the score, and what each adds to it
        scores = self._model.anger(np.where(_WITHOUT, np.nan, values), own=False)
        odds = scores[-1]
        adds = odds - scores[:-1]
        distress = self._model.distress(values, own=False)
        arousal, agree = 0.0, 1.0
        if self._model.has_own and self._model.prior is not None:
            own = self._own.against(window.values, self._model.prior)[None]
            weight = self._windows / (self._windows + _OWN_FROM)
            if weight > 0:
                arousal = _arousal(own[0]) if self._windows >= 1 else 0.0
                own_scores = self._model.anger(np.where(_WITHOUT, np.nan, own), own=True)
                agree = math.exp(-abs(odds - own_scores[-1]) * weight / 4)
                odds = (1 - weight) * odds + weight * own_scores[-1]
                adds = (1 - weight) * adds + weight * (own_scores[-1] - own_scores[:-1])
                distress = (1 - weight) * distress + weight * self._model.distress(own, own=True)
            self._remember(window.values)
        anger = 1 / (1 + math.exp(-odds))
        strange = (self._model.strangeness(values) - _STRANGE_FROM) / (_STRANGE_TO - _STRANGE_FROM)
        usual = 1 - max(0.0, min(1.0, strange))
        voice = min(1.0, window.voiced_s / _FULL_VOICE_S)
        decided = abs(2 * anger - 1)
        evidence = sorted(zip(GROUPS, adds.tolist(), strict=True), key=lambda one: -one[1])
        return Heard(
            at_s,
            speech=True,
            anger=float(anger),
            distress=float(min(1.0, distress)),
            arousal=arousal,
            confidence=float(usual * voice * agree * (0.25 + 0.75 * decided)),
            evidence=tuple((name, round(value, 2)) for name, value in evidence),
        )

    def _remember(self, values: Floats) -> None:
        """Add a window to the baseline; windows of three seconds overlap, so each counts a third."""
        share = 1 / WINDOW_S
        one = Sums.of(values[None])
        fade = 1.0 if self._windows * WINDOW_S < _MEMORY_S else 1 - share * WINDOW_S / _MEMORY_S
        self._own = Sums(
            fade * self._own.count + share * one.count,
            fade * self._own.total + share * one.total,
            fade * self._own.squares + share * one.squares,
        )
        self._windows = fade * self._windows + share


_WITHOUT = np.array([[name in group for name in NAMES] for group in (*GROUPS.values(), ())])
"""Shape (groups + 1, features): what is left out of each row; of the last nothing."""
_MOVING = np.array([name.endswith(_MOVES) and not name.startswith(_COLOUR) for name in NAMES])
_AT = np.array([NAMES.index(name) for name in _AROUSED])
_BY = np.array(list(_AROUSED.values()))


def _arousal(own: Floats) -> float:
    """Give the weighted mean of what rises with arousal, in the caller's own standard deviations."""
    rise = float(np.clip(np.nan_to_num(own[_AT]), -_MOST, _MOST) @ _BY / np.abs(_BY).sum())
    return max(-_MOST, min(_MOST, rise))
