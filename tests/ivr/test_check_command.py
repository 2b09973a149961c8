"""``ringhall check`` as an admin or a program runs it, with the parts that are installed."""

import asyncio
import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from acd.queue_stage import QueueStage
from acd.section import QUEUES
from callflow import parts
from ivr.commands.check import app
from records.database import migrate, open_engine
from records.directory import Directory
from tests.ivr.fakes import FakeQueueService
from tests.ivr.parts import STAGES

REMEDY = "Give it to one: ringhall agents set NUMBER --skill NAME=LEVEL."
GOOD = 'site: T\nlanguages: [en]\nnumbers: {"1": m}\nmenus:\n  m:\n    - play: Hello\n    - hangup\n'


@pytest.fixture(autouse=True)
def _installed(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {parts.STAGES: STAGES, parts.SECTIONS: {"queues": FakeQueueService.section}}
    monkeypatch.setattr(parts, "load", lambda group, name=None: found[group])


def run(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(words))
    return result.exit_code, result.stdout, result.stderr


def test_a_good_file(tmp_path: Path) -> None:
    file = tmp_path / "site.yaml"
    file.write_text(GOOD)
    status, out, err = run(str(file))
    assert (status, out) == (0, "")
    assert err == f"{file}: ok: T, 1 menu\n"


def test_files_that_are_none(tmp_path: Path) -> None:
    os.symlink("circle.yaml", tmp_path / "circle.yaml")  # noqa: PTH211 - to itself
    os.symlink("circle.wav", tmp_path / "circle.wav")  # noqa: PTH211
    os.mkfifo(tmp_path / "pipe.wav")
    status, out, _ = run(str(tmp_path / "circle.yaml"))
    assert status == 1
    assert "the file can't be read: Too many levels of symbolic links" in out
    for name, why in (("circle", "Too many levels of symbolic links"), ("pipe", "it is no file")):
        file = tmp_path / "site.yaml"
        file.write_text(GOOD.replace("Hello", f"{name}.wav"))
        status, out, _ = run(str(file))
        assert status == 1
        assert f'the recording "{name}.wav" can\'t be read: {why}' in out


def test_errors_have_place_and_remedy(tmp_path: Path) -> None:
    file = tmp_path / "site.yaml"
    file.write_text(GOOD.replace("hangup", "goto: n"))
    status, out, err = run(str(file))
    assert status == 1
    assert out == f'{file}:7:13: error: there is no menu "n". Add it under menus:, or correct the name.\n'
    assert err == "1 error, 0 warnings\n"


def test_warnings_alone_pass(tmp_path: Path) -> None:
    file = tmp_path / "site.yaml"
    file.write_text(GOOD + "skills: [s]\nqueues: {q: {needs: {s: 1}}}\n")
    status, out, _ = run(str(file))
    assert status == 0
    assert "warning: the queue" in out


def test_json_after_the_files(tmp_path: Path) -> None:
    file = tmp_path / "site.yaml"
    file.write_text(GOOD.replace("play", "plya"))
    status, out, _ = run(str(file), "--json")
    found = json.loads(out)
    assert (status, found["errors"], found["warnings"]) == (1, 1, 0)
    assert found["problems"][0]["near"] == "play"
    assert found["problems"][0]["line"] == 6
    assert set(found["problems"][0]) == {"file", "line", "column", "severity", "message", "near", "remedy"}


def test_a_folder_is_a_site(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "b.yaml").write_text('numbers: {"1": m}\n')
    (tmp_path / "b.test.yaml").write_text("this is a test of the dialplan\n")
    status, out, _ = run(str(tmp_path))
    assert status == 1
    assert out.count("\n") == 1
    assert f'"numbers: 1" is written in {tmp_path}/a.yaml:3 too' in out


def test_without_files_the_configured_folder_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    monkeypatch.setenv("RINGHALL_DIALPLANS", str(tmp_path))
    monkeypatch.setenv("RINGHALL_HOME", str(tmp_path / "var"))
    assert run()[0] == 0


async def in_the_database(home: Path, skills: dict[str, int]) -> None:
    url = f"sqlite+aiosqlite:///{home / 'ringhall.db'}"
    await migrate(url)
    engine = open_engine(url)
    await Directory(engine, bytes(32)).save_agent("1001", "Ada", skills, None)
    await engine.dispose()


@pytest.mark.parametrize(
    ("skills", "told"),
    [
        ({"s": 2}, '"q" needs s of level 3, and no agent has that'),
        ({"t": 5}, '"q" needs s of level 3, and no agent has that'),
        ({"s": 3}, ""),
    ],
)
def test_a_queue_whose_skills_no_agent_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, skills: dict[str, int], told: str
) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(GOOD.replace("hangup", "queue: q") + "skills: [s, t]\nqueues:\n  q: {needs: {s: 3}}\n")
    monkeypatch.setenv("RINGHALL_HOME", str(tmp_path / "var"))
    assert run(str(file), "--agents")[1] == ""
    (tmp_path / "var").mkdir()
    asyncio.run(in_the_database(tmp_path / "var", skills))
    status, out, _ = run(str(file), "--agents")
    assert status == 0
    assert out == (f"{file}:10:3: warning: {told}. {REMEDY}\n" if told else "")
    assert run(str(file))[1] == ""


@pytest.mark.parametrize(
    ("level", "told"),
    [
        (4, ""),
        (3, ": its calls wait for 60 s, until less is asked for"),
        (1, "; nor s of level 3, which is asked for in the end"),
    ],
)
def test_a_queue_whose_calls_ask_for_less_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, level: int, told: str
) -> None:
    file = tmp_path / "a.yaml"
    queue = "{needs: {s: 4}, relax: [{after: 1m, needs: {s: 3}}]}"
    file.write_text(GOOD.replace("hangup", "queue: q") + f"skills: [s]\nqueues:\n  q: {queue}\n")
    monkeypatch.setenv("RINGHALL_HOME", str(tmp_path))
    installed = {parts.STAGES: {"queue": QueueStage}, parts.SECTIONS: {"queues": QUEUES}}
    monkeypatch.setattr(parts, "load", lambda group, name=None: installed[group])
    asyncio.run(in_the_database(tmp_path, {"s": level}))
    found = f'{file}:10:3: warning: "q" needs s of level 4, and no agent has that{told}. {REMEDY}\n'
    assert run(str(file), "--agents")[1] == (found if told else "")


@pytest.mark.parametrize("name", ["nowhere.yaml", "."])
def test_what_can_not_be_read(tmp_path: Path, name: str) -> None:
    status, out, _ = run(str(tmp_path / name))
    assert status == 1
    assert "error: the file can't be read" in out or "error: there is no dialplan" in out


def test_a_part_that_can_not_be_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(group: str, name: str | None = None) -> dict[str, object]:
        raise parts.PartError("ringhall.stages 'x' can't be imported: no module y")

    monkeypatch.setattr(parts, "load", broken)
    status, _, err = run(str(tmp_path))
    assert (status, err) == (1, "ringhall check: ringhall.stages 'x' can't be imported: no module y\n")
