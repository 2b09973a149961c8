"""All measures of a stretch of sound, hop by hop, and the carrying over from one stretch to the next."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from emotion.voice.hops import HOP, SPAN, Floats, hops_in
from emotion.voice.pitch import pitch
from emotion.voice.quality import quality
from emotion.voice.spectrum import spectrum

_MIDDLE_OF = 200
"""Voiced hops that the voice's middle is taken of: the last two seconds of voice."""


@dataclass(frozen=True)
class Measured:
    """Arrays with a row for each hop."""

    hz: Floats
    """Fundamental frequency; 0 where it is not voiced."""
    strength: Floats
    jitter: Floats
    """Share of the period; NaN where it was not measured."""
    shimmer_db: Floats
    """NaN where it was not measured."""
    level_db: Floats
    spectrum: Floats
    """Shape (hops, 19): :class:`emotion.voice.spectrum.Spectrum` has the columns."""

    def __len__(self) -> int:
        return len(self.hz)

    def last(self, hops: int) -> Measured:
        """Give the last ``hops`` rows."""
        return Measured(*(getattr(self, one.name)[-hops:].copy() for one in fields(self)))

    def then(self, other: Measured) -> Measured:
        """Give these rows and those."""
        return Measured(
            *(np.concatenate((getattr(self, one.name), getattr(other, one.name))) for one in fields(self))
        )


class Measuring:
    """Measures a stream, stretch by stretch; what is left over waits for the next."""

    def __init__(self) -> None:
        self._rest: Floats = np.zeros(0)
        self._shape: Floats | None = None
        self._voiced: Floats = np.zeros(0)

    def feed(self, samples: Floats) -> Measured:
        """Measure what is complete; samples within ±1, any number of them."""
        sound = np.concatenate((self._rest, samples))
        hops = hops_in(len(sound))
        middle = float(np.median(self._voiced)) if len(self._voiced) >= 20 else 0.0
        found = pitch(sound, hops, middle)
        self._voiced = np.concatenate((self._voiced, found.hz[found.strength > 0.7]))[-_MIDDLE_OF:]
        if hops:
            shaped, shape = spectrum(sound, hops, self._shape)
            self._shape = shape[-1:]
        else:
            shaped, _ = spectrum(np.zeros(SPAN), 0, None)
        periods = quality(sound, found.hz)
        self._rest = sound[hops * HOP :]
        return Measured(
            found.hz, found.strength, periods.jitter, periods.shimmer_db, shaped.level_db, shaped.columns
        )
