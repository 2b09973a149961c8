"""Everything that holds for SQLite only: drivers, pragmas, upsert, what "on disk" means, its error words."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import event
from sqlalchemy.dialects.sqlite import insert

from records.errors import DatabaseError, in_a_line
from records.upserts import replacing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import URL, Connection, Engine, Table
    from sqlalchemy.sql.dml import Insert


class Sqlite:
    """SQLite in WAL mode: readers never wait for the writer."""

    name = "sqlite"
    on_network = False

    def async_url(self, url: URL) -> URL:
        """Give the address for asyncio."""
        return self._checked(url).set(drivername="sqlite+aiosqlite")

    def sync_url(self, url: URL) -> URL:
        """Give the address for threads."""
        return self._checked(url).set(drivername="sqlite")

    def _checked(self, url: URL) -> URL:
        if not url.database or url.database == ":memory:":
            raise DatabaseError(
                "an SQLite database in memory would not survive a restart; "
                "name a file, as in sqlite:////var/lib/ringhall/ringhall.db"
            )
        return url

    def options(self) -> dict[str, Any]:
        """Give what SQLAlchemy's engine is made with."""
        return {}

    def prepare(self, url: URL) -> None:
        """Make a new database's file such that its owner alone can read it (its log files follow it)."""
        path = Path(str(self._checked(url).database))
        try:
            path.touch(mode=0o600, exist_ok=True)
        except OSError as error:
            raise DatabaseError(
                f"the database {path} can't be made or written: {error.strerror}; "
                "its folder must exist and be writable, or set another database_url"
            ) from None

    def tune(self, engine: Engine, patience_ms: int) -> None:
        """Set each new connection up, and begin transactions in a way that covers DDL too."""

        @event.listens_for(engine, "connect")
        def connected(connection: Any, record: Any) -> None:  # noqa: ARG001 - SQLAlchemy's signature
            # the driver's own transaction handling leaves DDL outside and takes locks late
            connection.isolation_level = None
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA busy_timeout={patience_ms}")
            cursor.execute("PRAGMA journal_mode=WAL")
            # commits need no sync of their own: the journal keeps what is not settled (see settle)
            cursor.execute("PRAGMA synchronous=NORMAL")
            cursor.execute("PRAGMA foreign_keys=ON")
            # what is deleted is overwritten: an erased subject's key must not stay in a free page
            cursor.execute("PRAGMA secure_delete=ON")
            cursor.close()

        @event.listens_for(engine, "begin")
        def begun(connection: Connection) -> None:
            options = connection.get_execution_options()
            if options.get("isolation_level") != "AUTOCOMMIT":
                connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writes", False) else "BEGIN")

    def upsert(self, table: Table) -> Insert:
        """Make an insert that replaces the other columns of a row with the same primary key."""
        return replacing(insert(table), table)

    def insert_new(self, table: Table) -> Insert:
        """Make an insert that leaves a row with the same primary key alone."""
        return insert(table).on_conflict_do_nothing()

    def settle(self, engine: Engine) -> bool:
        """Bring everything committed onto the disk; False if a reader stands in the way (try later)."""
        busy, pages, moved = self._checkpoint(engine, "PASSIVE")
        return not busy and pages == moved

    def scrub(self, engine: Engine, tables: Sequence[str] = ()) -> bool:  # noqa: ARG002 - it is for all
        """Remove deleted rows' remains from the write-ahead log; False if a reader stands in the way."""
        busy, _, _ = self._checkpoint(engine, "TRUNCATE")
        return not busy

    def _checkpoint(self, engine: Engine, mode: str) -> Sequence[int]:
        # outside any transaction, hence below SQLAlchemy's own begin
        raw = engine.raw_connection()
        try:
            cursor = raw.cursor()
            cursor.execute(f"PRAGMA wal_checkpoint({mode})")
            row = cursor.fetchone()
            cursor.close()
        finally:
            raw.close()
        return (1, 0, 0) if row is None else (row[0], row[1], row[2])

    def explain(self, error: BaseException) -> str:
        """Say in plain words what an error of the driver means for the operator."""
        cause = getattr(error, "orig", None) or error
        code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
        known = {
            sqlite3.SQLITE_BUSY: "another program holds the database's write lock",
            sqlite3.SQLITE_LOCKED: "another program holds the database's write lock",
            sqlite3.SQLITE_FULL: "the database can't grow: its disk is full",
            sqlite3.SQLITE_IOERR: "the disk gives errors",
            sqlite3.SQLITE_CANTOPEN: "the file can't be opened: does its folder exist, may we write there?",
            sqlite3.SQLITE_READONLY: "the database file is read-only for this user",
            sqlite3.SQLITE_NOTADB: "the file is not an SQLite database",
            sqlite3.SQLITE_CORRUPT: "the database file is damaged; restore it from a backup",
        }
        return known.get(code, in_a_line(cause))
