"""``ringhall explain`` over a log in a database, with no controller."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from acd.core import inputs as i
from acd.core.model import AgentProfile, QueueSpec
from acd.core.strategies import STRATEGIES
from acd.explain.words import SCORED_BY
from callflow.commands.explain import app
from records import events as e
from records.database import open_engine
from records.directory import Directory
from tests.acd.floor import TestFloor
from tests.acd.logs import written

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typer.testing import Result

    Explain = Callable[..., Result]

QUEUE = QueueSpec("sales", needs={"sales": 3}, strategy="best_skill", wrap_up_s=5)
PEOPLE = (
    AgentProfile("101", skills={"sales": 3}),
    AgentProfile("102", skills={"sales": 5}),
    AgentProfile("103", skills={"sales": 2}),
)


@pytest.fixture
def explain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Explain:
    monkeypatch.setenv("RINGHALL_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "10000")
    return lambda *words: CliRunner().invoke(app, list(words))


def floor() -> TestFloor:
    """Two agents serve, then a call waits."""
    house = TestFloor((QUEUE,), PEOPLE)
    house.seat("101", "102")
    house.do(i.Enqueue("c1", "sales"))
    house.wait(1)
    house.connect("c1")
    house.do(i.Pause("101", "lunch"))
    house.wait(30)
    house.do(i.Enqueue("101", "sales"))  # a call named like an agent
    house.wait(12)
    return house


async def test_a_call_that_is_over(explain: Explain, tmp_path: Path) -> None:
    await written(floor().log, tmp_path, snapshots=0)
    out = explain("c1").output
    assert "offered to 102 (highest level, 5), after 0.0 s, position 1" in out
    assert "competed and came after: 101 (3)" in out
    assert "lacks sales 3: 103 (has 2)" in out
    assert "talks with 102, after a wait of 1.0 s" in out
    assert "NOW" not in out


@pytest.mark.parametrize("snapshots", [0, 2])
async def test_a_call_that_waits_and_its_name_is_an_agents(
    explain: Explain, tmp_path: Path, snapshots: int
) -> None:
    await written(floor().log, tmp_path, snapshots=snapshots)
    both = explain("101")
    assert both.exit_code == 1
    assert "101 is a call and an agent; say which is meant: --call or --agent" in both.output
    now = explain("101", "--call").output.rpartition("NOW: ")[2]
    assert "waits in queue sales" in now
    assert "paused (lunch): 101" in now
    assert "talking: 102 (c1 since" in now
    told = json.loads(explain("101", "--call", "--json").output)["story"][-1]["decision"]
    assert [one["agent"] for one in told["verdicts"]] == ["101", "102", "103"]


async def test_agents(explain: Explain, tmp_path: Path) -> None:
    await written(floor().log, tmp_path, snapshots=0)
    lunch = explain("101", "--agent").output
    assert "the agent is paused: calls come after ready" in lunch
    assert "(lunch)" in lunch
    assert "1 calls wait for somebody with their skills" in lunch
    assert "Offered since" in lunch
    assert "c1 of sales to 102 (5): competed and came after (3)" in lunch
    busy = explain("102").output
    assert "of which they took 1." in busy
    assert "c1 of sales, which had waited 0.0 s: highest level, 5; connected" in busy
    less = json.loads(explain("103", "--json").output)
    assert less["offered"] == []
    assert [one["verdict"]["why"] for one in less["not_theirs"]] == ["lacks_skill"]


async def test_skills_that_the_log_does_not_tell_are_todays_and_that_is_said(
    explain: Explain, tmp_path: Path
) -> None:
    old = [(at, event) for at, event in floor().log if not isinstance(event, e.AgentProfiled)]
    url = await written(old, tmp_path, snapshots=0)
    engine = open_engine(url)
    for one in PEOPLE:
        await Directory(engine, bytes(32)).save_agent(one.number, f"Agent {one.number}", one.skills)
    await engine.dispose()
    out = explain("c1").output
    assert "(the log did not tell agents' skills then" in out
    assert "competed and came after: 101 Agent 101 (3)" in out


async def test_skills_are_those_of_the_time(explain: Explain, tmp_path: Path) -> None:
    house = floor()
    better: Any = [AgentProfile(one.number, skills={"sales": 5}) for one in PEOPLE]
    house.take(house.acd.configure_agents(better, house.now))
    await written(house.log, tmp_path, snapshots=0)
    assert "lacks sales 3: 103 (has 2)" in explain("c1").output


def test_mistakes_are_told(explain: Explain, tmp_path: Path) -> None:
    none = explain("c1")
    assert none.exit_code == 1
    assert "there is no database" in none.output
    assert not (tmp_path / "ringhall.db").exists(), "reading makes none"


async def test_unknown_names(explain: Explain, tmp_path: Path) -> None:
    await written(floor().log, tmp_path, snapshots=0)
    assert "nothing is known of a call c9, and no agent has that number" in explain("c9").output
    assert "there is and was no agent 999" in explain("999", "--agent").output
    assert "this is not a time" in explain("103", "--last", "soon").output


def test_every_strategy_has_words_for_its_scores() -> None:
    assert set(SCORED_BY) == set(STRATEGIES)
