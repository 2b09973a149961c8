"""Tokens over the API: made once, listed without their text, expiring, revoked; and how often one may ask."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from desk.rate import RateLimit
from records import events as e

if TYPE_CHECKING:
    from tests.desk.conftest import Answer, Office


async def make(office: Office, asker: str = "admin", **wanted: Any) -> Answer:
    return await office.ask("/api/v1/tokens", asker, method="POST", body=msgspec.json.encode(wanted))


async def use(office: Office, token: str, path: str = "/api/v1/queues") -> tuple[int, str]:
    answer = await office.ask(path, authorization=f"Bearer {token}")
    return answer.status, answer.body.get("error_id", "")


async def test_a_token_from_its_making_to_its_end(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    noted: list[e.Event] = []
    office.log.subscribe(lambda recorded: noted.append(recorded.event), e.TokenIssued, e.TokenRevoked)
    made = await make(office, name="crm", role="integration")
    assert made.status == 201
    token = made.body["token"]
    assert made.body["about"]["made_by"] == "admin"
    assert await use(office, token) == (200, "")
    assert await use(office, token, "/api/v1/calls") == (403, "wrong-role")
    listed = await office.ask("/api/v1/tokens")
    [row] = [one for one in listed.body["items"] if one["name"] == "crm"]
    assert row["last_used_at"] is not None
    assert token not in str(listed.body)
    assert (await office.ask("/api/v1/tokens/crm", method="DELETE")).status == 204
    assert await use(office, token) == (401, "no-valid-token")
    again = await office.ask("/api/v1/tokens/crm", method="DELETE")
    assert (again.status, again.body["error_id"]) == (404, "no-such-token")
    assert noted == [
        e.TokenIssued(token="crm", role="integration", by="admin"),
        e.TokenRevoked(token="crm", by="admin"),
    ]
    written = capsys.readouterr()
    assert token not in written.out + written.err


async def test_an_expired_one_is_worth_nothing(office: Office) -> None:
    made = (await make(office, name="shift", role="supervisor", days=90)).body
    expires = datetime.fromisoformat(made["about"]["expires_at"])
    assert abs(expires - datetime.now(UTC) - timedelta(days=90)) < timedelta(minutes=1)
    old = "a-token-that-was-good-in-its-time"
    await office.tokens.save("old", "admin", old, expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert await use(office, old) == (401, "no-valid-token")


@pytest.mark.parametrize(
    ("wanted", "error_id", "said"),
    [
        ({"name": "x", "role": "wizard"}, "wrong-field", "matching regex"),
        ({"name": "a/b", "role": "admin"}, "wrong-field", "matching regex"),
        ({"name": "x", "role": "admin", "days": 0}, "wrong-field", "> 0"),
        ({"name": "supervisor", "role": "admin"}, "token-not-possible", "there is a token of the name"),
        ({"name": "x", "role": "agent"}, "token-not-possible", "a token of the role agent names one"),
        ({"name": "x", "role": "agent", "agent": "1009"}, "token-not-possible", "there is no agent 1009"),
        ({"name": "x", "role": "admin", "agent": "1001"}, "token-not-possible", "and no other"),
    ],
)
async def test_what_can_not_be_made(office: Office, wanted: dict[str, Any], error_id: str, said: str) -> None:
    answer = await make(office, **wanted)
    assert answer.body["error_id"] == error_id
    assert said in answer.body["message"]


async def test_nobody_else_makes_tokens(office: Office) -> None:
    for role in ("agent", "integration", "supervisor"):
        assert (await make(office, role, name="x", role="agent", agent="1001")).status == 403


def test_the_limit_lets_bursts_pass_and_then_the_rate() -> None:
    limit = RateLimit(10)
    assert [limit.take("a", 0.0) for _ in range(20)] == [0.0] * 20
    assert limit.take("a", 0.0) == pytest.approx(0.1)
    assert limit.take("b", 0.0) == 0.0
    assert limit.take("a", 0.1) == 0.0
    assert limit.take("a", 0.1) > 0
    assert sum(limit.take("a", 0.1 + step / 100) == 0 for step in range(1, 101)) == 10


async def test_guesses_are_few_and_hold_nobody_up_who_is_known(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.desk.wrong.per_s = 2
    assert (await office.ask("/api/v1/queues", "supervisor")).status == 200
    asked = 0
    finding = office.tokens._find

    async def counted(digest: bytes) -> Any:
        nonlocal asked
        asked += 1
        return await finding(digest)

    monkeypatch.setattr(office.tokens, "_find", counted)
    answers = [await use(office, f"a-guess-of-a-token-{number}") for number in range(7)]
    assert answers == [(401, "no-valid-token")] * 4 + [(429, "too-many-requests")] * 3
    assert asked == 4, "a guess too many costs no question to the database"
    assert (await office.ask("/api/v1/queues", "supervisor")).status == 200
    assert (await office.ask("/api/v1/queues", "integration")).status == 429, "it was not seen before"
    office.desk.wrong.per_s = 1000  # as if time had passed
    assert (await office.ask("/api/v1/queues", "integration")).status == 200


async def test_who_asks_too_often_is_told_when_to_ask_again(office: Office) -> None:
    office.desk.limit.per_s = 2
    answers = [await office.ask("/api/v1/queues", "supervisor") for _ in range(5)]
    assert [answer.status for answer in answers] == [200, 200, 200, 200, 429]
    assert answers[-1].body["error_id"] == "too-many-requests"
    assert answers[-1].headers["Retry-After"] == "1"
    assert (await office.ask("/api/v1/queues", "integration")).status == 200, "nobody else is held up"
