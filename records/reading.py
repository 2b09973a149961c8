"""Reading whole days of the log for folds that begin in the middle of it.

A fold of a day must know what was going on when the day began: which calls, and what each agent was doing.
So reading begins a day earlier (no call lasts longer), and with each agent's last login and the changes of
state since.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import and_, select
from sqlalchemy.exc import DBAPIError

from records import models
from records.database import backend_of, open_sync_engine
from records.entries import ENVELOPE, recorded_of
from records.errors import DatabaseError
from records.events import AgentStateChanged, SiteLoaded
from records.repeats import repeats
from records.snapshots import load_snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from types import TracebackType
    from typing import Any, Self

    from sqlalchemy import Select

    from records.events import Recorded
    from records.repeats import Repeats

BEFORE_S = 86_400
"""So long before the time asked for reading begins."""
_PAGE = 5_000
_LOGIN_PAGES = 20
_LOGIN_PAGE = 250


class LogReader:
    """Reads a stream from the database, in the caller's thread.  A context manager."""

    def __init__(self, url: str, stream: str = "main") -> None:
        """Raises DatabaseError when there is no database yet."""
        backend, parsed = backend_of(url)
        self._where = parsed.render_as_string(hide_password=True)
        self._backend = backend
        if backend.name == "sqlite" and not Path(parsed.database or "").exists():
            raise DatabaseError(
                f"there is no database {parsed.database} yet; the first start of the server makes it, "
                "or set RINGHALL_HOME to the folder of another installation"
            )
        self._engine = open_sync_engine(parsed)
        self._stream = stream

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._engine.dispose()
        if isinstance(error, DBAPIError):
            raise DatabaseError(f"database {self._where}: {self._backend.explain(error)}") from error

    def zone(self) -> str:
        """Give the site's time zone as of the last SiteLoaded; UTC when none ever said it."""
        with self._engine.connect() as connection:
            snapshot = load_snapshot(connection, self._stream)
        since = snapshot.seq if snapshot is not None else 0
        table = models.events
        loaded = (table.c.stream == self._stream) & (table.c.type == SiteLoaded.__name__)
        newest = select(*ENVELOPE).where(loaded & (table.c.seq > since)).order_by(table.c.seq.desc()).limit(1)
        for recorded in self._rows(newest):
            if isinstance(recorded.event, SiteLoaded) and recorded.event.time_zone:
                return recorded.event.time_zone
        if snapshot is not None and isinstance(snapshot.state, dict):
            told = snapshot.state.get("metrics", {}).get("fold", {}).get("state", {}).get("zone", "")
            if told:
                return str(told)
        return "UTC"

    def repeats(
        self, since: datetime, until: datetime, now: datetime, by: str = "site"
    ) -> dict[str, Repeats]:
        """Give repeat contacts, see :func:`records.repeats.repeats`."""
        with self._engine.connect() as connection:
            return repeats(connection, since, until, now, by)

    def events(self, first_s: float, end_s: float | None = None) -> Iterator[Recorded]:
        """Give the events from Unix second ``first_s`` to before ``end_s``, and first what leads there."""
        begin_us = round((first_s - BEFORE_S) * 1_000_000)
        yield from self._agents_at(begin_us)
        table = models.events
        mine = table.c.stream == self._stream
        first = select(table.c.seq).where(mine & (table.c.at_us >= begin_us)).order_by(table.c.at_us)
        with self._engine.connect() as connection:
            seq = connection.scalar(first.limit(1))
        while seq is not None:
            query = select(*ENVELOPE).where(mine & (table.c.seq >= seq)).order_by(table.c.seq).limit(_PAGE)
            with self._engine.connect() as connection:
                rows = connection.execute(query).all()
            for row in rows:
                recorded = recorded_of(row)
                if recorded is None:
                    continue  # of a newer version
                if end_s is not None and recorded.at.timestamp() >= end_s:
                    return
                yield recorded
            seq = rows[-1].seq + 1 if len(rows) == _PAGE else None

    def _agents_at(self, begin_us: int) -> Iterator[Recorded]:
        """Give each agent's changes of state since the last login before a moment, in the log's order."""
        table = models.events
        before = (table.c.stream == self._stream) & (table.c.at_us < begin_us)
        known = (
            select(table.c.agent).distinct().where(table.c.agent.is_not(None) & (table.c.at_us < begin_us))
        )
        with self._engine.connect() as connection:
            agents = connection.scalars(known).all()
        found: list[Recorded] = []
        for agent in agents:
            query = (
                select(*ENVELOPE)
                .where(and_(before, table.c.agent == agent, table.c.type == AgentStateChanged.__name__))
                .order_by(table.c.at_us.desc(), table.c.seq.desc())
            )
            found += self._since_login(query)
        yield from sorted(found, key=lambda recorded: recorded.seq)

    def _since_login(self, query: Select[Any]) -> list[Recorded]:
        found: list[Recorded] = []
        for page in range(_LOGIN_PAGES):
            rows = list(self._rows(query.limit(_LOGIN_PAGE).offset(page * _LOGIN_PAGE)))
            for recorded in rows:
                event = recorded.event
                if not isinstance(event, AgentStateChanged) or event.after == "logged_out":
                    return found
                found.append(recorded)
                if event.before == "logged_out":
                    return found
            if len(rows) < _LOGIN_PAGE:
                break
        return found

    def _rows(self, query: Select[Any]) -> Iterator[Recorded]:
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        return (recorded for row in rows if (recorded := recorded_of(row)) is not None)
