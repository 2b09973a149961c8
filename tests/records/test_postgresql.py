"""PostgreSQL as the log's database, for real: stopped, frozen, and what erasing leaves in its files."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from records.database import migrate, open_engine
from records.errors import DatabaseError
from tests.records.homes import append, new_home, stored

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from benchmarks.private_postgresql import PrivatePostgresql
    from tests.records.homes import Home


@pytest.fixture
async def home(tmp_path: Path, postgresql: PrivatePostgresql) -> AsyncIterator[Home]:
    async with new_home(tmp_path, postgresql.database()) as made:
        yield made


async def test_a_server_that_is_gone_is_waited_for(home: Home, postgresql: PrivatePostgresql) -> None:
    opened = await home.open()
    append(opened, 0, 10)
    known = opened.log.vault.subject_for("+44 20 5550 0001")
    await opened.log.flush()
    postgresql.stop()
    try:
        append(opened, 10, 500)
        await opened.alarms.until("database")
        told = opened.alarms.standing["database"]
        assert "shut down" in told or "can't be reached" in told
        assert opened.log.vault.subject_for("+44 20 5550 0001") == known
        assert opened.log.vault.subject_for("+44 20 5550 0002") != known
        append(opened, 500, 1000)
        assert opened.log.backlog > 900
    finally:
        postgresql.start()
    await opened.log.flush()
    await opened.alarms.until("database", standing=False)
    assert await stored(home) == [f"c{number}" for number in range(1000)]
    assert opened.log.lost == 0
    await opened.log.close()


async def test_a_server_that_is_frozen_keeps_nobody_waiting(
    home: Home, postgresql: PrivatePostgresql
) -> None:
    """Its connections stay open, and nothing comes back: only an alarm tells of it."""
    opened = await home.open()
    append(opened, 0, 10)
    await opened.log.flush()
    postgresql.freeze()
    try:
        began = time.monotonic()
        people = {opened.log.vault.subject_for(f"+44 20 5551 {number}") for number in range(200)}
        append(opened, 10, 500)
        assert time.monotonic() - began < 1
        assert len(people) == 200
        await opened.alarms.until("database")
        assert "no answer for 5 s" in opened.alarms.standing["database"]
    finally:
        postgresql.thaw()
    await opened.log.flush()
    await opened.alarms.until("database", standing=False)
    assert await stored(home) == [f"c{number}" for number in range(500)]
    await opened.log.close()


async def test_what_was_erased_is_in_none_of_its_tables_files(
    home: Home, postgresql: PrivatePostgresql
) -> None:
    opened = await home.open()
    vault = opened.log.vault
    subject = vault.subject_for("+44 20 5550 0003")
    await opened.log.flush()
    async with home.engine.connect() as connection:
        key = bytes(await connection.scalar(text("SELECT wrapped_key FROM subjects")) or b"")
    postgresql.checkpoint()
    assert postgresql.holds(key)
    vault.erase(subject)
    await opened.log.close()
    postgresql.checkpoint()
    assert not postgresql.holds(key)


async def test_two_writers_follow_one_another(home: Home) -> None:
    """As on SQLite, a transaction that writes sees all that those before it wrote."""
    first = home.engine.execution_options(writes=True)
    async with first.begin():
        other = open_engine(home.url, patience_ms=50).execution_options(writes=True)
        with pytest.raises(Exception, match="lock timeout"):
            async with other.begin():
                pass
    async with other.begin():
        pass
    await other.dispose()


async def test_what_the_address_says_of_the_connection_stands(home: Home) -> None:
    other = open_engine(f"{home.url}?application_name=branch&options=-csearch_path%3Dpublic")
    async with other.connect() as connection:
        shown = [
            await connection.scalar(text(f"SHOW {name}"))
            for name in ("application_name", "search_path", "lock_timeout")
        ]
    assert shown == ["branch", "public", "5s"]
    await other.dispose()


async def test_without_its_driver_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("records.postgresql.find_spec", lambda _: None)
    with pytest.raises(DatabaseError, match=r"pip install 'ringhall\[postgresql\]'"):
        await migrate("postgresql://127.0.0.1/x")


async def test_a_database_that_is_not_there_is_explained(postgresql: PrivatePostgresql) -> None:
    missing = postgresql.database().rpartition("/")[0] + "/nowhere"
    with pytest.raises(DatabaseError, match="createdb"):
        await migrate(missing)
