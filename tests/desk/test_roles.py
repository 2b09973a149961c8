"""Who may do what: every route of the document and every role, and what those hear who may not."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest

from callflow.api import Role
from records.tokens import ROLES
from tests.desk.document import operations
from tests.desk.role_table import EXAMPLES, OPEN, TABLE

if TYPE_CHECKING:
    from tests.desk.conftest import Office

NO_TOKENS = [None, "", "Bearer", "Bearer ", "Bearer wrong", "Basic YWRtaW46YWRtaW4=", "token-of-an-admin"]
ROWS = sorted(TABLE)


def asked(path: str) -> str:
    return path.format_map(defaultdict(lambda: "x1", EXAMPLES))


def test_the_table_has_a_row_for_every_route() -> None:
    assert set(operations()) == set(TABLE) | OPEN


def test_the_roles_are_those_that_tokens_may_have() -> None:
    assert set(Role) == set(ROLES)


def test_the_document_says_the_same() -> None:
    told = {route: set(operation["x-roles"]) for route, operation in operations().items()}
    assert told == {route: {*roles, "admin"} for route, roles in TABLE.items()} | {one: set() for one in OPEN}


async def test_every_route_for_every_role(office: Office) -> None:
    """An empty body is not always enough, nor is the thing always there: both are told after the role."""
    for method, path in ROWS:
        allowed = {*TABLE[method, path], "admin"}
        for role in ROLES:
            answer = await office.ask(asked(path), role, method=method)
            if role in allowed:
                assert answer.status not in {401, 403, 405, 429, 500}, (method, path, role, answer.body)
            else:
                told = (answer.status, answer.body["error_id"])
                assert told == (403, "wrong-role"), (method, path, role)
                assert answer.body["remedy"] == f"use a token of one of: {', '.join(sorted(allowed))}"


@pytest.mark.parametrize("authorization", NO_TOKENS)
async def test_nothing_without_a_token(office: Office, authorization: str | None) -> None:
    office.desk.wrong.per_s = 1000
    for method, path in [*ROWS, ("GET", "/api/v1/nothing"), ("POST", "/api/v1/site")]:
        answer = await office.ask(asked(path), None, method=method, authorization=authorization)
        assert (answer.status, answer.body["error_id"]) == (401, "no-valid-token"), path
        assert "secrets/api-token" in answer.body["remedy"]
        assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_health_is_open_and_says_nothing_else(office: Office) -> None:
    assert (await office.ask("/healthz", None)).body == {"alive": True}


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_the_scheme_is_read_in_any_case(office: Office, scheme: str) -> None:
    answer = await office.ask("/api/v1/site", authorization=f"{scheme} token-of-an-admin-0123456789")
    assert answer.status == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "error_id"),
    [
        ("GET", "/api/v1/nothing", 404, "no-such-path"),
        ("GET", "/api/v1/site/", 404, "no-such-path"),
        ("GET", "/../etc/passwd", 404, "no-such-path"),
        ("GET", "/api/v1/records/unknown", 404, "no-such-record"),
        ("GET", "/api/v1/calls/unknown", 404, "no-such-call"),
        ("GET", "/api/v1/queues/unknown", 404, "no-such-queue"),
        ("GET", "/api/v1/agents/4711", 404, "no-such-agent"),
        ("POST", "/api/v1/site", 405, "wrong-method"),
        ("DELETE", "/api/v1/agents", 405, "wrong-method"),
    ],
)
async def test_what_is_not_there(office: Office, method: str, path: str, status: int, error_id: str) -> None:
    answer = await office.ask(path, method=method)
    assert (answer.status, answer.body["error_id"]) == (status, error_id)
    assert set(answer.body) == {"error_id", "message", "where", "remedy", "request_id"}
    assert all(answer.body.values())


async def test_without_its_database_it_says_so(office: Office) -> None:
    await office.home.engine.dispose()
    (office.home.folder / "ringhall.db").rename(office.home.folder / "away.db")
    (office.home.folder / "ringhall.db").mkdir()
    try:
        answer = await office.ask("/api/v1/site")
    finally:
        (office.home.folder / "ringhall.db").rmdir()
        (office.home.folder / "away.db").rename(office.home.folder / "ringhall.db")
    assert (answer.status, answer.body["error_id"]) == (503, "database-unavailable")
    assert "sqlite" not in str(answer.body).lower()


def broken(*_: Any) -> None:
    raise RuntimeError("the cat sat on it")


async def test_an_unexpected_failure_has_an_id_that_is_in_the_log(
    office: Office, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(type(office.acd), "queues", broken)
    answer = await office.ask("/api/v1/queues")
    assert (answer.status, answer.body["error_id"]) == (500, "unexpected")
    known = answer.body["request_id"]
    assert known == answer.headers["X-Request-Id"]
    assert "cat" not in str(answer.body)
    logged = capsys.readouterr().out
    assert known in logged
    assert "the cat sat on it" in logged
    assert "token-of-an" not in logged
