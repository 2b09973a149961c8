"""Reaching the database: engines by URL, and bringing the tables up to date.

``sqlite:////path/ringhall.db`` is the default, ``postgresql://USER@HOST/NAME`` the other; which driver is
used is settled here, so a URL needs none.
"""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import create_engine, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from records.errors import DatabaseError
from records.models import HEAD, PERSONAL
from records.postgresql import Postgresql
from records.sqlite import Sqlite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alembic.config import Config
    from sqlalchemy import URL, Connection, Engine, Table
    from sqlalchemy.sql.dml import Insert

__all__ = [
    "Backend",
    "DatabaseError",
    "alembic_config",
    "backend_of",
    "migrate",
    "migrate_sync",
    "open_engine",
    "open_sync_engine",
]


class Backend(Protocol):
    """What differs between database engines (:class:`records.sqlite.Sqlite` documents each)."""

    name: str
    on_network: bool
    """It may leave a question without an answer, for as long as it likes."""

    def async_url(self, url: URL) -> URL:
        """Give the address for asyncio."""

    def sync_url(self, url: URL) -> URL:
        """Give the address for threads."""

    def options(self) -> dict[str, Any]:
        """Give what SQLAlchemy's engine is made with."""

    def prepare(self, url: URL) -> None:
        """Make what must exist before the first connection; raises DatabaseError."""

    def tune(self, engine: Engine, patience_ms: int) -> None:
        """Set new connections up; ``patience_ms`` is how long a statement waits for somebody's lock."""

    def upsert(self, table: Table) -> Insert:
        """Insert or replace by primary key."""

    def insert_new(self, table: Table) -> Insert:
        """Insert unless the primary key exists."""

    def settle(self, engine: Engine) -> bool:
        """Make what is committed survive a power cut; False: not yet, try later."""

    def scrub(self, engine: Engine, tables: Sequence[str] = PERSONAL) -> bool:
        """Remove the remains of rows deleted from these tables; False: not yet, try later."""

    def explain(self, error: BaseException) -> str:
        """Put a driver's error into plain words."""


_BACKENDS: dict[str, Backend] = {"postgresql": Postgresql(), "sqlite": Sqlite()}


def backend_of(url: str | URL) -> tuple[Backend, URL]:
    """Find what serves a database URL; raises DatabaseError for one that nothing serves."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseError(
            f"{str(url)[:80]!r} is not a database URL; a right one is sqlite:////var/lib/ringhall/ringhall.db"
        ) from None
    backend = _BACKENDS.get(parsed.get_backend_name())
    if backend is None:
        raise DatabaseError(
            f"databases of kind {parsed.get_backend_name()!r} are not supported; "
            f"supported: {', '.join(sorted(_BACKENDS))}"
        )
    return backend, parsed


def open_engine(url: str | URL, patience_ms: int = 5000) -> AsyncEngine:
    """Give the engine for asyncio code; connects when first used.

    ``patience_ms`` is how long a statement waits for another program's lock.
    """
    backend, parsed = backend_of(url)
    engine = create_async_engine(backend.async_url(parsed), **backend.options())
    backend.tune(engine.sync_engine, patience_ms)
    return engine


def open_sync_engine(url: str | URL, patience_ms: int = 1000) -> Engine:
    """Give an engine for code that runs in a thread of its own."""
    backend, parsed = backend_of(url)
    engine = create_engine(backend.sync_url(parsed), **backend.options())
    backend.tune(engine, patience_ms)
    return engine


_MIGRATING = threading.Lock()
"""Alembic knows one migration of a process at a time; two at once would get each other's connection."""


async def migrate(url: str | URL) -> None:
    """Bring the tables to this version's state; quick when they are.

    Raises DatabaseError: not reachable, or written by a newer version.
    """
    await asyncio.to_thread(migrate_sync, url)


def migrate_sync(url: str | URL) -> None:
    """Do what :func:`migrate` does, in the caller's thread."""
    backend, parsed = backend_of(url)
    backend.prepare(parsed)
    engine = open_sync_engine(parsed)
    try:
        with engine.connect() as connection:
            present = revision(connection)
        # Alembic takes a good part of a second to import: only when there is something to do
        if present != HEAD:
            with _MIGRATING, engine.execution_options(writes=True).begin() as connection:
                _upgrade(connection, present)
    except DBAPIError as error:
        where = parsed.render_as_string(hide_password=True)
        raise DatabaseError(f"database {where}: {backend.explain(error)}") from error
    finally:
        engine.dispose()


def revision(connection: Connection) -> str | None:
    """Give the migration that a database stands at, None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    row = connection.execute(text("SELECT version_num FROM alembic_version")).first()
    return None if row is None else str(row[0])


def alembic_config(connection: Connection) -> Config:
    """Make the settings for Alembic's commands on an open connection."""
    from alembic.config import Config  # noqa: PLC0415 - slow to import, seldom needed

    import migrations  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(str(migrations.__file__)).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection, present: str | None) -> None:
    from alembic import command  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = alembic_config(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if present is not None and present not in known:
        raise DatabaseError(
            f"the database stands at revision {present}, which this version does not know "
            f"(its newest is {HEAD}): it was used by a newer version. "
            "Run that version, or restore the backup from before the update"
        )
    command.upgrade(config, "head")
