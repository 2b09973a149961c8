"""A listener to whole calls that counts bursts of a tone, and anything else that it hears.

Copied to where a controller finds it as an installed part, so it imports nothing of the tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

CALLER_HZ = 440
AGENTS_HZ = (1000, 1250)
LOUD = 10 ** (-40 / 10)
"""Power of a frame in which something is heard."""
SHORTEST = 10
"""Frames of 20 ms that make a burst, or the pause before one."""


class Said(NamedTuple):
    """A signal."""

    signal: str
    side: str
    at_s: float
    value: float
    confidence: float
    detail: Mapping[str, Any]


class Side:
    """What was heard of a side."""

    def __init__(self, tones: tuple[int, ...]) -> None:
        self._tones = tones
        self._run = self._quiet = 0
        self.bursts = self.other = 0

    def take(self, samples: Any) -> float:
        """Take 20 ms; gives the tone of a burst that has been going on for long enough by now, else 0."""
        wave = samples.astype(np.float64) / 32768
        power = float(np.mean(wave**2))
        if power < LOUD:
            self._quiet, self._run = self._quiet + 1, 0
            return 0.0
        at = np.exp(-2j * np.pi * np.array(self._tones)[:, None] * np.arange(len(wave)) / 8000)
        shares = 2 * np.abs(at @ wave / len(wave)) ** 2 / power
        if shares.max() < 0.5:
            self.other += 1
            return 0.0
        if self._run == 0 and self._quiet < SHORTEST:
            return 0.0
        self._run, self._quiet = self._run + 1, self._quiet if self._run < SHORTEST else 0
        if self._run != SHORTEST:
            return 0.0
        self.bursts += 1
        return float(self._tones[int(shares.argmax())])


class Bursts:
    """Counts."""

    sides: ClassVar[Any] = ("caller", "agent")
    rate: ClassVar[Any] = 8000
    hears: ClassVar[Any] = "call"

    def __init__(self, about: Any) -> None:
        self.queue = about.queue
        self._sides = {"caller": Side((CALLER_HZ,)), "agent": Side(AGENTS_HZ)}

    @classmethod
    def create_for(cls, about: Any) -> Bursts:
        return cls(about)

    def moved(self, queue: str) -> None:
        self.queue = queue

    def feed(self, side: Any, frame: Any) -> Iterable[Any]:
        heard = self._sides[side]
        other = heard.other
        hz = heard.take(frame.samples)
        about = {"queue": self.queue or "menu"}
        if hz:
            yield Said("burst", side, frame.at / self.rate, hz, 0.9, about)
        if heard.other > other:
            yield Said("other", side, frame.at / self.rate, 0.0, 0.9, about)

    def result(self, seconds: float) -> Mapping[str, float]:
        told = {f"{side}_bursts": float(heard.bursts) for side, heard in self._sides.items()}
        return {"seconds": seconds, "caller_other": self._sides["caller"].other, **told}

    def curves(self) -> Mapping[str, Sequence[float]]:
        return {"bursts": [heard.bursts for heard in self._sides.values()]}
