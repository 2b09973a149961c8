"""On a real Asterisk: promised in a queue, called back over the trunk, heard by an agent; both ways round."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from callflow.private_server import Person, PrivateServer
from records import events as e
from speech.tones import tone
from telephony.asterisk.settings import Trunk
from telephony.peers.softphone import Softphone
from telephony.wav import write_wav
from tests.harness.talk import Listener, expect_talk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.asterisk

NUMBER = "+46709187263"
SITE = """
site: Callbacks
languages: [en]
numbers: {"1000": wait}
skills: [sales]
trunks: {carrier: {allow: ["+46 70 *"], caller_number: "+46 8 555 1000"}}
queues:
  sales:
    needs: {sales: 1}
    wrap_up: 1s
    max_wait: 2s
    on_max_wait: offer
    callbacks: CALLBACKS
menus:
  wait:
    - queue: sales
  offer:
    - menu:
        say: {en: Press one.}
        keys: {"1": promise}
        no_input: {again: 1, then: over}
        invalid: {again: 1, then: over}
  promise:
    - callback: {queue: sales}
    - hangup
  over:
    - hangup
"""
CUSTOMER_HZ, AGENT_HZ = 440, 1000


class House:
    """A server, its agent, and a customer who calls in and is called over the trunk."""

    def __init__(self, server: PrivateServer, agent: Softphone, customer: Softphone) -> None:
        self.server = server
        self.agent = agent
        self.customer = customer

    async def sees(self, kind: type[e.Event], /, seconds: float = 20.0, **fields: object) -> Any:
        def fits(event: e.Event) -> bool:
            return all(getattr(event, name) == value for name, value in fields.items())

        return (await self.server.until_event(kind, seconds, met=fits))[-1].event

    async def promise(self) -> str:
        """Wait in vain, press the key, confirm the number that is read back, hang up."""
        caller = self.customer
        await caller.dial("1000")
        await self.sees(e.QueueLeft, reason="max_wait")
        await Listener(caller).expect_sound(0.3)
        await caller.press("1")
        await self.sees(e.StepEntered, kind="callback")
        await Listener(caller).expect_sound(1.0)  # the number is read back
        await caller.press("1")
        promised: e.CallbackPromised = await self.sees(e.CallbackPromised)
        await caller.hang_up()
        await self.sees(e.CallEnded, outcome="callback_promised")
        return promised.callback

    async def seat(self) -> None:
        await self.sees(e.PhoneStateChanged, phone="phone-1", reachable=True)
        await self.server.log_in("1001", "phone-1")
        await self.server.ready("1001")

    async def list(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await self.server.ask("GET", "/control/callbacks")
        return found

    async def command(self, *words: str) -> str:
        """Run ``ringhall WORDS`` and give what it prints."""
        process = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).parent / "ringhall"), *words,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "RINGHALL_HOME": str(self.server.home), "COLUMNS": "200"},
        )  # fmt: skip
        printed, _ = await process.communicate()
        assert process.returncode == 0
        return printed.decode()

    async def confirm(self) -> None:
        """Answer the call back and say that it is us."""
        await self.customer.ringing(20)
        await self.customer.answer()
        await Listener(self.customer).expect_sound(1.0)
        await self.customer.press("1")


@asynccontextmanager
async def a_house(folder: Path, prompts: Path, **callbacks: object) -> AsyncIterator[House]:
    (folder / "site").mkdir()
    written = json.dumps({"over": "carrier", "retry_after": "10s", "ring": "10s"} | callbacks)
    (folder / "site" / "site.yaml").write_text(SITE.replace("CALLBACKS", written))
    server = PrivateServer(
        folder / "home",
        dialplans=folder / "site",
        phones={"phone-1": "secret-1"},
        agents=[Person("1001", "Ada", {"sales": 4})],
        prompts=prompts,
    )
    tones = {hz: write_wav(folder / f"{hz}.wav", tone(hz, 1.0).tobytes()) for hz in (CUSTOMER_HZ, AGENT_HZ)}
    async with Softphone(NUMBER, server.sip, plays=tones[CUSTOMER_HZ]) as customer:
        trunks = [
            {"name": "loopback", "addresses": ["127.0.0.1"]},
            {"name": "carrier", "addresses": ["127.0.0.7"], "server": customer.listens},
        ]
        asterisk = server.settings.asterisk.model_copy(
            update={"trunks": tuple(Trunk.model_validate(one) for one in trunks)}
        )
        server.settings = server.settings.model_copy(update={"asterisk": asterisk})
        server.settings.__dict__.pop("asterisk_home", None)
        phone = Softphone("phone-1", server.sip, secret="secret-1", answer="auto", plays=tones[AGENT_HZ])
        try:
            async with server, phone:
                yield House(server, phone, customer)
        finally:
            print(server.last_words(30))  # noqa: T201 - shown with a test that failed


async def test_the_customer_first_then_the_agent(tmp_path: Path, prompts: Path) -> None:
    async with a_house(tmp_path, prompts) as h:
        promise = await h.promise()
        [shown] = await h.list()
        assert (shown["callback"], shown["queue"], shown["number"]) == (promise, "sales", NUMBER)
        assert (shown["state"], shown["position"], shown["tries"]) == ("in_line", 1, 0)
        table = await h.command("callbacks", "list")
        assert "in line at 1" in " ".join(table.split())
        assert NUMBER not in table, "numbers are shown whole only when asked for"
        await h.seat()
        call = await h.customer.ringing(20)
        assert call.peer_number == "+4685551000"
        await h.customer.answer()
        await Listener(h.customer).expect_sound(1.0)  # who calls, and why
        assert (await h.list())[0]["state"] == "calling"
        assert not h.agent.calls, "no agent before the key"
        await h.server.pause("1001")
        await h.customer.press("1")
        await h.sees(e.PlaceGivenUp)
        await Listener(h.customer).expect_sound(1.0)  # music: the agent has just gone
        await h.server.ready("1001")
        await h.sees(e.CallConnected)
        await expect_talk(h.customer, CUSTOMER_HZ, h.agent, AGENT_HZ)
        assert [one.peer_name for one in h.agent.calls.values()] == ["Callback: sales"]
        await h.customer.hang_up()
        assert (await h.sees(e.CallbackSettled)).outcome == "done"
        assert "done" in await h.command("callbacks", "list", "--settled")
        await h.agent.over()
        assert await h.list() == []
        first, back = await h.server.records()
    assert (first.outcome, back.outcome, back.agent) == ("callback_promised", "completed", "1001")
    assert (back.purpose, back.reference, back.follows) == ("callback", promise, first.call)
    assert back.wait_s is not None
    assert first.wait_s is not None
    assert back.wait_s > first.wait_s, "the wait counts from the first entry"


async def test_the_agent_first_hears_ringing_then_the_customer(tmp_path: Path, prompts: Path) -> None:
    async with a_house(tmp_path, prompts, first="agent") as h:
        await h.promise()
        await h.seat()
        await h.customer.ringing(20)
        assert await h.server.agent_state("1001") == "dialing"
        await Listener(h.agent).expect_sound(0.8, 10)  # a ringing tone, in the sound
        await h.customer.answer()
        await h.sees(e.CallConnected)
        await expect_talk(h.customer, CUSTOMER_HZ, h.agent, AGENT_HZ)
        await h.agent.hang_up()
        assert (await h.sees(e.CallbackSettled)).outcome == "done"
        await h.sees(e.CallEnded, outcome="completed")


async def test_who_does_not_answer_is_called_again_and_then_given_up(
    tmp_path_factory: pytest.TempPathFactory, prompts: Path
) -> None:
    """Whoever is called first; in two houses at the same time, since ringing and resting take their time."""

    async def given_up(first: str) -> None:
        folder = tmp_path_factory.mktemp(first)  # short: a control socket is in it
        async with a_house(folder, prompts, first=first, tries=2) as h:
            await h.promise()
            await h.seat()
            await h.customer.ringing(20)
            tried = await h.sees(e.CallbackTried, 30)
            assert (tried.outcome, tried.tries) == ("no_answer", 1)
            assert await h.server.agent_state("1001") == "ready"
            [shown] = await h.list()
            assert (shown["state"], shown["last"], shown["tries"]) == ("resting", "no_answer", 1)
            assert (await h.sees(e.CallbackSettled, 40)).outcome == "given_up"
            assert len([one for one in h.customer.calls.values() if one.incoming]) == 2
            await h.server.until_event(e.CallEnded, count=3)
            assert await h.server.agent_state("1001") == "ready"

    async with asyncio.TaskGroup() as both:
        both.create_task(given_up("customer"))
        both.create_task(given_up("agent"))


async def test_killed_between_promise_and_dial_and_while_the_customer_rings(
    tmp_path: Path, prompts: Path
) -> None:
    async with a_house(tmp_path, prompts, ring="30s") as h:
        promise = await h.promise()
        await h.server.kill_controller()
        await h.server.start_controller()
        [shown] = await h.list()
        assert (shown["callback"], shown["state"]) == (promise, "in_line")
        await h.seat()
        await h.customer.ringing(20)
        await h.server.kill_controller()
        await asyncio.sleep(1)  # it goes on ringing, whoever is there
        await h.server.start_controller()
        await h.confirm()
        await h.sees(e.CallConnected)
        await expect_talk(h.customer, CUSTOMER_HZ, h.agent, AGENT_HZ)
        assert len([one for one in h.customer.calls.values() if one.incoming]) == 1, "called once"
        assert len(await h.server.until_event(e.DialStarted)) == 1
        await h.customer.hang_up()
        await h.sees(e.CallbackSettled, outcome="done")


async def test_killed_while_the_agent_hears_the_customer_ring(tmp_path: Path, prompts: Path) -> None:
    """The agent is let go, the ringing goes on, and who answers waits at their place for the next agent."""
    async with a_house(tmp_path, prompts, first="agent", ring="30s") as h:
        await h.promise()
        await h.seat()
        await h.customer.ringing(20)
        await h.server.kill_controller()
        await h.server.start_controller()
        await h.confirm()
        await h.sees(e.CallConnected, 30)
        await expect_talk(h.customer, CUSTOMER_HZ, h.agent, AGENT_HZ)
        assert len([one for one in h.customer.calls.values() if one.incoming]) == 1
        await h.customer.hang_up()
        await h.sees(e.CallbackSettled, outcome="done")
