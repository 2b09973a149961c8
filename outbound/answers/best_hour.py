"""When a lead is likeliest to answer, of the hours at which it may still be called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from outbound.answers.features import features_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from outbound.answers.features import History, Moment
    from outbound.answers.model import AnswerModel


@dataclass(frozen=True, slots=True)
class BestHour:
    """The likeliest of some moments."""

    place: int
    """Which of them, from 0 on."""
    moment: Moment
    chance: float


def best_hour(
    model: AnswerModel, segment: str, history: History, moments: Sequence[Moment]
) -> BestHour | None:
    """Give the likeliest moment, the earliest of equal ones; None when there is none any more.

    ``moments``: by the lead's own clock, in the order in which they come.
    """
    found: BestHour | None = None
    for place, moment in enumerate(moments):
        chance = model.chance(features_of(segment, history, moment))
        if found is None or chance > found.chance:
            found = BestHour(place, moment, chance)
    return found
