"""``ringhall emotion train``: a model of labelled calls, judged on speakers that it did not hear."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path  # noqa: TC003 - typer reads it
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from emotion.commands.common import OURS, fail, heard, recipe_of, tasks_of
from emotion.commands.held_out import Leave, held_out
from emotion.models.own import prior_of
from emotion.models.written import Card, ModelFile, Source, encode
from emotion.training import evaluation, rendering
from emotion.training.report import Report
from emotion.training.table import pose
from emotion.training.tasks import TASKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emotion.corpora.utterance import Corpus
    from emotion.training.report import TaskReport
    from emotion.training.table import Table

NOTES = (
    "Emotions in published corpora are acted: figures on them say little about real calls, on which anger "
    "against neutral is reported to come out right in about 77 of 100 cases.",
    "An answer is a hint about a stretch of sound, never a verdict on a person.",
)


def train(
    corpora: Annotated[
        list[Path],
        typer.Argument(metavar="CORPUS", help="Folders of labelled speech, published or your own."),
    ],
    *,
    out: Annotated[Path, typer.Option(help="File of the model.")],
    tasks: Annotated[
        list[str] | None, typer.Option("--task", help="What is told apart; may be repeated. Else all.")
    ] = None,
    recipe: Annotated[str, typer.Option(help="How it is trained: mixed or logistic.")] = "mixed",
    layout: Annotated[str, typer.Option(help="Of the folders, where their files' names leave it open.")] = "",
    licence: Annotated[
        str, typer.Option(help="Under which the model may be used; else the corpora's are put together.")
    ] = "",
    folds: Annotated[int, typer.Option(min=2, max=50, help="Parts the speakers are held out in.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for a program to read.")] = False,
) -> None:
    """Train a model on labelled speech and write it to a file, with where it comes from and how good it is.

    The figures are those of models that had not heard the speakers; the model in the file has heard all.
    A corpus is a folder as it is published (RAVDESS, CREMA-D, EMO-DB, ESD, CASIA, BanglaSER), or your own
    with a labels.csv (docs/emotion-training.md).

    Example: ringhall emotion train calls/2026-10 emodb --out var/emotion.json
    """
    wanted = tasks_of("train", tasks or [])
    way = recipe_of("train", recipe)
    if not out.parent.is_dir():
        fail("train", f"--out {out}: there is no folder {out.parent}")
    read, table, used = heard("train", corpora, wanted, layout=layout, to_train=True)
    reports, notes = held_out(table, wanted, way, Leave.SPEAKERS, folds)
    if not reports:
        fail("train", f"nothing can be trained: {'; '.join(notes)}")
    speakers = prior_of(table.features, table.speakers)
    classifiers = {
        one.task: evaluation.train(pose(TASKS[one.task], table), way, speakers).written for one in reports
    }
    card = Card(
        recipe=way.described,
        data_hash=used,
        licence=licence or _licences(read),
        made=datetime.now(UTC).date().isoformat(),
        sources=_sources(read, table),
        figures={one.task: _figures(one) for one in reports},
        notes=NOTES,
    )
    _write(out, encode(ModelFile(features=OURS, classifiers=classifiers, speakers=speakers, card=card)))
    report = Report(f"{way.described}; speakers held out", used, tuple(reports), (*notes, *NOTES))
    typer.echo(rendering.as_json(report) if as_json else rendering.as_text(report))
    typer.echo(f"{out} written: {', '.join(classifiers)}", err=True)


def _figures(report: TaskReport) -> dict[str, float]:
    everybody = report.rows[0]
    values = {"uar": everybody.uar.value, "auc": everybody.auc.value, "ece": everybody.ece.value}
    return {name: round(value, 4) for name, value in values.items() if value == value}  # noqa: PLR0124 - no NaN


def _sources(corpora: Sequence[Corpus], table: Table) -> tuple[Source, ...]:
    licences = {each.corpus: corpus.licence for corpus in corpora for each in corpus.utterances}
    found = []
    for name in np.unique(table.corpora):
        rows = table.corpora == name
        speakers = len(np.unique(table.speakers[rows]))
        found.append(Source(str(name), int(rows.sum()), speakers, licences.get(str(name), "")))
    return tuple(found)


def _licences(corpora: Sequence[Corpus]) -> str:
    told = [f"{corpus.name}: {corpus.licence or 'not stated'}" for corpus in corpora]
    return f"not decided; trained on {'; '.join(told)}"


def _write(out: Path, data: bytes) -> None:
    """Write a file that is complete or not there at all."""
    partial = out.with_name(f".new-{out.name}")
    try:
        partial.write_bytes(data)
        os.replace(partial, out)  # noqa: PTH105 - as Path.replace
    except OSError as error:
        partial.unlink(missing_ok=True)
        fail("train", f"--out {out}: {error.strerror or error}")
