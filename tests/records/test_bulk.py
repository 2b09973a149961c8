"""Bulk inserts store what SQLAlchemy's own way stores, to the byte, however the driver takes parameters."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, insert

from records import models
from records.bulk import Bulk
from records.database import migrate_sync
from records.sqlite import Sqlite

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine, Table
    from sqlalchemy.sql.dml import Insert

NOON = datetime(2026, 11, 23, 12, 0, 0, 5, UTC)
RECORD: dict[str, Any] = {
    "call": "c1", "site": "Hafen", "node": "n1", "trunk": "t", "dialed": "1000", "subject": "s1",
    "arrived_at": NOON.astimezone(timezone(timedelta(hours=8))), "answered_at": NOON.replace(microsecond=0),
    "language": "zh", "menus": [{"menu": "welcome", "key": "1"}, {"menu": "欢迎"}], "queue": "sales",
    "queued_at": NOON, "wait_s": 5, "offers": [], "agent": "1001", "connected_at": NOON, "talk_s": 60.25,
    "transfers": [], "listening": {},
    "wrap_up_s": 0.0, "ended_at": NOON, "outcome": "completed", "ended_by": "caller", "cause": "normal",
    "found_after_restart": True, "purpose": "callback", "reference": "r", "follows": "c0",
    "quality": [{"side": "caller", "in_mos": 4.4}],
}  # fmt: skip
NOT_KNOWN = {
    name: None for name, column in models.call_records.columns.items() if column.nullable
}  # every column that may be empty, empty
EVENT: dict[str, Any] = {
    "stream": "main", "seq": 2**40, "epoch": 1, "at_us": 1_795_000_000_000_001, "site": "Hafen", "node": "n1",
    "type": "CallAnswered", "call": "c1", "agent": None, "queue": None, "body": '{"call":"ü"}',
}  # fmt: skip

backend = Sqlite()
CASES: dict[str, tuple[Table, Insert, list[dict[str, Any]]]] = {
    "events": (models.events, insert(models.events), [EVENT, EVENT | {"seq": 1, "agent": "1001"}]),
    "call_records": (
        models.call_records,
        backend.upsert(models.call_records),
        [
            RECORD,
            RECORD | {"call": "c2"} | NOT_KNOWN,
            RECORD | {"talk_s": None, "outcome": "abandoned", "found_after_restart": False},
        ],
    ),
    "subjects": (
        models.subjects,
        backend.upsert(models.subjects),
        [{"subject": "s1", "wrapped_key": b"\0\xff"}, {"subject": "s1", "wrapped_key": b"new"}],
    ),
    "subject_numbers": (
        models.subject_numbers,
        backend.insert_new(models.subject_numbers),
        [{"number_hash": b"\0" * 32, "subject": "s1"}] * 2,
    ),
    "subject_values": (
        models.subject_values,
        backend.upsert(models.subject_values),
        [{"subject": "s1", "name": "order", "sealed": sealed} for sealed in (b"", b"\x01")],
    ),
}


@pytest.fixture(params=["qmark", "named"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    url = f"sqlite:///{tmp_path / 'r.db'}"
    migrate_sync(url)
    made = create_engine(url, paramstyle=request.param)
    yield made
    made.dispose()


def stored(folder: Path, table: Table) -> list[tuple[object, ...]]:
    """Give a table's rows as the file has them: 5 is not 5.0."""
    with sqlite3.connect(folder / "r.db") as connection:
        return connection.execute(f"SELECT * FROM {table.name} ORDER BY 1, 2").fetchall()  # noqa: S608


@pytest.mark.parametrize("name", CASES)
def test_the_same_is_stored_as_by_sqlalchemy(engine: Engine, tmp_path: Path, name: str) -> None:
    table, statement, rows = CASES[name]
    with engine.begin() as connection:
        for row in rows:
            connection.execute(statement, row)
    expected = stored(tmp_path, table)
    with engine.begin() as connection:
        connection.execute(table.delete())
        Bulk(statement, engine.dialect).execute(connection, rows)
    assert repr(stored(tmp_path, table)) == repr(expected) != "[]"


def test_a_time_without_zone_is_refused(engine: Engine) -> None:
    bulk = Bulk(backend.upsert(models.call_records), engine.dialect)
    with engine.begin() as connection, pytest.raises(ValueError, match="no time zone"):
        bulk.execute(connection, [RECORD | {"ended_at": NOON.replace(tzinfo=None)}])


def test_a_row_must_have_every_column(engine: Engine) -> None:
    with engine.begin() as connection, pytest.raises(KeyError, match="sealed"):
        Bulk(backend.upsert(models.subject_values), engine.dialect).execute(
            connection, [{"subject": "s1", "name": "order"}]
        )
