"""Inserts of many rows: compiled once, rows handed to the driver nearly as they are.

What SQLAlchemy does anew for each statement and row costs more than the database's own work.  Statements and
conversions of values are still SQLAlchemy's, so names and types stand in ``models`` alone.
"""

from __future__ import annotations

from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import String

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection, Dialect, Table
    from sqlalchemy.sql.dml import Insert
    from sqlalchemy.types import TypeEngine

    Converter = Callable[[Any], Any]


def _converter(kind: TypeEngine[Any], dialect: Dialect) -> Converter | None:
    convert: Converter | None = kind.dialect_impl(dialect).bind_processor(dialect)
    if dialect.name == "sqlite" or not isinstance(kind, String):
        return convert
    return partial(_fitting, kind.length)


def _fitting(length: int | None, value: str | None) -> str | None:
    """Shorten a text to what its column holds: SQLite takes all, others would refuse the whole batch."""
    if value is None:
        return None
    if "\0" in value:
        value = value.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return value[:length]


class Bulk:
    """An insert (or upsert) into all columns of a table with at least two, in a dialect's words."""

    def __init__(self, statement: Insert, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        columns = cast("Table", statement.table).columns
        self._text = str(compiled)
        self._by_place = compiled.positional
        self._names = list((compiled.positiontup if self._by_place else None) or compiled.binds)
        self._values: Callable[[Mapping[str, object]], tuple[object, ...]] = itemgetter(*self._names)
        found = (_converter(columns[name].type, dialect) for name in self._names)
        self._converters = [(place, convert) for place, convert in enumerate(found) if convert is not None]

    def execute(self, connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
        """Insert rows, at least one, each with a value for every column."""
        values = [self._converted(row) for row in rows] if self._converters else list(map(self._values, rows))
        if self._by_place:
            connection.exec_driver_sql(self._text, values)
        else:
            connection.exec_driver_sql(
                self._text, [dict(zip(self._names, each, strict=True)) for each in values]
            )

    def _converted(self, row: Mapping[str, object]) -> tuple[object, ...]:
        values = list(self._values(row))
        for place, convert in self._converters:
            values[place] = convert(values[place])
        return tuple(values)
