"""One journey a stage on a real Asterisk: real audio, real servers, real phones."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import wave
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from callflow.private_server import Person, PrivateServer
from records import events as e
from speech.tones import tone
from telephony.asterisk.settings import Trunk
from telephony.peers.softphone import Softphone
from telephony.wav import write_wav
from tests.harness.talk import Listener, expect_talk
from tests.stages.servers import Crm, crm
from tests.telephony.contract.sip_phone import Reply, SipPhone

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.asterisk

SITE = """
site: Stages
languages: [en]
numbers:
  "1000": look_up
  "1001": leave_message
  "1002": reach_phone
  "1003": reach_outside
  "1004": offer
  "1005": talk
  "1006": who
skills: [sales]
queues: {sales: {needs: {sales: 1}, wrap_up: 1s, on_completed: rate}}
hours: {desk: {daily: closed, except: {"DAY": "08:30-17:00"}}}
mailboxes: {cards: {longest: 30s, silence: 3s}}
trunks: {carrier: {allow: ["+86 21 *"], caller_number: "+862155501000"}}
webhooks: {crm: {url: "CRM/customers"}}
menus:
  look_up:
    - http: {get: "CRM/customers?phone={caller.number|url}", save: {tier: $.customer.tier}, on_failure: over}
    - webhook: crm
      event: seen
      send: {tier: "{tier}"}
    - record: words
      longest: 2s
      silence: 5s
    - goto: over
  leave_message:
    - voicemail: cards
      say: tone.wav
    - goto: over
  reach_phone:
    - dial: phone-1
    - hangup
  reach_outside:
    - dial: "+86 21 6666 0000"
      over: carrier
      on_busy: over
    - hangup
  offer:
    - callback: {queue: sales, when: next opening, hours: desk}
    - hangup
  talk:
    - queue: sales
  rate:
    - survey: csat
      say: tone.wav
    - hangup
  who:
    - identify: {into: customer, digits: "4", say: tone.wav, get: "CRM/status/404", tries: 1, lock: 1m}
    - goto: over
  over:
    - play: tone.wav
    - hangup
"""


def ringhall(server: PrivateServer, *arguments: str) -> str:
    command = [sys.executable, "-c", "from callflow.cli import main; main()", *arguments]
    environment = os.environ | {"RINGHALL_HOME": str(server.home)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


HZ, CALLER_HZ, AGENT_HZ = 600, 440, 1000
OPENS = (datetime.now(UTC) + timedelta(days=2)).replace(hour=8, minute=30, second=0, microsecond=0)


class House:
    def __init__(self, server: PrivateServer, server_of_others: Crm, folder: Path) -> None:
        self.server = server
        self.crm = server_of_others
        self.tones = {
            hz: write_wav(folder / f"{hz}.wav", tone(hz, 1.0).tobytes()) for hz in (CALLER_HZ, AGENT_HZ)
        }

    def caller(self) -> Softphone:
        return Softphone("+442012345", self.server.sip, plays=self.tones[CALLER_HZ])

    def phone(self) -> Softphone:
        return Softphone(
            "phone-1", self.server.sip, secret="secret-1", answer="auto", plays=self.tones[AGENT_HZ]
        )

    async def sees(self, kind: type[e.Event], /, **fields: object) -> Any:
        def fits(event: e.Event) -> bool:
            return all(getattr(event, name) == value for name, value in fields.items())

        return (await self.server.until_event(kind, met=fits))[-1].event


@asynccontextmanager
async def house(folder: Path, prompts: Path, carrier: str = "127.0.0.1:9") -> AsyncIterator[House]:
    async with crm() as others:
        site = folder / "site"
        site.mkdir()
        write_wav(site / "tone.wav", tone(HZ, 1.2).tobytes())
        (site / "site.yaml").write_text(SITE.replace("CRM", others.url).replace("DAY", f"{OPENS:%Y-%m-%d}"))
        server = PrivateServer(
            folder / "home",
            dialplans=site,
            phones={"phone-1": "secret-1"},
            agents=[Person("1001", "Ada", {"sales": 4})],
            prompts=prompts,
            environment={
                "RINGHALL_WEB": json.dumps({"servers": [{"url": others.url, "signing_secret": "s"}]})
            },
        )
        trunks = [
            {"name": "loopback", "addresses": ["127.0.0.1"]},
            {"name": "carrier", "addresses": ["127.0.0.7"], "server": carrier},
        ]
        asterisk = server.settings.asterisk.model_copy(
            update={"trunks": tuple(Trunk.model_validate(one) for one in trunks)}
        )
        server.settings = server.settings.model_copy(update={"asterisk": asterisk})
        server.settings.__dict__.pop("asterisk_home", None)
        try:
            async with server:
                yield House(server, others, folder)
        finally:
            print(server.last_words(30))  # noqa: T201 - shown with a test that failed


async def test_look_up_tell_record_and_leave_a_message(tmp_path: Path, prompts: Path) -> None:
    async with house(tmp_path, prompts) as h:
        async with h.caller() as caller:
            await caller.dial("1000")
            assert (await h.sees(e.HttpAsked)).outcome == "done"
            await h.sees(e.MessageSettled, outcome="sent")
            kept = await h.sees(e.RecordingKept, kind="record")
            await h.sees(e.CallEnded)
        assert h.crm.asked[0].query["phone"] == "+442012345"
        told = next(request for request in h.crm.asked if request.method == "POST")
        assert told.headers["X-Ringhall-Signature"].startswith("t=")
        with wave.open(str(h.server.home / kept.file), "rb") as sound:
            assert sound.getframerate() == 8000
            assert 1.5 < sound.getnframes() / 8000 < 3.5, "Asterisk counts whole seconds"

        async with h.caller() as caller:
            await caller.dial("1001")
            await h.sees(e.RecordingBegun, kind="voicemail")
            await asyncio.sleep(1.5)  # the caller speaks, which takes real time
            await caller.press("#")
            await h.sees(e.RecordingKept, kind="voicemail")
            await h.server.until_event(e.CallEnded, count=2)
        async with h.caller() as caller:
            await caller.dial("1001")
            await h.server.until_event(e.RecordingBegun, count=3)
            await asyncio.sleep(1.5)
            await caller.hang_up()
            await h.server.until_event(e.RecordingKept, count=3)
        messages = await h.server.ask("GET", "/control/voicemail")
        assert [message["box"] for message in messages] == ["cards", "cards"]
        assert all(message["number"] == "+442012345" for message in messages)
        assert all(message["seconds"] > 0.5 for message in messages)
        spool = h.server.home / "asterisk" / "spool" / "recording"
        assert os.listdir(spool) == [], "nothing is left on the switch"  # noqa: PTH208
        files = [
            path for folder in ("voicemail", "recordings") for path in (h.server.home / folder).rglob("*.wav")
        ]
        assert len(files) == 3
        assert await asyncio.to_thread(ringhall, h.server, "erase", "+44 2012 345", "--yes")
        assert await h.server.ask("GET", "/control/voicemail") == []
        async with asyncio.timeout(10):
            while any(path.exists() for path in files):  # noqa: ASYNC110 - nobody tells of it
                await asyncio.sleep(0.05)
        database = (h.server.home / "ringhall.db").read_bytes()
        assert b"442012345" not in database
        assert await h.server.records(), "that there were calls is known"


async def test_a_phone_an_outside_number_a_callback_and_a_check(tmp_path: Path, prompts: Path) -> None:
    carrier = SipPhone([Reply("100 Trying"), Reply("180 Ringing", 0.05), Reply("200 OK", 0.3)])
    port = await carrier.start()
    async with house(tmp_path, prompts, f"127.0.0.1:{port}") as h:
        async with h.phone() as phone, h.caller() as caller:
            await h.sees(e.PhoneStateChanged, reachable=True)
            await caller.dial("1002")
            await caller.established()
            await expect_talk(caller, CALLER_HZ, phone, AGENT_HZ)
            await phone.hang_up()
            assert (await h.sees(e.DialEnded)).outcome == "completed"
            await h.sees(e.CallEnded)
        async with h.caller() as caller:
            await caller.dial("1003")
            await h.sees(e.DialStarted, trunk="carrier")
            await carrier.invited.wait()
            await caller.established()
            await caller.hang_up()
            await h.sees(e.DialEnded, outcome="caller_gone")
        async with h.caller() as caller:
            await caller.dial("1004")
            await caller.established()
            await Listener(caller).expect_sound(1.0)
            await caller.press("1")
            await h.sees(e.CallbackPromised)
            await caller.hang_up()
        [promise] = await h.server.ask("GET", "/control/callbacks")
        assert (promise["queue"], promise["number"]) == ("sales", "+442012345")
        assert promise["due"] == OPENS.timestamp()
        await h.server.kill_controller()
        await h.server.start_controller()
        assert await h.server.ask("GET", "/control/callbacks") == [promise]
        await h.server.ask("POST", f"/control/callbacks/{promise['callback']}/done")
        assert await h.server.ask("GET", "/control/callbacks") == []
        async with h.caller() as caller:
            await caller.dial("1006")
            await caller.established()
            await caller.press("1234")
            assert (await h.sees(e.CallerIdentified)).result == "unknown"
            await Listener(caller).expect(HZ)
        async with h.caller() as caller:
            await caller.dial("1006")
            await h.sees(e.CallerIdentified, result="locked")
    carrier.close()


async def test_who_is_still_there_after_the_talk_is_asked(tmp_path: Path, prompts: Path) -> None:
    async with house(tmp_path, prompts) as h, h.phone() as phone, h.caller() as caller:
        await h.sees(e.PhoneStateChanged, reachable=True)
        await h.server.log_in("1001", "phone-1")
        await h.server.ready("1001")
        await caller.dial("1005")
        await h.sees(e.CallConnected)
        await expect_talk(caller, CALLER_HZ, phone, AGENT_HZ)
        await phone.hang_up()
        await Listener(caller).expect(HZ)
        await caller.press("4")
        assert (await h.sees(e.SurveyAnswered)).score == 4
        await h.sees(e.CallEnded)
        [record] = await h.server.records()
        assert (record.outcome, record.agent) == ("completed", "1001")
