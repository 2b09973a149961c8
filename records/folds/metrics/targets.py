"""Targets beside what was reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from records.folds.metrics.counters import SITE, Counters
from records.folds.metrics.figures import figures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from records.folds.metrics.tables import Line
    from records.folds.metrics.variants import Targets, Variant
    from records.repeats import Repeats


class Reached(msgspec.Struct):
    """One target and the actual figure."""

    name: str
    title: str
    target: float
    most: bool
    """True: the figure must not be above the target; else not below."""
    unit: str
    """ratio, seconds or score."""
    actual: float | None
    met: bool | None
    """None without a figure, and while the figure is not final."""
    note: str = ""


def against(
    hours: Sequence[Line], variant: Variant, targets: Targets, repeated: Repeats | None = None
) -> list[Reached]:
    """Hold the site's lines, one an hour, and the repeat contacts against the targets."""
    total = Counters()
    for line in hours:
        total.add(line.counters)
    actual = figures(SITE, total, variant)
    busiest = max(hours, key=lambda line: line.counters.asked, default=None)
    peak = None
    if busiest is not None and busiest.counters.asked:
        peak = figures(SITE, busiest.counters, variant)["answer_rate"]
    window = f"{repeated.window_days} days, by queue" if repeated is not None else ""
    if repeated is not None and not repeated.complete:
        window += "; still open"
    complete = repeated is not None and repeated.complete
    at = f"the hour from {busiest.start:%Y-%m-%d %H:%M}" if busiest is not None and peak is not None else ""
    return [
        _reached("service_level", "service level", variant.percent / 100, "ratio", actual["service_level"]),
        _reached("asa", "ASA", targets.asa, "seconds", actual["asa"], most=True),
        _reached("answer_rate", "answer rate", targets.answer_rate, "ratio", actual["answer_rate"]),
        _reached("peak_answer_rate", "answer rate at peak", targets.answer_rate, "ratio", peak, note=at),
        _reached("idle", "idle", targets.idle, "ratio", actual["idle"], most=True),
        _reached("csat", "CSAT", targets.csat, "score", actual["csat"]),
        _reached("fcr", "FCR", targets.fcr, "ratio", repeated.fcr if repeated else None,
                 note=window, open_=not complete),
        _reached("repeat_contact", "repeat contact", targets.repeat_contact, "ratio",
                 repeated.repeat_contact if repeated else None, most=True, note=window, open_=not complete),
    ]  # fmt: skip


def _reached(
    name: str,
    title: str,
    target: float,
    unit: str,
    actual: float | None,
    *,
    most: bool = False,
    note: str = "",
    open_: bool = False,
) -> Reached:
    met = None
    if actual is not None and not open_:
        met = actual <= target if most else actual >= target
    return Reached(name, title, target, most, unit, actual, met, note)
