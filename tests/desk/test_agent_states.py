"""Supervisors set agents' states over HTTP: by role, with the name on record; and what can't be says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from acd.core import inputs as i
from acd.requests import REQUESTS
from records import events as e
from records.tokens import ROLES

if TYPE_CHECKING:
    from tests.desk.conftest import Answer, Office

MAY = {"agent", "supervisor", "admin"}


async def post(office: Office, request: str, body: Any = None, role: str = "supervisor") -> Answer:
    raw = b"" if body is None else msgspec.json.encode(body)
    return await office.ask(f"/api/v1/agents/1001/{request}", role, method="POST", body=raw)


@pytest.mark.parametrize("request_name", ["login", *REQUESTS])
async def test_who_may(office: Office, request_name: str) -> None:
    for role in ROLES:
        answer = await post(office, request_name, {"seconds": 5} if request_name == "extend" else None, role)
        if role in MAY:
            assert answer.status in {200, 409}, (role, answer.body)
        else:
            assert (answer.status, answer.body["error_id"]) == (403, "wrong-role")
    assert (await office.ask(f"/api/v1/agents/1001/{request_name}", None, method="POST")).status == 401
    assert (await office.ask(f"/api/v1/agents/1001/{request_name}", "supervisor")).status == 405


async def test_a_day_set_by_a_supervisor_is_on_record_with_their_name(office: Office) -> None:
    office.acd.phone_seen("p1")
    events: list[tuple[str, str, str]] = []

    def note(recorded: e.Recorded) -> None:
        if isinstance(event := recorded.event, e.AgentStateChanged):
            events.append((event.after, event.reason, event.by))

    office.log.subscribe(note)
    told = [
        await post(office, "login", {"phone": "p1"}),
        await post(office, "ready"),
        await post(office, "pause", {"reason": "fire drill"}, "admin"),
        await post(office, "pause", {}),
        await post(office, "logout"),
    ]
    assert [(answer.status, answer.body["state"], answer.body["reason"]) for answer in told] == [
        (200, "paused", "login"),
        (200, "ready", ""),
        (200, "paused", "fire drill"),
        (200, "paused", "break"),
        (200, "logged_out", ""),
    ]
    assert told[0].body["phone"] == "p1"
    assert events == [
        ("paused", "login", "supervisor"),
        ("ready", "", "supervisor"),
        ("paused", "fire drill", "admin"),
        ("paused", "break", "supervisor"),
        ("logged_out", "", "supervisor"),
    ]
    office.acd.submit(i.LogIn("1001", "p1"))
    assert events[-1] == ("paused", "login", ""), "what an agent does has no other name beside it"
    await post(office, "ready", role="agent")
    assert events[-1] == ("ready", "", ""), "also over the API"


async def test_an_agents_token_acts_for_that_agent_only(office: Office) -> None:
    for method, path in [("GET", ""), ("POST", "/login"), ("POST", "/ready"), ("POST", "/pause")]:
        answer = await office.ask(f"/api/v1/agents/1002{path}", "agent", method=method)
        assert (answer.status, answer.body["error_id"]) == (403, "other-agent")
        assert "agent 1001 only" in answer.body["message"]
    assert (await office.ask("/api/v1/agents/1001", "agent")).status == 200


@pytest.mark.parametrize(
    ("request_name", "body", "problem", "said"),
    [
        ("ready", b"", "not-possible-now", "agent 1001 is not logged in (logged_out): ready is not"),
        ("login", b"", "not-possible-now", "agent 1001 can't log in without a phone"),
        ("login", b'{"phone": "p9"}', "not-possible-now", "phone p9 is not registered"),
        ("pause", b'{"reason": "<b>"}', "not-possible-now", "can't be a reason"),
        ("extend", b'{"seconds": 60}', "not-possible-now", "extend_wrap_up is not possible now"),
    ],
)
async def test_what_can_not_be(
    office: Office, request_name: str, body: bytes, problem: str, said: str
) -> None:
    answer = await office.ask(f"/api/v1/agents/1001/{request_name}", "supervisor", method="POST", body=body)
    assert (answer.status, answer.body["error_id"]) == (409, problem)
    assert said in answer.body["message"]
    assert answer.body["remedy"]


async def test_somebody_who_is_not_there(office: Office) -> None:
    answer = await office.ask("/api/v1/agents/1010/ready", "supervisor", method="POST")
    assert (answer.status, answer.body["error_id"]) == (404, "no-such-agent")
    assert "near: 1001" in answer.body["message"]
    answer = await office.ask("/api/v1/agents/1001/dance", "supervisor", method="POST")
    assert (answer.status, answer.body["error_id"]) == (404, "no-such-path")


async def test_callers_whom_an_agent_is_kept_from(office: Office) -> None:
    """By number, however it is written; shown masked, kept in the database, and asked at each entry."""
    acd, vault = office.acd, office.log.vault
    await acd.block("1001", "+44 20 7946-0000")
    [pair] = await acd.blocks()
    assert (pair.agent, pair.caller) == ("1001", "…00")
    acd.phone_seen("p1")
    acd.submit(i.LogIn("1001", "p1"))
    acd.submit(i.Ready("1001"))
    acd.submit(i.Enqueue("c1", "sales", subject=vault.subject_for("+442079460000")))
    assert acd.core.state.tickets["c1"].blocked == ["1001"]
    assert acd.core.agent("1001").state == "ready"
    await acd.reload_agents()
    assert acd.core.floor.blocked_pairs, "as after a restart"
    assert await acd.unblock("1001", "+442079460000")
    assert not await acd.unblock("1001", "+442079460000")
    assert await acd.blocks() == []
    assert not await acd.unblock("1001", "+442079460999")
    assert vault.known_subject("+442079460999") is None, "whoever was not blocked is not made known by it"
