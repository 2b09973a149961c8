"""Asking a real server over HTTP that is slow, silent, huge, wrong or gone: never more than a failure."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr, ValidationError

from callflow.clock import SteadyClock
from callflow.stages import web as w
from callflow.stages.json_path import JsonPath
from callflow.stages.web import WebClient
from callflow.stages.web_request import WebAnswer, WebRequest
from callflow.web_settings import WebServer, WebSettings
from tests.stages.servers import Crm, crm

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Desk:
    def __init__(self, server: Crm, client: WebClient) -> None:
        self.server = server
        self.client = client

    async def ask(self, path: str, *, save: dict[str, str] | None = None, **more: Any) -> WebAnswer:
        how: dict[str, Any] = {"method": "GET", "timeout_s": 2.0, **more}
        paths = tuple((name, JsonPath(path)) for name, path in (save or {}).items())
        return await self.client.ask(WebRequest(url=f"{self.server.url}{path}", save=paths, **how))


@pytest.fixture
async def desk(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    monkeypatch.setattr(w, "FIRST_PAUSE_S", 0.01)
    async with crm() as server:
        allowed = WebServer(url=server.url, headers={"Authorization": SecretStr("Bearer of-the-settings")})
        client = WebClient(WebSettings(servers=(allowed,)), SteadyClock())
        await client.start()
        yield Desk(server, client)
        await client.stop()


async def test_values_are_taken_from_an_answer_as_they_are_written(desk: Desk) -> None:
    wanted = {
        "tier": "$.customer.tier", "id": "$.customer.id", "limit": "$.customer.limit",
        "vip": "$.customer.vip", "note": "$.customer.note", "state": "$.orders[0].state",
        "more": "$.orders[1].state", "all": "$.customer", "none": "$.nobody.x",
    }  # fmt: skip
    answer = await desk.ask("/customers?phone=%2B49", save=wanted)
    assert answer.outcome == "done"
    assert answer.values == {"tier": "gold", "id": "7", "limit": "10.5", "vip": "yes", "state": "sent"}
    assert desk.server.asked[0].headers["Authorization"] == "Bearer of-the-settings"
    assert desk.server.asked[0].query["phone"] == "+49"


@pytest.mark.parametrize(
    ("path", "outcome", "detail"),
    [
        ("/status/404", "not_found", ""),
        ("/status/410", "not_found", ""),
        ("/status/403", "failure", "the server said 403"),
        ("/status/302", "failure", "the server said 302"),
        ("/status/500", "failure", "the server said 500"),
        ("/text", "failure", "the answer is not JSON"),
        ("/deep", "failure", "the answer is not JSON"),
        ("/huge", "failure", "the answer is longer than 256 KiB"),
        ("/never", "failure", "no answer within 0.3 s"),
        ("/trickle", "failure", "no answer within 0.3 s"),
        ("/cut", "failure", "ServerDisconnectedError: no connection, or it broke"),
    ],
)
async def test_trouble_is_an_outcome(desk: Desk, path: str, outcome: str, detail: str) -> None:
    timeout = 0.3 if path in {"/never", "/trickle"} else 3.0
    answer = await desk.ask(path, save={"a": "$.a"}, timeout_s=timeout)
    assert (answer.outcome, answer.detail) == (outcome, detail)
    # the HTTP library itself asks once more when a connection is cut before an answer to a GET
    most = 2 if path == "/cut" else 1
    assert len(desk.server.asked) <= most, "a redirection is not followed, and nothing is asked twice"


async def test_a_server_that_is_not_there(desk: Desk) -> None:
    client = WebClient(WebSettings(servers=(WebServer(url="http://127.0.0.1:9"),)), SteadyClock())
    await client.start()
    answer = await client.ask(WebRequest(method="GET", url="http://127.0.0.1:9/x", timeout_s=1.0, tries=2))
    assert (answer.outcome, answer.tries) == ("failure", 2)
    await client.stop()


async def test_it_is_tried_again_where_that_makes_sense(desk: Desk) -> None:
    answer = await desk.ask("/fails/2", tries=3, save={"count": "$.count"})
    assert (answer.outcome, answer.tries, answer.values) == ("done", 3, {"count": "3"})
    assert (await desk.ask("/fails/9", tries=3)).detail == "the server said 503"
    before = len(desk.server.asked)
    assert (await desk.ask("/status/403", tries=3)).tries == 1
    assert len(desk.server.asked) == before + 1


async def test_good_answers_are_used_again_for_their_time(desk: Desk) -> None:
    first = await desk.ask("/customers", cache_s=0.5, save={"tier": "$.customer.tier"})
    again = await desk.ask("/customers", cache_s=0.5, save={"tier": "$.customer.tier"})
    assert (first.cached, again.cached, again.values) == (False, True, {"tier": "gold"})
    await desk.ask("/customers", cache_s=0.5, save={"id": "$.customer.id"})
    assert len(desk.server.asked) == 2, "other values are another question"
    for _ in range(2):
        await desk.ask("/status/500", cache_s=60.0)
    assert len(desk.server.asked) == 4, "trouble is not remembered"
    while (await desk.ask("/customers", cache_s=0.5, save={"tier": "$.customer.tier"})).cached:  # noqa: ASYNC110
        await asyncio.sleep(0.05)


async def test_who_asks_the_same_at_the_same_time_asks_once(desk: Desk) -> None:
    leaving = asyncio.create_task(desk.ask("/slow", cache_s=60.0, save={"slow": "$.slow"}))
    await asyncio.sleep(0.05)
    others = [desk.ask("/slow", cache_s=60.0, save={"slow": "$.slow"}) for _ in range(50)]
    leaving.cancel()
    answers = await asyncio.gather(*others)
    assert {answer.values["slow"] for answer in answers} == {"yes"}
    assert len(desk.server.asked) == 1


async def test_others_do_not_wait_for_a_slow_answer(desk: Desk) -> None:
    slow = [asyncio.create_task(desk.ask("/never", timeout_s=0.6)) for _ in range(50)]
    await asyncio.sleep(0.1)
    began = time.monotonic()
    assert (await desk.ask("/customers")).outcome == "done"
    assert time.monotonic() - began < 0.25
    assert {answer.outcome for answer in await asyncio.gather(*slow)} == {"failure"}


async def test_a_body_is_posted_as_json(desk: Desk) -> None:
    await desk.ask("/customers", method="POST", body={"card": "号", "list": ["1"]})
    assert desk.server.bodies == ['{"card": "号", "list": ["1"]}'.encode()]
    assert desk.server.asked[0].content_type == "application/json"


async def test_no_server_but_those_of_the_settings_is_asked() -> None:
    settings = WebSettings(
        servers=(WebServer(url="https://crm.example/api/"), WebServer(url="http://127.0.0.1:81"))
    )
    client = WebClient(settings, SteadyClock())
    for url in (
        "https://crm.example/other",
        "https://crm.example/apix",
        "https://crm.example/api/../other",
        "https://crm.example/api/%2e%2e/other",
        "http://crm.example/api/x",
        "https://crm.example:444/api/x",
        "https://crm.example.evil.example/api/x",
        "https://user@crm.example/api/x",
        "http://127.0.0.1:82/",
        "http://[::1/",
        "file:///etc/passwd",
        "",
    ):
        answer = await client.ask(WebRequest(method="GET", url=url, timeout_s=1.0))
        assert answer.outcome == "failure", url
        assert "api" not in answer.detail
    assert client.server_of("https://crm.example/api") is not None
    assert client.server_of("https://crm.example/api/x?y=1") is not None


def test_settings_are_checked() -> None:
    for url in ("crm.example", "ftp://crm.example", "https://u:p@crm.example", "https://crm.example/?a=b"):
        with pytest.raises(ValidationError):
            WebServer(url=url)


@pytest.mark.parametrize("path", ["", "a", "$a", "$.", "$..a", "$[a]", "$[-1]", "$.a[0", "$." + "a" * 300])
def test_paths_into_json_are_checked(path: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        JsonPath(path)
