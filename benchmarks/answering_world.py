"""Leads whose answers follow a known truth: what a model learns of them can be held against it.

The world is that of the project's study of answers: segments with their own hours, a hidden effect of each
lead and a hidden third of its day in which it likes to answer.  Attempts come in random order.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Index = NDArray[np.int64]
    Flags = NDArray[np.bool_]

FIRST_HOUR, HOURS, WEEKDAYS, SEGMENTS, THIRDS = 9, 12, 6, 4, 3
SATURDAY = 5
MEAN = -1.15
HOUR_EFFECT = np.array([-0.3, -0.25, -0.2, -0.1, -0.3, -0.25, -0.1, 0.0, 0.2, 0.35, 0.3, 0.1])
OF_SEGMENT = np.array([1.0, 1.8, 1.0, 0.1])
"""How much the hour matters to each segment."""
ON_SATURDAY, MOBILE, OF_ATTEMPT = 0.35, 0.25, -0.08
LEAD_SD, BEST_THIRD = 0.7, 0.6


@dataclass(frozen=True)
class Leads:
    """People: one element each."""

    segment: Index
    effect: Array
    """Hidden."""
    best: Index
    """The third of the day in which they rather answer; hidden."""

    @classmethod
    def drawn(cls, count: int, dice: np.random.Generator) -> Leads:
        """Draw them."""
        return cls(
            segment=dice.integers(0, SEGMENTS, count),
            effect=dice.normal(0, LEAD_SD, count),
            best=dice.integers(0, THIRDS, count),
        )

    def open_logit(self, lead: Index, hour: Index, weekday: Index, earlier: Index) -> Array:
        """Give what of the logit could be known: all but the hidden effects.  ``hour``: from the first on."""
        segment = self.segment[lead]
        logit: Array = MEAN + HOUR_EFFECT[hour] * OF_SEGMENT[segment] + OF_ATTEMPT * earlier
        logit += ON_SATURDAY * ((weekday == SATURDAY) & (segment != 3)) + MOBILE * (segment > 1)
        return logit

    def chance(self, lead: Index, hour: Index, weekday: Index, earlier: Index) -> Array:
        """Give the true probability of an answer."""
        hidden = self.effect[lead] + BEST_THIRD * (self.best[lead] == hour // (HOURS // THIRDS))
        return logistic(self.open_logit(lead, hour, weekday, earlier) + hidden)


@dataclass(frozen=True)
class Attempts:
    """What was tried and what came of it, in order: one element for each attempt."""

    leads: Leads
    lead: Index
    hour: Index
    """From the first on."""
    weekday: Index
    earlier: Index
    """Attempts on the same lead before."""
    truth: Array
    """The probability of an answer."""
    dice: Array
    answered: Flags

    @classmethod
    def drawn(cls, leads: int, attempts: int, seed: int) -> Attempts:
        """Draw leads and attempts on them."""
        dice = np.random.default_rng(seed)
        people = Leads.drawn(leads, dice)
        lead = dice.integers(0, leads, attempts)
        hour, weekday = dice.integers(0, HOURS, attempts), dice.integers(0, WEEKDAYS, attempts)
        earlier = _earlier(lead)
        truth, thrown = people.chance(lead, hour, weekday, earlier), dice.random(attempts)
        return cls(people, lead, hour, weekday, earlier, truth, thrown, thrown < truth)

    def __len__(self) -> int:
        return len(self.lead)

    def halved(self) -> Attempts:
        """Give the same, but from the middle on every probability is half of what it was."""
        return self._with(np.where(np.arange(len(self)) < len(self) // 2, self.truth, self.truth / 2))

    def jumping(self, seed: int, mean_length: int = 540) -> Attempts:
        """Give the same, but the mean probability jumps, within 0.2 to 0.5, every few hundred attempts."""
        dice = np.random.default_rng(seed)
        shift, begun = np.empty(len(self)), 0
        while begun < len(self):
            mean, length = dice.uniform(0.2, 0.5), round(mean_length * (0.5 + dice.random()))
            shift[begun : begun + length] = np.log(mean / (1 - mean)) + 0.9  # their own mean logit is -0.9
            begun += length
        return self._with(logistic(np.log(self.truth / (1 - self.truth)) + shift))

    def _with(self, truth: Array) -> Attempts:
        return replace(self, truth=truth, answered=self.dice < truth)


class Knowing:
    """The best that could be foreseen: every parameter is known, of the hidden effects only what was seen.

    By Bayes over a grid of the lead's effect and its best third; nobody who sees the same can do better.
    """

    def __init__(self, leads: Leads) -> None:
        self._leads = leads
        self._effect = np.linspace(-4, 4, 33)[:, None] * LEAD_SD
        self._first = np.tile(-((self._effect / LEAD_SD) ** 2) / 2, (1, THIRDS))
        self._after: dict[int, Array] = {}

    def chances(self, attempts: Attempts) -> Array:
        """Foretell each attempt, then see what came of it."""
        known = self._leads.open_logit(attempts.lead, attempts.hour, attempts.weekday, attempts.earlier)
        found = np.empty(len(attempts))
        for place, lead in enumerate(attempts.lead.tolist()):
            belief = self._after.get(lead, self._first)
            here = np.arange(THIRDS) == attempts.hour[place] // (HOURS // THIRDS)
            chance = logistic(known[place] + self._effect + BEST_THIRD * here)
            weight = np.exp(belief - belief.max())
            found[place] = (weight * chance).sum() / weight.sum()
            self._after[lead] = belief + np.log(chance if attempts.answered[place] else 1 - chance)
        return found


def logistic(logit: Array) -> Array:
    """Give the probability of a logit."""
    chance: Array = 1 / (1 + np.exp(-logit))
    return chance


def _earlier(lead: Index) -> Index:
    """Give for each attempt how many there were on the same lead before."""
    order = np.argsort(lead, kind="stable")
    ordered = lead[order]
    begins = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    lengths = np.diff(np.r_[begins, len(lead)])
    found = np.empty(len(lead), np.int64)
    found[order] = np.arange(len(lead)) - np.repeat(begins, lengths)
    return found
