"""The installer: quick when there is nothing to do, plain words when it can't go on."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from telephony.asterisk.home import templates
from telephony.programs import private_prefix

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

SCRIPT = templates() / "install"


def install(prefix: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the installer as make does; its words are in ``stderr`` when it fails."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("RINGHALL_")}
    done = subprocess.run(
        [sys.executable, SCRIPT, *words, prefix],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=inherited | environment,
    )
    assert "Traceback" not in done.stderr
    return done


def fake_programs(folder: Path, **answers: str) -> str:
    """Give a PATH on which only these programs are, each printing its answer, and those it needs itself."""
    folder.mkdir()
    for name, answer in answers.items():
        program = folder / name.replace("_", "-")
        program.write_text(f"#!/bin/sh\n{answer}\n")
        program.chmod(0o755)
    return str(folder)


@pytest.fixture(scope="module")
def script() -> ModuleType:
    loader = importlib.machinery.SourceFileLoader("asterisk_install", str(SCRIPT))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_complete_prefix_costs_nothing(script: Any, tmp_path: Path) -> None:
    (tmp_path / ".complete").write_text(f"{script.key()} 1:22.10.1-1\n")
    began = time.monotonic()
    done = install(tmp_path, PATH="/nowhere")
    assert (done.returncode, done.stdout) == (0, "")
    assert time.monotonic() - began < 0.5


def test_prefix_of_another_installer_is_not_complete(script: Any, tmp_path: Path) -> None:
    (tmp_path / ".complete").write_text("0123456789abcdef 1:22.10.1-1\n")
    assert script.complete(tmp_path) == ""
    assert "no apt-get" in install(tmp_path, PATH="/nowhere").stderr


@pytest.mark.asterisk
@pytest.mark.parametrize(
    ("program", "option", "words"),
    [
        ("asterisk", "-V", "Asterisk 22."),
        ("sipp", "-v", "SIPp v"),
        ("baresip", "-h", "baresip v"),
        ("espeak-ng", "--version", "eSpeak NG"),
        ("sox", "--version", "SoX"),
    ],
)
def test_each_program_runs_from_the_prefix(program: str, option: str, words: str) -> None:
    done = subprocess.run(
        [private_prefix() / "bin-run" / program, option], capture_output=True, text=True, check=False, cwd="/"
    )
    assert words.lower() in (done.stdout + done.stderr).lower()


def test_system_without_apt_is_told_what_to_do(tmp_path: Path) -> None:
    done = install(tmp_path / "prefix", PATH=fake_programs(tmp_path / "bin"))
    assert done.returncode == 1
    assert "no apt-get" in done.stderr
    assert "RINGHALL_ARI_URL" in done.stderr
    assert not (tmp_path / "prefix").exists()


def test_unknown_architecture_is_named(tmp_path: Path) -> None:
    programs = {"dpkg": "echo riscv64", "dpkg_deb": "", "apt_get": "", "tar": ""}
    done = install(tmp_path / "prefix", PATH=fake_programs(tmp_path / "bin", **programs))
    assert done.returncode == 1
    assert "riscv64" in done.stderr


def test_sources_without_debian_are_said_to_be(tmp_path: Path) -> None:
    programs = {"dpkg": "echo amd64", "dpkg_deb": "", "apt_get": "", "tar": ""}
    done = install(tmp_path / "prefix", PATH=fake_programs(tmp_path / "bin", **programs))
    assert done.returncode == 1
    assert "apt's sources name no Debian archive" in done.stderr


def test_unreachable_mirror_is_said_to_be_and_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "here.list").write_text("deb http://127.0.0.1:9/nobody bookworm main\n")
    config = tmp_path / "apt.conf"
    config.write_text(f'Dir::Etc::sourcelist "/dev/null";\nDir::Etc::sourceparts "{tmp_path}/sources";\n')
    done = install(tmp_path / "prefix", APT_CONFIG=str(config))
    assert done.returncode == 1
    assert "the package mirror can't be reached" in done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"apt.conf", "sources", "prefix.lock"}


def test_folder_that_can_not_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = install(tmp_path / "file" / "prefix")
    assert done.returncode == 1
    assert str(tmp_path / "file") in done.stderr


@pytest.mark.parametrize("by", ["variable", "file"])
def test_nothing_is_unpacked_for_a_foreign_asterisk(tmp_path: Path, by: str) -> None:
    settings = tmp_path / "ringhall.toml"
    settings.write_text('ari_url = "http://pbx:8088/ari"\n' if by == "file" else "")
    environment = {"RINGHALL_ARI_URL": "http://pbx:8088/ari"} if by == "variable" else {}
    done = install(tmp_path / "prefix", "--unless-foreign", RINGHALL_SETTINGS=str(settings), **environment)
    assert done.returncode == 0
    assert "none is unpacked" in done.stdout
    assert not (tmp_path / "prefix").exists()


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("dpkg-deb: error: x\ntar: ./usr/bin/y: Cannot write: No space left on device", "disk is full"),
        ("E: Failed to fetch http://m/x Temporary failure resolving 'm'", "can't be reached"),
        ("W: GPG error: http://m unstable: NO_PUBKEY 1234", "debian-archive-keyring"),
        ("E: Something else", "E: Something else"),
    ],
)
def test_package_tools_words_become_a_remedy(script: Any, output: str, words: str) -> None:
    assert words in script.explain("downloading packages", output)


@pytest.mark.parametrize("version", ["1:20.6.0~dfsg-2", "22.5.1-1"])
def test_asterisk_that_is_too_old_is_refused(script: Any, version: str) -> None:
    with pytest.raises(script.Trouble, match=r"needs 22\.6 or later"):
        script.check_version(version)


def test_full_disk_is_noticed_before_anything_is_loaded(
    script: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script, "NEED_MB", 10**9)
    with pytest.raises(script.Trouble, match="MB free"):
        script.install(tmp_path / "prefix")
