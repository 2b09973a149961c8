"""The database and the keys, as everything in here uses them."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from outbound.store.sealing import LeadSealer
from records import models
from records.database import backend_of, open_sync_engine
from records.errors import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL, Connection, Select

IMPORTING, LIVE, GONE = "importing", "live", "gone"
"""States of one import of a list: its leads are not dialled yet, they are, they are to be removed."""
OPEN, OVER = "open", "over"
"""States of a lead."""
NAME_LENGTH = 40


class StoreError(Exception):
    """Something can't be done with a list or a number; the message says why and what would do."""


class OutboundStore:
    """Opened tables.  Any thread may use it; ``patience_ms`` is how long a write waits for others."""

    def __init__(self, url: str | URL, master_key: bytes, *, patience_ms: int = 5000) -> None:
        self.engine = open_sync_engine(url, patience_ms)
        self.backend, self._url = backend_of(url)
        self.sealer = LeadSealer(master_key)
        self._writing = self.engine.execution_options(writes=True)

    @property
    def url(self) -> str:
        """The database's address, with its password: for another process."""
        return self._url.render_as_string(hide_password=False)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one moment; raises DatabaseError."""
        try:
            with self.engine.begin() as connection:
                yield connection
        except DBAPIError as error:
            raise self._in_words(error) from error

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection that alone writes; what it did is kept when the block ends, or nothing of it.

        Raises DatabaseError.
        """
        try:
            with self._writing.begin() as connection:
                yield connection
        except DBAPIError as error:
            raise self._in_words(error) from error

    @contextmanager
    def writing_in_turn(self) -> Iterator[Connection]:
        """Do as :meth:`writing`, for one transaction of many: then wait as long as it took.

        Who waits for SQLite's lock looks for it now and then, and would never find it free.
        """
        with self.writing() as connection:
            began = time.monotonic()
            yield connection
        time.sleep(time.monotonic() - began)

    def close(self) -> None:
        """Let go of the connections."""
        self.engine.dispose()

    def _in_words(self, error: DBAPIError) -> DatabaseError:
        where = self._url.render_as_string(hide_password=True)
        return DatabaseError(f"database {where}: {self.backend.explain(error)}")


def imports_of(name: str, *states: str) -> Select[Any]:
    """Ask for the ids of a list's imports that are in one of these states."""
    table = models.lead_lists
    return select(table.c.id).where((table.c.name == name) & table.c.state.in_(states))
