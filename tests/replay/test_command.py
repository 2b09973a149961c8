"""``ringhall replay`` over a log in a database."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from acd.replay.command import app
from tests.acd.logs import written
from tests.replay.call_centre import CallCentre

if TYPE_CHECKING:
    from pathlib import Path

DAY = "1970-01-12"


@pytest.fixture
async def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    centre = CallCentre(5, "longest_idle", agents=6)
    centre.end = centre.begin + 3600
    centre._arrivals = [one for one in centre._arrivals if one.at < centre.end]
    await written(centre.live(), tmp_path, snapshots=1)
    monkeypatch.setenv("RINGHALL_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "120")
    return tmp_path


def replay(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, [DAY, *words])
    return done.exit_code, done.output


def told(*words: str) -> dict[str, Any]:
    status, out = replay("--runs", "1", "--json", *words)
    assert status == 0, out
    found: dict[str, Any] = json.loads(out)
    return found


async def test_a_day_side_by_side(home: Path) -> None:
    same = told()
    assert same["changed"] is None
    assert same["as_it_was"]["offered"] == same["replayed"]["offered"] > 30
    assert same == told(), "deterministic"
    changed = told("--strategy", "best_skill", "--set", "a.wrap_up=60s", "--staffing", "+2")
    assert changed["replayed"] == same["replayed"]
    assert changed["changed"]["agents"] == changed["replayed"]["agents"] + 2
    status, out = replay("--staffing", "-50%", "--runs", "1")
    assert status == 0
    assert "service level (answered in 20 s)" in out
    assert "as it was" in out
    assert "drawn, longer than their wait" in out


async def test_a_roster(home: Path) -> None:
    (home / "people.csv").write_text(
        "agent,login,logout,skills,ranks\n100,00:00,23:00,,\nnew,00:00,23:59,a=5 b=3,a=2\n"
    )
    assert told("--staffing", str(home / "people.csv"))["changed"]["agents"] == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--strategy", "fastest"], "there is no strategy 'fastest'"),
        (["--set", "a.wrapup=5s"], "a replay can't change 'wrapup' of a queue; did you mean wrap_up?"),
        (["--set", "aa.wrap_up=5s"], "no call came to a queue 'aa' that day; did you mean a?"),
        (["--set", "a.wrap_up=soon"], "--set a.wrap_up: this is not a time"),
        (["--set", "a.needs=3"], "say which skill"),
        (["--set", "wrap_up"], "write QUEUE.KEY=VALUE"),
        (["--staffing", "-90"], "only 6 agents worked that day"),
        (["--staffing", "nobody.csv"], "no file that can be read"),
        (["--target", "soon"], "write a share of the calls and a time"),
        (["--zone", "Mars"], "there is no time zone Mars"),
    ],
    ids=lambda value: value[1] if isinstance(value, list) else "",
)
async def test_mistakes_are_told(home: Path, words: list[str], message: str) -> None:
    status, out = replay(*words)
    assert status == 1
    assert message in out
    assert "Traceback" not in out


@pytest.mark.parametrize("line", ["x,08:00,17:00,,", "100,8 o'clock,17:00,,", "100,08:00,17:00,good,"])
async def test_a_wrong_roster_is_told_with_its_line(home: Path, line: str) -> None:
    (home / "people.csv").write_text(f"agent,login,logout,skills,ranks\n{line}\n")
    status, out = replay("--staffing", str(home / "people.csv"))
    assert status == 1
    assert "people.csv:2:" in out


async def test_days_without_calls(home: Path) -> None:
    done = CliRunner().invoke(app, ["1970-03-01"])
    assert "nothing is in the log of 1970-03-01" in done.output
    assert "'tomorrow' is no day" in CliRunner().invoke(app, ["tomorrow"]).output
