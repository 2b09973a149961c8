"""Phones that answer by themselves, agents who do not, and the time after a call."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiohttp

from records import events as e
from telephony.peers.sipp import phones, registered
from telephony.peers.sipp_scenarios import PhonePlan
from tests.harness.talk import Listener, expect_talk
from tests.journeys.house import AGENT_HZ, CALLER_HZ, JOURNEY

if TYPE_CHECKING:
    from telephony.peers.softphone import Softphone
    from tests.journeys.house import House

pytestmark = JOURNEY


async def test_a_phone_is_asked_to_answer_by_itself_on_the_wire(house: House) -> None:
    name, secret = house.another_phone()
    run = await house.run(phones(house.server.sip, [(name, secret)], PhonePlan("answer"), wire=True))
    await registered(run, 1)
    await house.log_in("1001", name)
    for dialed, asked in (("5500", True), ("2000", False)):
        caller = await house.waiting_caller(dialed)
        await house.sees(e.CallConnected, call=caller.call)
        invite = next(one for one in reversed(run.wire()) if one.startswith("INVITE sip:"))
        for header in ("Call-Info: <sip:ringhall>;answer-after=0", "Alert-Info: info=alert-autoanswer"):
            assert (header in invite) == asked, invite
        assert f"X-Ringhall-Call: {caller.call}" in invite
        await caller.hang_up()
        await house.ended(caller, "completed", "caller", ("1001", "answered"))
        await house.state("1001", "ready")


async def test_a_phone_that_may_answers_by_itself(house: House) -> None:
    """baresip answers by hand, but for calls that ask it not to wait for the hand."""
    phone = await house.phone(answer="asked")
    await house.log_in("1001", phone.name)
    caller = await house.waiting_caller("2000")
    await phone.ringing()
    await house.sees(e.OfferRang, call=caller.call)
    await asyncio.sleep(0.5)
    assert house.seen(e.CallConnected) == []
    await caller.hang_up()
    await house.state("1001", "ready")
    caller = await house.waiting_caller("5500")
    await house.sees(e.CallConnected, call=caller.call, agent="1001")
    await expect_talk(caller.phone, CALLER_HZ, phone, AGENT_HZ)
    await caller.hang_up()
    await house.ended(caller, "completed", "caller", ("1001", "answered"))


async def test_who_does_not_answer_stays_ready_and_is_not_pestered(house: House) -> None:
    """The call goes to the other, and comes back to both, but not before five seconds are over."""
    accounts = [house.another_phone() for _ in range(2)]
    run = await house.run(phones(house.server.sip, accounts, PhonePlan("reject", status=480)))
    await registered(run, 2)
    for agent, (name, _) in zip(("1001", "1002"), accounts, strict=True):
        await house.log_in(agent, name)
    caller = await house.waiting_caller("5600")
    await house.sees(e.OfferEnded, call=caller.call, agent="1002", outcome="no_answer")
    for agent in ("1001", "1002"):
        await house.state(agent, "ready")
    await caller.hears_music()
    assert len(run.offers()) == 2
    await house.sees(e.OfferMade, 8, call=caller.call, agent="1002", count=2)
    at = [offer.at for offer in run.offers()]
    assert len(at) in {3, 4}
    assert 4.5 <= at[2] - at[0] <= 6.0
    await caller.hang_up()
    assert (await house.record(caller)).outcome == "abandoned"
    assert house.seen(e.AgentStateChanged, after="missed") == []


async def until_of(house: House, agent: str) -> float:
    """Give when an agent's wrap-up ends."""
    agents = await house.server.ask("GET", "/control/agents")
    return float(next(one["until"] for one in agents if one["number"] == agent))


async def code(phone: Softphone, dialed: str) -> None:
    """Dial a short code, and hear the voice."""
    await phone.over()
    await phone.dial(dialed)
    await phone.established()
    await Listener(phone).expect_sound(0.3)
    await phone.over()


async def post(house: House, path: str, body: dict[str, Any]) -> tuple[int, Any]:
    """Ask the HTTP interface for something, with the first token, which is an admin's and named so."""
    token = (house.server.home / "secrets" / "api-token").read_text().strip()
    url = f"http://127.0.0.1:{house.server.settings.api_port}/api/v1{path}"
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(url, json=body) as answer,
    ):
        return answer.status, await answer.json()


async def test_a_wrap_up_is_extended_by_phone_and_by_a_supervisor(house: House) -> None:
    phone = await house.agent("1001")
    caller = await house.waiting_caller("5700")
    await house.sees(e.CallConnected, call=caller.call)
    await caller.hang_up()
    await house.state("1001", "wrap_up")
    ends = await until_of(house, "1001")
    status, told = await post(house, "/agents/1001/extend", {"seconds": 8})
    assert (status, told["state"], round(told["until"] - ends)) == (200, "wrap_up", 8)
    await code(phone, "*75")  # a minute would be more than the queue allows: 60 s from the begin
    assert round(await until_of(house, "1001") - ends) == 50
    await code(phone, "*75")  # no more is to be had
    assert round(await until_of(house, "1001") - ends) == 50
    status, told = await post(house, "/agents/1001/extend", {"seconds": 8})
    assert (status, told["error_id"]) == (409, "not-possible-now")
    await house.state("1001", "wrap_up")
    await code(phone, "*74")
    await house.state("1001", "ready")
    await code(phone, "*75")  # there is no wrap-up to extend
    extended = house.seen(e.AgentStateChanged, agent="1001", before="wrap_up", after="wrap_up")
    assert [event.by for event in extended] == ["first", ""]


async def test_a_supervisor_sets_states_and_that_is_on_record(house: House) -> None:
    phone = await house.phone()
    await house.sees(e.PhoneStateChanged, phone=phone.name, reachable=True)
    for request, body, state in (
        ("login", {"phone": phone.name}, "paused"),
        ("ready", {}, "ready"),
        ("pause", {"reason": "meeting"}, "paused"),
    ):
        status, told = await post(house, f"/agents/1002/{request}", body)
        assert (status, told.get("state")) == (200, state), told
    await house.sees(e.AgentStateChanged, agent="1002", reason="meeting")
    changes = [event for event in house.seen(e.AgentStateChanged, agent="1002") if event.by]
    assert [(event.after, event.reason, event.by) for event in changes] == [
        ("paused", "login", "first"),
        ("ready", "", "first"),
        ("paused", "meeting", "first"),
    ]
    await house.server.ready("1002")
    caller = await house.waiting_caller("2000")
    await house.sees(e.CallConnected, call=caller.call, agent="1002")
    status, told = await post(house, "/agents/1002/logout", {})
    assert (status, told["state"], told["pending"]) == (200, "talking", "logged_out")
    await expect_talk(caller.phone, CALLER_HZ, phone, AGENT_HZ)  # the talk is not touched
    await caller.hang_up()
    await house.state("1002", "logged_out")


async def test_an_agent_moves_to_another_desk(house: House) -> None:
    """Hot desking: the old phone is silent from then on, and whoever held the new one is logged out."""
    old, new = await house.agent("1001", answers=False), await house.agent("1002", answers=False)
    await house.log_in("1001", new.name)
    await house.state("1002", "logged_out")
    caller = await house.waiting_caller("2000")
    await new.ringing()
    await house.sees(e.OfferMade, call=caller.call, agent="1001", phone=new.name)
    await new.answer()
    await house.sees(e.CallConnected, call=caller.call, agent="1001")
    assert old.calls == {}
    await caller.hang_up()
    await house.ended(caller, "completed", "caller", ("1001", "answered"))
