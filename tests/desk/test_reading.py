"""What is sent wrongly: the answer names the field, and nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.desk.conftest import Office

EXTEND, PAUSE = "/api/v1/agents/1001/extend", "/api/v1/agents/1001/pause"


@pytest.mark.parametrize(
    ("path", "body", "wrong", "said"),
    [
        (EXTEND, b"", ("wrong-field", "body.seconds"), "missing required field"),
        (EXTEND, b'{"seconds": "long"}', ("wrong-field", "body.seconds"), "expected `float`, got `str`"),
        (EXTEND, b'{"seconds": true}', ("wrong-field", "body.seconds"), "got `bool`"),
        (EXTEND, b'{"seconds": -1}', ("wrong-field", "body.seconds"), "> 0.0"),
        (EXTEND, b'{"second": 5, "seconds": 5}', ("wrong-field", "body.second"), "unknown field"),
        (PAUSE, b"{", ("bad-body", "body"), "no JSON"),
        (PAUSE, b"\xff\xfe", ("bad-body", "body"), "no JSON"),
        (PAUSE, b"[]", ("wrong-field", "body"), "got `array`"),
        (PAUSE, b"[" * 30_000, ("wrong-field", "body"), "got `array`"),
        (PAUSE, b'{"reason": ' + b"[" * 30_000, ("wrong-field", "body.reason"), "got `array`"),
        (PAUSE, b'{"reason": "\\ud800"}', ("bad-body", "body"), ""),
        (PAUSE, b'{"reason": "' + b"x" * 70_000 + b'"}', ("too-large", "body"), "more than 65536 bytes"),
    ],
)
async def test_bodies(office: Office, path: str, body: bytes, wrong: tuple[str, str], said: str) -> None:
    answer = await office.ask(path, "supervisor", method="POST", body=body)
    assert (answer.body["error_id"], answer.body["where"]) == wrong
    assert said in answer.body["message"]
    assert answer.status == (413 if wrong[0] == "too-large" else 400)


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("/api/v1/agents?limit=0", "query.limit"),
        ("/api/v1/agents?limit=many", "query.limit"),
        ("/api/v1/agents?limits=5", "query.limits"),
        ("/api/v1/agents?cursor=nonsense", "query.cursor"),
        ("/api/v1/agents?cursor=%FF", "query.cursor"),
        ("/api/v1/agents/12ab", "path.number"),
        ("/api/v1/agents/%0d%0aX:1", "path.number"),
        ("/api/v1/records?since=yesterday", "query.since"),
        ("/api/v1/records?since=2026-12-24T18:00:00", "query.since"),
        ("/api/v1/records?cursor=WzEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIsIngiXQ", "query.cursor"),
    ],
)
async def test_paths_and_queries(office: Office, path: str, where: str) -> None:
    answer = await office.ask(path)
    assert (answer.status, answer.body["where"]) == (400, where), answer.body


async def test_a_near_name_is_offered(office: Office) -> None:
    answer = await office.ask("/api/v1/records?agnet=1001")
    assert answer.body["remedy"] == "did you mean agent?"


@pytest.mark.parametrize("given", ["r-1", "A.b_c-9"])
async def test_a_request_keeps_the_id_it_came_with(office: Office, given: str) -> None:
    answer = await office.ask("/api/v1/queues", request_id=given)
    assert answer.headers["X-Request-Id"] == given


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "<script>"])
async def test_an_id_that_is_not_plain_is_replaced(office: Office, given: str) -> None:
    answer = await office.ask("/api/v1/queues", request_id=given)
    assert answer.headers["X-Request-Id"] not in {given, ""}


async def test_no_other_site_may_read_answers(office: Office) -> None:
    answer = await office.ask("/api/v1/queues", origin="https://evil.example")
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]
    assert answer.headers["Cache-Control"] == "no-store"
