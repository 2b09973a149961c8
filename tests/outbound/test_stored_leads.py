"""Who is dialled next, and what is kept of attempts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, update

from outbound.rules.hours import NEVER
from outbound.rules.judge import Earlier
from outbound.store import do_not_call
from outbound.store.erasure import erase, scrub
from outbound.store.leads import (
    add_lead,
    by_ids,
    candidates,
    counts,
    defer,
    history,
    listed,
    next_due,
    settle,
)
from outbound.store.opened import OutboundStore, StoreError
from records import models
from records.errors import DatabaseError
from tests.outbound.stores import NOW, due, imported, number, tried
from tests.records.homes import ON_SQLITE

if TYPE_CHECKING:
    from pathlib import Path


def order(store: OutboundStore, limit: int = 100, exclude: tuple[int, ...] = ()) -> list[int]:
    return [int(lead.number[-6:]) for lead in candidates(store, "spring", NOW, limit, exclude)]


def ids(store: OutboundStore) -> dict[int, int]:
    return {int(key[-6:]): lead.id for key, lead in due(store).items()}


# ── who is next ──────────────────────────────────────────────────────────────────────────────────


def test_the_order_is_priority_then_time_then_the_file(store: OutboundStore, tmp_path: Path) -> None:
    imported(store, tmp_path, *range(1, 8))
    of = ids(store)
    defer(store, {of[1]: NOW - 10, of[2]: NOW - 20, of[3]: NOW + 1})
    add_lead(store, "spring", number(6), priority=5)
    add_lead(store, "spring", number(7), priority=9, next_at=NOW + 1)
    assert order(store) == [6, 4, 5, 2, 1]
    assert order(store, limit=3) == [6, 4, 5]
    assert order(store, limit=2, exclude=(of[6], of[4])) == [5, 2]
    assert order(store, limit=0) == []
    assert candidates(store, "none", NOW, 10) == []


def test_when_the_next_one_is_due(store: OutboundStore, tmp_path: Path) -> None:
    assert next_due(store, "spring") is None
    imported(store, tmp_path, 1, 2)
    assert next_due(store, "spring") == 0
    of = ids(store)
    defer(store, {of[1]: NOW + 50, of[2]: NOW + 20})
    assert next_due(store, "spring") == NOW + 20
    add_lead(store, "spring", number(1), priority=5, next_at=NOW + 40)
    assert next_due(store, "spring") == NOW + 20
    defer(store, {of[1]: None, of[2]: NEVER})
    assert next_due(store, "spring") is None
    assert counts(store, "spring", NOW) == {"open": 0, "due": 0, "over": {"": 2}}


def test_who_can_not_be_unsealed_is_left_out_and_keeps_nobody_from_coming(
    store: OutboundStore, tmp_path: Path
) -> None:
    imported(store, tmp_path, 1, 2, 3)
    first = models.leads.c.id == ids(store)[1]
    with store.writing() as connection:
        connection.execute(update(models.leads).where(first).values(wrapped_key=b"gone"))
    assert order(store, limit=1) == [2]
    other = OutboundStore(store.engine.url, bytes(32))
    assert candidates(other, "spring", NOW, 10) == []
    other.close()


def test_leads_by_id(store: OutboundStore, tmp_path: Path) -> None:
    imported(store, tmp_path, 1, 2)
    of = ids(store)
    defer(store, {of[2]: None})
    assert [lead.number for lead in by_ids(store, [of[2], of[1], 10**9])] == [number(1).e164, number(2).e164]


# ── what came of it ──────────────────────────────────────────────────────────────────────────────


def attempts(store: OutboundStore) -> int:
    with store.reading() as connection:
        return connection.scalar(select(func.count()).select_from(models.dial_attempts)) or 0


def test_settling_again_changes_nothing(store: OutboundStore, tmp_path: Path) -> None:
    imported(store, tmp_path, 1)
    (lead,) = due(store).values()
    once = tried(lead, "c1", outcome="B", next_at=NOW - 5)
    settle(store, [once, once])
    settle(store, [tried(lead, "c1", outcome="SALE", next_at=None)])
    (after,) = due(store).values()
    assert (after.attempts, after.last_at, after.last_outcome, after.next_at) == (1, NOW, "B", NOW - 5)
    settle(store, [once, tried(lead, "c2", dialled_at=NOW + 1, next_at=0.0)])
    (after,) = due(store).values()
    assert (after.attempts, after.last_at, after.last_outcome) == (2, NOW + 1, "NA")
    assert attempts(store) == 2
    settle(store, [])


def test_settling_is_all_or_nothing(store: OutboundStore, tmp_path: Path) -> None:
    imported(store, tmp_path, 1)
    (lead,) = due(store).values()
    with pytest.raises(DatabaseError, match=r"NOT NULL|null value"):
        settle(store, [tried(lead, "c1"), tried(lead, "c2", ended_at=None)])
    assert attempts(store) == 0
    assert due(store)[lead.number].attempts == 0


def test_a_promised_call_is_its_agents(store: OutboundStore, tmp_path: Path) -> None:
    imported(store, tmp_path, 1, 2)
    lead = due(store)[number(2).e164]
    settle(store, [tried(lead, outcome="CALLBK", next_at=NOW + 60, owner="1001", priority=200)])
    first = next(iter(due(store, now=NOW + 60).values()))
    assert (first.id, first.owner, first.priority) == (lead.id, "1001", 200)
    settle(store, [tried(lead, "c2", outcome="NI", next_at=NEVER)])
    assert counts(store, "spring", NOW + 60) == {"open": 1, "due": 1, "over": {"NI": 1}}


def test_attempts_are_known_over_all_lists_and_campaigns(store: OutboundStore, tmp_path: Path) -> None:
    imported(store, tmp_path, 1, 2)
    imported(store, tmp_path, 1, name="autumn")
    here, other = due(store).values()
    (there,) = due(store, "autumn").values()
    settle(store, [tried(there, "c2", campaign="autumn", outcome="B"), tried(here, "c1", dialled_at=NOW - 9)])
    assert history(store, [here.person, other.person], NOW - 9) == {
        here.person: [Earlier(NOW - 9, "spring", "NA"), Earlier(NOW, "autumn", "B")],
        other.person: [],
    }
    assert len(history(store, [here.person], NOW - 8)[here.person]) == 1
    assert due(store, "autumn") == {}
    assert due(store, "autumn", NOW + 3600)[here.number].attempts == 1


# ── added by hand ────────────────────────────────────────────────────────────────────────────────


def test_somebody_is_added(store: OutboundStore, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no list 'spring'; there are: none"):
        add_lead(store, "spring", number(1))
    imported(store, tmp_path, 1)
    lead = add_lead(
        store, "spring", number(2), name="Bob", more={"branch": "Soho"}, consent="phone", priority=3
    )
    added = due(store)[number(2).e164]
    assert (added.id, added.name, added.more, added.consent) == (lead, "Bob", {"branch": "Soho"}, "phone")
    settle(store, [tried(added, outcome="NI", next_at=None)])
    assert add_lead(store, "spring", number(2), next_at=NOW, owner="1002") == lead, "on the list already"
    again = due(store)[number(2).e164]
    assert (again.attempts, again.owner, again.name) == (1, "1002", "Bob")


# ── who must not be called ───────────────────────────────────────────────────────────────────────


def test_do_not_call_lists(store: OutboundStore) -> None:
    one, two, three = (store.sealer.person_of(number(of).e164) for of in (1, 2, 3))
    do_not_call.add(store, one, "", "key", NOW)
    do_not_call.add(store, one, "spring", "agent", NOW)
    do_not_call.add(store, one, "spring", "agent", NOW + 1)
    do_not_call.add(store, two, "autumn", "api", NOW)
    assert listed(store, [one, two, three], "spring") == {one: ("site", "spring"), two: (), three: ()}
    assert listed(store, [two], "autumn") == {two: ("autumn",)}
    assert (do_not_call.has(store, one, ""), do_not_call.has(store, two, "")) == (True, False)
    assert (do_not_call.count(store), do_not_call.count(store, "spring")) == (1, 1)
    assert do_not_call.remove(store, one, "")
    assert not do_not_call.remove(store, one, "")
    assert listed(store, [one], "spring") == {one: ("spring",)}


@pytest.mark.parametrize(
    "text",
    [
        "07400 000001\n+44 7400 000002\n999\n",
        "07400 000001;x\n+447400000002;y\n+49 30;z\n",
        "name,phone\nAda,07400 000001\nBob,+447400000002\nEve,n/a\n",
    ],
)
@ON_SQLITE
def test_a_file_of_numbers(store: OutboundStore, tmp_path: Path, text: str) -> None:
    path = tmp_path / "dnc.txt"
    path.write_text(text)
    for _ in range(2):
        result = do_not_call.import_file(store, path, "GB", "spring")
        assert (result.good, result.refused) == (2, 1)
        assert [one.line for one in result.refusals] == [text.count("\n")]
    persons = [store.sealer.person_of(number(of).e164) for of in (1, 2)]
    assert listed(store, persons, "spring") == dict.fromkeys(persons, ("spring",))
    assert do_not_call.count(store, "spring") == 2


# ── forgetting ───────────────────────────────────────────────────────────────────────────────────


def test_who_is_erased_is_not_called_again(store: OutboundStore, tmp_path: Path) -> None:
    imported(store, tmp_path, 1, 2)
    imported(store, tmp_path, 1, name="autumn")
    lead = due(store)[number(1).e164]
    settle(store, [tried(lead)])
    do_not_call.add(store, lead.person, "", "agent", NOW)
    assert erase(store, lead.person) == 2
    assert erase(store, lead.person) == 0
    assert (list(due(store, now=NOW + 3600)), due(store, "autumn")) == ([number(2).e164], {})
    assert history(store, [lead.person], 0) == {lead.person: []}
    assert attempts(store) == 1, "a fact about nobody"
    assert listed(store, [lead.person], "spring") == {lead.person: ("site",)}
    settle(store, [tried(lead, "c2")])  # they were on the line
    assert by_ids(store, [lead.id]) == []
    assert scrub(store)


@ON_SQLITE
def test_the_key_of_who_is_erased_leaves_the_disk(store: OutboundStore, tmp_path: Path) -> None:
    imported(store, tmp_path, 1, 2)
    lead = due(store)[number(1).e164]
    with store.reading() as connection:
        key = connection.scalar(select(models.leads.c.wrapped_key).where(models.leads.c.id == lead.id))
    assert key is not None

    def on_disk() -> bool:
        return any(key in path.read_bytes() for path in tmp_path.glob("ringhall.db*"))

    assert on_disk()
    erase(store, lead.person)
    assert scrub(store)
    assert not on_disk()
