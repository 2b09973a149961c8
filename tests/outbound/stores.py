"""A store over each kind of database, and lists as files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from outbound.leads.csv_list import CsvList
from outbound.leads.numbers import Number
from outbound.store.leads import SettledAttempt, StoredLead, candidates
from outbound.store.lists import ImportResult, import_list
from outbound.store.opened import OutboundStore
from records.database import migrate_sync
from tests.records.homes import MASTER_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = 1_790_000_000.0


@pytest.fixture
def store(database: str) -> Iterator[OutboundStore]:
    migrate_sync(database)
    opened = OutboundStore(database, MASTER_KEY)
    yield opened
    opened.close()


def number(of: int) -> Number:
    """Give a mobile number of Britain."""
    return Number(f"+447400{of:06}", "GB", mobile=True)


def listed_file(folder: Path, *lines: str, heading: str = "number,name") -> CsvList:
    path = folder / "list.csv"
    path.write_text("\n".join((heading, *lines)) + "\n")
    return CsvList(path, home="GB")


def imported(store: OutboundStore, folder: Path, *numbers: int, name: str = "spring") -> ImportResult:
    """Import numbers as people without a name."""
    return import_list(store, name, listed_file(folder, *(f"{number(one).e164}," for one in numbers)))


def due(store: OutboundStore, name: str = "spring", now: float = NOW) -> dict[str, StoredLead]:
    """Give who may be dialled, by number, in order."""
    return {lead.number: lead for lead in candidates(store, name, now, 1000)}


def tried(lead: StoredLead, attempt: str = "c1", **given: Any) -> SettledAttempt:
    """Make an attempt that nobody answered."""
    told: dict[str, Any] = {
        "attempt": attempt,
        "campaign": "spring",
        "list": lead.list,
        "lead": lead.id,
        "person": lead.person,
        "dialled_at": NOW,
        "ended_at": NOW + 30,
        "outcome": "NA",
        "next_at": NOW + 3600,
    }
    return SettledAttempt(**(told | given))
