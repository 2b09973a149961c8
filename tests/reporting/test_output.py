"""What a report looks like in a terminal of 80 columns: nothing cut, hours that come twice told apart."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from callflow.reporting.output import COLUMNS, print_table, shown
from records.folds.metrics.counters import DIMENSIONS, Counters
from records.folds.metrics.figures import BY_NAME, Unit, figures
from records.folds.metrics.tables import Line
from records.folds.metrics.targets import against
from records.folds.metrics.variants import Targets, Variant

BUSY = Counters(
    offered=12345, answered=11000, abandoned=1300, asked=12345, reached=11000, handled=11000,
    wait_us=22 * 11_000_000_000, longest_us=2_717_000_000, talk_us=180 * 11_000_000_000,
    wrap_up_us=30 * 11_000_000_000, waits={5: 9000, 40: 2000}, abandons={3: 300, 60: 1000},
    time={"ready": 10**10, "talking": 2 * 10**10, "wrap_up": 10**10, "paused lunch": 10**10,
          "unreachable": 10**9},
)  # fmt: skip


def report(dimension: str, **given: Any) -> dict[str, Any]:
    row = {"interval": "2026-10-25T02:00:00+02:00", **figures(dimension, BUSY, Variant())}
    if dimension != "site":
        row[dimension] = "a-queue-1"
    return {
        "from": "2026-10-25", "to": "2026-10-25", "time_zone": "Europe/Berlin", "by": dimension,
        "interval": "1d", "variant": {"service_level": "80/20", "short_abandon_s": 5}, "rows": [row],
        "targets": [],
    } | given  # fmt: skip


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_a_table_fits_into_80_columns_uncut(
    dimension: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    print_table(report(dimension))
    told = capsys.readouterr().out
    assert max(len(line.rstrip()) for line in told.splitlines()) <= 80
    assert "…" not in told
    row = report(dimension)["rows"][0]
    for name in COLUMNS[dimension]:
        assert shown(BY_NAME[name].unit, row[name]) in told, name


def test_in_a_narrow_terminal_lines_are_longer_but_whole(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    print_table(report("queue"))
    assert "a-queue-1" in (told := capsys.readouterr().out)
    assert "…" not in told


def test_an_hour_that_comes_twice_is_told_apart(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    row = report("queue")["rows"][0]
    times = [f"2026-10-25T0{hour}:00:00+0{offset}:00" for hour, offset in ((1, 2), (2, 2), (2, 1), (3, 1))]
    print_table(report("queue", interval="1h", rows=[row | {"interval": time} for time in times]))
    begins = [line.split()[0] for line in capsys.readouterr().out.splitlines() if "a-queue-1" in line]
    assert begins == ["01:00", "02:00+0200", "02:00+0100", "03:00"]


def test_nothing_counted_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(report("agent", rows=[]))
    assert "Nothing was counted by agent" in capsys.readouterr().out


def test_targets_stand_beside_what_was_reached() -> None:
    found = {
        one.name: one
        for one in against([Line(datetime(2026, 1, 1, tzinfo=UTC), "", BUSY)], Variant(), Targets())
    }
    assert (found["service_level"].target, found["service_level"].met) == (0.8, False)
    assert (found["asa"].actual, found["asa"].met) == (22.0, True)
    assert (found["idle"].actual, found["idle"].met) == (0.25, False)
    assert (found["csat"].actual, found["csat"].met) == (None, None)
    assert against([], Variant(), Targets())[3].actual is None


@pytest.mark.parametrize(
    ("unit", "value", "text"),
    [(Unit.SECONDS, 59.6, "1:00"), (Unit.SECONDS, 3661.0, "1h01m"), (Unit.RATIO, 0.8245, "82.5%"),
     (Unit.COUNT, 7, "7"), (Unit.SCORE, 4.205, "4.21"), (Unit.RATIO, None, "–")],
)  # fmt: skip
def test_figures_for_people(unit: Unit, value: float | None, text: str) -> None:
    assert shown(unit, value) == text
