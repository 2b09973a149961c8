"""Logs do not grow without end, and whoever writes them need not know."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from callflow.log_rotation import LOOK_EVERY_S, LogRotation

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_long_ones_are_set_aside_under_the_hands_of_who_writes_them(tmp_path: Path) -> None:
    rotation = LogRotation([tmp_path], longest=100, kept=2)
    log, short = tmp_path / "messages.log", tmp_path / "security.log"
    short.write_text("short", encoding="utf-8")
    with log.open("ab", buffering=0) as writer:
        for number in range(4):
            writer.write(f"{number}".encode() * 150)
            assert rotation.tick(LOOK_EVERY_S * number) == []
        writer.write(b"after")
    assert log.read_bytes() == b"after"
    assert (tmp_path / "messages.log.1").read_bytes() == b"3" * 150
    assert (tmp_path / "messages.log.2").read_bytes() == b"2" * 150
    assert sorted(os.listdir(tmp_path)) == [  # noqa: PTH208
        "messages.log",
        "messages.log.1",
        "messages.log.2",
        "security.log",
    ]
    assert (tmp_path / "messages.log.1").stat().st_mode & 0o777 == 0o600


def test_it_looks_now_and_then(tmp_path: Path) -> None:
    rotation = LogRotation([tmp_path, tmp_path / "not yet there"], longest=10)
    rotation.tick(1000.0)
    log = tmp_path / "console.log"
    log.write_bytes(b"x" * 50)
    assert rotation.wait_s(1001.0) == LOOK_EVERY_S - 1
    rotation.tick(1001.0)
    assert log.stat().st_size == 50
    rotation.tick(1000.0 + LOOK_EVERY_S)
    assert log.stat().st_size == 0


def test_a_full_disk_is_told_and_not_made_fuller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rotation = LogRotation([tmp_path], longest=10)
    log = tmp_path / "console.log"
    log.write_bytes(b"x" * 50)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfileobj", full)
    assert rotation.tick(0.0) == [f"the log {log} can't be set aside: No space left on device"]
    assert log.stat().st_size == 0
    assert os.listdir(tmp_path) == ["console.log"]  # noqa: PTH208
