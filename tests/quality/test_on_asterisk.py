"""On a real Asterisk: what is lost on the way is what the call's record says, whoever hangs up."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from callflow.private_server import Person, PrivateServer
from records import events as e
from speech.tones import tone
from telephony.peers.softphone import Softphone
from telephony.wav import write_wav
from tests.quality.lossy import LossyWay

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.asterisk

SITE = """
site: Heard
languages: [en]
skills: [sales]
numbers: {"2000": straight}
queues: {sales: {needs: {sales: 1}, wrap_up: 0s}}
menus: {straight: [{queue: sales}]}
"""
TALK_S = 16.0
"""Two or three of the reports of the far ends, which come every five seconds or so."""


async def test_loss_each_way_is_told_of_the_leg_that_has_it(tmp_path: Path, prompts: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "site.yaml").write_text(SITE)
    server = PrivateServer(
        tmp_path / "home",
        dialplans=tmp_path / "site",
        phones={"phone-1": "secret-1"},
        agents=[Person("1001", "Ada", {"sales": 4})],
        prompts=prompts,
    )
    sound = write_wav(tmp_path / "440.wav", tone(440, 1.0).tobytes())
    found: dict[str, dict[str, Any]] = {}
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(server)
        way = await stack.enter_async_context(LossyWay(server.sip, drops_in=0.05, drops_out=0.2))
        people = (
            Softphone("phone-1", server.sip, secret="secret-1", answer="auto", plays=sound),
            Softphone("+442071", server.sip, plays=sound),
            Softphone("+442072", way.sip, plays=sound),
        )
        agent, good, lossy = [await stack.enter_async_context(phone) for phone in people]
        await server.until_event(e.PhoneStateChanged, met=lambda event: event.reachable)
        await server.log_in("1001", "phone-1")
        for number, (caller, ends) in enumerate(((good, agent), (lossy, lossy)), start=1):
            await server.ready("1001")
            await caller.dial("2000")
            call = (await server.until_event(e.CallConnected, count=number))[-1].event.call  # type: ignore[union-attr]
            await asyncio.sleep(TALK_S)
            await ends.hang_up()
            told = await server.until_event(e.LegQuality, count=2 * number)
            ended: list[Any] = [r.event for r in told if getattr(r.event, "call", "") == call]
            found["good" if caller is good else "lossy"] = {leg.side: leg for leg in ended}
            await agent.over()
        records = {record.call: record for record in await server.records()}
        metrics = await _metrics(server)
    for leg in (*found["good"].values(), found["lossy"]["agent"]):
        assert leg.in_lost == 0
        assert leg.in_mos > 4.2
        assert leg.rtt_ms < 50
        assert leg.in_jitter_ms < 20
    for leg in found["good"].values():
        assert leg.out_lost == 0
        assert leg.out_mos > 4.2
    # what the caller's packets lost on their way to us is missing at the agent, too
    assert found["lossy"]["agent"].out_lost == pytest.approx(0.05, abs=0.03)
    bad: Any = found["lossy"]["caller"]
    assert way.dropped["in"] > 10
    assert bad.in_lost == pytest.approx(way.dropped["in"] / (way.dropped["in"] + way.passed["in"]), abs=0.02)
    assert bad.out_lost == pytest.approx(0.2, abs=0.08), "as of the caller's last report"
    assert 3.3 < bad.in_mos < 4.2
    assert bad.out_mos < 3.3
    assert {leg.queue for legs in found.values() for leg in legs.values()} == {"sales"}
    assert [found["good"]["agent"].agent, found["good"]["caller"].agent] == ["1001", ""]
    for legs in found.values():
        record = records[legs["caller"].call]
        assert {heard.side: heard.in_mos for heard in record.quality} == {
            side: leg.in_mos for side, leg in legs.items()
        }
    assert metrics["ringhall_queue_rated_calls_total"] == 2
    assert metrics["ringhall_queue_bad_calls_total"] == 1
    mean = metrics["ringhall_queue_mos_sum_total"] / metrics["ringhall_queue_mos_legs_total"]
    assert metrics["ringhall_queue_mos_legs_total"] == 4
    assert mean == pytest.approx(sum(leg.mos for legs in found.values() for leg in legs.values()) / 4)


async def _metrics(server: PrivateServer) -> dict[str, float]:
    token = (server.home / "secrets" / "api-token").read_text().strip()
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session,
        session.get(f"http://127.0.0.1:{server.settings.api_port}/metrics") as answer,
    ):
        lines = (await answer.text()).splitlines()
    found: dict[str, Any] = {}
    for line in lines:
        name, _, rest = line.partition('{queue="sales"} ')
        if rest:
            found[name] = float(rest)
    return found
