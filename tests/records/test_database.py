"""Migrations: every step up, down and up again, and the same tables as the models say."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from records.database import DatabaseError, alembic_config, migrate, open_sync_engine, revision
from records.models import HEAD, metadata

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection


def revisions(connection: Connection) -> list[str]:
    scripts = ScriptDirectory.from_config(alembic_config(connection))
    return [script.revision for script in reversed(list(scripts.walk_revisions()))]


def test_stairway(database: str) -> None:
    engine = open_sync_engine(database)
    with engine.execution_options(writes=True).connect() as connection:
        steps = revisions(connection)
    for number, step in enumerate(steps):
        before = steps[number - 1] if number else "base"
        for action, target in ((command.upgrade, step), (command.downgrade, before), (command.upgrade, step)):
            with engine.execution_options(writes=True).begin() as connection:
                action(alembic_config(connection), target)
    engine.dispose()


async def test_databases_are_migrated_side_by_side(tmp_path: Path) -> None:
    urls = [f"sqlite:///{tmp_path / f'{number}.db'}" for number in range(6)]
    await asyncio.gather(*(migrate(url) for url in urls))
    for url in urls:
        engine = open_sync_engine(url)
        with engine.connect() as connection:
            assert revision(connection) == HEAD
        engine.dispose()


async def test_the_migrated_tables_are_those_of_the_models(database: str) -> None:
    await migrate(database)
    engine = open_sync_engine(database)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert revision(connection) == HEAD == revisions(connection)[-1]
    engine.dispose()


async def test_migrating_again_changes_nothing(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'r.db'}"
    await migrate(url)
    with sqlite3.connect(tmp_path / "r.db") as connection:
        connection.execute("INSERT INTO phones VALUES ('phone-1', x'00')")
    await migrate(url)
    with sqlite3.connect(tmp_path / "r.db") as connection:
        assert connection.execute("SELECT name FROM phones").fetchall() == [("phone-1",)]
    assert (tmp_path / "r.db").stat().st_mode & 0o777 == 0o600


def test_a_migration_that_fails_half_way_leaves_nothing_behind(database: str) -> None:
    engine = open_sync_engine(database)

    def cut_short() -> None:
        with engine.execution_options(writes=True).begin() as connection:
            command.upgrade(alembic_config(connection), "head")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cut_short()
    assert inspect(engine).get_table_names() == []
    engine.dispose()


async def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'r.db'}"
    await migrate(url)
    with sqlite3.connect(tmp_path / "r.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0999'")
    with pytest.raises(DatabaseError, match=r"revision 0999.*newer version"):
        await migrate(url)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("sqlite:////nowhere/at/all/r.db", "its folder must exist"),
        ("sqlite://", "in memory"),
        ("oracle://scott@db/x", "not supported; supported: postgresql, sqlite"),
        ("postgresql://somebody@127.0.0.1:1/x", "PostgreSQL can't be reached"),
        ("just words", "is not a database URL"),
    ],
)
async def test_unusable_addresses_are_explained(url: str, message: str) -> None:
    with pytest.raises(DatabaseError, match=message):
        await migrate(url)


async def test_a_file_that_is_no_database_is_explained(tmp_path: Path) -> None:
    (tmp_path / "r.db").write_text("these are not the bytes you are looking for " * 50)
    with pytest.raises(DatabaseError, match="not an SQLite database"):
        await migrate(f"sqlite:///{tmp_path / 'r.db'}")
