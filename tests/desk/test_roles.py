"""Who may do what: every route and every role, and what those hear who may not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from desk.auth import Role
from records.directory import ROLES

if TYPE_CHECKING:
    from tests.desk.conftest import Office

AGENT, INTEGRATION, SUPERVISOR, ADMIN = "agent", "integration", "supervisor", "admin"
OPEN = {"/healthz"}
TABLE = {
    "/metrics": {INTEGRATION, SUPERVISOR, ADMIN},
    "/api/v1/agents": {INTEGRATION, SUPERVISOR, ADMIN},
    "/api/v1/queues": {AGENT, INTEGRATION, SUPERVISOR, ADMIN},
    "/api/v1/calls": {SUPERVISOR, ADMIN},
    "/api/v1/records/{call}": {INTEGRATION, SUPERVISOR, ADMIN},
    "/api/v1/metrics": {INTEGRATION, SUPERVISOR, ADMIN},
    "/api/v1/site": {INTEGRATION, SUPERVISOR, ADMIN},
}
SET_STATE = "/api/v1/agents/{number}/{request:login|logout|ready|pause|finish|extend}"
NO_TOKENS = [None, "", "Bearer", "Bearer ", "Bearer wrong", "Basic YWRtaW46YWRtaW4=", "token-of-an-admin"]


def test_the_table_holds_every_route(office: Office) -> None:
    assert {route.path for route in office.desk.routes()} == set(TABLE) | OPEN | {SET_STATE}
    assert {route.path for route in office.desk.routes() if route.method != "GET"} == {SET_STATE}


def test_the_roles_are_those_that_tokens_may_have() -> None:
    assert set(Role) == set(ROLES)


async def test_every_route_for_every_role(office: Office) -> None:
    for path, allowed in TABLE.items():
        for role in ROLES:
            answer = await office.ask(path.format(call="c1"), role)
            if role in allowed:
                assert answer.status in {200, 404}, (path, role)
                assert answer.status == 200 or answer.body["error_id"] == "no-such-record"
            else:
                assert (answer.status, answer.body["error_id"]) == (403, "wrong-role"), (path, role)
                assert answer.body["remedy"] == f"use a token of one of: {', '.join(sorted(allowed))}"


@pytest.mark.parametrize("authorization", NO_TOKENS)
async def test_nothing_without_a_token(office: Office, authorization: str | None) -> None:
    paths = [*(path.format(call="c1") for path in TABLE), "/api/v1/nothing"]
    for path in paths:
        answer = await office.ask(path, None, authorization=authorization)
        assert (answer.status, answer.body["error_id"]) == (401, "no-valid-token"), path
        assert set(answer.body) == {"error_id", "message", "remedy"}
        assert "secrets/api-token" in answer.body["remedy"]


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
        ("POST", "/api/v1/site", 405, "wrong-method"),
        ("DELETE", "/api/v1/agents", 405, "wrong-method"),
    ],
)
async def test_what_is_not_there(office: Office, method: str, path: str, status: int, error_id: str) -> None:
    answer = await office.ask(path, method=method)
    assert (answer.status, answer.body["error_id"]) == (status, error_id)
    assert set(answer.body) == {"error_id", "message", "remedy"}
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
