"""A report on the screen and as comma-separated values."""

from __future__ import annotations

import csv
import sys
from datetime import datetime
from typing import Any

from records.folds.metrics.figures import BY_NAME, METRICS, Unit

_CALLS = ("offered", "answered", "abandoned", "short_abandoned", "service_level", "asa", "longest_wait",
          "abandon_rate", "answer_rate", "aht")  # fmt: skip
COLUMNS = {
    "site": ("offered", "answered", "abandoned", "service_level", "asa", "longest_wait", "answer_rate",
             "aht", "occupancy", "idle"),
    "queue": _CALLS,
    "skill": _CALLS,
    "number": _CALLS,
    "agent": ("answered", "ring_no_answers", "aht", "contact_time", "wrap_up_time", "ready_time",
              "paused_time", "unreachable_time", "staffed_time", "occupancy"),
}  # fmt: skip
"""What fits on a screen; ``--json`` and ``--csv`` have every metric."""
_HEADS = {
    "answered": "an-\nswered", "abandoned": "aban-\ndoned", "service_level": "service\nlevel",
    "longest_wait": "longest\nwait", "abandon_rate": "abandon\nrate", "answer_rate": "answer\nrate",
    "ring_no_answers": "no an-\nswer", "contact_time": "on\ncalls", "wrap_up_time": "wrap-up",
    "unreachable_time": "phone\nlost", "occupancy": "occu-\npancy",
}  # fmt: skip
"""Headings broken such that a table fits into 80 columns."""
_OWN = ("fcr", "repeat_contact")


def print_csv(report: dict[str, Any]) -> None:
    """Print a header and one line for each row; ratios from 0 to 1, times in seconds."""
    dimension = report["by"]
    head = ["interval", *([] if dimension == "site" else [dimension])]
    names = [metric.name for metric in METRICS if dimension in metric.of]
    own = [name for name in _OWN if any(name in row for row in report["rows"])]
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow([*head, *names, *own])
    for row in report["rows"]:
        writer.writerow([_plain(row[name]) for name in (*head, *names, *own)])


def print_table(report: dict[str, Any]) -> None:
    """Print the report for people."""
    from rich.console import Console  # noqa: PLC0415 - slow to import
    from rich.table import Table  # noqa: PLC0415

    console = Console()
    days = report["from"] if report["from"] == report["to"] else f"{report['from']} to {report['to']}"
    variant = report["variant"]
    console.print(
        f"[bold]{days}[/bold] ({report['time_zone']})   service level {variant['service_level']}, "
        f"short abandon {variant['short_abandon_s']} s",
        highlight=False,
    )
    dimension = report["by"]
    several = len({row["interval"] for row in report["rows"]}) > 1
    grid = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    if several or dimension == "site":
        grid.add_column("from", no_wrap=True)
    if dimension != "site":
        grid.add_column(dimension, overflow="fold", min_width=5)
    for name in COLUMNS[dimension]:
        grid.add_column(_HEADS.get(name, BY_NAME[name].title), justify="right", no_wrap=True)
    for row in report["rows"]:
        cells = [_begin(row["interval"], report)] if several or dimension == "site" else []
        if dimension != "site":
            cells.append(row[dimension])
        grid.add_row(*cells, *(shown(BY_NAME[name].unit, row[name]) for name in COLUMNS[dimension]))
    if report["rows"]:
        # what does not fit is better wrapped by the terminal than cut
        console.width = max(
            console.width, console.measure(grid, options=console.options.update(width=500)).maximum
        )
        console.print(grid)
    else:
        console.print(f"Nothing was counted by {dimension} in this time.")
    _print_targets(console, report["targets"])


def _print_targets(console: Any, targets: list[dict[str, Any]]) -> None:
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    grid = Table(box=SIMPLE_HEAD, pad_edge=False)
    for title in ("target of the site", "wanted", "actual", "met", ""):
        grid.add_column(title, justify="right" if title in {"wanted", "actual"} else "left")
    for one in targets:
        unit = Unit(one["unit"])
        sign = "≤" if one["most"] else "≥"
        met = {True: "[green]yes[/green]", False: "[red]no[/red]", None: ""}[one["met"]]
        note = f"[dim]{one['note']}[/dim]"
        grid.add_row(
            one["title"], f"{sign} {shown(unit, one['target'])}", shown(unit, one["actual"]), met, note
        )
    console.print(grid)


def shown(unit: Unit, value: float | None) -> str:
    """Write a figure for people: 82.4%, 1:05 (minutes and seconds), 7h12m, 4.21; an em dash for none."""
    if value is None:
        return "–"
    match unit:
        case Unit.COUNT:
            return str(int(value))
        case Unit.RATIO:
            return f"{value * 100:.1f}%"
        case Unit.SCORE:
            return f"{value:.2f}"
        case Unit.SECONDS:
            seconds = round(value)
            minutes, rest = divmod(seconds, 60)
            hours, minutes = divmod(minutes, 60)
            return f"{hours}h{minutes:02d}m" if hours else f"{minutes}:{rest:02d}"


def _begin(interval: str, report: dict[str, Any]) -> str:
    """Write when an interval begins; with the offset from UTC where a night has the same time twice."""
    start = datetime.fromisoformat(interval)
    if report["interval"] == "1d":
        return f"{start:%Y-%m-%d}"
    wall = start.replace(tzinfo=None)
    twice = any(
        other.replace(tzinfo=None) == wall and other.utcoffset() != start.utcoffset()
        for other in {datetime.fromisoformat(row["interval"]) for row in report["rows"]}
    )
    text = f"{start:%H:%M}" if report["from"] == report["to"] else f"{start:%m-%d %H:%M}"
    return text + (f"{start:%z}" if twice else "")


def _plain(value: object) -> object:
    if value is None:
        return ""
    return round(value, 6) if isinstance(value, float) else value
