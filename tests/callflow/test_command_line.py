"""Mistakes at the command line: what is wrong and the remedy, never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


def ringhall(home: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RINGHALL_")}
    return subprocess.run(
        [sys.executable, "-c", "from callflow.cli import main; main()", *arguments],
        env={**environment, "RINGHALL_HOME": str(home), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("arguments", [["status"], ["calls"], ["serve"]], ids=" ".join)
def test_a_wrong_setting_is_named(tmp_path: Path, arguments: list[str]) -> None:
    done = ringhall(tmp_path, *arguments, RINGHALL_API_PORT="many")
    assert done.returncode == 1
    assert "RINGHALL_API_PORT" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [["status"], ["calls", "a/b?c"], ["erase", "+46708123456", "--yes"], ["erase", "--call", "c1", "--yes"]],
    ids=" ".join,
)
def test_without_a_controller_the_remedy_is_told(tmp_path: Path, arguments: list[str]) -> None:
    done = ringhall(tmp_path, *arguments)
    assert done.returncode == 1
    assert f"no controller answers on {tmp_path}/control.sock (no such file or directory)" in done.stderr
    assert "make run" in done.stderr


def test_a_count_of_calls_is_checked(tmp_path: Path) -> None:
    done = ringhall(tmp_path, "calls", "--limit", "-5")
    assert done.returncode == 2
    assert "-5 is not from 1 to 10000" in done.stderr


def test_a_damaged_key_is_explained(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "master.key").write_text("not a key")
    done = subprocess.run(
        [sys.executable, "-m", "callflow.controller"],
        env={**os.environ, "RINGHALL_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "Bring it back from your backup" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [[], ["+46708123456", "--call", "c1"]])
def test_whom_to_erase_is_said_once(tmp_path: Path, arguments: list[str]) -> None:
    done = ringhall(tmp_path, "erase", *arguments)
    assert done.returncode == 2
    assert "either a number or --call" in done.stderr


def test_nobody_is_erased_without_a_yes(tmp_path: Path) -> None:
    done = ringhall(tmp_path, "erase", "+46708123456")  # nothing is typed
    assert done.returncode == 1
    assert "control.sock" not in done.stderr
