"""The subject vault: the same person the same id, values unreadable without the keys, erased means gone."""

from __future__ import annotations

import sqlite3
import time
from typing import TYPE_CHECKING

import pytest

from records import events as e
from records.database import open_engine
from records.errors import VaultKeyError
from records.log import EventLog
from records.vault import normalised, number_hasher
from tests.records.homes import MASTER_KEY, ON_SQLITE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.records.homes import Home

NUMBER = "+86 21 5550 1234"


def everything(home: Home) -> bytes:
    """Give every byte that is on disk."""
    return b"".join(path.read_bytes() for path in home.folder.rglob("*") if path.is_file())


def subject_key(home: Home, subject: str) -> bytes:
    with sqlite3.connect(home.folder / "ringhall.db") as connection:
        row = connection.execute("SELECT wrapped_key FROM subjects WHERE subject = ?", (subject,)).fetchone()
    return bytes(row[0])


@pytest.mark.parametrize(
    ("number", "same"),
    [
        ("+86 21 5550-1234", "+862155501234"),
        ("(021) 5550 1234", "02155501234"),
        (" Alice ", "alice"),
        ("", ""),
    ],
)
def test_two_ways_of_writing_a_number(number: str, same: str) -> None:
    assert normalised(number) == normalised(same) == same


async def test_the_same_number_is_the_same_person_across_restarts(home: Home) -> None:
    opened = await home.open()
    first = opened.log.vault.subject_for(NUMBER)
    assert opened.log.vault.subject_for("+862155501234") == first
    assert opened.log.vault.subject_for("+862155501235") != first
    await opened.log.abandon()
    again = await home.open()
    assert again.log.vault.subject_for(NUMBER) == first
    assert again.log.vault.get(first, "number") == NUMBER
    assert "5550" not in first
    await again.log.close()


async def test_a_look_up_sees_what_was_written_since_and_keeps_nobody_waiting(home: Home) -> None:
    opened = await home.open()
    vault = opened.log.vault
    subject = vault.subject_for(NUMBER)
    assert vault.get("s-unknown", "order") is None, "the reader's connection is in use"
    await opened.log.flush()
    assert opened.log._store.scrub(), "a reader stands in the way"
    vault._known.clear()
    vault._by_number.clear()
    assert vault.subject_for(NUMBER) == subject
    await opened.log.close()


async def test_asking_who_a_number_is_makes_nobody(home: Home) -> None:
    opened = await home.open()
    vault = opened.log.vault
    assert vault.known_subject(NUMBER) is None
    assert vault.known_subject("") is None
    subject = vault.subject_for(NUMBER)
    assert vault.known_subject("+862155501234") == subject
    await opened.log.flush()
    vault._known.clear()
    vault._by_number.clear()
    assert vault.known_subject(NUMBER) == subject, "from the database"
    vault.erase(subject)
    assert vault.known_subject(NUMBER) is None
    await opened.log.close()


async def test_callers_without_a_number_are_different_people(home: Home) -> None:
    opened = await home.open()
    assert opened.log.vault.subject_for("") != opened.log.vault.subject_for("")
    await opened.log.close()


async def test_values_are_kept_replaced_and_nowhere_in_the_clear(home: Home) -> None:
    opened = await home.open()
    subject = opened.log.vault.subject_for(NUMBER)
    opened.log.append(e.CallArrived(call="c1", leg="l", dialed="1000", trunk="t", subject=subject))
    opened.log.vault.put(subject, "order", "first try")
    opened.log.vault.put(subject, "order", "parcel 4711-0815")
    await opened.log.flush()
    await opened.log.abandon()
    stored = everything(home)
    for secret in (NUMBER, "5550 1234", "862155501234", "4711-0815"):
        assert secret.encode() not in stored
    again = await home.open()
    assert again.log.vault.get(subject, "order") == "parcel 4711-0815"
    assert again.log.vault.get(subject, "nothing") is None
    assert again.log.vault.get("s-unknown", "order") is None
    await again.log.close()


@ON_SQLITE
async def test_erased_means_gone_from_database_journal_and_memory(home: Home) -> None:
    opened = await home.open()
    vault = opened.log.vault
    subject = vault.subject_for(NUMBER)
    vault.put(subject, "order", "4711")
    opened.log.append(e.CallArrived(call="c1", leg="l", dialed="1000", trunk="t", subject=subject))
    await opened.log.snapshot({"caller": subject})
    key = subject_key(home, subject)
    assert key in everything(home)

    assert not vault.erased(subject)
    vault.erase(subject)
    assert vault.erased(subject)
    assert vault.get(subject, "number") is None
    vault.put(subject, "order", "again")
    assert vault.get(subject, "order") is None
    await opened.log.flush()
    assert key not in everything(home)
    assert vault.subject_for(NUMBER) != subject
    await opened.log.abandon()

    again = await home.open()
    assert again.log.vault.get(subject, "order") is None
    assert again.log.vault.subject_for(NUMBER) != subject
    assert again.tail == []
    await again.log.close()


async def test_values_may_have_an_end(home: Home) -> None:
    opened = await home.open()
    vault = opened.log.vault
    subject = vault.subject_for(NUMBER)
    vault.store(subject, "soon", "4711", 100.0)
    vault.store(subject, "later", "4712", 200.0)
    vault.store(subject, "never", "4713")
    await opened.log.flush()
    assert not vault.expire(99.0)
    assert vault.expire(100.0)
    await opened.log.flush()
    assert [vault.fetch(subject, name) for name in ("soon", "later", "never")] == [None, "4712", "4713"]
    vault.store(subject, "later", "4714")  # a value that replaces another has its own end
    await opened.log.flush()
    assert not vault.expire(300.0)
    await opened.log.abandon()
    again = await home.open()
    assert again.log.vault.fetch(subject, "soon") is None
    assert again.log.vault.fetch(subject, "never") == "4713"
    again.log.vault.erase(subject)
    await again.log.flush()
    assert again.log.vault.fetch(subject, "never") is None
    again.log.vault.store(subject, "never", "4715")
    assert again.log.vault.fetch(subject, "never") is None
    await again.log.close()


@ON_SQLITE
async def test_a_value_whose_time_is_over_leaves_the_disk(home: Home) -> None:
    opened = await home.open()
    subject = opened.log.vault.subject_for(NUMBER)
    opened.log.vault.store(subject, "soon", "4711", 100.0)
    await opened.log.flush()
    with sqlite3.connect(home.folder / "ringhall.db") as connection:
        [sealed] = connection.execute("SELECT sealed FROM subject_values WHERE name = 'soon'").fetchone()
    connection.close()
    assert sealed in everything(home)
    opened.log.vault.expire(100.0)
    await opened.log.flush()
    assert sealed not in everything(home)
    await opened.log.close()


@ON_SQLITE
async def test_erasing_survives_a_kill_at_once(home: Home) -> None:
    opened = await home.open()
    subject = opened.log.vault.subject_for(NUMBER)
    await opened.log.flush()
    key = subject_key(home, subject)
    opened.log.vault.erase(subject)
    await opened.log.abandon()
    again = await home.open()
    assert again.log.vault.get(subject, "number") is None
    await again.log.close()
    assert key not in everything(home)


async def test_erasing_by_number_finds_every_id_of_it(home: Home) -> None:
    opened = await home.open()
    vault = opened.log.vault
    first = vault.subject_for(NUMBER)
    await opened.log.flush()
    # a database that does not answer: the number gets a second id
    vault._known.clear()
    vault._by_number.clear()
    vault._reader._rest_until = time.monotonic() + 60
    assert not vault.erased(first), "nobody knows"
    second = vault.subject_for(NUMBER)
    assert second != first
    vault._reader._rest_until = 0
    await opened.log.flush()
    assert vault.erase_number("+86 (21) 5550 1234") == 2
    assert vault.erase_number(NUMBER) == 0
    await opened.log.flush()
    assert [vault.get(subject, "number") for subject in (first, second)] == [None, None]
    await opened.log.close()


async def test_what_others_keep_of_a_number_is_erased_with_it(home: Home) -> None:
    opened = await home.open()
    vault, told = opened.log.vault, list[tuple[str, bytes | None]]()
    vault.on_erased(lambda subject, number: told.append((subject, number)))
    number = number_hasher(MASTER_KEY)("+862155501234")
    assert vault.number_hash(NUMBER) == number

    subject = vault.subject_for(NUMBER)
    vault.erase(subject)
    assert told.pop() == (subject, number)

    subject = vault.subject_for(NUMBER)
    await opened.log.flush()
    vault._known.clear()
    vault._by_number.clear()
    vault.erase(subject)
    assert told.pop() == (subject, number), "from the database"

    anonymous = vault.subject_for("")
    vault.erase(anonymous)
    assert told.pop() == (anonymous, None)

    assert vault.erase_number(NUMBER) == 0
    assert told == [("", number)], "nobody has called from it, but somebody may keep it"
    await opened.log.close()


async def test_memory_keeps_only_the_latest_subjects_and_loses_nothing(home: Home) -> None:
    opened = await home.open()
    vault = opened.log.vault
    vault._cached = 10
    subjects = [vault.subject_for(f"+49 30 {number}") for number in range(300)]
    await opened.log.flush()
    assert len(vault._known) <= 10
    assert len(vault._by_number) <= 10
    assert [vault.subject_for(f"+4930{number}") for number in range(300)] == subjects
    assert [vault.get(subject, "number") for subject in subjects] == [f"+49 30 {n}" for n in range(300)]
    await opened.log.close()


async def test_another_master_key_is_refused_with_the_remedy(home: Home, tmp_path: Path) -> None:
    opened = await home.open()
    await opened.log.close()
    engine = open_engine(home.url)
    for key, message in ((MASTER_KEY[::-1], "master.key back"), (b"short", "5 bytes, not 32")):
        with pytest.raises(VaultKeyError, match=message):
            await EventLog.open(
                engine=engine, journal_dir=home.journal, site="s", node="n", now=time.time, master_key=key
            )
    await engine.dispose()
    await (await home.open()).log.close()


async def test_putting_a_value_takes_microseconds(home: Home) -> None:
    opened = await home.open()
    subject = opened.log.vault.subject_for(NUMBER)
    best = min(_put_many(opened.log, subject) for _ in range(5))
    assert best < 50e-6
    await opened.log.close()


def _put_many(log: EventLog, subject: str) -> float:
    started = time.perf_counter()
    for _ in range(200):
        log.vault.put(subject, "order", "4711")
    return (time.perf_counter() - started) / 200
