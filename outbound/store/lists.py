"""Lists of leads: importing files, many times under one name; all or nothing of a file is ever dialled.

Each import has a row of its own in ``lead_lists``.  Its leads are written in short transactions and count for
nothing until the last of these makes it the list's live one.  What was dialled before is known of its numbers
from the live import; what happens meanwhile is kept for both (``leads.settle``).
"""

from __future__ import annotations

import hashlib
import re
import time
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import bindparam, delete, exists, func, insert, select, update

from outbound.leads.csv_list import ListError, refused_again
from outbound.leads.lead import Refused
from outbound.leads.seen import Seen
from outbound.store.opened import GONE, IMPORTING, LIVE, NAME_LENGTH, OPEN, OVER, StoreError, imports_of
from outbound.store.preparing import BATCH, LeadWork, prepare, processes_for
from records import models
from records.bulk import Bulk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from outbound.leads.csv_list import CsvList
    from outbound.store.opened import OutboundStore
    from outbound.store.preparing import Prepared

REFUSALS_KEPT = 100
_NAME = re.compile(rf"[A-Za-z0-9_.-]{{1,{NAME_LENGTH}}}")
_LEADS, _LISTS = models.leads.c, models.lead_lists.c
_KEPT = ("attempts", "last_at", "last_outcome", "last_attempt", "next_at", "state", "owner", "until")
_FRESH: dict[str, object] = {
    "attempts": 0,
    "last_at": 0.0,
    "last_outcome": "",
    "last_attempt": "",
    "next_at": 0.0,
    "state": OPEN,
    "owner": "",
    "until": 0.0,
}


class ListRow(msgspec.Struct, frozen=True):
    """A list as it is dialled."""

    name: str
    version: str
    imported_at: float
    """Unix seconds."""
    file: str
    home: str
    good: int
    refused: int


class ImportResult(msgspec.Struct, frozen=True):
    """What came of a file."""

    good: int
    refused: int
    version: str
    """Empty when no line was good: the list stays as it was."""
    refusals: list[Refused]
    """The first :data:`REFUSALS_KEPT`."""


def import_list(
    store: OutboundStore,
    name: str,
    csv_list: CsvList,
    on_progress: Callable[[int, int], object] = lambda _good, _refused: None,
    *,
    on_begun: Callable[[str], object] = lambda _version: None,
    on_refused: Callable[[Refused], object] = lambda _line: None,
    processes: int | None = None,
) -> ImportResult:
    """Make a file the list of this name, in place of what it was; ``on_progress``: lines good, refused.

    ``on_begun`` is told the version that the list will have, ``on_refused`` each line that is not taken.

    Numbers that it had before keep their attempts, and when they are next; who was over by a rule alone,
    without an attempt, is looked at again.  Leads that were added by hand, and promised calls, stay.
    ``processes``: how many help; None: by the file's size.

    Raises ListError (the file), StoreError (the name, or another import of it began), DatabaseError.
    """
    if not _NAME.fullmatch(name):
        raise StoreError(f"{name[:60]!r} can't name a list; use up to {NAME_LENGTH} letters, digits, . - _")
    size, digest = _looked_at(csv_list.path)
    of, version = _begin(store, name, csv_list, digest)
    try:
        on_begun(version)
        clean(store, name)
        seen, good, refused, refusals = Seen(), 0, 0, list[Refused]()
        writer = _Writer(store, of, name)
        with csv_list.opened() as opened:
            work = LeadWork(opened.taking, store.sealer.master_key)
            helping = processes_for(size) if processes is None else processes
            for batch in prepare(work, opened.rows(), helping):
                rows: list[dict[str, Any]] = []
                for each in _once(batch, seen):
                    if not isinstance(each, Refused):
                        rows.append(each)
                        continue
                    refused += 1
                    on_refused(each)
                    if len(refusals) < REFUSALS_KEPT:
                        refusals.append(each)
                good += len(rows)
                writer.write(rows)
                on_progress(good, refused)
        if good:
            _go_live(store, of, name, good, refused)
    except BaseException as error:
        _give_up(store, of)
        if isinstance(error, ListError):
            clean(store, name)
        raise
    if not good:
        _give_up(store, of)
    clean(store, name)
    return ImportResult(good, refused, version if good else "", refusals)


def lists(store: OutboundStore) -> list[ListRow]:
    """Give the lists by name."""
    columns = (_LISTS[name] for name in ListRow.__struct_fields__)
    with store.reading() as connection:
        rows = connection.execute(select(*columns).where(_LISTS.state == LIVE).order_by(_LISTS.name))
        return [ListRow(*row) for row in rows]


def delete_list(store: OutboundStore, name: str) -> bool:
    """Delete a list with its leads (attempts stay); False when there is none.  An import of it ends."""
    gone = retire(store, name)
    clean(store, name)
    return gone


def retire(store: OutboundStore, name: str) -> bool:
    """Have nothing of a list dialled any more, at once; False when there is none.  What it leaves stays."""
    with store.writing() as connection:
        gone = connection.execute(
            update(models.lead_lists).where((_LISTS.name == name) & (_LISTS.state != GONE)).values(state=GONE)
        )
    return bool(gone.rowcount)


def left_behind(store: OutboundStore) -> list[str]:
    """Name the lists of which something is to be removed."""
    with store.reading() as connection:
        return list(connection.scalars(select(_LISTS.name).where(_LISTS.state == GONE).distinct()))


def clean(store: OutboundStore, name: str) -> None:
    """Remove what earlier imports of a list left behind, in short transactions."""
    with store.reading() as connection:
        left = connection.scalars(imports_of(name, GONE)).all()
    for of in left:
        _remove(store, of)


def _remove(store: OutboundStore, of: int) -> None:
    with store.reading() as connection:
        ends = select(func.min(_LEADS.id), func.max(_LEADS.id)).where(_LEADS.lead_list == of)
        first, last = connection.execute(ends).one()
    for start in range(first or 0, (last or -1) + 1, BATCH):
        # by their ids: by the list, PostgreSQL would look at all that are removed already, each time
        some = (_LEADS.id >= start) & (_LEADS.id < start + BATCH) & (_LEADS.lead_list + 0 == of)
        with store.writing_in_turn() as connection:
            connection.execute(delete(models.leads).where(some))
    with store.writing() as connection:
        connection.execute(delete(models.lead_lists).where(_LISTS.id == of))


class _Writer:
    """Writes leads of one import."""

    def __init__(self, store: OutboundStore, of: int, name: str) -> None:
        self._store, self._of, self._name = store, of, name
        columns = [column.name for column in models.leads.columns if column.name != "id"]
        statement = insert(models.leads).values({column: bindparam(column) for column in columns})
        self._insert = Bulk(statement, store.engine.dialect)

    def write(self, rows: list[dict[str, Any]]) -> None:
        """Write some, all or nothing."""
        if not rows:
            return
        with self._store.writing_in_turn() as connection:
            _still_ours(connection, self._of, self._name)
            earlier = self._earlier(connection, [row["person"] for row in rows])
            mine = _FRESH | {"lead_list": self._of}
            self._insert.execute(connection, [row | mine | earlier.get(row["person"], {}) for row in rows])

    def _earlier(self, connection: Connection, persons: list[bytes]) -> dict[bytes, dict[str, object]]:
        live = connection.scalar(imports_of(self._name, LIVE))
        if live is None:
            return {}
        columns = (_LEADS[name] for name in _KEPT)
        # not asked for the list as well: SQLite would go through all of that, rather than by the persons
        rows = connection.execute(
            select(_LEADS.lead_list, _LEADS.person, _LEADS.priority, *columns).where(
                _LEADS.person.in_(persons)
            )
        )
        return {
            person: _carried(priority, dict(zip(_KEPT, kept, strict=True)))
            for of, person, priority, *kept in rows
            if of == live
        }


def _carried(priority: int, kept: dict[str, object]) -> dict[str, object]:
    if kept["state"] == OVER and not kept["attempts"]:
        return {}  # a rule forbade it, for what the list said then
    return kept | {"priority": priority} if kept["owner"] else kept


def _once(batch: list[Prepared], seen: Seen) -> Iterator[Prepared]:
    for each in batch:
        if isinstance(each, Refused):
            yield each
            continue
        line, person = each["line"], each["person"]
        assert isinstance(line, int)  # noqa: S101 - as it was made
        assert isinstance(person, bytes)  # noqa: S101
        yield refused_again(line, first) if (first := seen.of(person, line)) else each


def _begin(store: OutboundStore, name: str, csv_list: CsvList, digest: str) -> tuple[int, str]:
    with store.writing() as connection:
        # what is still being imported was interrupted, or ends with its next batch
        connection.execute(
            update(models.lead_lists)
            .where((_LISTS.name == name) & (_LISTS.state == IMPORTING))
            .values(state=GONE)
        )
        last = connection.scalar(select(func.max(_LISTS.counter)).where(_LISTS.name == name))
        counter = (last or 0) + 1
        version = f"{counter}-{digest[:8]}"
        made = connection.execute(
            insert(models.lead_lists).values(
                name=name,
                state=IMPORTING,
                counter=counter,
                version=version,
                imported_at=time.time(),
                file=csv_list.path.name.encode(errors="replace").decode()[:200],
                home=csv_list.home,
                good=0,
                refused=0,
            )
        )
        key = made.inserted_primary_key
        assert key is not None  # noqa: S101 - a single row was inserted
        return int(key[0]), version


def _still_ours(connection: Connection, of: int, name: str) -> None:
    if connection.scalar(select(_LISTS.state).where(_LISTS.id == of)) != IMPORTING:
        raise StoreError(f"the list {name!r} was deleted, or another import of it has begun: this one ends")


def _go_live(store: OutboundStore, of: int, name: str, good: int, refused: int) -> None:
    with store.writing() as connection:
        _still_ours(connection, of, name)
        before = connection.scalar(imports_of(name, LIVE))
        if before is not None:
            twin = models.leads.alias()
            has_twin = exists().where((twin.c.lead_list == of) & (twin.c.person == _LEADS.person))
            stays = (_LEADS.line == 0) | (_LEADS.state == OPEN)
            connection.execute(
                update(models.leads)
                .where((_LEADS.lead_list == before) & models.OUTLIVES & stays & ~has_twin)
                .values(lead_list=of)
            )
            connection.execute(update(models.lead_lists).where(_LISTS.id == before).values(state=GONE))
        connection.execute(
            update(models.lead_lists)
            .where(_LISTS.id == of)
            .values(state=LIVE, imported_at=time.time(), good=good, refused=refused)
        )


def _give_up(store: OutboundStore, of: int) -> None:
    with store.writing() as connection:
        connection.execute(
            update(models.lead_lists)
            .where((_LISTS.id == of) & (_LISTS.state == IMPORTING))
            .values(state=GONE)
        )


def _looked_at(path: Path) -> tuple[int, str]:
    try:
        if path.exists() and not path.is_file():
            raise ListError(f"{path} is no file")
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return file.tell(), digest
    except OSError as error:
        raise ListError(f"{path} can't be read: {error.strerror}") from None
