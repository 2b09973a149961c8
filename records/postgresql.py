"""Everything that holds for PostgreSQL only: driver, transactions, time-outs, upsert, its error words."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from sqlalchemy import event
from sqlalchemy.dialects.postgresql import insert

from records.errors import DatabaseError, in_a_line
from records.models import PERSONAL
from records.upserts import replacing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import URL, Connection, Engine, Table
    from sqlalchemy.sql.dml import Insert

ONE_WRITER = 0x52696E67
"""Key of the advisory lock that a writing transaction holds (any number that others hardly take)."""
_BOUNDS = {
    "application_name": "ringhall",
    "connect_timeout": 3,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "tcp_user_timeout": 10_000,
}
"""libpq's words (seconds, the last one ms): a machine that is gone is given up."""
_WRITES = f"SET TRANSACTION ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock({ONE_WRITER})"
_READS = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"


_MEANINGS = {
    "42501": "the user may not do this; it must own the database",
    "53100": "the database can't grow: its disk is full",
    "55P03": "another program holds the database's write lock",
    "57P01": "the server is being shut down",
    "57P02": "the server has crashed",
    "57P03": "the server is just starting or stopping",
}
_REMEDIES = {
    "does not exist": "; make it: createuser, createdb",
    "password authentication failed": "; see database_url",
    "pg_hba.conf": "; allow this address there",
    "too many clients": "; raise max_connections",
}


class Postgresql:
    """PostgreSQL 13 or newer, used as SQLite is: one writer at a time, each reader sees one moment."""

    name = "postgresql"
    on_network = True

    def async_url(self, url: URL) -> URL:
        """Give the address for asyncio."""
        return self.sync_url(url)

    def sync_url(self, url: URL) -> URL:
        """Give the address for threads; raises DatabaseError when the driver is not installed."""
        if find_spec("psycopg") is None:
            raise DatabaseError(
                "PostgreSQL's driver is not installed: pip install 'ringhall[postgresql]', "
                "or leave database_url out to use SQLite"
            )
        return url.set(drivername="postgresql+psycopg")

    def options(self) -> dict[str, Any]:
        """Have each connection tried before it is used: the server may have been restarted since."""
        return {"pool_pre_ping": True}

    def prepare(self, url: URL) -> None:
        """Nothing: database and role are the administrator's to make (docs/install.md)."""

    def tune(self, engine: Engine, patience_ms: int) -> None:
        """Bound every wait on the network and for locks; let writers follow one another."""

        @event.listens_for(engine, "do_connect")
        def connecting(dialect: Any, record: Any, arguments: Any, named: dict[str, Any]) -> None:  # noqa: ARG001
            # 0 would wait for ever; what else database_url says of options stays
            named["options"] = f"{named.get('options', '')} -c lock_timeout={max(1, patience_ms)}".strip()
            for name, value in _BOUNDS.items():
                named.setdefault(name, value)

        @event.listens_for(engine, "begin")
        def begun(connection: Connection) -> None:
            options = connection.get_execution_options()
            if options.get("isolation_level") != "AUTOCOMMIT":
                connection.exec_driver_sql(_WRITES if options.get("writes", False) else _READS)

    def upsert(self, table: Table) -> Insert:
        """Make an insert that replaces the other columns of a row with the same primary key."""
        return replacing(insert(table), table)

    def insert_new(self, table: Table) -> Insert:
        """Make an insert that leaves a row with the same primary key alone."""
        return insert(table).on_conflict_do_nothing()

    def settle(self, engine: Engine) -> bool:  # noqa: ARG002 - other engines need it
        """Nothing to do: with ``synchronous_commit``, its default, what is committed is on the disk."""
        return True

    def scrub(self, engine: Engine, tables: Sequence[str] = PERSONAL) -> bool:
        """Write the tables anew, without their deleted rows.

        What the server's own log of changes and its backups hold goes when they are rotated.
        """
        with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            for table in tables:
                connection.exec_driver_sql(f"VACUUM (FULL) {table}")
        return True

    def explain(self, error: BaseException) -> str:
        """Say in plain words what an error of the driver means for the operator."""
        cause = getattr(error, "orig", None) or error
        state = getattr(cause, "sqlstate", None)
        if state is not None:
            return _MEANINGS.get(state, in_a_line(cause))
        # refused while connecting: libpq has words alone
        words = in_a_line(cause)
        _, refused, reason = words.partition("FATAL:")
        if not refused:
            return f"PostgreSQL can't be reached: {words}"
        remedy = next((told for part, told in _REMEDIES.items() if part in reason), "")
        return f"PostgreSQL refuses us: {reason.strip()}{remedy}"
