"""Measured speech as columns: a vector of features for each utterance, and who speaks it how."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from emotion.models.own import against_others, prior_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from emotion.corpora.utterance import Utterance
    from emotion.models.own import Prior
    from emotion.training.tasks import Task

    Floats = NDArray[np.float64]
    Texts = NDArray[np.str_]
    Whole = NDArray[np.intp]


@dataclass(frozen=True)
class Table:
    """Columns of the same length n."""

    features: Floats
    """Shape (n, d)."""
    emotions: Texts
    corpora: Texts
    speakers: Texts
    languages: Texts
    sexes: Texts
    spoilt: Floats | None = None
    """Shape (n, lines, d): the features of the same utterances over bad lines, to train on; None for none."""
    company: Texts | None = None
    """Shape (n,): who talks in the background over the last of these lines; None: nobody."""

    def __len__(self) -> int:
        return len(self.emotions)

    def rows(self, chosen: Whole | NDArray[np.bool_]) -> Table:
        """Give some rows, by number or by yes and no."""
        return Table(
            self.features[chosen],
            self.emotions[chosen],
            self.corpora[chosen],
            self.speakers[chosen],
            self.languages[chosen],
            self.sexes[chosen],
            None if self.spoilt is None else self.spoilt[chosen],
            None if self.company is None else self.company[chosen],
        )

    def without_strangers(self, speakers: Texts) -> Table:
        """Leave out, over the line with company, what others than these speakers are heard in: it is NaN."""
        if self.spoilt is None or self.company is None:
            return self
        spoilt = self.spoilt.copy()
        spoilt[~np.isin(self.company, speakers), -1] = np.nan
        return replace(self, spoilt=spoilt)


@dataclass(frozen=True)
class Posed:
    """A task put to a table: those of its rows that take part, and what they are."""

    task: Task
    table: Table
    whole: Table
    """All that was put to it: what else the speakers said."""
    at: Whole
    """Shape (n,): which rows of :attr:`whole` take part."""
    classes: Whole
    """Shape (n,): numbers of the task's classes."""
    weights: Floats
    """Shape (n,), of mean 1: they let every class of every corpus weigh the same.

    Else a large corpus would drown a small one, and how many of a class actors were asked for would pass for
    how frequent it is."""

    @property
    def lacking(self) -> list[str]:
        """Name the classes of which there is no example."""
        there = set(self.classes.tolist())
        return [name for number, name in enumerate(self.task.classes) if number not in there]

    @property
    def strata(self) -> Whole:
        """The number of each row's cell: a class of a corpus."""
        return strata(self.table, self.classes)[0]

    def rows(self, chosen: Whole) -> Posed:
        """Give some rows; what they weigh is reckoned anew."""
        return _posed(self.task, self.whole, self.at[chosen], self.classes[chosen], self.table.rows(chosen))

    def among_themselves(self) -> Posed:
        """Leave out what others than its speakers are heard in, in the background."""
        speakers = np.unique(self.table.speakers)
        return replace(
            self,
            table=self.table.without_strangers(speakers),
            whole=self.whole.without_strangers(speakers),
        )

    def prior(self) -> Prior:
        """Say what its speakers are like, by all that they said."""
        spoken = np.isin(self.whole.speakers, self.table.speakers)
        return prior_of(self.whole.features[spoken], self.whole.speakers[spoken])

    def heard(self, prior: Prior) -> Posed:
        """Give it as it is heard: if the task asks for that, against what else each speaker said."""
        if not self.task.own:
            return self
        spoken = np.flatnonzero(np.isin(self.whole.speakers, self.table.speakers))
        said, rows = self.whole.rows(spoken), np.searchsorted(spoken, self.at)

        def own(features: Floats) -> Floats:
            return against_others(features, said.speakers, prior)[rows]

        # over a bad line, too, a voice is told against what else came over that line
        lines = 0 if said.spoilt is None else said.spoilt.shape[1]
        spoilt = [own(said.spoilt[:, line]) for line in range(lines) if said.spoilt is not None]
        table = replace(
            self.table,
            features=own(said.features),
            spoilt=np.stack(spoilt, axis=1) if spoilt else None,
        )
        return replace(self, table=table)


def pose(task: Task, table: Table) -> Posed:
    """Put a task to a table."""
    numbers = [
        task.classes.index(task.of_emotion[each]) if each in task.of_emotion else -1
        for each in table.emotions
    ]
    classes = np.array(numbers, dtype=np.intp)
    at = np.flatnonzero(classes >= 0)
    return _posed(task, table, at, classes[at], table.rows(at))


def _posed(task: Task, whole: Table, at: Whole, classes: Whole, table: Table) -> Posed:
    cells, counts = strata(table, classes)
    weights = (len(table) / max(1, len(counts)) / counts)[cells]
    return Posed(task, table, whole, at, classes, weights)


def strata(table: Table, classes: Whole) -> tuple[Whole, Whole]:
    """Give the number of each row's class within its corpus, and how many rows each has."""
    names = np.char.add(np.char.add(table.corpora, "|"), classes.astype(np.str_))
    _, cells, counts = np.unique(names, return_inverse=True, return_counts=True)
    return cells, counts


def make_table(
    utterances: Sequence[Utterance],
    features: Sequence[Floats],
    spoilt: Sequence[Sequence[Floats]] = (),
    company: Sequence[str] = (),
) -> Table:
    """Put utterances and their features, as many, into a table.

    ``spoilt``: of each, over bad lines; ``company``: who is heard in the last of them.
    """

    def column(values: Any) -> Texts:
        return np.array(list(values), dtype=np.str_)

    return Table(
        np.array(features, dtype=np.float64) if features else np.zeros((0, 0)),
        column(each.emotion for each in utterances),
        column(each.corpus for each in utterances),
        column(each.speaker for each in utterances),
        column(each.language for each in utterances),
        column(each.sex for each in utterances),
        np.array(spoilt, dtype=np.float64) if len(spoilt) and len(spoilt[0]) else None,
        column(company) if len(company) else None,
    )
