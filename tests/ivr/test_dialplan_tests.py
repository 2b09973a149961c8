"""Tests that admins write beside a dialplan, and which branches they leave out."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from callflow import parts
from ivr.commands.dialplan_tests import app
from ivr.load import Source, load
from ivr.tools.coverage import coverage
from ivr.tools.dialplan_test import Outcome, read_suite, run_test
from tests.ivr.fakes import FakeQueueService
from tests.ivr.parts import SECTIONS
from tests.ivr.test_docs import ROOT
from tests.ivr.test_simulate import ALL, SITE, SOURCE
from tests.ivr.traces import PLACE

GOOD = """
tests:
  - name: Cards
    keys: ["1", "1"]
    reaches: [main, cards, queue cards]
    never: [voicemail]
    hears: [English, Cards]
    ends: completed
"""


def suite(text: str) -> Source:
    return Source("t.test.yaml", PLACE, text.encode())


async def run(text: str) -> tuple[list[Outcome], list[str]]:
    loaded = load([SOURCE], ALL, SECTIONS)
    assert loaded.site is not None
    found = read_suite(suite(text), loaded.site, ALL)
    outcomes = [
        await run_test(test, ("t.test.yaml", line), loaded.site, loaded.sources, ALL)
        for test, line in found.tests
    ]
    return outcomes, [str(problem) for problem in found.problems]


async def test_a_test_that_passes() -> None:
    outcomes, problems = await run(GOOD)
    assert problems == []
    assert [(one.name, one.line, one.failures) for one in outcomes] == [("Cards", 3, ())]


@pytest.mark.parametrize(
    ("change", "failure"),
    [
        (("never: [voicemail]", "never: [queue cards]"), "it came to queue cards"),
        (("[main, cards, queue cards]", "[other]"), 'it did not come to "other"'),
        (("[main, cards, queue cards]", "[cards, main]"), 'it did not come to "main" after'),
        (("hears: [English, Cards]", "hears: [Pin]"), 'it did not hear "Pin"'),
        (("ends: completed", "ends: menu"), "it ends by completed, not by menu"),
        (("ends: completed", "variables: {order: 17}"), 'order is not set, not "17"'),
        (('"1"]', '"1", "5"]'), "the call was over before the caller did: 5"),
        (("ends: completed", "answers: {queue: [lunch]}"), "failed: queue cards ends with one of"),
    ],
)  # fmt: skip
async def test_tests_that_fail_say_why(change: tuple[str, str], failure: str) -> None:
    outcomes, problems = await run(GOOD.replace(*change))
    assert problems == []
    assert outcomes[0].failures
    assert outcomes[0].failures[0].startswith(failure)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("keys: [", "kyes: ["), '4:5: error: "kyes" means nothing here. Did you mean "keys"?'),
        (('"1", "1"', '"1", "one"'), '4:11: error: "one" is not something that a caller can do.'),
        (("[main,", "[mian,"), '5:15: error: the site has no menu and no step "mian". Did you mean "main"?'),
        (("ends: completed", "ends: well"), "8:11: error: no call ends like that. Write one of"),
        (("ends: completed", "answers: {que: x}"), '8:15: error: there is no stage "que". Did you mean'),
        (("ends: completed", 'dial: "7"'), "8:11: error: no call to 7 is taken. The site's numbers: 1000"),
        (("ends: completed", "at: noon"), '8:9: error: "noon" is no date and time. Write "20'),
        (("tests:", "test:"), '2:1: error: "test" means nothing here. Did you mean "tests"?'),
        ((GOOD, "tests: {name: Cards}\n"), "1:8: error: there is no list of tests"),
        (("name: Cards\n    ", ""), '3:5: error: "name" is missing'),
    ],
)  # fmt: skip
async def test_mistakes_in_tests_have_their_place(change: tuple[str, str], problem: str) -> None:
    _, problems = await run(GOOD.replace(*change))
    assert any(problem in one for one in problems), problems


async def test_what_no_test_goes_through() -> None:
    outcomes, _ = await run(GOOD)
    site = load([SOURCE], ALL, SECTIONS).site
    assert site is not None
    found = coverage(site, [one.trace for one in outcomes])
    shown = [str(one).removeprefix("t.yaml:") for one in found.untaken]
    assert shown == [
        "10: main: language: no test takes 2",
        "10: main: language: no test takes no_input",
        "10: main: language: no test takes invalid",
        "12: main: menu: no test takes 2 → number",
        "12: main: menu: no test takes no_input → cards",
        "12: main: menu: no test takes invalid → cards",
        *[f"{line}: number: collect: no test takes {way}" for line in (18, 19) for way in _COLLECT],
        "22: cards: queue: no test takes on_empty",
        "22: cards: queue: no test takes on_max_wait → other",
        "24: cards: voicemail: no test takes on_nothing_said",
        "27: other: http: no test takes on_done",
        "27: other: http: no test takes on_failure",
        "27: other: http: no test takes on_not_found",
    ]
    assert (found.ways_taken, found.ways) == (2, 2 + len(shown))


_COLLECT = ("its answer", "no_input", "invalid")


async def test_silence_mistakes_and_outcomes_are_told_apart() -> None:
    outcomes, _ = await run(
        """
tests:
  - {name: a, keys: ["-", "-", "-", "-"], answers: {queue: empty, voicemail: nothing_said}}
  - {name: b, keys: ["9", "9", "9", "9"], answers: {queue: max_wait, http: failure}}
  - {name: c, keys: ["2", "2", "12#", "-", "-", "-", "-", "-", "-", "-"]}
"""
    )
    site = load([SOURCE], ALL, SECTIONS).site
    assert site is not None
    untaken = {(one.line, one.way) for one in coverage(site, [one.trace for one in outcomes]).untaken}
    assert not untaken & {(12, "no_input"), (12, "invalid"), (22, "on_empty"), (22, "on_max_wait")}
    assert not untaken & {(24, "on_nothing_said"), (27, "on_failure"), (18, "no_input")}
    assert {(12, "1"), (18, "its answer"), (18, "invalid"), (27, "on_done")} <= untaken


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = {parts.STAGES: ALL, parts.SECTIONS: {"queues": FakeQueueService.section}}
    monkeypatch.setattr(parts, "load", lambda group, name=None: found[group])
    (tmp_path / "t.yaml").write_text(SITE, encoding="utf-8")
    (tmp_path / "t.test.yaml").write_text(GOOD, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("path", ["t.yaml", "t.test.yaml", "."])
def test_the_command(folder: Path, path: str) -> None:
    result = CliRunner().invoke(app, [str(folder / path)])
    assert result.exit_code == 0
    assert result.stdout.startswith("passed  Cards\n")
    assert "1 passed, 0 failed; branches taken: 2 of " in result.stdout


def test_a_failing_test_shows_its_call(folder: Path) -> None:
    (folder / "t.test.yaml").write_text(GOOD.replace("ends: completed", "ends: menu"))
    result = CliRunner().invoke(app, [str(folder)])
    assert result.exit_code == 1
    assert "FAILED  Cards\n" in result.stdout
    assert f"{folder}/t.test.yaml:3: it ends by completed, not by menu\n" in result.stdout
    assert "presses 1" in result.stdout


def test_as_json(folder: Path) -> None:
    found = json.loads(CliRunner().invoke(app, [str(folder), "--json"]).stdout)
    assert found["tests"][0]["failures"] == []
    assert found["coverage"]["ways_taken"] == 2
    assert found["problems"] == []


def test_no_tests_and_wrong_ones(folder: Path) -> None:
    (folder / "t.test.yaml").write_text("tests: [{}]\n")
    result = CliRunner().invoke(app, [str(folder)])
    assert result.exit_code == 1
    assert '"name" is missing' in result.stdout
    (folder / "t.test.yaml").unlink()
    result = CliRunner().invoke(app, [str(folder / "t.yaml")])
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert "t.yaml has no tests; write some beside it: t.test.yaml" in result.stderr


@pytest.mark.parametrize("file", sorted((ROOT / "dialplans").rglob("*.test.yaml")), ids=lambda one: one.name)
def test_the_sites_in_dialplans_pass_their_tests(file: Path) -> None:
    dialplan = file.with_name(file.name.replace(".test.yaml", ".yaml"))
    result = CliRunner().invoke(app, [str(dialplan if dialplan.exists() else file)])
    assert result.exit_code == 0, result.stdout
