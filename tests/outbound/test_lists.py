"""Imports: all or nothing of a file, again and again under one name, while others write."""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from outbound.leads.csv_list import CsvList, ListError
from outbound.leads.seen import Seen
from outbound.store import lists as module
from outbound.store.leads import add_lead, candidates, counts, defer, settle
from outbound.store.lists import delete_list, import_list, lists
from outbound.store.opened import LIVE, StoreError
from outbound.store.preparing import BATCH
from records import models
from tests.outbound.stores import NOW, due, imported, listed_file, number, tried

if TYPE_CHECKING:
    from pathlib import Path

    from outbound.store.opened import OutboundStore


def rows(store: OutboundStore) -> int:
    with store.reading() as connection:
        return connection.scalar(select(func.count()).select_from(models.leads)) or 0


def test_what_a_line_says_is_kept(store: OutboundStore, tmp_path: Path) -> None:
    source = listed_file(
        tmp_path,
        "07400 000001,Ada,en,,web form v2,warm,7,Soho",
        "020 7946 0018,=cmd|' /C calc'!A0,,Europe/Paris,,,,@SUM(1)",
        heading="phone,name,language,tz,consent,segment,priority,branch",
    )
    result = import_list(store, "spring", source)
    assert (result.good, result.refused, result.refusals) == (2, 0, [])
    ada, other = due(store).values()
    assert (ada.number, ada.name, ada.language, ada.consent) == ("+447400000001", "Ada", "en", "web form v2")
    assert (ada.segment, ada.priority, ada.more, ada.mobile) == ("warm", 7, {"branch": "Soho"}, True)
    assert (ada.zones, other.zones) == (("Europe/London",), ("Europe/Paris",))
    assert ada.person == store.sealer.person_of("+44 7400 000001")
    assert (ada.list, ada.version) == ("spring", result.version)
    assert (other.name, other.more) == ("=cmd|' /C calc'!A0", {"branch": "@SUM(1)"}), "text, as it was"
    (row,) = lists(store)
    assert (row.name, row.version, row.file, row.home, row.good) == (
        "spring", result.version, "list.csv", "GB", 2,
    )  # fmt: skip


def test_nothing_personal_is_readable_in_the_database(store: OutboundStore, tmp_path: Path) -> None:
    import_list(store, "spring", listed_file(tmp_path, "07400 000001,Lovelace"))
    with store.reading() as connection:
        row = connection.execute(select(models.leads)).one()
    stored = repr(tuple(row)).encode() + b"".join(value for value in row if isinstance(value, bytes))
    for secret in (b"Lovelace", b"7400000001", b"7400 000001"):
        assert secret not in stored
    (lead,) = due(store).values()
    assert "7400000001" not in repr(lead)


def test_lines_that_are_refused_are_told(store: OutboundStore, tmp_path: Path) -> None:
    source = listed_file(
        tmp_path,
        "07400 000001,,",
        "999,,",
        "+447400000001,,",
        "07400 000002,,high",
        heading="number,name,priority",
    )
    result = import_list(store, "spring", source)
    assert (result.good, result.refused) == (1, 3)
    assert {one.line: one.why for one in result.refusals} == {
        3: "an emergency number",
        4: "the same number as in line 2",
        5: "'high' is no priority; right ones are 0 to 100, the highest first",
    }


def test_an_import_in_progress_is_not_dialled(store: OutboundStore, tmp_path: Path) -> None:
    seen: list[int] = []
    source = listed_file(tmp_path, *(f"{number(one).e164}," for one in range(2 * BATCH + 1)))
    import_list(store, "spring", source, lambda *_: seen.append(len(due(store))))
    assert seen == [0, 0, 0]
    assert counts(store, "spring", NOW)["due"] == 2 * BATCH + 1


@pytest.mark.parametrize("first", [True, False])
def test_an_interrupted_import_leaves_the_list_as_it_was(
    store: OutboundStore, tmp_path: Path, first: bool
) -> None:
    if not first:
        imported(store, tmp_path, 1, 2)
    before = due(store)

    def interrupt(*_: int) -> None:
        raise KeyboardInterrupt

    source = listed_file(tmp_path, *(f"{number(one).e164}," for one in range(10)))
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            import_list(store, "spring", source, interrupt)
        assert rows(store) == 10 + len(before), "what was written is there, and is not dialled"
    assert due(store) == before
    imported(store, tmp_path, 3)
    assert list(due(store)) == [number(3).e164]
    assert rows(store) == 1, "the next import has removed what was left"


def test_a_kill_is_an_interruption(
    store: OutboundStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of ours runs any more when it comes: the row of the import still says that it is going on."""
    imported(store, tmp_path, 1)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(module, "_give_up", killed)
        patched.setattr(module, "_go_live", killed)
        with pytest.raises(KeyboardInterrupt):
            imported(store, tmp_path, 2, 3)
    assert list(due(store)) == [number(1).e164]
    assert [row.version[0] for row in lists(store)] == ["1"]
    imported(store, tmp_path, 4)
    assert (list(due(store)), rows(store)) == ([number(4).e164], 1)


def test_an_import_that_was_overtaken_ends(store: OutboundStore, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()

    def overtake(good: int, _refused: int) -> None:
        if good == BATCH:
            imported(store, other, 1)

    source = listed_file(tmp_path, *(f"{number(one).e164}," for one in range(BATCH + 1)))
    with pytest.raises(StoreError, match="another import of it has begun"):
        import_list(store, "spring", source, overtake)
    assert list(due(store)) == [number(1).e164]


def test_importing_again_replaces_the_list_and_keeps_what_was_dialled(
    store: OutboundStore, tmp_path: Path
) -> None:
    first = imported(store, tmp_path, 1, 2, 3, 4)
    leads = due(store)
    one, two, three, four = (leads[number(of).e164] for of in (1, 2, 3, 4))
    settle(store, [tried(one, "c1"), tried(two, "c2", outcome="SALE", next_at=None), tried(four, "c4")])
    second = import_list(
        store, "spring", listed_file(tmp_path, *(f"{number(of).e164},Ada" for of in (5, 3, 2, 1)))
    )
    assert (first.version[:2], second.version[:2]) == ("1-", "2-")
    assert first.version[2:] != second.version[2:], "another content"
    assert list(due(store)) == [number(5).e164, number(3).e164], "in the file's order"
    later = due(store, now=NOW + 3600)
    assert set(later) == {number(of).e164 for of in (1, 3, 5)}
    again = later[number(1).e164]
    assert (again.name, again.attempts, again.last_at, again.last_outcome) == ("Ada", 1, NOW, "NA")
    assert again.next_at == NOW + 3600
    assert counts(store, "spring", NOW)["over"] == {"SALE": 1}
    assert rows(store) == 4, "the old lines are gone"
    assert three.person in {lead.person for lead in later.values()}


def test_what_happens_while_a_list_is_imported_again_is_not_lost(
    store: OutboundStore, tmp_path: Path
) -> None:
    """Attempts end before their line is written, and after it."""
    numbers = range(BATCH + 1)
    imported(store, tmp_path, *numbers)
    early, late, *_ = candidates(store, "spring", NOW, 2)
    last = candidates(store, "spring", NOW, BATCH + 1)[-1]

    def settled(good: int, _refused: int) -> None:
        if good == BATCH:  # the first line is written by now, the last one is not
            settle(store, [tried(early, "c1"), tried(last, "c2")])

    source = listed_file(tmp_path, *(f"{number(one).e164}," for one in numbers))
    import_list(store, "spring", source, settled)
    assert counts(store, "spring", NOW) == {"open": BATCH + 1, "due": BATCH - 1, "over": {}}
    settle(store, [tried(late, "c3", outcome="SALE", next_at=None)])
    assert counts(store, "spring", NOW)["over"] == {"SALE": 1}, "dialled from the list as it was before"


def test_who_was_over_by_a_rule_alone_is_looked_at_again(store: OutboundStore, tmp_path: Path) -> None:
    imported(store, tmp_path, 1)
    (lead,) = due(store).values()
    defer(store, {lead.id: None})  # no consent, say
    assert due(store) == {}
    imported(store, tmp_path, 1)
    assert list(due(store)) == [number(1).e164]


def test_promised_calls_and_what_was_added_by_hand_outlive_the_file(
    store: OutboundStore, tmp_path: Path
) -> None:
    imported(store, tmp_path, 1, 2, 3)
    leads = due(store)
    add_lead(store, "spring", number(9), name="by hand")
    promised = tried(leads[number(1).e164], outcome="CALLBK", owner="1001", priority=200, next_at=NOW + 60)
    done = tried(leads[number(2).e164], "c2", outcome="SALE", owner="1001", next_at=None)
    settle(store, [promised, done])
    imported(store, tmp_path, 4)
    later = due(store, now=NOW + 60)
    assert list(later) == [number(of).e164 for of in (1, 9, 4)]
    assert later[number(1).e164].owner == "1001"
    imported(store, tmp_path, 1, 9)
    assert due(store, now=NOW + 60)[number(1).e164].priority == 200, (
        "in the file again: promised all the same"
    )
    assert rows(store) == 2


def test_a_file_without_a_good_line_changes_nothing(store: OutboundStore, tmp_path: Path) -> None:
    before = imported(store, tmp_path, 1)
    result = import_list(store, "spring", listed_file(tmp_path, "999,", "+1 212 555 2368,"))
    assert (result.good, result.refused, result.version) == (0, 2, "")
    assert [row.version for row in lists(store)] == [before.version]
    assert (list(due(store)), rows(store)) == ([number(1).e164], 1)


def test_names_and_files_that_will_not_do(store: OutboundStore, tmp_path: Path) -> None:
    for name in ("", "a b", "x" * 41, "a/b"):
        with pytest.raises(StoreError, match="can't name a list"):
            imported(store, tmp_path, 1, name=name)
    with pytest.raises(ListError, match="No such file"):
        import_list(store, "spring", CsvList(tmp_path / "none.csv", home="GB"))
    with pytest.raises(ListError, match="is no file"):
        import_list(store, "spring", CsvList(tmp_path, home="GB"))
    torn = "\n".join(("number,name", *(f"{number(one).e164},x" for one in range(600)))).encode("utf-16")
    (tmp_path / "torn.csv").write_bytes(torn[:-1])
    with pytest.raises(ListError, match="not in the encoding"):
        import_list(store, "spring", CsvList(tmp_path / "torn.csv", home="GB"))
    assert (lists(store), rows(store)) == ([], 0)


def test_a_list_is_deleted(store: OutboundStore, tmp_path: Path) -> None:
    imported(store, tmp_path, 1, 2)
    imported(store, tmp_path, 1, name="autumn")
    assert delete_list(store, "spring")
    assert not delete_list(store, "spring")
    assert [row.name for row in lists(store)] == ["autumn"]
    assert (due(store), rows(store)) == ({}, 1)
    with pytest.raises(StoreError, match="there is no list 'spring'; there are: autumn"):
        counts(store, "spring")


def test_other_processes_help_and_the_order_stays(store: OutboundStore, tmp_path: Path) -> None:
    lines = [f"{number(one).e164}," for one in range(3 * BATCH)]
    lines[10] = "n/a,"
    result = import_list(store, "spring", listed_file(tmp_path, *lines, lines[0]), processes=2)
    assert (result.good, result.refused) == (3 * BATCH - 1, 2)
    assert [one.line for one in result.refusals] == [12, 3 * BATCH + 2]
    ours = [number(one).e164 for one in range(20) if one != 10]
    assert [lead.number for lead in candidates(store, "spring", NOW, 19)] == ours


def test_others_write_while_a_list_is_imported(store: OutboundStore, tmp_path: Path) -> None:
    imported(store, tmp_path, 1, name="autumn")
    (lead,) = due(store, "autumn").values()
    done = threading.Event()
    written = 0

    def write() -> None:
        nonlocal written
        while not done.is_set():
            settle(store, [tried(lead, f"c{written}")])
            written += 1

    other = threading.Thread(target=write)
    other.start()
    try:
        source = listed_file(tmp_path, *(f"{number(one).e164}," for one in range(2 * BATCH)))
        import_list(store, "spring", source)
    finally:
        done.set()
        other.join()
    assert written
    with store.reading() as connection:
        states = connection.scalars(select(models.lead_lists.c.state)).all()
    assert set(states) == {LIVE}


def test_seen_knows_each_key_and_its_first_line() -> None:
    seen = Seen()
    keys = [hashlib.sha256(str(one).encode()).digest() for one in range(5000)]
    assert [seen.of(key, line) for line, key in enumerate(keys, 1)] == [0] * 5000
    assert [seen.of(key, 9) for key in keys[1:]] == list(range(2, 5001))
