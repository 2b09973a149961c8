"""Secrets and the control socket are their owner's alone, whatever the umask."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, cast

import pytest

from callflow.control import SOCKET, ControlServer
from callflow.first_start import master_key, write_secret

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from callflow.runtime import LiveRuntime


@pytest.fixture
def open_handed() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> str:
    return f"{path.stat().st_mode & 0o777:o}"


@pytest.mark.usefixtures("open_handed")
def test_secrets_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    key = master_key(tmp_path)
    write_secret(tmp_path / "secrets" / "api-token", "t")
    assert len(key) == 32
    assert master_key(tmp_path) == key
    found = {path.name: mode(path) for path in (tmp_path / "secrets").iterdir()}
    assert found == {"master.key": "600", "api-token": "600"}
    assert mode(tmp_path / "secrets") == "700"


class NoParts:
    """As much of a runtime as the socket needs to open."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def all_of(self, kind: type) -> list[object]:
        return []


@pytest.mark.usefixtures("open_handed")
async def test_the_control_socket_is_its_owners_alone(tmp_path: Path) -> None:
    (tmp_path / SOCKET).write_text("what a dead controller left")
    server = ControlServer(cast("LiveRuntime", NoParts(tmp_path)))
    await server.start()
    assert mode(tmp_path / SOCKET) == "600"
    await server.stop()
