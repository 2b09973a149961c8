"""A small floor for tests: the core with a clock of its own, and a trace that reads like the log."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from acd.core import inputs as i
from acd.core.acd import Acd
from acd.core.model import AgentProfile, QueueSpec
from records import events as e

if TYPE_CHECKING:
    from acd.core.commands import Command
    from acd.core.turn import Decision

SALES = QueueSpec(name="sales", needs={"sales": 2}, max_wait_s=600.0)
SUPPORT = QueueSpec(name="support", needs={"support": 3})
QUEUES = (SALES, SUPPORT)
AGENTS = (
    AgentProfile("1001", "Ada", {"sales": 4}),
    AgentProfile("1002", "Lin", {"support": 5, "sales": 2}),
    AgentProfile("1003", "Bo", {"sales": 1}),
)
START = 1_000_000.0
RANDOM_DAYS = int(os.environ.get("RINGHALL_PROOF_EXAMPLES", "150"))
"""Examples of each state machine; ``make proof`` lives through 10,000."""


class TestFloor:
    """The core, driven by hand."""

    __test__ = False

    def __init__(
        self, queues: tuple[QueueSpec, ...] = QUEUES, agents: tuple[AgentProfile, ...] = AGENTS
    ) -> None:
        self.now = START
        self.acd = Acd()
        self.log: list[tuple[float, e.Event]] = []
        self.commands: list[Command] = []
        self.acd.configure_queues(queues)
        self.take(self.acd.configure_agents(agents, self.now))
        self.take(self.acd.resume(self.now, {}))

    def take(self, decision: Decision) -> Decision:
        self.log += [(self.now, event) for event in decision.events]
        self.commands += decision.commands
        return decision

    def do(self, happened: i.Input) -> Decision:
        return self.take(self.acd.handle(happened, self.now))

    def wait(self, seconds: float) -> list[e.Event]:
        """Let time pass, ticking at each deadline on the way."""
        end, before = self.now + seconds, len(self.log)
        while (due := self.acd.next_deadline()) is not None and due <= end:
            self.now = max(self.now, due)
            self.do(i.Tick())
        self.now = end
        return [event for _, event in self.log[before:]]

    def seat(self, *agents: str) -> None:
        """Log agents in on phones of their own (p1001 …) and make them ready, one second apart."""
        for agent in agents:
            self.do(i.PhoneSeen(f"p{agent}"))
            self.do(i.LogIn(agent, f"p{agent}"))
            self.do(i.Ready(agent))
            self.now += 1.0

    def see_phones(self) -> None:
        for phone in list(self.acd.floor.on_phone):
            self.do(i.PhoneSeen(phone))

    def offer_of(self, call: str) -> str:
        """The offer in flight for a call, '' when there is none."""
        ticket = self.acd.state.tickets.get(call)
        return ticket.offer if ticket else ""

    def offered_to(self, call: str) -> str:
        offer = self.acd.state.offers.get(self.offer_of(call))
        return offer.agent if offer else ""

    def connect(self, call: str) -> None:
        """Let the agent answer the call that is offered."""
        offer = self.offer_of(call)
        self.do(i.OfferProgress(offer))
        self.do(i.OfferAnswered(offer))
        self.do(i.OfferConnected(offer))

    def state(self, agent: str) -> str:
        found = self.acd.agent(agent)
        return f"{found.state}({found.reason})" if found.reason else found.state.value

    def replayed(self) -> Acd:
        """Another core, fed with the events alone."""
        copy = Acd()
        for at, event in self.log:
            copy.apply(event, at)
        return copy


def short(event: e.Event) -> str:  # noqa: PLR0911, PLR0912 - one line for each kind
    """Write an event in one line, for tables."""
    match event:
        case e.QueueEntered(call=call, queue=queue, position=position):
            return f"{call} enters {queue} at {position}"
        case e.QueueLeft(call=call, reason=reason, wait_s=wait_s, position=position):
            return f"{call} leaves: {reason} after {wait_s:g} at {position}"
        case e.OfferMade(call=call, agent=agent):
            return f"{call} offered to {agent}"
        case e.OfferRang(call=call, agent=agent):
            return f"{agent} rings for {call}"
        case e.OfferAnswered(call=call, agent=agent):
            return f"{agent} answers {call}"
        case e.OfferEnded(call=call, agent=agent, outcome=outcome, rang_s=rang_s):
            return f"{call} back from {agent}: {outcome} after {rang_s:g}"
        case e.CallConnected(call=call, agent=agent, wait_s=wait_s):
            return f"{call} connected to {agent} after {wait_s:g}"
        case e.TalkEnded(call=call, agent=agent, by=by, talk_s=talk_s):
            return f"{call} with {agent} ended by {by} after {talk_s:g}"
        case e.AgentStateChanged(agent=agent, after=after, reason=reason):
            return f"{agent} {after}" + (f"({reason})" if reason else "")
        case e.AgentPendingSet(agent=agent, state=state, reason=reason):
            return f"{agent} pending {state or 'nothing'}" + (f"({reason})" if reason else "")
        case e.PhoneStateChanged(phone=phone, reachable=reachable, reason=reason):
            return f"{phone} {'reachable' if reachable else f'lost: {reason}'}"
        case e.AgentLeaseChanged(agent=agent, phone=phone):
            return f"{agent} lease {phone or 'over'}"
        case _:
            return type(event).__name__


def lines(events: list[e.Event]) -> list[str]:
    """Write events as a table's lines."""
    return [short(event) for event in events]
