"""The journal's files: order, dropping, claims, and what a damaged file does to its neighbours."""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING

import pytest

from records.entries import Entry
from records.errors import JournalInUse, RecordsError
from records.frames import Kind
from records.journal import DamageReport, Journal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def entry(number: int, body: bytes = b"{}") -> Entry:
    return Entry(
        kind=Kind.EVENT, entry=number, seq=number, epoch=3, at_us=number, body=body, site="", node=""
    )


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = Journal(tmp_path / "main", site="Harbour", node="n1", segment_bytes=300)
    yield made
    made.close()


def test_entries_come_back_in_order_over_several_files(journal: Journal) -> None:
    for number in range(1, 31):
        journal.append(entry(number, b"%d" % number))
    assert len(journal.segments) > 3
    back = list(journal.read())
    assert [(item.entry, item.body) for item in back] == [(n, b"%d" % n) for n in range(1, 31)]
    assert {(item.epoch, item.site, item.node) for item in back} == {(3, "Harbour", "n1")}


def test_of_entries_written_at_once_none_stays_when_there_is_no_room_for_all(journal: Journal) -> None:
    journal.append(entry(1))
    [segment] = journal.segments
    held = segment.path.stat().st_size
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (held + len(entry(2).frame()) + 5, before[1]))
    try:
        with pytest.raises(OSError, match="No space"):
            journal.append(entry(2), entry(3))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert segment.path.stat().st_size == held
    journal.append(entry(2), entry(3))
    assert [item.entry for item in journal.read()] == [1, 2, 3]


def test_reading_from_the_middle(journal: Journal) -> None:
    for number in range(1, 31):
        journal.append(entry(number))
    assert [item.entry for item in journal.read(since=17)] == list(range(17, 31))


def test_only_files_that_are_wholly_written_are_dropped(journal: Journal) -> None:
    for number in range(1, 31):
        journal.append(entry(number))
    starts = [segment.first for segment in journal.segments]
    journal.drop_through(starts[2] - 1)
    assert [segment.first for segment in journal.segments] == starts[2:]
    journal.drop_through(starts[3])
    assert [segment.first for segment in journal.segments] == starts[3:]
    assert [item.entry for item in journal.read()] == list(range(starts[3], 31))


def test_damage_in_one_file_leaves_the_others(journal: Journal) -> None:
    for number in range(1, 31):
        journal.append(entry(number))
    victim = journal.segments[1]
    data = bytearray(victim.path.read_bytes())
    data[-10] ^= 0xFF
    victim.path.write_bytes(data)
    damage: list[DamageReport] = []
    lost = set(range(1, 31)) - {item.entry for item in journal.read(damage)}
    assert lost == {journal.segments[2].first - 1}
    assert [report.path for report in damage] == [victim.path]
    assert "torn off at offset" in str(damage[0])


def test_a_folder_has_one_writer_at_a_time(journal: Journal, tmp_path: Path) -> None:
    with pytest.raises(JournalInUse, match="its own home"):
        Journal(tmp_path / "main", site="", node="")


def test_an_unusable_folder_is_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordsError, match="must be writable"):
        Journal(tmp_path / "file" / "main", site="", node="")


def test_files_are_for_their_owner_alone(journal: Journal) -> None:
    journal.append(entry(1))
    path = journal.segments[0].path
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
