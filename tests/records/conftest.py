from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.private_postgresql import PrivatePostgresql
from tests.records.homes import new_home

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from tests.records.homes import Home


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivatePostgresql]:
    with PrivatePostgresql(tmp_path_factory.mktemp("postgresql")) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, of each kind that is supported."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ringhall.db'}"
    server: PrivatePostgresql = request.getfixturevalue("postgresql")
    return server.database()


@pytest.fixture
async def home(tmp_path: Path, database: str) -> AsyncIterator[Home]:
    """An installation, over each kind of database (``homes.ON_SQLITE``: over that one)."""
    async with new_home(tmp_path, database) as made:
        yield made
