"""The interpreter's benchmark runs and counts; its figure is not for a busy machine to judge."""

import json

import pytest

from benchmarks import interpreter


def test_it_counts_steps(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["interpreter", "--json", "--quick"])
    assert interpreter.main() == 0
    result = json.loads(capsys.readouterr().out)
    assert result["target"] == 100_000
    assert result["lowest"] <= result["steps_per_s"] <= result["highest"]
    assert result["steps_per_s"] > 10_000
