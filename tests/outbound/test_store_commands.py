"""``ringhall campaigns import``, ``lists``, ``list-delete`` and ``dnc-…``, as people type them."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from callflow.first_start import master_key
from outbound.commands import app

if TYPE_CHECKING:
    from pathlib import Path

LONDON = "020 7946 0018"


@pytest.fixture(autouse=True)
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RINGHALL_HOME", str(tmp_path))
    master_key(tmp_path)
    return tmp_path


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(arguments))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def written(folder: Path, text: str | bytes, name: str = "list.csv") -> str:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def test_columns_and_consent_are_said(tmp_path: Path) -> None:
    file = written(tmp_path, f"Handy,Kunde\n{LONDON},Ada\n")
    status, told = run(
        "import", "spring", file, "--home", "GB", "--columns", "number=Handy", "--consent", "fair"
    )
    assert (status, "1 leads" in told) == (0, True)
    status, told = run("import", "spring", file, "--home", "GB", "--columns", "numbr=Handy")
    assert (status, "'numbr=Handy' names no column" in told) == (2, True)


def test_a_list_from_import_to_deletion(tmp_path: Path) -> None:
    file = written(tmp_path, f"number,name\n{LONDON},=1+1\n999,x\n")
    status, told = run("import", "spring", file, "--home", "gb")
    assert status == 1
    assert f"{file}:3: an emergency number" in told
    assert "spring is 1-" in told
    assert "1 lines are refused" in told
    status, told = run("import", "spring", file, "--home", "GB", "--json")
    assert (status, json.loads(told)["version"][:2]) == (1, "2-")
    status, told = run("lists", "--json")
    (row,) = json.loads(told)
    assert status == 0
    assert (row["name"], row["good"], row["refused"], row["open"], row["over"]) == ("spring", 1, 1, 1, {})
    assert "spring" in run("lists")[1]
    assert run("list-delete", "spring") == (0, "spring: deleted\n")
    status, told = run("list-delete", "spring")
    assert (status, "there is no list 'spring'; there are: none" in told) == (2, True)


@pytest.mark.parametrize(
    ("data", "given", "words"),
    [
        ("", (), "is empty"),
        (b"PK\x03\x04\0\0sheet", (), "export the sheet as CSV"),
        (b"number,name\n020 7946 0018,Zo\xeb\n", (), "no line of"),
        ("number\n1\n", ("--encoding", "klingon"), "'klingon' is no encoding"),
        ("number\n1\n", ("--countries", "GB,XX"), "XX: no such country"),
        ("name\nAda\n", (), "no column is the telephone number"),
    ],
)
def test_files_that_can_not_be_imported(
    tmp_path: Path, data: str | bytes, given: tuple[str, ...], words: str
) -> None:
    status, told = run("import", "spring", written(tmp_path, data), "--home", "GB", *given)
    assert (status, words in told) == (2, True), told
    assert json.loads(run("lists", "--json")[1]) == []


def test_what_else_can_be_wrong(tmp_path: Path) -> None:
    file = written(tmp_path, f"number\n{LONDON}\n")
    status, told = run("import", "spring", str(tmp_path / "none.csv"), "--home", "GB")
    assert (status, "No such file" in told) == (2, True)
    status, told = run("import", "a b", file, "--home", "GB")
    assert (status, "can't name a list" in told) == (2, True)
    run("import", "spring", file, "--home", "GB")
    with sqlite3.connect(tmp_path / "ringhall.db") as connection:
        connection.execute("UPDATE vault_seal SET proof = x'00'")
    status, told = run("lists")
    assert (status, "put the right secrets/master.key back" in told) == (2, True)
    (tmp_path / "secrets" / "master.key").unlink()
    status, told = run("lists")
    assert (status, "no master key yet" in told) == (2, True)
    assert not (tmp_path / "secrets" / "master.key").exists(), "another key would do harm"


def test_who_must_not_be_called(tmp_path: Path) -> None:
    file = written(tmp_path, f"{LONDON}\n07400 123456\n12\n", "tps.txt")
    status, told = run("dnc-import", file, "--home", "GB")
    assert (status, f"{file}:3: too short" in told) == (1, True)
    assert "2 numbers are on the site's do-not-call list now, which has 2" in told
    assert run("dnc-add", "+1 212 555 2368", "--home", "GB", "--campaign", "spring") == (
        0,
        "on the do-not-call list of spring now\n",
    )
    check = ("dnc-check", "+12125552368", "--home", "GB")
    assert run(*check) == (0, "on none\n")
    assert run(*check, "--campaign", "spring", "--json") == (
        0,
        '{"lists": ["the do-not-call list of spring"]}\n',
    )
    assert run("dnc-check", "+442079460018", "--home", "US") == (0, "the site's do-not-call list\n")
    assert run("dnc-remove", LONDON, "--home", "GB") == (0, "no longer on the site's do-not-call list\n")
    assert run("dnc-remove", LONDON, "--home", "GB")[0] == 1
    status, told = run("dnc-add", "12", "--home", "GB")
    assert (status, "that can't be called anyway: too short" in told) == (2, True)
