"""What both commands do: read corpora with a word on the way, measure them, and fail with a remedy."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, NoReturn

import typer

from emotion import features
from emotion.corpora.codecs import CodecError
from emotion.corpora.folder import CorpusError, data_hash, load
from emotion.corpora.lines import CROWDED, FOR_TRAINING, LINES, spoiler
from emotion.corpora.sound import SoundError, read
from emotion.corpora.utterance import EMOTIONS
from emotion.models.written import Features
from emotion.training.reading import labelled, measure
from emotion.training.tasks import TASKS
from telephony.programs import ProgramMissing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emotion.corpora.utterance import Corpus, Trouble
    from emotion.training.reading import Samples
    from emotion.training.recipe import Recipe
    from emotion.training.table import Table
    from emotion.training.tasks import Task

OURS = Features(features.VERSION, features.NAMES)
"""What this program hears."""
SHIPPED = Path(str(files("emotion.models"))) / "shipped.json"
EXTRA = ".venv/bin/pip install scikit-learn, or the extra: ringhall[emotion-training]"
_SHOWN = 5
_OTHERS = 40
_PROGRESS_S = 0.5


class Progress:
    """A line on the terminal that counts up; nothing where no one looks."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._told_at = time.monotonic()
        self._shown = False

    def __call__(self, done: int, of: int) -> None:
        """Tell how far it is."""
        now = time.monotonic()
        if sys.stderr.isatty() and (now - self._told_at > _PROGRESS_S or (self._shown and done == of)):
            self._told_at, self._shown = now, True
            end = "\n" if done == of else ""
            typer.echo(f"\r… {self._what}: {done:,} of {of:,}{end}", err=True, nl=False)


class Heard(NamedTuple):
    """What corpora hold of some tasks."""

    corpora: list[Corpus]
    table: Table
    data_hash: str
    """Of the files of these tasks."""


def heard(
    command: str,
    folders: Sequence[Path],
    tasks: Sequence[Task],
    *,
    layout: str = "",
    line: str = "",
    to_train: bool = False,
) -> Heard:
    """Read and measure what tasks ask for, over a bad line if one is named; say which files can't be used.

    ``to_train``: over the lines too that models are trained to bear.
    """
    if line and line not in LINES:
        fail(command, f"--line {line}: there are {', '.join(LINES)}")
    try:
        corpora = [load(folder, layout, Progress(f"reading {folder}")) for folder in folders]
    except CorpusError as error:
        fail(command, str(error))
    for corpus in corpora:
        songs = f", {corpus.left_out} songs or films left out" if corpus.left_out else ""
        typer.echo(f"{corpus.root}: {corpus.layout}, {len(corpus.utterances)} files{songs}", err=True)
        _complain(corpus.troubles)
    # what a speaker said in any mood is their baseline
    own = any(task.own for task in tasks)
    emotions = {emotion for task in TASKS.values() if own or task in tasks for emotion in task.of_emotion}
    spoil = spoiler(line, _others(corpora)) if line else None
    try:
        table, troubles = measure(
            corpora, features.of_speech, emotions=emotions, spoil=spoil,
            lines=[spoiler(name) for name in FOR_TRAINING if name != CROWDED] if to_train else [],
            crowd=_crowded if to_train else None, told=Progress("listening"),
        )  # fmt: skip
    except (CodecError, ProgramMissing) as error:
        fail(command, str(error))
    _complain(troubles)
    if not len(table):
        why = (
            "none of what is labelled can be used"
            if troubles
            else "nothing is labelled with an emotion that is asked for"
        )
        fail(command, f"{why}; the columns of labels.csv are told in docs/emotion-training.md")
    return Heard(corpora, table, data_hash(corpora, lambda each: each.emotion in emotions))


def tasks_of(command: str, names: Sequence[str]) -> list[Task]:
    """Give the tasks of these names, all for none."""
    unknown = [name for name in names if name not in TASKS]
    if unknown:
        fail(command, f"--task {unknown[0]}: there are {', '.join(TASKS)}")
    return [TASKS[name] for name in names or TASKS]


def recipe_of(command: str, name: str) -> Recipe:
    """Give a recipe; where scikit-learn lacks, say how to install it."""
    try:
        from emotion.training.recipes import RECIPES  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"sklearn", "threadpoolctl"}:
            raise
        fail(command, f"training needs scikit-learn, which is not installed: {EXTRA}")
    if name not in RECIPES:
        fail(command, f"--recipe {name}: there are {', '.join(RECIPES)}")
    return RECIPES[name]()


def fail(command: str, message: str) -> NoReturn:
    """Say what is wrong and end with status 1."""
    typer.echo(f"ringhall emotion {command}: {message}", err=True)
    raise typer.Exit(1)


def _others(corpora: Sequence[Corpus]) -> list[Samples]:
    """Give some of the voices, spread over all of them, to talk in the background."""
    everything = list(labelled(corpora, EMOTIONS))
    found = []
    for corpus, each in everything[:: max(1, len(everything) // _OTHERS)]:
        with suppress(SoundError):
            found.append(read(corpus.path(each)))
    return found


def _crowded(samples: Samples, others: Sequence[Samples]) -> Samples:
    return spoiler(CROWDED, others)(samples)


def _complain(troubles: Sequence[Trouble]) -> None:
    for trouble in troubles[:_SHOWN]:
        typer.echo(f"  {trouble.name}: {trouble.why}", err=True)
    if len(troubles) > _SHOWN:
        typer.echo(f"  … and {len(troubles) - _SHOWN} more files that can't be used", err=True)
