"""Erasing a person over the API: by number or by call, who may, and what is not clear."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from records import events as e
from records.vault import NUMBER

if TYPE_CHECKING:
    from tests.desk.conftest import Answer, Office

SWEDE = "+46708123456"


async def erase(office: Office, role: str = "admin", **whom: str) -> Answer:
    return await office.ask("/api/v1/erasures", role, method="POST", body=msgspec.json.encode(whom))


async def test_a_number_is_erased_and_who_asked_is_on_record(office: Office) -> None:
    noted: list[e.Event] = []
    office.log.subscribe(lambda recorded: noted.append(recorded.event), e.PersonErased)
    subject = office.log.vault.subject_for(SWEDE)
    assert office.log.vault.get(subject, NUMBER) == SWEDE
    assert (await erase(office, "supervisor", number=SWEDE)).status == 403
    assert office.log.vault.get(subject, NUMBER) == SWEDE
    answer = await erase(office, number="+46 70 812 34 56")
    assert (answer.status, answer.body["people"]) == (200, 1)
    assert office.log.vault.get(subject, NUMBER) is None
    assert noted == [e.PersonErased(people=1, by="admin")]
    assert SWEDE.encode() not in (office.home.folder / "ringhall.db").read_bytes()


async def test_a_caller_without_a_number_is_erased_by_their_call(office: Office) -> None:
    subject = office.log.vault.subject_for("")
    office.log.vault.put(subject, "said", "a secret")
    office.log.append(e.CallArrived(call="c7", leg="l7", dialed="1000", trunk="t", subject=subject))
    assert (await erase(office, call="c7")).body["people"] == 1
    assert office.log.vault.get(subject, "said") is None


@pytest.mark.parametrize(
    ("whom", "status", "error"),
    [
        ({}, 422, "person-not-clear"),
        ({"number": SWEDE, "call": "c7"}, 422, "person-not-clear"),
        ({"number": "Alice"}, 422, "person-not-clear"),
        ({"call": "unknown"}, 404, "no-such-person"),
    ],
)
async def test_what_is_wrong_erases_nobody(
    office: Office, whom: dict[str, str], status: int, error: str
) -> None:
    subject = office.log.vault.subject_for(SWEDE)
    answer = await erase(office, **whom)
    assert (answer.status, answer.body["error_id"]) == (status, error)
    assert answer.body["remedy"]
    assert office.log.vault.get(subject, NUMBER) == SWEDE
