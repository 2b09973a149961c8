"""How far a figure might have come out otherwise with other speakers.

Utterances of one speaker resemble each other: drawing them one by one would show intervals far too narrow.
So whole speakers are drawn with replacement (the cluster bootstrap: Davison and Hinkley, *Bootstrap methods
and their application*, 1997, section 3.8), each corpus keeping its number of them; the interval is that of
the percentiles (Efron and Tibshirani 1993, chapter 13).  Other corpora are not in it.
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
    figures: Callable[[Whole], Sequence[float]], drawn: Iterator[Whole], level: float = LEVEL
) -> list[tuple[float, float]]:
    """Give the interval of each figure that ``figures`` reckons of chosen rows.

    A draw in which a figure is not defined (NaN) counts for nothing; where fewer than half define it, the
    interval is not defined either.
    """
    table: NDArray[np.float64] = np.array([figures(rows) for rows in drawn], dtype=np.float64)
    tails = [(1 - level) / 2, (1 + level) / 2]
    found = []
    for column in table.T:
        known = column[~np.isnan(column)]
        low, high = np.quantile(known, tails) if len(known) * 2 >= len(column) > 0 else (np.nan, np.nan)
        found.append((float(low), float(high)))
    return found
