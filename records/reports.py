"""Reports of whole days from the database, by the same folds that are live in a running controller."""

from __future__ import annotations

from typing import TYPE_CHECKING

from records.folds.metrics.counters import SLOT_S, SLOT_US
from records.folds.metrics.fold import MetricsFold
from records.folds.queue_log import QueueLogFold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from records.events import Recorded
    from records.folds.metrics.shelf import Rows
    from records.folds.metrics.tables import Sums
    from records.reading import LogReader

AFTER_S = 86_400
"""Calls of the last day are followed until they are over, at most so long."""
_LOOK_EVERY = 500


def fold_metrics(events: Iterable[Recorded], slots: range, sums: Iterable[Sums], now_s: float) -> None:
    """Fold events, which may begin before and go on after ``slots``, into ``sums``.

    Ends when nothing is to come any more that counts in ``slots``; agents' time counts up to ``now_s``
    (Unix seconds) or the end of the slots, whichever comes first.
    """
    wanted = list(sums)

    def dropped(slot: int, rows: Rows) -> None:
        for one in wanted:
            one.add(slot, rows)

    fold = MetricsFold(on_dropped=dropped)
    end_us = slots.stop * SLOT_US
    for number, recorded in enumerate(events):
        fold.apply(recorded)
        if number % _LOOK_EVERY == 0 and fold.shelf.newest >= slots.stop and not fold.open_before(slots.stop):
            break
    fold.pass_time(min(round(now_s * 1_000_000), end_us))
    fold.shelf.drop_all()


def report_metrics(reader: LogReader, slots: range, sums: Iterable[Sums], now_s: float) -> None:
    """Fold what the database has of ``slots`` into ``sums``."""
    events = reader.events(slots.start * SLOT_S, slots.stop * SLOT_S + AFTER_S)
    fold_metrics(events, slots, sums, now_s)


def queue_log_lines(reader: LogReader, slots: range) -> Iterator[str]:
    """Give the lines of ``queue_log`` that are dated in ``slots``."""
    fold = QueueLogFold()
    begin_s, end_s = slots.start * SLOT_S, slots.stop * SLOT_S
    for recorded in reader.events(begin_s, end_s):
        lines = fold.apply(recorded)
        if recorded.at.timestamp() >= begin_s:
            yield from lines
