"""The bad lines that models are judged on, by name; each spoils the same sound in the same way again."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np

from emotion.corpora import codecs, spoiling
from emotion.corpora.sound import telephone

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Samples = NDArray[np.int16]
    Line = Callable[[Samples, np.random.Generator, Sequence[Samples]], Samples]

SNR_DB = 15.0
LOSS = 0.03

LINES: dict[str, Line] = {
    "gain+12": lambda sound, _dice, _others: spoiling.gain(sound, 12),
    "gain-12": lambda sound, _dice, _others: spoiling.gain(sound, -12),
    "agc": lambda sound, _dice, _others: spoiling.agc(sound),
    "white": lambda sound, dice, _others: spoiling.white(sound, SNR_DB, dice),
    "babble": lambda sound, dice, others: spoiling.babble(sound, SNR_DB, dice, others),
    "hum": lambda sound, dice, _others: spoiling.hum(sound, SNR_DB, dice),
    "loss-silence": lambda sound, dice, _others: spoiling.lost(sound, LOSS, dice, repeat=False),
    "loss-repeat": lambda sound, dice, _others: spoiling.lost(sound, LOSS, dice, repeat=True),
    "gsm": lambda sound, _dice, _others: codecs.coded(sound, "gsm"),
    "amr": lambda sound, _dice, _others: codecs.coded(sound, "amr"),
}
"""Gain ±12 dB, noise at 15 dB, 3 % of packets lost, …; ``amr`` stands in for G.729."""


def _noisy(sound: Samples, dice: np.random.Generator, _others: Sequence[Samples]) -> Samples:
    return spoiling.white(sound, dice.uniform(8, 30), dice)


def _worn(sound: Samples, dice: np.random.Generator, _others: Sequence[Samples]) -> Samples:
    patchy = spoiling.lost(
        spoiling.coloured(sound, dice), dice.uniform(0, 0.06), dice, repeat=dice.random() < 0.5
    )
    return spoiling.hum(patchy, dice.uniform(12, 35), dice)


def _levelled(sound: Samples, dice: np.random.Generator, _others: Sequence[Samples]) -> Samples:
    return spoiling.mixed(
        spoiling.agc(spoiling.coloured(sound, dice)), _rumble(len(sound), dice), dice.uniform(12, 35)
    )


def _rumble(length: int, dice: np.random.Generator) -> NDArray[np.float64]:
    """Give noise with its power in the low octaves, as rooms and streets have it."""
    made: NDArray[np.float64] = np.convolve(dice.normal(size=length + 15), np.hanning(16), mode="valid")[
        :length
    ]
    return made


def _crowded(sound: Samples, dice: np.random.Generator, others: Sequence[Samples]) -> Samples:
    return spoiling.babble(sound, dice.uniform(5, 20), dice, others, paces=0.4)


CROWDED = "crowded"
FOR_TRAINING: dict[str, Line] = {
    "noisy": _noisy, "worn": _worn, "levelled": _levelled, CROWDED: _crowded,
}  # fmt: skip
"""What models are trained to bear, other than what they are judged on.

White noise 8 to 30 dB below the speech; another tone, hum and lost packets; another tone, levelled, with a
rumble; and last, people who talk, 5 to 20 dB below the speech (:mod:`emotion.corpora.company`)."""


def spoiler(name: str, others: Sequence[Samples] = (), seed: int = 1) -> Callable[[Samples], Samples]:
    """Give what a line does to 8 kHz samples, the telephone's μ-law after it.

    What chance decides goes by the sound itself and ``seed``, not by the order in which sounds come.
    ``others`` talk in the background of ``babble`` and ``crowded``; the sound itself does not, if it is among
    them.  Raises ``KeyError`` when there is no such line.
    """
    line = {**LINES, **FOR_TRAINING}[name]
    marks = [zlib.crc32(other.tobytes()) for other in others]

    def spoil(sound: Samples) -> Samples:
        mark = zlib.crc32(sound.tobytes())
        rest = [other for other, theirs in zip(others, marks, strict=True) if theirs != mark]
        return telephone(line(sound, np.random.default_rng([seed, mark]), rest) / 32768)

    return spoil
