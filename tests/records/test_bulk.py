"""Bulk inserts store what SQLAlchemy's own way stores, to the byte, however the driver takes parameters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, insert, select

from records import models
from records.bulk import Bulk
from records.database import backend_of, migrate_sync, open_sync_engine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Engine, Table
    from sqlalchemy.sql.dml import Insert

    from records.database import Backend

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


def replace(backend: Backend, table: Table) -> Insert:
    return backend.upsert(table)


def add(backend: Backend, table: Table) -> Insert:
    return backend.insert_new(table)


CASES: dict[str, tuple[Table, Callable[[Backend, Table], Insert], list[dict[str, Any]]]] = {
    "events": (models.events, lambda _, table: insert(table), [EVENT, EVENT | {"seq": 1, "agent": "1001"}]),
    "call_records": (
        models.call_records,
        replace,
        [
            RECORD,
            RECORD | {"call": "c2"} | NOT_KNOWN,
            RECORD | {"talk_s": None, "outcome": "abandoned", "found_after_restart": False},
        ],
    ),
    "subjects": (
        models.subjects,
        replace,
        [{"subject": "s1", "wrapped_key": b"\0\xff"}, {"subject": "s1", "wrapped_key": b"new"}],
    ),
    "subject_numbers": (
        models.subject_numbers,
        add,
        [{"number_hash": b"\0" * 32, "subject": "s1"}] * 2,
    ),
    "subject_values": (
        models.subject_values,
        replace,
        [
            {"subject": "s1", "name": "order", "sealed": sealed, "until": until}
            for sealed, until in ((b"", 0.0), (b"\x01", 5.0))
        ],
    ),
}


@pytest.fixture(params=["qmark", "named", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    made: Engine
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql").database()
        made = open_sync_engine(url).execution_options(writes=True)
    else:
        url = f"sqlite:///{tmp_path / 'r.db'}"
        made = create_engine(url, paramstyle=request.param)
    migrate_sync(url)
    yield made
    made.dispose()


def stored(engine: Engine, table: Table) -> list[tuple[object, ...]]:
    """Give a table's rows as the driver reads them: 5 is not 5.0."""
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute(f"SELECT * FROM {table.name} ORDER BY 1, 2")  # noqa: S608
        return list(cursor.fetchall())
    finally:
        raw.close()


@pytest.mark.parametrize("name", CASES)
def test_the_same_is_stored_as_by_sqlalchemy(engine: Engine, name: str) -> None:
    table, made, rows = CASES[name]
    statement = made(backend_of(engine.url)[0], table)
    with engine.begin() as connection:
        for row in rows:
            connection.execute(statement, row)
    expected = stored(engine, table)
    with engine.begin() as connection:
        connection.execute(table.delete())
        Bulk(statement, engine.dialect).execute(connection, rows)
    assert repr(stored(engine, table)) == repr(expected) != "[]"


def test_a_time_without_zone_is_refused(engine: Engine) -> None:
    bulk = Bulk(insert(models.call_records), engine.dialect)
    with engine.begin() as connection, pytest.raises(ValueError, match="no time zone"):
        bulk.execute(connection, [RECORD | {"ended_at": NOON.replace(tzinfo=None)}])


def test_a_row_must_have_every_column(engine: Engine) -> None:
    with engine.begin() as connection, pytest.raises(KeyError, match="sealed"):
        Bulk(insert(models.subject_values), engine.dialect).execute(
            connection, [{"subject": "s1", "name": "order"}]
        )


def test_a_text_that_a_column_does_not_hold_is_shortened_where_it_would_be_refused(engine: Engine) -> None:
    """What comes from outside may be long or hold a NUL; the batch that it is in must be written."""
    dialed = "9" * 70 + "\0" + "9" * 70
    with engine.begin() as connection:
        Bulk(insert(models.call_records), engine.dialect).execute(connection, [RECORD | {"dialed": dialed}])
        kept = connection.scalar(select(models.call_records.c.dialed))
    assert kept == (dialed if engine.name == "sqlite" else "9" * 70 + "\ufffd" + "9" * 9)
