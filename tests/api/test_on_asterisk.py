"""The API of a real server that takes real calls: the client of the docs, and a killed controller."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from records import events as e
from telephony.peers.softphone import Softphone
from tests.desk.document import check_answer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from callflow.private_server import PrivateServer

pytestmark = pytest.mark.asterisk
CLIENT = Path(__file__).resolve().parents[2] / "docs" / "client.py"


class Api:
    """The server's API as an admin; every answer is held against the document."""

    def __init__(self, server: PrivateServer, session: aiohttp.ClientSession) -> None:
        self.url = f"http://127.0.0.1:{server.settings.api_port}"
        self.session = session

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        async with self.session.request(method, f"{self.url}/api/v1{path}", json=body) as answer:
            told = None if answer.status == 204 else await answer.json()
            check_answer(method, f"/api/v1{path}", answer.status, told)
            return told


@asynccontextmanager
async def api_of(server: PrivateServer) -> AsyncIterator[Api]:
    token = (server.home / "secrets" / "api-token").read_text().strip()
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
        yield Api(server, session)


async def line(client: asyncio.subprocess.Process) -> str:
    assert client.stdout is not None
    return (await asyncio.wait_for(client.stdout.readline(), 15)).decode().strip()


async def test_the_client_of_the_docs_sees_an_agents_calls(ringhall_server: PrivateServer) -> None:
    server = ringhall_server
    agent = Softphone("phone-1", server.sip, secret="secret-1", answer="auto")
    caller = Softphone("+442012345", server.sip)
    async with api_of(server) as api, agent, caller:
        await server.until_event(e.PhoneStateChanged, met=lambda event: event.phone == "phone-1")
        token = (await api.ask("POST", "/tokens", {"name": "ada", "role": "agent", "agent": "1001"}))["token"]
        client = await asyncio.create_subprocess_exec(
            *(sys.executable, CLIENT, api.url, token, "1001", "phone-1"), stdout=asyncio.subprocess.PIPE
        )
        try:
            assert await line(client) == "agent 1001 is paused"
            assert await line(client) == "agent 1001 is ready"
            await asyncio.sleep(0.5)  # it opens its stream
            await caller.dial("1000")
            await caller.established()
            await caller.press("1")
            told = [await line(client)]
            while told[-1].split()[-1] != "CallConnected":
                told.append(await line(client))
            call = told[0].split()[1]
            shown = await api.ask("GET", f"/calls/{call}")
            assert (shown["state"], shown["agent"]) == ("talking", "1001")
            assert (await api.ask("GET", "/agents/1001"))["call"] == call
            await caller.hang_up()
            while told[-1].split()[-1] != "TalkEnded":
                told.append(await line(client))
        finally:
            client.kill()
            await client.wait()
        await server.until_event(e.CallEnded)
        [record] = (await api.ask("GET", "/records?agent=1001&outcome=completed"))["items"]
        assert record["call"] == call
    assert {words.split()[1] for words in told} == {call}
    kinds = [words.split()[-1] for words in told]
    assert [kind for kind in kinds if kind != "AgentStateChanged"] == [
        "OfferMade", "OfferRang", "OfferAnswered", "CallConnected", "TalkEnded",
    ]  # fmt: skip


async def test_a_stream_goes_on_over_a_killed_controller(ringhall_server: PrivateServer) -> None:
    """A listener who was cut off resumes with the next controller: every number once."""
    server, numbers = ringhall_server, list[int]()
    async with api_of(server) as api, Softphone("+442012345", server.sip) as caller:

        async def listen(until: int) -> None:
            params = {"after": numbers[-1] if numbers else 0}
            async with api.session.ws_connect(f"{api.url}/api/v1/events", params=params) as stream:
                while not numbers or numbers[-1] < until:
                    message = await stream.receive(timeout=10)
                    if message.type is not aiohttp.WSMsgType.TEXT:
                        return
                    numbers.extend(one["seq"] for one in json.loads(message.data)["events"])

        async def hears() -> bool:
            return len(numbers) > 3

        listening = asyncio.create_task(listen(1_000_000))
        await caller.dial("1000")
        await caller.established()
        await server.until(hears, 10, "events on the stream")
        await server.kill_controller()
        await listening
        before = len(numbers)
        await server.start_controller()
        await caller.hang_up()
        await server.until_event(e.CallEnded)
        last = (await server.events())[-1].seq
        await listen(last)
    assert before > 3
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= last


async def test_a_request_keeps_its_id_and_no_token_is_logged(ringhall_server: PrivateServer) -> None:
    server = ringhall_server
    async with api_of(server) as api:
        answer = await api.session.post(
            f"{api.url}/api/v1/agents/1001/login", json={"phone": "nobody"}, headers={"X-Request-Id": "my-1"}
        )
        assert answer.headers["X-Request-Id"] == "my-1"
    token = (server.home / "secrets" / "api-token").read_text().strip()
    assert token not in (server.home / "controller.log").read_text()
