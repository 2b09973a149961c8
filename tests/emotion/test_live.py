"""Real calls: an agent is told within six seconds, a rule re-routes, gain is no anger, a no is a no."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import aiohttp
import numpy as np
import pytest

from emotion.corpora.sound import RATE
from records import events as e
from telephony.peers.softphone import Softphone
from tests.api.test_on_asterisk import api_of
from tests.emotion.speakers import ANGRY, CALM, needs_emodb, recording, speech
from tests.listening.test_talks import all_of, explain

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from callflow.private_server import PrivateServer
    from tests.harness.fixtures import ServerMaker

pytestmark = [pytest.mark.asterisk, needs_emodb]

SPEAKER, OTHER = "03", "08"
CALM_S, ANGRY_S = 15.0, 35.0
SITE = """
site: Felt
time_zone: UTC
languages: [en]
numbers: {{"2000": sales, "2001": judged, "2002": asked}}
skills: [sales]
queues:
  sales: {{needs: {{sales: 3}}, wrap_up: 2s}}
  senior: {{needs: {{sales: 3}}, wrap_up: 2s}}
listeners:
  emotion: {rule}
emotion:
  alarm: {{angry: 10s, within: 60s}}
  overlap: {overlap}
  suggestions:
    angry: {{en: "Let them finish."}}
menus:
  sales:
    - queue: sales
  judged:
    - menu: {{say: "Press 1.", keys: {{"1": routed}}, timeout: 40s}}
    - hangup
  routed:
    - if: heard.emotion.signal == "angry" and heard.emotion.confidence > 0.6
      then: leader
      else: sales
  leader:
    - if: heard.emotion.angry_calls_today >= 1
      then: second
      else: senior
  senior:
    - queue: senior
      priority: 5
  second:
    - queue: senior
      priority: 9
  asked:
    - consent: {{to: emotion, say: "Press 1 to agree, 2 to refuse.", yes: "1", no: "2"}}
    - queue: sales
"""


@asynccontextmanager
async def felt(
    make_server: ServerMaker, folder: Path, rule: str = "{keep: 30d}", overlap: str = "no"
) -> AsyncIterator[PrivateServer]:
    site = folder / "site"
    site.mkdir()
    (site / "site.yaml").write_text(SITE.format(rule=rule, overlap=overlap), "utf-8")
    async with make_server(dialplans=site) as server:
        yield server


@asynccontextmanager
async def agent_in(server: PrivateServer, plays: Path | None = None) -> AsyncIterator[Softphone]:
    async with Softphone("phone-1", server.sip, secret="secret-1", answer="auto", plays=plays) as phone:
        await server.until_event(e.PhoneStateChanged, met=lambda event: event.phone == "phone-1")
        await server.log_in("1001", "phone-1")
        await server.ready("1001")
        yield phone


async def test_the_agent_and_the_supervisor_are_told(make_server: ServerMaker, tmp_path: Path) -> None:
    calm, angry = speech(SPEAKER, CALM, CALM_S), speech(SPEAKER, ANGRY, ANGRY_S)
    plays = recording(tmp_path / "both.wav", calm, angry)
    # who is quiet while the caller is calm, and then speaks of a sudden, over and over
    agent = np.concatenate((np.zeros(18 * RATE, np.int16), speech(OTHER, CALM, 6.0)))
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(felt(make_server, tmp_path, overlap="yes"))
        api = await stack.enter_async_context(api_of(server))
        await stack.enter_async_context(agent_in(server, recording(tmp_path / "agent.wav", agent)))
        made = await api.ask("POST", "/tokens", {"name": "ada", "role": "agent", "agent": "1001"})
        session = await stack.enter_async_context(aiohttp.ClientSession())
        stream = await stack.enter_async_context(
            session.ws_connect(
                f"{api.url}/api/v1/events", headers={"Authorization": f"Bearer {made['token']}"}
            )
        )
        caller = await stack.enter_async_context(Softphone("+4420", server.sip, plays=plays))
        await caller.dial("2000")
        await caller.established()
        began = loop.time()
        hint, changed_s = None, 0.0
        async with asyncio.timeout(CALM_S + 12):
            while hint is None:
                told = json.loads((await stream.receive()).data)
                assert all(one["event"].get("agent") == "1001" for one in told["events"])
                hints = [one["event"] for one in told["events"] if one["event"]["type"] == "HintGiven"]
                # by the sound's own clock: a machine that is too busy hears no later than it was said
                changed_s = changed_s or (hints[0]["at_s"] - CALM_S if hints else 0.0)
                hint = next((one for one in hints if one["signal"] == "angry"), None)
        took_s = hint["at_s"] - CALM_S
        print(f"told of a change {changed_s:.1f} s after the first angry word, angry {took_s:.1f} s")  # noqa: T201
        assert 0 < changed_s <= 6
        assert took_s <= 10
        assert loop.time() - began - CALM_S <= took_s + 5
        assert hint["wording"]["en"] == "Let them finish."
        await server.until_event(e.EmotionAlarm, seconds=25)
        watched = await asyncio.to_thread(ringhall, server, "agents", "watch", "--once")
        await caller.hang_up()
        await server.until_event(e.ListeningEnded)
        [alarm] = await all_of(server, e.EmotionAlarm)
        assert alarm.queue == "sales"
        assert alarm.angry_s == pytest.approx(10, abs=0.5)
        [ended] = await all_of(server, e.ListeningEnded)
        assert ended.result["angry_share"] > 0.3
        assert ended.result["anger_peak_at_s"] > CALM_S
        record = await api.ask("GET", f"/records/{ended.call}")
        curves = record["curves"]["emotion"]
        assert len(curves["anger"]) == ended.curves["anger"] >= 20
        told_calm = [anger for at, anger in zip(curves["at_s"], curves["anger"], strict=True) if at < CALM_S]
        assert max(told_calm) < 0.5
        assert "emotion: angry of the caller" in await asyncio.to_thread(explain, server, ended.call)
        is_watched(watched, alarm)
        both_spoke(ended, curves)
        await asyncio.to_thread(is_drawn, server, ended.call, tmp_path / "call.svg")


def ringhall(server: PrivateServer, *words: str) -> str:
    """Run a command beside the server, and give what it says."""
    environment = os.environ | {
        "RINGHALL_HOME": str(server.settings.home),
        "RINGHALL_DIALPLANS": str(server.settings.dialplans),
    }
    command = [sys.executable, "-c", "from callflow.cli import main; main()", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def is_watched(watched: str, alarm: e.EmotionAlarm) -> None:
    """See the alarm first, then the hint, with the agent whose caller it is."""
    first, *rest = watched.splitlines()
    assert first == f"ALARM call {alarm.call} in sales: {alarm.angry_s:g} s of anger"
    at = rest.index("1001 Ada: talking")
    assert rest[at + 1].strip().startswith("the caller sounds angry")
    assert rest[at + 2].strip() == "Let them finish."


def both_spoke(ended: e.ListeningEnded, curves: dict[str, list[float]]) -> None:
    """See that the agent began while the caller spoke, and that nothing else was made of the agent's side."""
    assert ended.agent == ""
    assert ended.heard_s["agent"] > 10
    assert ended.result["broken_in_on"] >= 1
    assert ended.result["overlap_s"] >= 1
    assert curves["overlap_by"].count(-1) == ended.result["broken_in_on"]
    assert len(curves["overlap_at_s"]) == ended.result["overlaps"]


def is_drawn(server: PrivateServer, call: str, into: Path) -> None:
    """See the command's picture: an SVG with the curve, the talk, the alarm, and where both spoke."""
    assert str(into) in ringhall(server, "explain", call, "--emotion", "--out", str(into))
    root = ET.parse(into).getroot()  # noqa: S314 - our own
    assert root.tag.endswith("svg")
    texts = [one.text for one in root.iter() if one.tag.endswith("text")]
    assert {"anger", "talk with 1001", "alarm", "both speak"} <= set(texts)
    kinds = [one.get("class") for one in root.iter()]
    assert "anger" in kinds
    assert "broken-in-on" in kinds
    assert "rise" in kinds


async def test_a_rule_sends_who_is_angry_in_the_menu_elsewhere(
    make_server: ServerMaker, tmp_path: Path
) -> None:
    # calm at first: of who is angry from the first word on it is less sure, having no baseline of theirs
    plays = recording(tmp_path / "both.wav", speech(SPEAKER, CALM, 10.0), speech(SPEAKER, ANGRY, 25.0))
    async with felt(make_server, tmp_path) as server:
        for number in range(1, 3):
            async with Softphone("+442079460001", server.sip, plays=plays) as caller:
                await caller.dial("2001")
                await server.until_event(
                    e.SignalNoted,
                    seconds=25,
                    met=lambda event: event.signal == "angry" and event.confidence > 0.6,
                    count=1,
                    after=await _last(server),
                )
                await caller.press("1")
                await server.until_event(e.QueueEntered, count=number)
                await caller.hang_up()
                await server.until_event(e.CallEnded, count=number)
        first, second = await all_of(server, e.QueueEntered)
        assert (first.queue, first.priority) == ("senior", 5)
        assert (second.queue, second.priority) == ("senior", 9)  # the second time that day
        uses = await all_of(server, e.SignalUsed)
        assert [(one.signal, one.value, one.outcome) for one in uses if "calls_today" in one.signal] == [
            ("heard.emotion.angry_calls_today", "0", "else"),
            ("heard.emotion.angry_calls_today", "1", "then"),
        ]
        assert {one.outcome for one in uses if one.signal == "heard.emotion.signal"} == {"then"}


async def test_a_line_that_gets_twice_as_loud_is_not_angry(make_server: ServerMaker, tmp_path: Path) -> None:
    plays = recording(
        tmp_path / "louder.wav", speech(SPEAKER, CALM, 15.0), speech(SPEAKER, CALM, 20.0, gain=2.0)
    )
    async with (
        felt(make_server, tmp_path) as server,
        agent_in(server),
        Softphone("+4420", server.sip, plays=plays) as caller,
    ):
        await caller.dial("2000")
        await server.until_event(e.CallConnected)
        await asyncio.sleep(34)
        await caller.hang_up()
        await server.until_event(e.ListeningEnded)
        assert {one.signal for one in await all_of(server, e.SignalNoted)} == {"calm"}
        assert await all_of(server, e.EmotionAlarm) == []
        assert await all_of(server, e.HintGiven) == []
        [ended] = await all_of(server, e.ListeningEnded)
        assert ended.result["speech_s"] >= 20
        assert ended.result["angry_share"] == 0


async def test_who_refuses_is_not_heard(make_server: ServerMaker, tmp_path: Path) -> None:
    plays = recording(tmp_path / "angry.wav", speech(SPEAKER, ANGRY, 30.0))
    async with (
        felt(make_server, tmp_path, "{consent: yes}") as server,
        Softphone("+4420", server.sip, plays=plays) as caller,
    ):
        await caller.dial("2002")
        await caller.established()
        await asyncio.sleep(4.0)
        await caller.press("2")
        await server.until_event(e.QueueEntered)
        await asyncio.sleep(6.0)
        await caller.hang_up()
        await server.until_event(e.CallEnded)
        heard: list[type[e.Event]] = [e.ListeningBegan, e.SignalNoted, e.HintGiven, e.ListeningEnded]
        assert [len(await all_of(server, kind)) for kind in heard] == [0, 0, 0, 0]
        [refused] = await all_of(server, e.ConsentRefused)
        assert refused.to == "emotion"


async def _last(server: PrivateServer) -> int:
    return max((one.seq for one in await server.events()), default=0)
