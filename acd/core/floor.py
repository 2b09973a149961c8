"""The floor: agents, phones, waiting calls, offers and talks as a fold of the events.

State changes only through :meth:`Floor.apply`, live and in a replay, so that a replay gives the same state.
Not part of it, because no event says it: the configuration; which calls have a task (``present``); when each
phone was seen last (``seen``, which only ever moves a lease's end); which agents a call is kept from for
some seconds (``barred``, against tight loops); and until when no phone's silence counts, because the switch
itself could not be heard (``grace_until``).
"""

from __future__ import annotations

from typing import Any

import msgspec

from acd.core import dialing, in_call_folds
from acd.core.deadlines import Deadlines
from acd.core.line import fits
from acd.core.lines import Lines, Standing
from acd.core.model import (
    AGAIN_S,
    DOUBT_S,
    LEASE_S,
    LOCK_S,
    MAX_ATTEMPTS,
    STRICT_S,
    Agent,
    AgentProfile,
    Attempts,
    Exit,
    FloorState,
    Offer,
    Phone,
    Profile,
    QueueSpec,
    Talk,
    Ticket,
    held_place,
)
from acd.core.states import OFFERED, ON_A_CALL, State
from acd.core.waits import Waits
from records import events as e

MISSED = frozenset({"no_answer", "rejected", "busy"})
"""Outcomes of an offer that its agent could have taken."""
_WITH_A_CALL = OFFERED | ON_A_CALL | {State.WRAP_UP}


class Floor:
    """State, and the indexes that make decisions cheap."""

    def __init__(self, lease_s: float = LEASE_S, seed: int = 0) -> None:
        self.state = FloorState()
        self.waits = Waits(self.state.waits)
        self.lease_s = lease_s
        self.queues: dict[str, QueueSpec] = {}
        self.profiles: dict[str, AgentProfile] = {}
        self.blocked_pairs: dict[str, list[str]] = {}
        """Subject → agents who are never offered that person's calls."""
        self.present: set[str] = set()
        self.seen: dict[str, float] = {}
        self.barred: dict[str, dict[str, float]] = {}
        self.grace_until = 0.0
        self.lines = Lines(self.profiles, self.barred, self.state, seed)
        self.deadlines = Deadlines()
        self.on_phone: dict[str, str] = {}
        self._folds: dict[type[e.Event], Any] = {
            e.QueueEntered: self._queue_entered,
            e.TermsRelaxed: self._terms_relaxed,
            e.PreferenceLapsed: self._preference_lapsed,
            e.QueueRefused: self._queue_refused,
            e.QueueLeft: self._queue_left,
            e.PlaceHeld: self._place_held,
            e.PlaceGivenUp: self._place_given_up,
            e.OfferMade: self._offer_made,
            e.OfferRang: self._offer_rang,
            e.OfferAnswered: self._offer_answered,
            e.OfferEnded: self._offer_ended,
            e.CallConnected: self._call_connected,
            e.TalkEnded: self._talk_ended,
            e.CallEnded: self._call_ended,
            e.AgentStateChanged: self._agent_state_changed,
            e.AgentPendingSet: self._agent_pending_set,
            e.AgentProfiled: self._agent_profiled,
            e.AgentLeaseChanged: self._agent_lease_changed,
            e.LoginRefused: self._login_refused,
            e.PhoneStateChanged: self._phone_state_changed,
            **dialing.folds(self),
            **in_call_folds.folds(self),
        }

    def apply(self, event: e.Event, at: float) -> None:
        """Fold one event in; ``at`` is its time in steady seconds.  Other parts' events change nothing."""
        fold = self._folds.get(type(event))
        if fold is not None:
            fold(event, at)
        self.waits.apply(event, at)

    # ── looking ──────────────────────────────────────────────────────────────────────────────────

    def agent(self, number: str) -> Agent:
        """Give an agent; one who never logged in is logged out."""
        return self.state.agents.get(number) or Agent(number=number)

    def reachable(self, phone: str) -> bool:
        """Tell whether a phone can be offered calls."""
        known = self.state.phones.get(phone)
        return known is not None and known.reachable

    def served(self, needs: dict[str, int]) -> bool:
        """Tell whether an agent who has these skills is logged in, whatever they are doing."""
        return any(
            agent.state is not State.LOGGED_OUT
            and (profile := self.profiles.get(number)) is not None
            and fits(profile.skills, needs)
            for number, agent in self.state.agents.items()
        )

    def position_of_new(self, spec: QueueSpec, priority: int, since: float, call: str) -> int:
        """Tell the position that a call will have in a queue, 1 for the next."""
        weight = spec.ageing_s or STRICT_S
        return self.lines.position(spec.name, (since - priority * weight, self.state.tickets_made + 1, call))

    def lease_end(self, agent: Agent) -> float:
        """Tell until when an agent's phone vouches for them."""
        return max(agent.lease_until, self.seen.get(agent.phone, 0.0) + self.lease_s)

    def locked(self, agent: str, phone: str, now: float) -> bool:
        """Tell whether logins of that agent number, or on that phone, are refused now."""
        keys = (f"agent:{agent}", f"phone:{phone}")
        return any(found.locked_until > now for key in keys if (found := self.state.attempts.get(key)))

    def due(self, kind: str, key: str) -> float | None:
        """Tell when a deadline is really due; None when it no longer is one."""
        match kind:
            case "offer":
                offer = self.state.offers.get(key)
                return max(offer.deadline, self.grace_until) if offer else None
            case "wrap_up":
                agent = self.state.agents[key]
                return agent.until if agent.state is State.WRAP_UP else None
            case "max_wait" | "terms":
                return self._due_while_waiting(kind, key)
            case "again":
                return min(self.barred[key].values()) if key in self.barred else None
            case _:
                agent = self.state.agents[key]
                holds = agent.phone and self.reachable(agent.phone)
                return max(self.lease_end(agent), self.grace_until) if holds else None

    def _due_while_waiting(self, kind: str, call: str) -> float | None:
        ticket = self.state.tickets.get(call)
        # a call that is being offered may still be answered: what is due waits until it comes back
        if ticket is None or ticket.offers:
            return None
        if kind == "terms":
            return ticket.terms_due()
        return None if ticket.max_wait is None else ticket.since + ticket.max_wait

    # ── snapshots ────────────────────────────────────────────────────────────────────────────────

    def snapshot(self) -> Any:
        """Give the state as JSON-able data."""
        return msgspec.to_builtins(self.state)

    def restore(self, state: Any) -> None:
        """Take the state of a snapshot."""
        self.state = msgspec.convert(state, FloorState)
        self.waits = Waits(self.state.waits)
        self.on_phone = {a.phone: a.number for a in self.state.agents.values() if a.phone}
        self.rebuild()

    def rebuild(self) -> None:
        """Make the indexes anew from state and configuration."""
        state = self.state
        tickets = [(ticket, self._standing(ticket)) for ticket in state.tickets.values()]
        ready = [agent for agent in state.agents.values() if agent.state is State.READY]
        self.lines.rebuild(state, tickets, ready)
        for place in state.held.values():
            self.lines.enter(place)
        self.deadlines.clear()
        for offer in state.offers:
            self._arm("offer", offer)
        for call in state.tickets:
            self._arm_ticket(call)
        for number in state.agents:
            self._arm("wrap_up", number)
            self._arm("lease", number)

    def _arm(self, kind: str, key: str) -> None:
        due = self.due(kind, key)
        if due is not None:
            self.deadlines.add(due, kind, key)

    def _arm_ticket(self, call: str) -> None:
        self._arm("max_wait", call)
        self._arm("terms", call)

    def join(self, call: str) -> None:
        """Take note that a call has a task, so that it may be offered."""
        self.present.add(call)
        if call in self.state.tickets:
            self._sync_ticket(self.state.tickets[call])

    def lift_bars(self, call: str, now: float) -> None:
        """Forget whom a call was kept from until now."""
        left = {agent: until for agent, until in self.barred.pop(call, {}).items() if until > now}
        if left:
            self.barred[call] = left
            self._arm("again", call)

    def _standing(self, ticket: Ticket) -> Standing:
        if ticket.call not in self.present:
            return Standing.OUT
        if not ticket.offers:
            return Standing.WAITING
        taken = any(self.state.offers[offer].answered_at is not None for offer in ticket.offers)
        return Standing.RINGING if self.lines.rings_all(ticket) and not taken else Standing.OUT

    def _sync_ticket(self, ticket: Ticket) -> None:
        self.lines.stand(ticket, self._standing(ticket))

    # ── folds: calls ─────────────────────────────────────────────────────────────────────────────

    def _queue_entered(self, event: e.QueueEntered, at: float) -> None:
        self.state.tickets_made += 1
        self.state.exits.pop(event.call, None)
        ticket = self.state.tickets[event.call] = Ticket(
            call=event.call,
            queue=event.queue,
            priority=event.priority,
            needs=event.needs,
            since=event.since or at,
            number=self.state.tickets_made,
            max_wait=event.max_wait,
            strategy=event.strategy,
            ring_s=event.ring_s,
            wrap_up_s=event.wrap_up_s,
            music=event.music,
            prefers=event.prefers,
            customer_class=event.customer_class,
            ageing_s=event.ageing_s,
            target_s=event.target_s,
            relax=list(event.relax),
            overflow=list(event.overflow),
            preferred_agent=event.preferred_agent,
            preferred_until=event.preferred_until,
            blocked=event.blocked,
            after_no_answer=event.after_no_answer,
            wrap_up_most_s=event.wrap_up_most_s,
            auto_answer=event.auto_answer,
            came_from=event.came_from,
            dials_s=event.dials_s,
            direct=event.direct,
        )
        self.lines.enter(ticket)
        self._sync_ticket(ticket)
        self._arm_ticket(event.call)

    def _terms_relaxed(self, event: e.TermsRelaxed, at: float) -> None:  # noqa: ARG002 - folds are alike
        ticket = self.state.tickets[event.call]
        ticket.relax = ticket.relax[1:]
        ticket.needs, ticket.prefers = event.needs, event.prefers
        self._sync_ticket(ticket)
        self._arm_ticket(event.call)

    def _preference_lapsed(self, event: e.PreferenceLapsed, at: float) -> None:  # noqa: ARG002
        ticket = self.state.tickets[event.call]
        ticket.preferred_agent = ""
        self._sync_ticket(ticket)
        self._arm_ticket(event.call)

    def _queue_refused(self, event: e.QueueRefused, at: float) -> None:  # noqa: ARG002
        """Take note that a call could not overflow; one that did not wait yet is not known here."""
        ticket = self.state.tickets.get(event.call)
        if ticket is not None:
            ticket.overflow = [step for step in ticket.overflow if step[1] != event.queue]
            self._arm_ticket(event.call)

    def _place_held(self, event: e.PlaceHeld, at: float) -> None:  # noqa: ARG002 - folds are alike
        self.state.tickets_made += 1
        place = self.state.held[event.holder] = held_place(event, self.state.tickets_made)
        self.lines.enter(place)

    def _place_given_up(self, event: e.PlaceGivenUp, at: float) -> None:  # noqa: ARG002
        self.lines.leave(self.state.held.pop(event.holder))

    def _queue_left(self, event: e.QueueLeft, at: float) -> None:  # noqa: ARG002 - folds are alike
        ticket = self._drop_ticket(event.call)
        self.state.exits[event.call] = Exit(queue=ticket.came_to, outcome=event.outcome)

    def _drop_ticket(self, call: str) -> Ticket:
        ticket = self.state.tickets[call]
        self.lines.stand(ticket, Standing.OUT)
        self.lines.leave(ticket)
        del self.state.tickets[call]
        self.present.discard(call)
        self.barred.pop(call, None)
        return ticket

    def _offer_made(self, event: e.OfferMade, at: float) -> None:  # noqa: ARG002
        self.state.offers_made += 1
        self.state.offers[event.offer] = Offer(
            offer=event.offer,
            call=event.call,
            queue=event.queue,
            agent=event.agent,
            phone=event.phone,
            deadline=event.deadline,
        )
        ticket = self.state.tickets[event.call]
        ticket.offers = [*ticket.offers, event.offer]
        self.state.rotation[event.queue] = event.agent
        self._sync_ticket(ticket)
        self._arm("offer", event.offer)

    def _offer_rang(self, event: e.OfferRang, at: float) -> None:
        offer = self.state.offers[event.offer]
        offer.rang_at, offer.deadline = at, event.deadline
        self._arm("offer", event.offer)

    def _offer_answered(self, event: e.OfferAnswered, at: float) -> None:
        offer = self.state.offers[event.offer]
        offer.answered_at, offer.deadline = at, event.deadline
        self._sync_ticket(self.state.tickets[event.call])
        self._arm("offer", event.offer)

    def _offer_ended(self, event: e.OfferEnded, at: float) -> None:
        del self.state.offers[event.offer]
        ticket = self.state.tickets[event.call]
        ticket.offers = [offer for offer in ticket.offers if offer != event.offer]
        if event.outcome == "failed" or (event.outcome in MISSED and ticket.after_no_answer == "ready"):
            self.barred.setdefault(event.call, {})[event.agent] = at + AGAIN_S
            self._arm("again", event.call)
        self._sync_ticket(ticket)
        self._arm_ticket(event.call)

    def _call_connected(self, event: e.CallConnected, at: float) -> None:
        offer = self.state.offers.pop(event.offer)
        ticket = self._drop_ticket(event.call)
        self.state.talks[event.call] = Talk(
            call=event.call,
            queue=event.queue,
            agent=event.agent,
            offer=event.offer,
            since=at if ticket.dials_s else offer.answered_at or at,
            wrap_up_s=ticket.wrap_up_s,
            wrap_up_most_s=ticket.wrap_up_most_s,
            came_to=ticket.came_to,
            waited_s=event.wait_s,
        )
        self.state.transferred.pop(event.call, None)
        self.state.agents[event.agent].calls += 1

    def _talk_ended(self, event: e.TalkEnded, at: float) -> None:  # noqa: ARG002
        talk = self.state.talks.pop(event.call)
        self.state.exits[event.call] = Exit(queue=talk.came_to or talk.queue, outcome="completed")

    def _call_ended(self, event: e.CallEnded, at: float) -> None:  # noqa: ARG002
        self.state.exits.pop(event.call, None)
        self.state.transferred.pop(event.call, None)
        self.state.supervised.pop(event.call, None)

    # ── folds: agents and phones ─────────────────────────────────────────────────────────────────

    def _agent_state_changed(self, event: e.AgentStateChanged, at: float) -> None:
        agent = self.state.agents.setdefault(event.agent, Agent(number=event.agent))
        before = agent.state
        if event.before != event.after or event.reason != agent.reason:
            agent.since = at
        agent.state, agent.reason = State(event.after), event.reason
        agent.until, agent.most = event.until, event.most
        agent.call = event.call if agent.state in _WITH_A_CALL else ""
        if agent.state is State.LOGGED_OUT:
            self.on_phone.pop(agent.phone, None)
            agent.phone = agent.pending = agent.pending_reason = ""
        elif before is State.LOGGED_OUT:
            agent.phone, agent.calls = event.phone, 0
            self.on_phone[event.phone] = agent.number
        if agent.state is State.READY and before not in OFFERED:
            self.state.idle_rank += 1
            agent.idle_rank, agent.idle_since = self.state.idle_rank, at
        self.lines.set_ready(agent, agent.state is State.READY)
        if agent.state is State.WRAP_UP:
            self._arm("wrap_up", agent.number)

    def _agent_pending_set(self, event: e.AgentPendingSet, at: float) -> None:  # noqa: ARG002
        agent = self.state.agents[event.agent]
        agent.pending, agent.pending_reason = event.state, event.reason

    def _agent_profiled(self, event: e.AgentProfiled, at: float) -> None:  # noqa: ARG002
        if event.removed:
            self.state.profiled.pop(event.agent, None)
        else:
            self.state.profiled[event.agent] = Profile(event.skills, event.ranks)

    def _agent_lease_changed(self, event: e.AgentLeaseChanged, at: float) -> None:  # noqa: ARG002
        self.state.agents[event.agent].lease_until = event.until
        if event.phone:
            # somebody has just proven who they are
            self.state.attempts.pop(f"agent:{event.agent}", None)
            self.state.attempts.pop(f"phone:{event.phone}", None)
        self._arm("lease", event.agent)

    def _login_refused(self, event: e.LoginRefused, at: float) -> None:
        if event.reason == "locked":
            return
        keys = [f"phone:{event.phone}"] if event.phone else []
        if event.agent:
            keys.append(f"agent:{event.agent}")
        for key in keys:
            attempts = self.state.attempts.setdefault(key, Attempts())
            attempts.wrong += 1
            if attempts.wrong >= MAX_ATTEMPTS:
                attempts.wrong, attempts.locked_until = 0, at + LOCK_S

    def _phone_state_changed(self, event: e.PhoneStateChanged, at: float) -> None:
        phone = self.state.phones.setdefault(event.phone, Phone(name=event.phone))
        phone.reachable, phone.reason = event.reachable, event.reason or "gone"
        phone.doubted_until = at + DOUBT_S if event.reason == "silent" else 0.0
        agent = self.on_phone.get(event.phone)
        if agent is not None:
            self._arm("lease", agent)
