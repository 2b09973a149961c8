"""What an evaluation found: figures with intervals, by corpus, sex and language."""

from __future__ import annotations

import msgspec


class Figure(msgspec.Struct, frozen=True):
    """A value and its interval of 95 %; NaN (``null`` in JSON) where it is not defined."""

    value: float
    low: float
    high: float


class Row(msgspec.Struct, frozen=True):
    """Some of the utterances, judged."""

    of: str
    """``all``, ``corpus``, ``sex`` or ``language``."""
    name: str
    files: int
    speakers: int
    uar: Figure
    auc: Figure
    ece: Figure
    """With the classes of each corpus weighing the same, as they do in training."""
    ece_as_counted: Figure
    """With the classes as frequent as they are in the data."""


class TaskReport(msgspec.Struct, frozen=True):
    """One task."""

    task: str
    classes: tuple[str, ...]
    rows: tuple[Row, ...]
    """The first one is of all of it."""
    confusion: tuple[tuple[int, ...], ...]
    """Counts: row the true class, column the answer."""


class Report(msgspec.Struct, frozen=True):
    """An evaluation."""

    what: str
    """Which model or recipe, and what was held out."""
    data_hash: str
    tasks: tuple[TaskReport, ...]
    notes: tuple[str, ...] = ()
