"""Judging answers: of a model that is there, or of models that are trained anew for each fold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from emotion.training.folds import TooFew
from emotion.training.intervals import DRAWS, draws, intervals
from emotion.training.metrics import confusion, ece, mean_auc, uar
from emotion.training.recipe import Examples
from emotion.training.report import Figure, Row, TaskReport

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from emotion.models.own import Prior
    from emotion.training.folds import Fold
    from emotion.training.recipe import Model, Recipe
    from emotion.training.table import Floats, Posed, Texts, Whole

_LEAST_FILES = 20
"""A row of fewer would say nothing."""


def train(posed: Posed, recipe: Recipe, prior: Prior | None = None) -> Model:
    """Fit a recipe to all of it; ``prior``: of speakers, else of these.  Raises :class:`TooFew`."""
    posed = posed.among_themselves().heard(prior or posed.prior())
    table = posed.table
    lines = [] if table.spoilt is None else [table.spoilt[:, line] for line in range(table.spoilt.shape[1])]
    times = 1 + len(lines)
    features = np.concatenate([table.features, *lines])
    heard = ~np.isnan(features).all(axis=1)  # a bad line may leave nothing of a voice, or have a stranger
    return recipe.fit(
        Examples(
            features[heard],
            np.tile(posed.classes, times)[heard],
            posed.task.classes,
            np.tile(posed.weights, times)[heard],
            np.tile(table.speakers, times)[heard],
        )
    )


def held_out(
    posed: Posed, folds: Sequence[Fold], recipe: Recipe, told: Callable[[int, int], None] | None = None
) -> tuple[Posed, Floats]:
    """Give the rows that were held out, and the probabilities that models without them give them.

    ``told`` is called after each fold with how many are done, and of how many.  A fold without which a class
    lacks is left out; raises :class:`TooFew` when all are, or when
    there is none of a class anywhere.
    """
    if posed.lacking:
        raise TooFew(f"there is no example of {', '.join(posed.lacking)}")
    rows: list[Whole] = []
    found: list[Floats] = []
    why = "there is nothing to train on"
    for done, fold in enumerate(folds, 1):
        try:
            known = posed.rows(fold.train)
            prior = known.prior()
            model = train(known, recipe, prior)
        except TooFew as error:
            why = f"without {fold.name}: {error}"
        else:
            rows.append(fold.test)
            found.append(model.probabilities(posed.rows(fold.test).heard(prior).table.features))
        if told is not None:
            told(done, len(folds))
    if not rows:
        raise TooFew(why)
    return posed.rows(np.concatenate(rows)), np.concatenate(found)


def answered(posed: Posed, model: Model) -> Floats:
    """Give a model's probabilities, its classes in the task's order.

    Raises ``ValueError`` when it tells other classes apart.
    """
    made, wanted = model.written.classes, posed.task.classes
    if set(made) != set(wanted):
        raise ValueError(f"it tells apart {', '.join(made)}, not {', '.join(wanted)}")
    return model.probabilities(posed.table.features)[:, [made.index(name) for name in wanted]]


def judge(posed: Posed, probabilities: Floats, *, seed: int = 1, count: int = DRAWS) -> TaskReport:
    """Put the figures of a task together: of all, and by corpus, language and sex.

    Intervals come of ``count`` draws of speakers.
    """
    table = posed.table
    everything = np.arange(len(table))
    rows = [_row("all", "all", posed, probabilities, everything, np.random.default_rng(seed), count)]
    columns = [("corpus", table.corpora), ("language", table.languages), ("sex", table.sexes)]
    if _same_parts(table.corpora, table.languages):
        del columns[1]  # the rows would be the same
    for of, column in columns:
        values = [value for value in np.unique(column) if value]
        for value in values if len(np.unique(column)) > 1 else []:
            chosen = np.flatnonzero(column == value)
            if len(chosen) >= _LEAST_FILES:
                dice = np.random.default_rng(seed)
                rows.append(_row(of, str(value), posed, probabilities, chosen, dice, count))
    counts = confusion(posed.classes, probabilities.argmax(axis=1), len(posed.task.classes))
    return TaskReport(posed.task.name, posed.task.classes, tuple(rows), tuple(map(tuple, counts.tolist())))


def _same_parts(one: Texts, other: Texts) -> bool:
    """Tell whether two columns part the rows in the same way, whatever they call the parts."""
    pairs = set(zip(one.tolist(), other.tolist(), strict=True))
    return len(pairs) == len(set(one.tolist())) == len(set(other.tolist()))


def _row(  # noqa: PLR0917 - of this file alone
    of: str, name: str, posed: Posed, said: Floats, chosen: Whole, dice: np.random.Generator, count: int
) -> Row:
    table = posed.table.rows(chosen)
    truth, heavy, said = posed.classes[chosen], posed.weights[chosen], said[chosen]
    answers = said.argmax(axis=1)

    def figures(rows: Whole) -> list[float]:
        return [
            uar(truth[rows], answers[rows], said.shape[1]),
            mean_auc(truth[rows], said[rows]),
            ece(truth[rows], said[rows], heavy[rows]),
            ece(truth[rows], said[rows]),
        ]

    values = figures(np.arange(len(truth)))
    spans = intervals(figures, draws(table.speakers, table.corpora, dice, count), values)
    each = [Figure(value, *span) for value, span in zip(values, spans, strict=True)]
    return Row(of, name, len(truth), len(np.unique(table.speakers)), *each)
