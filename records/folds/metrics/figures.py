"""From counters to figures: every metric by name, with its unit, its formula and where it applies.

Definitions are METRICS' and stand, with what counts when, in docs/metrics.md; a test holds the two together.
A figure is None where its formula divides by nothing.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from records.folds.metrics.counters import (
    AGENT,
    DIMENSIONS,
    MISSES,
    NUMBER,
    PAUSED,
    QUEUE,
    SITE,
    SKILL,
    Counters,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from records.folds.metrics.variants import Variant

    Formula = Callable[[Counters, Variant], float | int | None]


class Unit(StrEnum):
    """What a figure is in."""

    COUNT = "count"
    SECONDS = "seconds"
    RATIO = "ratio"
    SCORE = "score"


class Metric(msgspec.Struct, frozen=True):
    """One figure."""

    name: str
    title: str
    """A column's heading."""
    unit: Unit
    of: frozenset[str]
    """The dimensions that have it."""
    formula: Formula
    better: int = 0
    """1 when more is better, -1 when less is; 0 when neither."""


_CALLS = frozenset({SITE, QUEUE, SKILL, NUMBER})
_ALL = frozenset(DIMENSIONS)
_DIALING = frozenset({SITE, QUEUE, AGENT})
_PEOPLE = frozenset({SITE, AGENT})
CONTACT = ("talking", "hold", "consult", "dialing")


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _seconds(us: int) -> float:
    return us / 1_000_000


def _short(row: Counters, variant: Variant) -> int:
    return sum(count for wait, count in row.abandons.items() if wait <= variant.short_abandon_s)


def _long(row: Counters, variant: Variant) -> int:
    return row.abandoned - _short(row, variant)


def _service_level(row: Counters, variant: Variant) -> float | None:
    within = sum(count for wait, count in row.waits.items() if wait <= variant.within_s)
    return _share(within, row.answered + _long(row, variant))


def _asa(row: Counters, _: Variant) -> float | None:
    return _share(_seconds(row.wait_us), row.answered)


def _aht(row: Counters, _: Variant) -> float | None:
    return _share(_seconds(row.talk_us + row.hold_us + row.wrap_up_us), row.handled)


def _in_state(*states: str) -> Formula:
    return lambda row, _: _seconds(sum(row.time.get(state, 0) for state in states))


def _paused(row: Counters, _: Variant) -> float:
    return _seconds(sum(us for state, us in row.time.items() if state.startswith(PAUSED)))


def _staffed(row: Counters, _: Variant) -> float:
    return _seconds(sum(row.time.values()))


def _occupancy(row: Counters, _: Variant) -> float | None:
    busy = sum(row.time.get(state, 0) for state in (*CONTACT, "wrap_up"))
    return _share(busy, busy + row.time.get("ready", 0))


def _idle(row: Counters, variant: Variant) -> float | None:
    occupancy = _occupancy(row, variant)
    return None if occupancy is None else 1.0 - occupancy


def scores(row: Counters, kind: str) -> dict[int, int]:
    """Give score → answers of the surveys whose name begins with ``kind``."""
    found: dict[int, int] = {}
    for key, count in row.surveys.items():
        name, _, score = key.rpartition(" ")
        if name.startswith(kind):
            found[int(score)] = found.get(int(score), 0) + count
    return found


def _csat(row: Counters, _: Variant) -> float | None:
    given = {score: count for score, count in scores(row, "csat").items() if 1 <= score <= 5}
    return _share(sum(score * count for score, count in given.items()), sum(given.values()))


def _csat_good(row: Counters, _: Variant) -> float | None:
    given = {score: count for score, count in scores(row, "csat").items() if 1 <= score <= 5}
    return _share(given.get(4, 0) + given.get(5, 0), sum(given.values()))


def _nps(row: Counters, _: Variant) -> float | None:
    given = scores(row, "nps")
    for_us = sum(count for score, count in given.items() if score >= 9)
    against = sum(count for score, count in given.items() if score <= 6)
    return _share(100.0 * (for_us - against), sum(given.values()))


def _tally(tally: str, *keys: str) -> Formula:
    return lambda row, _: sum(getattr(row, tally).get(key, 0) for key in keys)


def _field(name: str) -> Formula:
    return lambda row, _: int(getattr(row, name))


def _refused_otherwise(row: Counters, _: Variant) -> int:
    return sum(count for reason, count in row.refused.items() if reason not in {"full", "empty"})


_KNOWN_LEAVES = frozenset({"abandoned", "max_wait", "overflow", "callback", "key", "closed", "empty"})


def _left_otherwise(row: Counters, _: Variant) -> int:
    return sum(count for reason, count in row.left.items() if reason not in _KNOWN_LEAVES)


METRICS: tuple[Metric, ...] = (
    Metric("offered", "offered", Unit.COUNT, _CALLS, _field("offered")),
    Metric("answered", "answered", Unit.COUNT, _ALL, _field("answered")),
    Metric("abandoned", "abandoned", Unit.COUNT, _CALLS, _long),
    Metric("short_abandoned", "short", Unit.COUNT, _CALLS, _short),
    Metric("service_level", "service level", Unit.RATIO, _CALLS, _service_level, 1),
    Metric("asa", "ASA", Unit.SECONDS, _ALL, _asa, -1),
    Metric("longest_wait", "longest wait", Unit.SECONDS, _ALL, lambda row, _: _seconds(row.longest_us)),
    Metric("abandon_rate", "abandon rate", Unit.RATIO, _CALLS,
           lambda row, variant: _share(_long(row, variant), row.offered), -1),
    Metric("asked", "asked", Unit.COUNT, _CALLS, _field("asked")),
    Metric("answer_rate", "answer rate", Unit.RATIO, _CALLS,
           lambda row, _: _share(row.reached, row.asked), 1),
    Metric("left_max_wait", "longest wait over", Unit.COUNT, _CALLS, _tally("left", "max_wait")),
    Metric("overflowed_out", "overflowed out", Unit.COUNT, _CALLS, _tally("left", "overflow")),
    Metric("overflowed_in", "overflowed in", Unit.COUNT, _CALLS, _field("overflowed_in")),
    Metric("left_for_callback", "left for callback", Unit.COUNT, _CALLS, _tally("left", "callback")),
    Metric("left_by_key", "left by key", Unit.COUNT, _CALLS, _tally("left", "key")),
    Metric("left_closed", "closed meanwhile", Unit.COUNT, _CALLS, _tally("left", "closed", "empty")),
    Metric("left_otherwise", "left otherwise", Unit.COUNT, _CALLS, _left_otherwise),
    Metric("callbacks", "callbacks", Unit.COUNT, _CALLS, _field("callbacks")),
    Metric("called_back", "called back", Unit.COUNT, _CALLS, _field("called_back")),
    Metric("dialed", "dialed", Unit.COUNT, _DIALING, _field("dialed")),
    Metric("dialed_reached", "of them reached", Unit.COUNT, _DIALING, _field("dialed_reached")),
    Metric("dialed_talk", "talk dialed", Unit.SECONDS, _DIALING,
           lambda row, _: _seconds(row.dialed_talk_us)),
    Metric("refused_full", "refused: full", Unit.COUNT, _CALLS - {SKILL}, _tally("refused", "full")),
    Metric("refused_closed", "refused: closed", Unit.COUNT, _CALLS - {SKILL}, _tally("refused", "closed")),
    Metric("refused_empty", "refused: empty", Unit.COUNT, _CALLS - {SKILL}, _tally("refused", "empty")),
    Metric("refused_otherwise", "refused otherwise", Unit.COUNT, _CALLS - {SKILL}, _refused_otherwise),
    Metric("ring_no_answers", "ring no answer", Unit.COUNT, _ALL, _tally("offers", *sorted(MISSES)), -1),
    Metric("handled", "handled", Unit.COUNT, _ALL, _field("handled")),
    Metric("talk", "talk", Unit.SECONDS, _ALL, lambda row, _: _seconds(row.talk_us)),
    Metric("hold", "hold", Unit.SECONDS, _ALL, lambda row, _: _seconds(row.hold_us)),
    Metric("wrap_up", "wrap-up", Unit.SECONDS, _ALL, lambda row, _: _seconds(row.wrap_up_us)),
    Metric("aht", "AHT", Unit.SECONDS, _ALL, _aht),
    Metric("transfers", "transfers", Unit.COUNT, _ALL, _field("transfers")),
    Metric("transfer_rate", "transfer rate", Unit.RATIO, _ALL,
           lambda row, _: _share(row.transfers, row.handled), -1),
    Metric("csat", "CSAT", Unit.SCORE, _ALL, _csat, 1),
    Metric("csat_good", "CSAT 4–5", Unit.RATIO, _ALL, _csat_good, 1),
    Metric("nps", "NPS", Unit.SCORE, _ALL, _nps, 1),
    Metric("occupancy", "occupancy", Unit.RATIO, _PEOPLE, _occupancy),
    Metric("idle", "idle", Unit.RATIO, _PEOPLE, _idle, -1),
    Metric("staffed_time", "staffed", Unit.SECONDS, _PEOPLE, _staffed),
    Metric("ready_time", "ready", Unit.SECONDS, _PEOPLE, _in_state("ready")),
    Metric("ring_time", "ringing", Unit.SECONDS, _PEOPLE, _in_state("reserved", "ringing")),
    Metric("contact_time", "on calls", Unit.SECONDS, _PEOPLE, _in_state(*CONTACT)),
    Metric("wrap_up_time", "wrapping up", Unit.SECONDS, _PEOPLE, _in_state("wrap_up")),
    Metric("paused_time", "paused", Unit.SECONDS, _PEOPLE, _paused),
    Metric("missed_time", "missed", Unit.SECONDS, _PEOPLE, _in_state("missed")),
    Metric("unreachable_time", "unreachable", Unit.SECONDS, _PEOPLE, _in_state("unreachable")),
)  # fmt: skip
BY_NAME = {metric.name: metric for metric in METRICS}


def figures(dimension: str, row: Counters, variant: Variant) -> dict[str, float | int | None]:
    """Give every metric of a row by name."""
    return {metric.name: metric.formula(row, variant) for metric in METRICS if dimension in metric.of}


def pauses(row: Counters) -> dict[str, float]:
    """Give reason → seconds paused for it."""
    return {
        state.removeprefix(PAUSED): _seconds(us)
        for state, us in sorted(row.time.items())
        if state.startswith(PAUSED)
    }
