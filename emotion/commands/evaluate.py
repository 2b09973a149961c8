"""``ringhall emotion evaluate``: how good a model is on labelled speech, or how good one would become."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads it
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from emotion.commands import common
from emotion.commands.common import OURS, fail, heard, recipe_of, tasks_of
from emotion.commands.held_out import Leave, held_out
from emotion.commands.train import NOTES
from emotion.models.written import ModelError, ModelFile, decode
from emotion.training import evaluation, rendering
from emotion.training.report import Report, TaskReport
from emotion.training.table import pose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emotion.models.written import Card
    from emotion.training.table import Table
    from emotion.training.tasks import Task


def evaluate(
    corpora: Annotated[
        list[Path],
        typer.Argument(metavar="CORPUS", help="Folders of labelled speech, published or your own."),
    ],
    *,
    model: Annotated[Path | None, typer.Option(help="File of a model. Else the one that is shipped.")] = None,
    leave: Annotated[
        Leave | None, typer.Option(help="Train anew without some speakers, or without each corpus, in turn.")
    ] = None,
    tasks: Annotated[
        list[str] | None, typer.Option("--task", help="What is told apart; may be repeated. Else all.")
    ] = None,
    recipe: Annotated[str, typer.Option(help="How --leave trains: mixed or logistic.")] = "mixed",
    line: Annotated[str, typer.Option(help="Over a bad line: gsm, amr, babble, loss-repeat, …")] = "",
    layout: Annotated[str, typer.Option(help="Of the folders, where their files' names leave it open.")] = "",
    folds: Annotated[int, typer.Option(min=2, max=50, help="Parts the speakers are held out in.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for a program to read.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Tables for a page.")] = False,
) -> None:
    """Judge a model on labelled speech: UAR, AUC and calibration with intervals, by corpus, language and sex.

    With --leave no model is judged but the way to make one, on speakers or corpora that it was not trained
    on; that needs the extra emotion-training.

    Examples: ringhall emotion evaluate calls/2026-11 --model var/emotion.json,
    ringhall emotion evaluate emodb ravdess banglaser --leave corpus --json
    """
    wanted = tasks_of("evaluate", tasks or [])
    if leave and model:
        fail("evaluate", "--leave trains models of its own: leave --model out, or --leave")
    judged_by = recipe_of("evaluate", recipe) if leave else _read(model)
    _, table, used = heard("evaluate", corpora, wanted, layout=layout, line=line, to_train=leave is not None)
    if isinstance(judged_by, ModelFile):
        card = judged_by.card
        reports, notes = _judged(table, wanted, judged_by)
        notes += _known(card, table, used)
        what = f"{model or 'the shipped model'}: {card.recipe}, made {card.made}"
    else:
        reports, notes = held_out(table, wanted, judged_by, leave or Leave.SPEAKERS, folds)
        what = f"{judged_by.described}; {'a corpus' if leave is Leave.CORPUS else 'speakers'} held out"
    what += f"; line: {line}" if line else ""
    if not reports:
        fail("evaluate", f"nothing can be judged: {'; '.join(notes)}")
    report = Report(what, used, tuple(reports), (*notes, *NOTES))
    rendered = rendering.as_json if as_json else rendering.as_markdown if as_markdown else rendering.as_text
    typer.echo(rendered(report))


def _read(path: Path | None) -> ModelFile:
    if path is None and not common.SHIPPED.is_file():
        fail("evaluate", "no model is shipped with this version: name one with --model, or use --leave")
    named = path or common.SHIPPED
    try:
        return decode(named.read_bytes(), OURS)
    except ModelError as error:
        fail("evaluate", f"{named}: {error}")
    except OSError as error:
        fail("evaluate", f"--model {named}: {error.strerror or error}")


def _judged(table: Table, tasks: Sequence[Task], made: ModelFile) -> tuple[list[TaskReport], list[str]]:
    reports, notes = [], []
    for task in tasks:
        posed = pose(task, table)
        if task.name not in made.classifiers:
            notes.append(f"{task.name} is left out: the model does not tell it apart")
        elif posed.lacking:
            notes.append(f"{task.name} is left out: there is no example of {', '.join(posed.lacking)}")
        else:
            heard_so = posed.heard(made.speakers) if made.speakers else posed
            said = evaluation.answered(heard_so, made.classifiers[task.name].ready())
            reports.append(evaluation.judge(posed, said))
    return reports, notes


def _known(card: Card, table: Table, used: str) -> list[str]:
    """Say so where a model is judged on what it has heard."""
    if card.data_hash == used:
        return ["The model was trained on exactly this: the figures flatter it."]
    both = sorted({source.name for source in card.sources} & set(np.unique(table.corpora).tolist()))
    return [f"The model was trained on {', '.join(both)} too: figures there may flatter it."] if both else []
