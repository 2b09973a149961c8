"""A report as text for a terminal, as Markdown for a page, as JSON for a program."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emotion.training.report import Figure, Report, Row, TaskReport

_HEADS = ("", "files", "speakers", "UAR", "AUC", "ECE")
DEFINITIONS = (
    "UAR: unweighted average recall, the mean over the classes of the share answered right.",
    "AUC: the probability that one of a class scores above one that is not; of more than two, the mean.",
    "ECE: expected calibration error, with every class of every corpus weighing the same.",
    "Intervals: 95 %, by drawing speakers with replacement, not utterances; other corpora are not in them.",
)


def as_json(report: Report) -> str:
    """Give it as JSON; figures that are not defined are ``null``."""
    return msgspec.json.encode(report).decode()


def as_text(report: Report) -> str:
    """Give it as lines for a terminal."""
    lines = [report.what, ""]
    for task in report.tasks:
        cells = [_HEADS, *map(_cells, task.rows)]
        widths = [max(len(row[column]) for row in cells) for column in range(len(_HEADS))]
        lines.append(f"{task.task}: {' | '.join(task.classes)}")
        lines += ["  " + "  ".join(_padded(row, widths)).rstrip() for row in cells]
        lines += ["", *_confusion_lines(task), ""]
    lines += [f"· {note}" for note in (*report.notes, *DEFINITIONS)]
    lines.append(f"· data {report.data_hash}")
    return "\n".join(lines)


def as_markdown(report: Report) -> str:
    """Give it as a part of a page: tables by task."""
    lines = [report.what, ""]
    for task in report.tasks:
        lines += [f"## {task.task}: {', '.join(task.classes)}", ""]
        lines += _table(_HEADS, map(_cells, task.rows))
        lines += ["", "Rows are the true classes, columns the answers.", ""]
        heads = ("", *task.classes)
        counted = [(name, *map(str, row)) for name, row in zip(task.classes, task.confusion, strict=True)]
        lines += [*_table(heads, counted), ""]
    lines += [f"- {note}" for note in (*report.notes, *DEFINITIONS)]
    lines.append(f"- Data: `{report.data_hash}`")
    return "\n".join(lines)


def _cells(row: Row) -> tuple[str, ...]:
    name = "all" if row.of == "all" else f"{row.of} {row.name}"
    return name, str(row.files), str(row.speakers), _figure(row.uar), _figure(row.auc), _figure(row.ece)


def _figure(figure: Figure) -> str:
    if math.isnan(figure.value):
        return "–"
    span = "" if math.isnan(figure.low) else f" ({_short(figure.low)}–{_short(figure.high)})"
    return _short(figure.value) + span


def _short(value: float) -> str:
    """Give .94 for 0.94."""
    return f"{value:.2f}".removeprefix("0") if value < 1 else f"{value:.2f}"


def _padded(row: tuple[str, ...], widths: list[int]) -> list[str]:
    """Give cells of the same width: names to the left, counts to the right."""
    return [
        cell.rjust(width) if column in {1, 2} else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]


def _confusion_lines(task: TaskReport) -> list[str]:
    width = max(len("answered:"), *map(len, task.classes))
    heads = "".join(name.rjust(max(len(name), 5) + 2) for name in task.classes)
    lines = [f"  {'answered:'.ljust(width)}{heads}"]
    for name, row in zip(task.classes, task.confusion, strict=True):
        counts = "".join(
            str(count).rjust(max(len(of), 5) + 2) for count, of in zip(row, task.classes, strict=True)
        )
        lines.append(f"  {name.ljust(width)}{counts}")
    return lines


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    return [
        f"| {' | '.join(heads)} |",
        f"|{'---|' * len(heads)}",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]
