"""How far a figure might have come out otherwise with other speakers.

Utterances of one speaker resemble each other: drawing them one by one would show intervals far too narrow.
So whole speakers are drawn with replacement (the cluster bootstrap: Davison and Hinkley, *Bootstrap methods
and their application*, 1997, section 3.8), each corpus keeping its number of them; the interval is that of
the percentiles (Efron and Tibshirani 1993, chapter 13), freed of the draws' own bias.  Other
corpora are not in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from emotion.training.table import Texts, Whole

DRAWS = 500
LEVEL = 0.95


def draws(speakers: Texts, corpora: Texts, dice: np.random.Generator, count: int = DRAWS) -> Iterator[Whole]:
    """Give rows, again and again: those of speakers drawn with replacement within each corpus."""
    of_corpus: list[list[Whole]] = [
        [
            np.flatnonzero((corpora == corpus) & (speakers == speaker))
            for speaker in np.unique(speakers[corpora == corpus])
        ]
        for corpus in np.unique(corpora)
    ]
    for _ in range(count):
        yield np.concatenate(
            [rows[each] for rows in of_corpus for each in dice.integers(len(rows), size=len(rows))]
        )


def intervals(
    figures: Callable[[Whole], Sequence[float]],
    drawn: Iterator[Whole],
    values: Sequence[float],
    level: float = LEVEL,
) -> list[tuple[float, float]]:
    """Give the interval of each figure; ``figures`` reckons them, 0 to 1, of rows; ``values``: of all rows.

    The draws' percentiles, moved by as much as their median lies off the value: a calibration error is larger
    in every draw, where luck counts twice, and its percentiles may not even hold the value.  A draw in which
    a figure is not defined (NaN) counts for nothing; where fewer than half define it, the interval is not
    defined either.
    """
    table: NDArray[np.float64] = np.array([figures(rows) for rows in drawn], dtype=np.float64)
    tails = [(1 - level) / 2, 0.5, (1 + level) / 2]
    found: list[tuple[float, float]] = []
    for column, value in zip(table.T, values, strict=True):
        known = column[~np.isnan(column)]
        if len(known) * 2 < len(column):
            found.append((float("nan"), float("nan")))
            continue
        low, middle, high = np.quantile(known, tails) - value
        spread = np.clip([value + low - middle, value + high - middle], 0, 1)
        found.append((float(spread[0]), float(spread[1])))
    return found
