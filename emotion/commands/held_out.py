"""Judging a recipe task by task, with speakers or corpora held out."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from emotion.commands.common import Progress
from emotion.training import evaluation
from emotion.training.folds import TooFew, leave_corpus_out, leave_speakers_out
from emotion.training.table import pose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emotion.training.recipe import Recipe
    from emotion.training.report import TaskReport
    from emotion.training.table import Table
    from emotion.training.tasks import Task


class Leave(StrEnum):
    """What is held out of training."""

    SPEAKERS = "speakers"
    CORPUS = "corpus"


def held_out(
    table: Table, tasks: Sequence[Task], recipe: Recipe, leave: Leave, count: int
) -> tuple[list[TaskReport], list[str]]:
    """Give the reports of the tasks that can be trained, and why others can't.

    ``count``: parts that the speakers are held out in.
    """
    reports: list[TaskReport] = []
    notes: list[str] = []
    for task in tasks:
        posed = pose(task, table)
        try:
            folds = leave_corpus_out(posed) if leave is Leave.CORPUS else leave_speakers_out(posed, count)
            rows, said = evaluation.held_out(posed, folds, recipe, Progress(f"training {task.name}"))
        except TooFew as error:
            notes.append(f"{task.name} is left out: {error}")
        else:
            reports.append(evaluation.judge(rows, said))
    return reports, notes
