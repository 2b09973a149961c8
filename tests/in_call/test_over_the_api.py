"""The commands of a talk over the HTTP API, on a real Asterisk: by whom, and what comes of them."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from records import events as e
from tests.desk.document import check_answer
from tests.in_call.house import CALLER, FIRST, MUSIC, SECOND, SUPERVISOR, a_house

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.in_call.house import House

pytestmark = pytest.mark.asterisk


class Holder:
    """Whoever has a token; every answer is held against the document."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._url = url
        self._session = session

    async def ask(self, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
        async with self._session.request(method, f"{self._url}/api/v1{path}", json=body) as answer:
            text = answer.content_type == "application/json"
            told = await answer.json() if text else await answer.read()
            if text:
                check_answer(method, f"/api/v1{path}", answer.status, told)
            assert answer.status == status, told
            return told


@asynccontextmanager
async def holder(house: House, token: str) -> AsyncIterator[Holder]:
    url = f"http://127.0.0.1:{house.server.settings.api_port}"
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
        yield Holder(url, session)


async def test_an_agent_in_their_own_talk_and_a_supervisor_in_any(tmp_path: Path, prompts: Path) -> None:
    async with a_house(tmp_path, prompts) as h:
        admin_token = (h.server.home / "secrets" / "api-token").read_text().strip()
        await h.talk()
        await h.supervisor()
        call = f"/calls/{h.call}"
        async with holder(h, admin_token) as admin:

            async def token(name: str, role: str, **more: str) -> str:
                made = await admin.ask("POST", "/tokens", {"name": name, "role": role, **more}, status=201)
                return str(made["token"])

            async with (
                holder(h, await token("ada", "agent", agent=FIRST)) as first,
                holder(h, await token("grace", "agent", agent=SECOND)) as second,
                holder(h, await token("mary", "supervisor")) as boss,
            ):
                await second.ask("POST", f"{call}/hold", status=404)  # not theirs
                assert (await first.ask("POST", f"{call}/hold"))["held"]
                await h.hear({CALLER: {MUSIC}, FIRST: set()})
                await first.ask("POST", f"{call}/resume")
                await first.ask("POST", f"{call}/listen", {"agent": SUPERVISOR}, status=403)
                await boss.ask("POST", f"{call}/listen", {"agent": SUPERVISOR})
                await h.hear({CALLER: {FIRST}, FIRST: {CALLER}, SUPERVISOR: {CALLER, FIRST}})
                told = await first.ask("POST", f"{call}/transfer", {"agent": FIRST}, status=409)
                assert "has the call already" in told["message"]
                await first.ask("POST", f"{call}/transfer", {"queue": "nowhere"}, status=404)
                await first.ask("POST", f"{call}/recording/pause", {"reason": "card"})
                await first.ask("POST", f"{call}/recording/resume")
                await first.ask("POST", f"{call}/consult", {"agent": SECOND})
                await h.hear({CALLER: {MUSIC}, FIRST: {SECOND}, SECOND: {FIRST}})
                done = await first.ask("POST", f"{call}/complete")
                assert done["agent"] == SECOND
                await first.ask("POST", f"{call}/hold", status=404)  # theirs no more
                await h.hear({CALLER: {SECOND}, SECOND: {CALLER}})
                await h.people[CALLER].hang_up()
                await h.sees(e.CallEnded)
                await boss.ask("POST", f"{call}/hold", status=404)
                await h.recorded()
                [kept] = (await boss.ask("GET", f"/recordings?call={h.call}"))["items"]
                sound = await boss.ask("GET", f"/recordings/{kept['recording']}/file")
                assert (sound[:4], len(sound)) == (b"RIFF", kept["bytes"])
                await first.ask("GET", f"/recordings/{kept['recording']}/file", status=403)
                await boss.ask("DELETE", f"/recordings/{kept['recording']}", status=403)
                trunks = (await boss.ask("GET", "/trunks"))["items"]
                assert [trunk["trunk"] for trunk in trunks] == ["carrier", "loopback"]
            await admin.ask("DELETE", f"/recordings/{kept['recording']}", status=204)
        fetched = await h.sees(e.CallRecordingFetched)
        began = await h.sees(e.SupervisionBegan)
        assert (fetched.by, began.by) == ("mary", "mary")


async def test_an_agent_calls_somebody(tmp_path: Path, prompts: Path) -> None:
    async with a_house(tmp_path, prompts) as h:
        admin_token = (h.server.home / "secrets" / "api-token").read_text().strip()
        await h.sees(e.PhoneStateChanged, phone=f"phone-{FIRST}", reachable=True)
        await h.server.log_in(FIRST, f"phone-{FIRST}")
        async with holder(h, admin_token) as admin:
            await admin.ask("POST", f"/agents/{FIRST}/dial", {"number": "+1900555"}, status=409)
            made = await admin.ask("POST", f"/agents/{FIRST}/dial", {"number": "+46709187263"})
            await h.outside_answers()
            await h.hear({FIRST: {"outside"}, "outside": {FIRST}})
            h.call = made["call"]
            await admin.ask("POST", f"/calls/{h.call}/hold")
            await h.hear({FIRST: set(), "outside": {MUSIC}})
            await h.state(FIRST, "hold")
            await admin.ask("POST", f"/calls/{h.call}/resume")
            await h.hear({FIRST: {"outside"}, "outside": {FIRST}})
            for agent in (SECOND,):
                await h.sees(e.PhoneStateChanged, phone=f"phone-{agent}", reachable=True)
                await h.server.log_in(agent, f"phone-{agent}")
                await h.server.ready(agent)
            await admin.ask("POST", f"/calls/{h.call}/transfer", {"queue": "support"})
            await h.hear({SECOND: {"outside"}, "outside": {SECOND}})
            await h.people["outside"].hang_up()
            await h.sees(e.CallEnded)
