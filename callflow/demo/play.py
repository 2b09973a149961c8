"""The demo's play: who does what in which order, and what must come true at each step."""

from __future__ import annotations

import asyncio
import random
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from callflow.control_client import ControlError
from callflow.demo import proof
from callflow.demo.feed import EventFeed, ExpectationFailed
from callflow.personal import masked
from records import events as e
from telephony.peers.softphone import Softphone

if TYPE_CHECKING:
    from callflow.control_client import ControlClient
    from callflow.demo.server import DemoServer
    from callflow.demo.timeline import Timeline

NUMBER = "1000"
ENGLISH, SUPPORT = "2", "2"
QUEUE = "support"
RIGHT, OTHER = "1002", "1001"
"""The agent who has the skill, and one who has not."""
_PHONE_OF = {OTHER: 0, RIGHT: 1}
_TALK_S = 3.2
_MUSIC_S = 1.0
IDLE = frozenset({"logged_out", "paused", "ready", "missed", "unreachable"})
"""States from which an agent may be taken for the demo without disturbing a call."""


@dataclass
class Findings:
    """What came of it."""

    wait_s: float | None = None
    agent: str | None = None
    call: str = ""
    record: dict[str, Any] | None = None
    heard: dict[str, bool] = field(
        default_factory=lambda: dict.fromkeys(
            ("caller_heard_music", "caller_heard_agent", "agent_heard_caller"), False
        )
    )


class Play:
    """One performance."""

    def __init__(
        self, server: DemoServer, control: ControlClient, feed: EventFeed, timeline: Timeline
    ) -> None:
        self._server = server
        self._control = control
        self._feed = feed
        self._timeline = timeline
        self.findings = Findings()

    async def perform(self) -> None:
        """Play it; raises :class:`ExpectationFailed` at the first thing that does not come true."""
        number = f"+4420{random.randrange(10**8):08d}"
        folder = self._server.folder
        async with AsyncExitStack() as stack:
            agents: dict[str, Softphone] = {}
            for agent, index in _PHONE_OF.items():
                name, secret = self._server.phones[index]
                phone = Softphone(
                    name,
                    self._server.sip,
                    secret=secret,
                    plays=proof.write_tone(folder / "agent.wav", proof.AGENT_HZ),
                )
                agents[agent] = await stack.enter_async_context(phone)
                stack.push_async_callback(self._log_out, agent)
                await self._log_in(agent, name)
            caller = Softphone(
                number, self._server.sip, plays=proof.write_tone(folder / "caller.wav", proof.CALLER_HZ)
            )
            await stack.enter_async_context(caller)
            self._timeline.note(
                f"both agents are paused; a caller ({masked(number)}) dials {NUMBER} through the trunk"
            )
            await self._through_the_menu(caller, number)
            await self._wait(caller)
            await self._talk(caller, agents[RIGHT], number)
            await self._wrap_up(caller)

    async def _log_in(self, agent: str, phone: str) -> None:
        await self._log_out(agent)
        # the phone is registered, which the server hears from Asterisk a moment later
        deadline = asyncio.get_running_loop().time() + 5
        while True:
            try:
                return await self._act(agent, "login", {"phone": phone})
            except ControlError:
                if asyncio.get_running_loop().time() > deadline:
                    raise
            await asyncio.sleep(0.1)

    async def _log_out(self, agent: str) -> None:
        if await self._state(agent) != "logged_out":
            await self._act(agent, "logout")

    async def _through_the_menu(self, caller: Softphone, number: str) -> None:
        feed, started = self._feed, self._feed.last
        await caller.dial(NUMBER)
        arrived = await feed.expect(e.CallArrived, "the caller's call arrives", 5, after=started)
        self.findings.call = call = await self._own_call(number) or arrived.call
        self._timeline.call = call
        for recorded in feed.events:
            if recorded.seq > started:
                self._timeline.show(recorded)
        await feed.expect(e.CallAnswered, "the call is answered", 5, lambda ev: ev.call == call)
        await caller.established()
        await feed.expect(
            e.StepEntered,
            "the language is asked for",
            5,
            lambda ev: ev.call == call and ev.kind == "language",
        )
        await self._hear(caller, 0, 0.5, 10, "the caller hears the first prompt")
        await caller.press(ENGLISH)
        await feed.expect(
            e.LanguageChosen, "English is chosen", 5, lambda ev: ev.call == call and ev.language == "en"
        )
        await feed.expect(
            e.StepEntered, "the menu begins", 5, lambda ev: ev.call == call and ev.kind == "menu"
        )
        await self._hear(caller, len(caller.heard().pcm), 0.5, 5, "the caller hears the menu")
        await caller.press(SUPPORT)
        await feed.expect(
            e.ChoiceMade, "the key is taken", 5, lambda ev: ev.call == call and ev.result == "chosen"
        )

    async def _wait(self, caller: Softphone) -> None:
        feed, call = self._feed, self.findings.call
        await feed.expect(
            e.QueueEntered, f"the call waits in {QUEUE}", 20, lambda ev: ev.call == call and ev.queue == QUEUE
        )
        before = len(caller.heard().pcm)
        await self._hear(caller, before, _MUSIC_S, 8, "the caller hears music")
        self.findings.heard["caller_heard_music"] = True
        self._timeline.note("the caller hears music")
        mark = feed.last
        await self._act(OTHER, "ready")
        await feed.expect(
            e.AgentStateChanged,
            f"agent {OTHER} is ready",
            5,
            lambda ev: ev.agent == OTHER and ev.after == "ready",
            mark,
        )
        await asyncio.sleep(0.5)  # an offer would take some milliseconds
        if any(
            r.seq > mark and isinstance(r.event, e.OfferMade) and r.event.call == call for r in feed.events
        ):
            raise ExpectationFailed(
                f"the call was offered although only {OTHER} is ready, who lacks the skill"
            )
        self._timeline.note(f"agent {OTHER} is ready but lacks the skill {QUEUE}: no offer; now {RIGHT}")
        await self._act(RIGHT, "ready")

    async def _talk(self, caller: Softphone, agent: Softphone, number: str) -> None:
        feed, call = self._feed, self.findings.call
        offer = await feed.expect(e.OfferMade, "the call is offered", 5, lambda ev: ev.call == call)
        if offer.agent != RIGHT:
            raise ExpectationFailed(f"the call was offered to {offer.agent}, not to {RIGHT}")
        ringing = await agent.ringing(5)
        if ringing.peer_number != number:
            shown = masked(ringing.peer_number)
            raise ExpectationFailed(
                f"the agent's phone shows {shown} instead of the caller's {masked(number)}"
            )
        await asyncio.sleep(0.5)
        heard_before = len(caller.heard().pcm)
        await agent.answer()
        connected = await feed.expect(
            e.CallConnected, "the agent's answer connects", 5, lambda ev: ev.call == call
        )
        self.findings.wait_s, self.findings.agent = round(connected.wait_s, 3), connected.agent
        await asyncio.sleep(_TALK_S)
        heard = self.findings.heard
        heard["caller_heard_agent"] = proof.tone_heard(caller.heard(), heard_before, proof.AGENT_HZ)
        heard["agent_heard_caller"] = proof.tone_heard(agent.heard(), 0, proof.CALLER_HZ)
        self._timeline.note(
            f"caller hears the agent: {_yes(heard['caller_heard_agent'])},"
            f" agent hears the caller: {_yes(heard['agent_heard_caller'])}"
        )

    async def _wrap_up(self, caller: Softphone) -> None:
        feed, call = self._feed, self.findings.call
        await caller.hang_up()
        await feed.expect(
            e.TalkEnded,
            "the caller's hangup ends the talk",
            5,
            lambda ev: ev.call == call and ev.by == "caller",
        )
        await feed.expect(
            e.AgentStateChanged,
            "the agent wraps up",
            5,
            lambda ev: ev.agent == RIGHT and ev.after == "wrap_up",
        )
        await feed.expect(e.CallEnded, "the call ends", 5, lambda ev: ev.call == call)
        await asyncio.sleep(1.0)
        await self._act(RIGHT, "finish")
        await feed.expect(
            e.AgentStateChanged,
            "the wrap-up ends",
            5,
            lambda ev: ev.agent == RIGHT and ev.before == "wrap_up",
        )
        self.findings.record = await self._record()

    async def _record(self) -> dict[str, Any]:
        """Give the call's record once the wrap-up is in it; the database is a moment behind."""
        found: dict[str, Any] = {}
        for _ in range(100):
            try:
                found = await self._control.request("GET", f"/control/records/{self.findings.call}")
            except ControlError:
                found = {}
            if found.get("wrap_up_s") is not None:
                return found
            await asyncio.sleep(0.05)
        raise ExpectationFailed(
            "the record holds the wrap-up: " + ("not within 5 s" if found else "no record")
        )

    async def _own_call(self, number: str) -> str:
        """Find our call among others that may have come in at the same moment."""
        calls = await self._control.request("GET", f"/control/calls?number=%2B{number[1:]}")
        return str(calls[0]["call"]) if calls else ""

    async def _hear(self, phone: Softphone, since: int, sound_s: float, seconds: float, what: str) -> None:
        deadline = asyncio.get_running_loop().time() + seconds
        while proof.sound_heard(phone.heard(), since) < sound_s:
            if asyncio.get_running_loop().time() > deadline:
                raise ExpectationFailed(f"{what}: not within {seconds:g} s")
            await asyncio.sleep(0.1)

    async def _act(self, agent: str, action: str, body: dict[str, str] | None = None) -> None:
        await self._control.request("POST", f"/control/agents/{agent}/{action}", body or {})

    async def _state(self, agent: str) -> str:
        for known in await self._control.request("GET", "/control/agents"):
            if known["number"] == agent:
                return str(known["state"])
        raise ExpectationFailed(f"there is no agent {agent}; add one, or run with --private")


def result(play: Play | None, feed: EventFeed | None, failed: str) -> dict[str, Any]:
    """Give the whole result as JSON-able data; ``failed`` names the expectation that did not come true."""
    findings = play.findings if play is not None else Findings()
    if not failed:
        failed = "; ".join(
            name.replace("_", " ") + ": no" for name, true in findings.heard.items() if not true
        )
    call = findings.call
    events = [r for r in feed.events if call and getattr(r.event, "call", "") == call] if feed else []
    return {
        "result": "failed" if failed else "completed",
        **({"reason": failed} if failed else {}),
        "wait_s": findings.wait_s,
        "agent": findings.agent,
        "events": msgspec.to_builtins([{"at": r.at, **msgspec.to_builtins(r.event)} for r in events]),
        "record": findings.record,
        "audio": findings.heard,
    }


def _yes(value: bool) -> str:
    return "yes" if value else "no"
