"""Whom to dial first, so that the attempts that may be made bring the most answers.

The value of dialling a lead now is p(now) − max(0, p(h) − price(h)) at its best later hour h: its chance now,
less what it would bring later, after paying for the line that it would take from another then.  A lead whose
best hour is now goes first; one that will rather answer in the evening waits for it, unless lines are so
scarce then (the price is high) that it would hardly be dialled; and if they are scarce at all hours, the
likeliest go first.  An attempt made now is one that is not made later, since attempts are capped.

By the duality of linear programs this order is the best there is if the chances and the lines of each hour
come true (:mod:`outbound.answers.prices`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from outbound.answers.features import own_numbers, third_numbers, third_of
from outbound.answers.prices import bids_for, prices

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from outbound.answers.features import History, Moment
    from outbound.answers.model import AnswerModel

    Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A lead that may be dialled now."""

    segment: str
    history: History
    moments: tuple[Moment | None, ...]
    """Hour by hour from now on, by the lead's clock, until its window ends; None: it may not be called then.

    The window is that of one attempt: the rest of the day when a lead is called once a day.
    """


@dataclass(frozen=True, slots=True)
class Order:
    """Candidates by their places in what was given."""

    places: NDArray[np.int64]
    """The first to dial first."""
    chances: Array
    """By candidate (not in that order): the probability of an answer now."""
    values: Array
    """By candidate: what it is put in order by, in answers.  Below 0, more is to be had by waiting."""


def order(model: AnswerModel, candidates: Sequence[Candidate], lines: Sequence[float]) -> Order:
    """Put leads in order; of equal ones the likelier, then the one given first.

    ``lines``: how many can be dialled in each hour from now on; in hours beyond these nobody is.
    ValueError when a candidate may not be called now.
    """
    if not candidates:
        return Order(np.empty(0, np.int64), np.empty(0), np.empty(0))
    chances = chances_by_hour(model, candidates, max(1, len(lines)))
    now = chances[0].copy()
    if np.isneginf(now).any():
        raise ValueError("a candidate that may not be called now")
    cost = prices(chances, lines or [0.0])
    values = bids_for(0, chances, chances - cost[:, None])
    return Order(np.lexsort((-now, -values)), now, values)


def chances_by_hour(model: AnswerModel, candidates: Sequence[Candidate], hours: int) -> Array:
    """Give the model's chances by hour (rows) and candidate; −inf when it may not be called."""
    found = np.full((hours, len(candidates)), -np.inf)
    alike: dict[tuple[Moment | None, ...], list[int]] = {}
    for place, candidate in enumerate(candidates):
        alike.setdefault(candidate.moments, []).append(place)
    for moments, places in alike.items():  # mostly those of one zone: they are reckoned together
        allowed = [(hour, moment) for hour, moment in enumerate(moments[:hours]) if moment is not None]
        if allowed:
            rows = np.array([hour for hour, _ in allowed])
            leads = [candidates[place] for place in places]
            found[rows[:, None], places] = _chances(model, leads, [moment for _, moment in allowed])
    return found


def _chances(model: AnswerModel, leads: Sequence[Candidate], moments: Sequence[Moment]) -> Array:
    segments = {segment: place for place, segment in enumerate(dict.fromkeys(lead.segment for lead in leads))}
    common = np.array([[model.common(segment, moment) for segment in segments] for moment in moments])
    own = np.array([own_numbers(lead.history) for lead in leads])
    thirds = np.array([third_numbers(lead.history) for lead in leads])
    by_own, by_third, by_attempts = model.number_weights
    logits = common[:, [segments[lead.segment] for lead in leads]]
    logits += own @ np.array([by_own, by_attempts])
    logits += by_third * thirds.T[[third_of(moment.hour) for moment in moments]]
    chances: Array = 1 / (1 + np.exp(-logits))
    return chances
