"""The example sites are in order, their tests pass, and no way through them is left untried."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from ivr.commands import check, dialplan_tests
from ivr.installed import stages_and_sections
from ivr.tools.schema import schema_of
from ivr.translate import to_data
from ivr.yaml_tree import parse
from tests.ivr.editor_view import as_editor

ROOT = Path(__file__).parent.parent.parent
SITES = ["bank", "parcels", "clinic", "energy"]
FOLDERS = [ROOT / "dialplans" / name for name in SITES]


@pytest.fixture(autouse=True)
def _a_house_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the checks away from a server that happens to run here."""
    monkeypatch.setenv("RINGHALL_HOME", str(tmp_path))


@pytest.mark.parametrize("folder", FOLDERS, ids=SITES)
def test_nothing_is_wrong(folder: Path) -> None:
    result = CliRunner().invoke(check.app, [str(folder), "--json"])
    assert (result.exit_code, json.loads(result.stdout)["problems"]) == (0, [])


@pytest.mark.parametrize("folder", FOLDERS, ids=SITES)
def test_editors_accept_it(folder: Path) -> None:
    schema = Draft202012Validator(schema_of(*stages_and_sections(), part=True))
    [file] = [path for path in folder.glob("*.yaml") if ".test." not in path.name]
    tree, problems = parse(file.read_bytes(), file.name)
    assert tree is not None
    assert not problems
    for view in (as_editor, to_data):
        assert not [f"{error.json_path}: {error.message}" for error in schema.iter_errors(view(tree))]


@pytest.mark.parametrize("folder", FOLDERS, ids=SITES)
def test_its_tests_pass_and_take_every_branch(folder: Path) -> None:
    result = CliRunner().invoke(dialplan_tests.app, [str(folder), "--json"])
    told: dict[str, Any] = json.loads(result.stdout)
    assert told["problems"] == []
    failed = {test["name"]: test["failures"] for test in told["tests"] if test["failures"]}
    assert failed == {}
    coverage = told["coverage"]
    assert coverage["untaken"] == []
    assert coverage["steps_taken"] == coverage["steps"]
    assert result.exit_code == 0
