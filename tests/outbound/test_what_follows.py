"""What follows of an attempt in the database: dispositions, ends, days of drops, and whose it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert

from outbound.rules.terms import DAY_S
from outbound.store.dispositions import dispose
from outbound.store.erasure import erase
from outbound.store.figures import answers_by_day
from outbound.store.leads import add_lead, by_ids, settle
from outbound.store.lists import delete_list
from outbound.store.persons import person_of
from outbound.store.standing import CALLED_IN, EXPIRED, called_in, expire, still_open
from records import models
from tests.outbound.stores import NOW, due, imported, number, tried

if TYPE_CHECKING:
    from pathlib import Path

    from outbound.store.opened import OutboundStore


def state(store: OutboundStore, lead: int) -> tuple[str, str]:
    with store.reading() as connection:
        row = connection.execute(models.leads.select().where(models.leads.c.id == lead)).one()
    return row.state, row.last_outcome


def test_a_disposition_ends_a_lead_or_promises_it_a_call(store: OutboundStore, tmp_path: Path) -> None:
    imported(store, tmp_path, 1, 2)
    sold, later = due(store).values()
    settle(store, [tried(sold, "c1", outcome="ANSWERED"), tried(later, "c2", outcome="ANSWERED")])
    for _ in range(2):  # again changes nothing
        dispose(store, "c1", "SALE")
        dispose(store, "c2", "CALLBK", again_at=NOW + 60, owner="1001", priority=1000)
    assert state(store, sold.id) == ("over", "SALE")
    (lead,) = due(store, now=NOW + 60).values()
    assert (lead.id, lead.owner, lead.priority, lead.last_outcome) == (later.id, "1001", 1000, "CALLBK")
    settle(store, [tried(later, "c3", outcome="NA", dialled_at=NOW + 70)])
    dispose(store, "c2", "NI")  # of a call before the last: the lead goes on
    assert state(store, later.id) == ("open", "NA")


def test_a_promise_ends_at_its_time_or_when_they_call(store: OutboundStore, tmp_path: Path) -> None:
    imported(store, tmp_path, 1)
    late = add_lead(store, "spring", number(2), priority=1000, until=NOW)
    came = add_lead(store, "spring", number(3), priority=1000, until=NOW + 60)
    (cold,) = (lead for lead in due(store).values() if lead.priority == 0)
    assert expire(store, "spring", NOW - 1) == 0
    assert expire(store, "spring", NOW) == 1
    assert called_in(store, store.sealer.person_of(number(3).e164)) == 1
    assert called_in(store, cold.person) == 0
    assert [state(store, lead) for lead in (late, came)] == [("over", EXPIRED), ("over", CALLED_IN)]
    assert still_open(store, [late, came, cold.id, 999_999]) == {cold.id}
    delete_list(store, "spring")
    assert still_open(store, [cold.id]) == set()


def test_answers_and_drops_day_by_day(store: OutboundStore, tmp_path: Path) -> None:
    imported(store, tmp_path, *range(1, 7))
    first, second, third, fourth, fifth, sixth = due(store).values()
    today = NOW - 3600.0
    settle(
        store,
        [
            tried(first, "c1", answered=True, ended_at=NOW),
            tried(second, "c2", answered=True, dropped=True, ended_at=today),
            tried(third, "c3", answered=True, dropped=True, ended_at=today - 1),
            tried(fourth, "c4", answered=False, ended_at=NOW),
            tried(fifth, "c5", answered=True, ended_at=today - 2 * DAY_S),
            tried(sixth, "c6", answered=True, ended_at=NOW, campaign="autumn"),
        ],
    )
    assert answers_by_day(store, "spring", today, 3) == [(1, 0), (1, 1), (2, 1)]
    assert answers_by_day(store, "spring", today, 2) == [(1, 1), (2, 1)]
    assert answers_by_day(store, "winter", today, 2) == [(0, 0), (0, 0)]


def test_whose_an_attempt_was_is_known_by_the_lead_else_the_subject(
    store: OutboundStore, tmp_path: Path
) -> None:
    imported(store, tmp_path, 1)
    (lead,) = due(store).values()
    assert person_of(store, lead.id, "nobody") == lead.person
    with store.writing() as connection:
        connection.execute(insert(models.subjects).values(subject="s1", wrapped_key=b"k"))
        connection.execute(insert(models.subject_numbers).values(subject="s1", number_hash=lead.person))
    erase(store, lead.person)
    assert by_ids(store, [lead.id]) == []
    assert person_of(store, lead.id, "s1") == lead.person
    assert person_of(store, lead.id, "nobody") is None
