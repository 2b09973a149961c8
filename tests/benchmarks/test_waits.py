"""The benchmark of expected waits runs, and notices waits that are told wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from benchmarks import waits
from benchmarks.waiting_world import Served

if TYPE_CHECKING:
    import pytest


def test_it_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["waits", "--json", "--quick"])
    assert waits.main() == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told["p80_coverage"]) == {"regular", "vip"}
    assert len(told["cases"]) == 6
    assert told["rrmse_single"] == told["cases"][waits.JUDGED]["rrmse"] < told["last_callers_wait"]


def told(*waited: float) -> dict[str, Any]:
    return waits.judged([Served(0, wait, p50=10.0, p80=20.0, last_wait=None) for wait in waited])


def test_it_counts_those_who_waited_longer_than_told() -> None:
    figures = told(5.0, 10.0, 20.0, 21.0)
    assert figures["p50_coverage"] == {"regular": 0.5}
    assert figures["p80_coverage"] == {"regular": 0.75}


def test_a_target_missed_is_named() -> None:
    good, bad = told(*[5.0] * 80, *[30.0] * 20), told(*[5.0] * 75, *[30.0] * 25)
    summary = waits.summary({waits.JUDGED: good, waits.MULTI: bad})
    assert waits.missed({**summary, "rrmse_single": 0.2, "rrmse_multi": 0.46}) == [
        "rrmse_multi",
        f"p80_coverage of regular callers: {waits.MULTI}",
    ]
