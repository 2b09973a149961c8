"""The menu language on a real Asterisk: words joined to values, causes, closing by hand, a kill midway."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from callflow.private_server import PrivateServer
from records import events as e
from speech.tones import tone
from telephony.peers.softphone import Softphone
from telephony.wav import write_wav
from tests.harness.talk import Listener

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.asterisk

SITE = """
site: Language
time_zone: UTC
languages: [zh, en]
country: GB
numbers: {"1000": speaks, "1001": busy, "1002": desk, "1003": detour}
hours: {desk: {daily: "00:00-24:00"}}
menus:
  speaks:
    - set: {amount: "2005.40", code: "{last(caller.number, 6)}"}
    - say: {money: "{amount}", currency: CNY}
    - language: en
    - play:
        - tone.wav
        - {zh: "{code|digits}", en: "Your number ends with {code|digits}."}
    - collect: {into: order, digits: 3, confirm: yes, say: tone.wav, no_input: {then: hangup}}
    - notice: end
      say: {zh: 再见, en: Goodbye}
    - hangup
  busy:
    - if: caller.country == "GB"
      then:
        - hangup: busy
    - hangup
  desk:
    - hours: desk
      closed: hangup
      closure:
        - hangup: congestion
    - play: tone.wav
    - hangup
  detour:
    - set: {topic: billing}
    - call: sub
    - if: topic == "billing"
      then:
        - hangup
    - play: tone.wav
    - hangup: busy
  sub:
    - collect: {into: key, digits: 1, timeout: 60s, say: tone.wav, no_input: {then: hangup}}
"""
HZ = 600


@pytest.fixture
def server(tmp_path: Path, prompts: Path) -> PrivateServer:
    site = tmp_path / "site"
    site.mkdir()
    write_wav(site / "tone.wav", tone(HZ, 1.2).tobytes())
    (site / "site.yaml").write_text(SITE, encoding="utf-8")
    return PrivateServer(tmp_path / "home", dialplans=site, phones={}, agents=[], prompts=prompts)


async def sees(server: PrivateServer, kind: type[e.Event], /, **fields: object) -> Any:
    def fits(event: e.Event) -> bool:
        return all(getattr(event, name) == value for name, value in fields.items())

    return (await server.until_event(kind, 20.0, met=fits))[-1].event


async def test_values_are_heard_and_causes_arrive(server: PrivateServer) -> None:
    async with server:
        async with Softphone("+441223555010", server.sip) as caller:
            heard = Listener(caller)
            await caller.dial("1000")
            await heard.expect_sound(1.5)  # 两千零五元四角
            await sees(server, e.LanguageChosen, language="en")
            await heard.expect(HZ, 10.0)
            await sees(server, e.StepEntered, kind="collect")
            await caller.press("123")
            await Listener(caller).expect_sound(2.0)  # the read-back
            await caller.press("1")
            await sees(server, e.DigitsCollected, variable="order", count=3)
            await sees(server, e.NoticeGiven, notice="end", result="heard")
            ended = await sees(server, e.CallEnded)
            assert (ended.outcome, ended.by, ended.cause) == ("ended_by_menu", "system", "normal")
        async with Softphone("+441223555010", server.sip) as caller:
            await caller.dial("1001")
            call = await caller.over()
            assert call.reason.startswith("486"), call.reason
            assert (await sees(server, e.CallEnded, cause="busy")).outcome == "ended_by_menu"
        await server.ask("POST", "/control/hours/desk/close", {"until": "1h", "by": "test"})
        async with Softphone("+441223555010", server.sip) as caller:
            await caller.dial("1002")
            call = await caller.over()
            assert call.reason.startswith("503"), call.reason
            await sees(server, e.CallEnded, cause="congestion")
        await server.ask("POST", "/control/hours/desk/reopen", {"by": "test"})
        async with Softphone("+441223555010", server.sip) as caller:
            await caller.dial("1002")
            await Listener(caller).expect(HZ, 6.0)


async def test_a_call_killed_over_in_a_sub_menu_goes_back(server: PrivateServer) -> None:
    async with server, Softphone("+441223555010", server.sip) as caller:
        await caller.dial("1003")
        await caller.established()
        entered = await sees(server, e.StepEntered, menu="sub")
        assert entered.returns == [("detour", 2)]
        await server.ask("POST", "/control/hours/desk/close", {"by": "test"})
        await server.kill_controller()
        await server.start_controller()
        await server.until_event(e.StepEntered, met=lambda event: event.menu == "sub", count=2)
        await caller.press("5")
        await sees(server, e.StepEntered, menu="detour", kind="if")
        ended = await sees(server, e.CallEnded)
        assert (ended.by, ended.cause) == ("system", "normal"), "the variable was kept"
        shown = await server.ask("GET", "/control/hours")
        assert shown[0]["state"] == "closure"
