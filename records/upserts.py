"""The insert that replaces, in the words that SQLite and PostgreSQL share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Table
    from sqlalchemy.dialects import postgresql, sqlite
    from sqlalchemy.sql.dml import Insert


def replacing(statement: postgresql.Insert | sqlite.Insert, table: Table) -> Insert:
    """Make ``statement`` replace the other columns of a row with the same primary key."""
    keys = {column.name for column in table.primary_key}
    values = {name: statement.excluded[name] for name in table.columns.keys() if name not in keys}  # noqa: SIM118
    return statement.on_conflict_do_update(index_elements=sorted(keys), set_=values)
