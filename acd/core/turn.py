"""One turn of the ACD: what an input leads to, step by step, and the matching at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from acd.core.commands import Command, ExitQueue, MakeOffer, WithdrawOffer
from acd.core.model import PROGRESS_S
from acd.core.states import OFFERED, ON_A_CALL, State, Trigger, next_state
from acd.core.strategies.base import SHOWN
from records import events as e

if TYPE_CHECKING:
    from acd.core.floor import Floor
    from acd.core.model import Agent, Offer, Ticket


UNAVAILABLE = "unavailable"
"""Why a call leaves that is for one agent alone, who can't take it."""
CONSULT_OVER = "consult_over"
_UNTOLD = frozenset({"abandoned", "overflow", CONSULT_OVER})
"""Reasons of which nobody is to be told: nobody is there, it waits on elsewhere, or who asked knows."""


class Decision(msgspec.Struct, frozen=True):
    """What came of an input: facts to be recorded first, then commands to be carried out, in their order."""

    events: list[e.Event]
    commands: list[Command]


class Turn:
    """Collects events, each applied at once, and commands."""

    def __init__(self, floor: Floor, now: float) -> None:
        self.floor = floor
        self.state = floor.state
        self.now = now
        self.events: list[e.Event] = []
        self.commands: list[Command] = []
        self.by = ""
        """Who asked for it, if it was not the agent."""
        self._freed: dict[str, None] = {}
        self._returned: dict[str, None] = {}

    def emit(self, event: e.Event) -> None:
        """Let a fact be, in the floor's state and in the decision."""
        self.floor.apply(event, self.now)
        self.events.append(event)

    def command(self, command: Command) -> None:
        """Ask for something to be done."""
        self.commands.append(command)

    # ── agents ───────────────────────────────────────────────────────────────────────────────────

    def move(
        self,
        agent: Agent,
        trigger: Trigger,
        *,
        reason: str = "",
        phone: str = "",
        call: str = "",
        until: float | None = None,
        most: float | None = None,
    ) -> None:
        """Move an agent along the table; raises IllegalTransition and changes nothing."""
        after = next_state(agent.number, agent.state, trigger)
        self.emit(
            e.AgentStateChanged(
                agent=agent.number,
                before=agent.state.value,
                after=after.value,
                reason=reason,
                phone=phone or agent.phone,
                call=call or agent.call,
                until=until,
                most=most,
                by=self.by,
            )
        )
        if after is State.READY:
            self._freed[agent.number] = None

    def set_pending(self, agent: Agent, state: str, reason: str = "") -> None:
        """Take note of the state that an agent will take later; '' takes it back."""
        if (agent.pending, agent.pending_reason) != (state, reason):
            self.emit(e.AgentPendingSet(agent=agent.number, state=state, reason=reason))

    def settle(self, agent: Agent) -> None:
        """Bring an agent who is done with a call to the pending state, or to ready, if the phone allows."""
        wanted, reason = State(agent.pending or State.READY), agent.pending_reason
        if wanted is State.LOGGED_OUT:
            self.log_out(agent)
        elif not self.floor.reachable(agent.phone):
            self.set_pending(agent, wanted.value, reason)
            phone = self.state.phones.get(agent.phone)
            self.move(agent, Trigger.LOSE, reason=phone.reason if phone else "gone")
        else:
            self.set_pending(agent, "")
            trigger = {State.PAUSED: Trigger.PAUSE, State.MISSED: Trigger.MISS}.get(wanted, Trigger.READY)
            self.move(agent, trigger, reason=reason)

    def log_out(self, agent: Agent) -> None:
        """Let an agent go who is not on a call; an offer is taken back."""
        self.withdraw_from(agent)
        phone = agent.phone
        self.move(agent, Trigger.LOG_OUT)
        if self.floor.lease_end(agent) > self.now:
            self.emit(e.AgentLeaseChanged(agent=agent.number, phone="", until=self.now))
        self.floor.seen.pop(phone, None)

    def lose(self, agent: Agent, reason: str) -> None:
        """Take note that an agent's phone can't be reached; a conversation goes on as long as it lasts."""
        if agent.state in ON_A_CALL or agent.state in {State.WRAP_UP, State.UNREACHABLE, State.LOGGED_OUT}:
            return
        wanted, why = State.READY, ""
        if agent.state in OFFERED:
            offer = self.offer_of(agent)
            if offer.answered_at is not None:
                return  # they have just picked up: the two are being connected
            self.end_offer(offer, "unreachable", withdraw=True)
        elif agent.state is not State.READY:
            wanted, why = agent.state, agent.reason
        self.move(agent, Trigger.LOSE, reason=reason)
        self.set_pending(agent, wanted.value, why)

    def renew_lease(self, agent: Agent) -> None:
        """Record that the agent's phone vouches for them anew."""
        until = self.now + self.floor.lease_s
        self.emit(e.AgentLeaseChanged(agent=agent.number, phone=agent.phone, until=until))

    # ── offers ───────────────────────────────────────────────────────────────────────────────────

    def offer_of(self, agent: Agent) -> Offer:
        """Give the offer that an offered agent has."""
        offers = (self.state.offers[offer] for offer in self.state.tickets[agent.call].offers)
        return next(offer for offer in offers if offer.agent == agent.number)

    def offer(
        self,
        ticket: Ticket,
        agent: Agent,
        scores: list[tuple[str, float]],
        rivals: list[tuple[str, float]],
    ) -> None:
        """Reserve a call and an agent for each other."""
        name = f"{ticket.call}-a{self.state.offers_made + 1}"
        self.emit(
            e.OfferMade(
                offer=name,
                call=ticket.call,
                queue=ticket.queue,
                agent=agent.number,
                phone=agent.phone,
                deadline=self.now + PROGRESS_S,
                scores=scores,
                rivals=rivals,
            )
        )
        self.move(agent, Trigger.OFFER, call=ticket.call)
        self.command(
            MakeOffer(
                call=ticket.call,
                offer=name,
                agent=agent.number,
                phone=agent.phone,
                queue=ticket.queue,
                auto_answer=ticket.auto_answer,
            )
        )

    def end_offer(self, offer: Offer, outcome: str, *, withdraw: bool) -> None:
        """Give a call back to its place; the agent is to be moved by the caller."""
        rang_s = self.now - offer.rang_at if offer.rang_at is not None else 0.0
        self.emit(
            e.OfferEnded(
                offer=offer.offer,
                call=offer.call,
                queue=offer.queue,
                agent=offer.agent,
                outcome=outcome,
                rang_s=round(rang_s, 6),
            )
        )
        if withdraw:
            self.command(WithdrawOffer(call=offer.call, offer=offer.offer, reason=outcome))
        self._returned[offer.call] = None

    def withdraw_from(self, agent: Agent) -> None:
        """Take back the offer that an agent has, if any; the agent is to be moved by the caller."""
        if agent.state in OFFERED:
            self.end_offer(self.offer_of(agent), "withdrawn", withdraw=True)

    def leave_queue(self, ticket: Ticket, reason: str, *, key: str = "") -> None:
        """Let a call that is not being offered leave without an agent."""
        left = e.QueueLeft(
            call=ticket.call,
            queue=ticket.queue,
            reason=reason,
            wait_s=round(self.now - ticket.since, 6),
            position=self.floor.lines.position(ticket.queue, ticket.place),
            key=key,
            direct=ticket.direct,
        )
        self.emit(left)
        if reason not in _UNTOLD:
            self.command(ExitQueue(call=ticket.call, reason=left.outcome))

    # ── matching ─────────────────────────────────────────────────────────────────────────────────

    def returned(self, call: str) -> None:
        """Let a call that (again) may be offered be looked at."""
        self._returned[call] = None

    def match_all(self) -> None:
        """Let every ready agent and every waiting call be looked at."""
        self._freed.update(
            (agent.number, None) for agent in self.state.agents.values() if agent.state is State.READY
        )
        self._returned.update((call, None) for call in self.floor.lines.waiting_in_order())

    def match(self) -> None:
        """Bring calls and agents together, as far as this turn has made it possible.

        Before the turn no waiting call and ready agent fitted each other; so only agents who became free
        and calls that came (back) need to be looked at.
        """
        lines, state = self.floor.lines, self.state
        freed, self._freed = self._freed, {}
        came, self._returned = self._returned, {}
        if freed or came:
            lines.pressure.happened()
        for number in sorted(freed, key=lambda number: state.agents[number].idle_rank):
            while state.agents[number].state is State.READY:
                rivals = lines.best_calls(number, self.now)
                if not rivals:
                    break
                # a call that came back in this turn may have somebody better
                self._offer_to_best(state.tickets[rivals[0][0]], rivals)
        waiting = [state.tickets[call] for call in came if call in state.tickets]
        for ticket in sorted(waiting, key=lambda ticket: ticket.place):
            if lines.takes_part(ticket.call):
                self._offer_to_best(ticket, [])
                if ticket.direct and not ticket.offers:
                    self.leave_queue(ticket, UNAVAILABLE)

    def _offer_to_best(self, ticket: Ticket, rivals: list[tuple[str, float]]) -> None:
        lines = self.floor.lines
        scores = lines.best_agents(ticket, self.now)
        for agent, _ in scores if lines.rings_all(ticket) else scores[:1]:
            self.offer(ticket, self.state.agents[agent], scores[:SHOWN], rivals)
