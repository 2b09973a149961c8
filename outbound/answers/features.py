"""What an answer is foreseen from: who the lead is, when it is there, and what came of earlier attempts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

PRIOR = 0.3
"""The share of answers that is reckoned with before there is any."""
OWN_WORTH, THIRD_WORTH = 4.0, 3.0
"""So many attempts that prior is worth, over the whole day and in one third of it."""
MOST_ATTEMPTS = 20
"""More count no further as a number of attempts: nobody has been seen to learn from."""
AFTERNOON, EVENING = 13, 17
"""The hours at which the second and the last third of a day begin."""
NUMBERS = 3
_THIRDS = 3
_PRIOR_LOGIT = math.log(PRIOR / (1 - PRIOR))

Thirds = tuple[int, int, int]
"""Morning, afternoon, evening."""


class Moment(NamedTuple):
    """An hour of a week by the callee's own clock."""

    weekday: int
    """Monday is 0."""
    hour: int
    """0 to 23."""


@dataclass(frozen=True, slots=True)
class History:
    """What came of the earlier attempts on a lead, by the third of its day in which they were made."""

    attempts: Thirds = (0, 0, 0)
    answers: Thirds = (0, 0, 0)

    @classmethod
    def of(cls, attempts: Iterable[tuple[int, bool]]) -> History:
        """Count attempts given by local hour, and whether somebody answered."""
        made, answered = [0] * _THIRDS, [0] * _THIRDS
        for hour, answer in attempts:
            made[third_of(hour)] += 1
            answered[third_of(hour)] += answer
        return cls((made[0], made[1], made[2]), (answered[0], answered[1], answered[2]))

    def after(self, hour: int, *, answered: bool) -> History:
        """Give the history with one more attempt."""
        third = third_of(hour)
        return History(_raised(self.attempts, third, 1), _raised(self.answers, third, answered))


@dataclass(frozen=True, slots=True)
class Features:
    """One attempt as the model sees it."""

    names: tuple[str, ...]
    """What is so, each with its own weight."""
    numbers: tuple[float, float, float]
    """The lead's own log-odds, those in this third of the day, and attempts ÷ 5; all 0 for a new lead."""


def third_of(hour: int) -> int:
    """Give 0 in the morning, 1 in the afternoon, 2 in the evening."""
    return (hour >= AFTERNOON) + (hour >= EVENING)


def segment_of(column: str, country: str, *, mobile: bool) -> str:
    """Give the list's own segment, else what the number tells: leads alike in it are learnt from together."""
    return column or f"{country} {'mobile' if mobile else 'fixed'}"


def features_of(segment: str, history: History, moment: Moment) -> Features:
    """Give what the model looks at."""
    third = third_of(moment.hour)
    own, attempts = own_numbers(history)
    here = log_odds(history.answers[third], history.attempts[third], THIRD_WORTH)
    return Features(names_of(segment, moment), (own, here, attempts))


@lru_cache(1 << 14)
def names_of(segment: str, moment: Moment) -> tuple[str, ...]:
    """Give what is so of anybody of a segment at a moment.

    Hour and weekday also stand alone: a segment that is new begins with what is known of all.
    """
    weekday, hour = moment
    return (
        f"hour {hour}",
        f"day {weekday}",
        f"segment {segment}",
        f"hour {hour} of {segment}",
        f"day {weekday} of {segment}",
    )


def own_numbers(history: History) -> tuple[float, float]:
    """Give the log-odds of all answers of a lead, and attempts ÷ 5: what is the same at every hour."""
    attempts = sum(history.attempts)
    return log_odds(sum(history.answers), attempts, OWN_WORTH), min(attempts, MOST_ATTEMPTS) / 5


def third_numbers(history: History) -> tuple[float, float, float]:
    """Give the log-odds in each third of the day."""
    (first, second, last), (one, two, three) = history.attempts, history.answers
    worth = THIRD_WORTH
    return log_odds(one, first, worth), log_odds(two, second, worth), log_odds(three, last, worth)


@lru_cache(1 << 14)
def log_odds(answers: int, attempts: int, worth: float) -> float:
    """Give the smoothed log-odds of an answer, less those of the prior, which is worth so many attempts."""
    silent = attempts - answers + worth * (1 - PRIOR)
    return math.log((answers + worth * PRIOR) / silent) - _PRIOR_LOGIT


def _raised(counts: Thirds, third: int, by: int) -> Thirds:
    first, second, last = counts
    if third == 0:
        return first + by, second, last
    return (first, second + by, last) if third == 1 else (first, second, last + by)
