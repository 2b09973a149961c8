"""Who must not be called: by the site, or by one campaign.

Kept are keyed hashes of numbers alone.  They stay when a person is erased: else they would be called again.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal

from phonenumbers import SUPPORTED_REGIONS
from sqlalchemy import delete, func, select

from outbound.leads.csv_list import CsvList
from outbound.leads.lead import Refused
from outbound.store.lists import REFUSALS_KEPT, ImportResult
from outbound.store.preparing import NumberWork, prepare, processes_for
from records import models
from records.bulk import Bulk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from outbound.store.opened import OutboundStore

Source = Literal["file", "key", "api", "agent"]
"""Who said so: a list that was imported, the callee by a key, a program, an agent."""
SITE = ""
"""Scope of the list that all campaigns heed; other scopes are names of campaigns."""
_TABLE = models.do_not_call.c


def add(store: OutboundStore, person: bytes, scope: str, source: Source, at: float) -> None:
    """Have a person not called any more; who is on that list already stays as they are."""
    with store.writing() as connection:
        connection.execute(
            store.backend.insert_new(models.do_not_call),
            {"person": person, "scope": scope, "source": source, "at": at},
        )


def remove(store: OutboundStore, person: bytes, scope: str) -> bool:
    """Take a person off a list; False when they were not on it."""
    with store.writing() as connection:
        gone = connection.execute(
            delete(models.do_not_call).where((_TABLE.person == person) & (_TABLE.scope == scope))
        )
        return bool(gone.rowcount)


def has(store: OutboundStore, person: bytes, scope: str) -> bool:
    """Tell whether a list has a person."""
    query = select(_TABLE.at).where((_TABLE.person == person) & (_TABLE.scope == scope))
    with store.reading() as connection:
        return connection.scalar(query) is not None


def count(store: OutboundStore, scope: str = SITE) -> int:
    """Count the persons of a list."""
    with store.reading() as connection:
        return connection.scalar(select(func.count()).where(_TABLE.scope == scope)) or 0


def import_file(
    store: OutboundStore,
    path: Path,
    home: str,
    scope: str = SITE,
    on_progress: Callable[[int, int], object] = lambda _good, _refused: None,
    *,
    encoding: str = "",
    on_refused: Callable[[Refused], object] = lambda _line: None,
    processes: int | None = None,
) -> ImportResult:
    """Add a file's numbers to a list: CSV, or a number a line; they may be of any country.

    What is in by then stays when it is interrupted, and doing it again changes nothing.  Raises ListError,
    DatabaseError.
    """
    csv_list = CsvList(path, home=home, countries=SUPPORTED_REGIONS, encoding=encoding, bare=True)
    good, refused, refusals = 0, 0, list[Refused]()
    rows_in = Bulk(store.backend.insert_new(models.do_not_call), store.engine.dialect)
    at = time.time()
    with csv_list.opened() as opened:
        work = NumberWork(opened.taking, store.sealer.master_key)
        helping = processes_for(path.stat().st_size) if processes is None else processes
        for batch in prepare(work, opened.rows(), helping):
            wrong = [each for each in batch if isinstance(each, Refused)]
            rows = [
                each | {"scope": scope, "source": "file", "at": at}
                for each in batch
                if not isinstance(each, Refused)
            ]
            if rows:
                with store.writing_in_turn() as connection:
                    rows_in.execute(connection, rows)
            good, refused = good + len(rows), refused + len(wrong)
            for each in wrong:
                on_refused(each)
            refusals += wrong[: REFUSALS_KEPT - len(refusals)]
            on_progress(good, refused)
    return ImportResult(good, refused, "", refusals)
