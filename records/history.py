"""Looking back into the log at any place of it: blocking, for commands; whether or not a controller runs.

Nothing here reads the log from its begin: every question is answered by an index or by a snapshot, so that
it takes as long in a log of ten million events as in a small one.  What a controller appended in the last
20 ms may be missing.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, literal, select
from sqlalchemy.exc import DBAPIError

from records import models
from records.database import backend_of, open_sync_engine, revision
from records.entries import ENVELOPE, microseconds, recorded_of
from records.errors import DatabaseError
from records.snapshots import snapshot_before

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from typing import Any

    from sqlalchemy import URL, ColumnElement, Connection, Select

    from records.events import Recorded
    from records.snapshots import Snapshot

_BATCH = 2000
_IN_A_QUESTION = 500
"""Most values that one question names: engines have bounds."""

_events = models.events
_PROFILED: ColumnElement[bool] = _events.c.type == literal("AgentProfiled", literal_execute=True)
"""Written out, not bound: only so does an engine see that the index of these events will do."""


class History:
    """One stream of the log, as far as the database has it.  A context manager."""

    def __init__(self, url: str | URL, stream: str = "main") -> None:
        """Raises DatabaseError when there is nothing to be read."""
        self.stream = stream
        self._backend, self.url = backend_of(url)
        file = self.url.database
        if self._backend.name == "sqlite" and (not file or not Path(file).exists()):
            # reading must not make an empty one
            raise DatabaseError(
                f"there is no database {file}; was this installation ever started? "
                "RINGHALL_HOME names its folder"
            )
        self._engine = open_sync_engine(self.url)
        with self._asking() as connection:
            if revision(connection) is None:
                raise DatabaseError(f"the database {file} is empty: no controller has used it yet")

    def __enter__(self) -> History:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._engine.dispose()

    # ── by call, by place, by time ───────────────────────────────────────────────────────────────

    def of_call(self, call: str) -> list[Recorded]:
        """Give the events of a call, in order."""
        return self._read(select(*ENVELOPE).where(_events.c.call == call).order_by(_events.c.seq))

    def of_calls(self, calls: Iterable[str], before: int) -> list[Recorded]:
        """Give what happened to calls before a place of the log, in order."""
        found: list[Recorded] = []
        names = list(calls)
        for begin in range(0, len(names), _IN_A_QUESTION):
            some = names[begin : begin + _IN_A_QUESTION]
            found += self._read(select(*ENVELOPE).where(_events.c.call.in_(some) & (_events.c.seq < before)))
        return sorted(found, key=lambda one: one.seq)

    def between(self, first: int, last: int) -> Iterator[Recorded]:
        """Give the events from one place to another, both included, in order."""
        while first <= last:
            rows = self._read(
                select(*ENVELOPE)
                .where((_events.c.stream == self.stream) & _events.c.seq.between(first, last))
                .order_by(_events.c.seq)
                .limit(_BATCH)
            )
            yield from rows
            if len(rows) < _BATCH:
                return
            first = rows[-1].seq + 1

    def first_from(self, at: datetime) -> int:
        """Give the place of the first event at a time or after it; one behind the end when there is none."""
        query = (
            select(_events.c.seq)
            .where((_events.c.at_us >= microseconds(at.timestamp())) & (_events.c.stream == self.stream))
            .order_by(_events.c.at_us, _events.c.seq)
            .limit(1)
        )
        with self._asking() as connection:
            found = connection.scalar(query)
        return self.last + 1 if found is None else int(found)

    @property
    def last(self) -> int:
        """The place of the last event, 0 in an empty log."""
        with self._asking() as connection:
            found = connection.scalar(select(func.max(_events.c.seq)).where(_events.c.stream == self.stream))
        return int(found or 0)

    # ── what was so at a place ───────────────────────────────────────────────────────────────────

    def profiles(self, before: int) -> list[Recorded]:
        """Give what the log had said last of each agent's skills, before a place of it."""
        mine = _PROFILED & (_events.c.stream == self.stream) & (_events.c.seq < before)
        newest = select(func.max(_events.c.seq)).where(mine).group_by(_events.c.agent)
        return self._read(
            select(*ENVELOPE).where((_events.c.stream == self.stream) & _events.c.seq.in_(newest))
        )

    def first_profiles(self) -> list[Recorded]:
        """Give what the log has said first of each agent's skills."""
        oldest = select(func.min(_events.c.seq)).where(_PROFILED).group_by(_events.c.agent)
        return self._read(
            select(*ENVELOPE).where((_events.c.stream == self.stream) & _events.c.seq.in_(oldest))
        )

    def last_states(self, agent: str, before: Recorded, most: int) -> list[Recorded]:
        """Give an agent's last changes of state before an event, the newest first."""
        return self._read(
            select(*ENVELOPE)
            .where(
                (_events.c.agent == agent)
                & (_events.c.at_us <= microseconds(before.at.timestamp()))
                & (_events.c.seq < before.seq)
                & (_events.c.type == "AgentStateChanged")
            )
            .order_by(_events.c.at_us.desc(), _events.c.seq.desc())
            .limit(most)
        )

    def knew_agent(self, agent: str) -> bool:
        """Tell whether anything was ever written of an agent."""
        with self._asking() as connection:
            query = select(_events.c.seq).where(_events.c.agent == agent).limit(1)
            return connection.scalar(query) is not None

    def snapshot(self, before: int) -> Snapshot | None:
        """Give the newest snapshot that includes nothing from a place on, None when none is kept."""
        with self._asking() as connection:
            return snapshot_before(connection, self.stream, before)

    def agents(self) -> dict[str, tuple[str, dict[str, int], dict[str, int]]]:
        """Give today's directory: number → name, skills, ranks."""
        found: dict[str, tuple[str, dict[str, int], dict[str, int]]] = {}
        with self._asking() as connection:
            for number, name in connection.execute(select(models.agents.c.number, models.agents.c.name)):
                found[number] = (name, {}, {})
            skills, ranks = models.agent_skills.c, models.agent_ranks.c
            for number, skill, level in connection.execute(select(skills.number, skills.skill, skills.level)):
                found[number][1][skill] = level
            for number, queue, rank in connection.execute(select(ranks.number, ranks.queue, ranks.rank)):
                found[number][2][queue] = rank
        return found

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _read(self, query: Select[Any]) -> list[Recorded]:
        with self._asking() as connection:
            found = (recorded_of(row) for row in connection.execute(query))
            return [recorded for recorded in found if recorded is not None]

    @contextmanager
    def _asking(self) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection:
                yield connection
        except DBAPIError as error:
            where = self.url.render_as_string(hide_password=True)
            raise DatabaseError(f"database {where}: {self._backend.explain(error)}") from error
