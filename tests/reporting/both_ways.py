"""Holds what report tools read from a queue_log's text against the metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from records.folds.metrics.calendar import Calendar
from records.folds.metrics.counters import SLOT_S
from records.folds.metrics.figures import figures
from records.folds.metrics.tables import Sums
from records.folds.queue_log import QueueLogFold
from records.reports import fold_metrics
from tests.reporting.queue_log_reader import Figures, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from records.events import Recorded
    from records.folds.metrics.variants import Variant


def lines_of(events: Iterable[Recorded]) -> list[str]:
    fold = QueueLogFold()
    return [line for recorded in events for line in fold.apply(recorded)]


def by_events(
    events: Sequence[Recorded], variant: Variant, dimension: str, zone: str = "UTC"
) -> dict[str, dict[str, Any]]:
    """Fold all events into one row for each name."""
    first, last = (int(events[at].at.timestamp()) // SLOT_S for at in (0, -1))
    slots = range(first, last + 1)
    calendar = Calendar(zone)
    sums = Sums(calendar, dimension, "15m", slots)
    fold_metrics(events, slots, [sums], (last + 1) * SLOT_S)
    found: dict[str, Any] = {}
    for line in sums.lines():
        if line.name in found:
            found[line.name].add(line.counters)
        else:
            found[line.name] = line.counters
    return {name: figures(dimension, row, variant) for name, row in found.items()}


def assert_same(events: Sequence[Recorded], lines: Sequence[str], variant: Variant) -> None:
    """Counts and service level must be equal; times differ by the rounding that the format asks for."""
    told = read(lines, variant.within_s, variant.short_abandon_s)
    queues, agents = by_events(events, variant, "queue"), by_events(events, variant, "agent")
    assert {name for name in told.queues if name != "NONE"} == set(queues)
    for name, row in queues.items():
        text = told.queues[name]
        assert (text.offered, text.answered, text.abandoned, text.short) == tuple(
            row[key] for key in ("offered", "answered", "abandoned", "short_abandoned")
        ), name
        assert text.service_level == row["service_level"], name
        exits = (
            "left_max_wait",
            "overflowed_out",
            "left_for_callback",
            "left_by_key",
            "left_closed",
            "left_otherwise",
        )
        assert text.exits == sum(row[key] for key in exits), name
        _same_work(name, text, row)
    for name, row in agents.items():
        text = told.agents[name]
        assert text.answered == row["answered"], name
        _same_work(name, text, row)
    assert sum(text.answered for name, text in told.agents.items() if name != "NONE") == sum(
        row["answered"] for row in queues.values()
    )


def _same_work(name: str, text: Figures, row: dict[str, Any]) -> None:
    assert text.no_answers == row["ring_no_answers"], name
    assert (text.asa is None) == (row["asa"] is None), name
    if text.asa is not None:
        # waits are begun seconds: less than a second longer
        assert row["asa"] <= text.asa < row["asa"] + 1, name
    assert text.completed >= row["handled"], name
    if text.completed == row["handled"]:
        talk_s = row["talk"] + row["hold"]
        assert text.talk_s == pytest.approx(talk_s, abs=0.5 * text.completed + 1e-6), name
