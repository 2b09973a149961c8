"""Random days on the floor: whatever happens, in whatever order, nobody is lost, doubled or wronged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from acd.core import inputs as i
from acd.core.acd import Acd
from acd.core.errors import AcdError
from acd.core.model import LEASE_S, AgentProfile, OverflowStep, QueueSpec, RelaxStep
from acd.core.states import TRANSITIONS, IllegalTransition, State
from records import events as e
from tests.acd.floor import RANDOM_DAYS, START

if TYPE_CHECKING:
    from acd.core.model import Ticket
    from acd.core.turn import Decision

QUEUES = (
    QueueSpec(
        name="sales",
        needs={"sales": 2},
        max_wait_s=90.0,
        ring_s=15.0,
        wrap_up_s=5.0,
        wrap_up_most_s=20.0,
        relax=(RelaxStep(20.0, {"sales": 1}),),
        overflow=(OverflowStep("support", after_s=60.0), OverflowStep("any", length=3)),
        ageing_s=10.0,
        after_no_answer="ready",
    ),
    QueueSpec(
        name="support", needs={"support": 1}, priority=1, ring_s=10.0, wrap_up_s=0.0, prefers={"support": 3}
    ),
    QueueSpec(name="any"),
    QueueSpec(name="everybody", strategy="ring_all", needs={"sales": 1}, after_no_answer="ready"),
    QueueSpec(name="index", strategy="index", target_s=20.0, ageing_s=10.0, classes={"vip": 8}),
    *(QueueSpec(name=name, strategy=name) for name in ("round_robin", "fewest_calls", "random", "linear")),
)
SKILLS = ({"sales": 4}, {"sales": 2, "support": 1}, {"sales": 1, "support": 3})
AGENTS = tuple(AgentProfile(f"a{n}", skills=skills, ranks={"any": n + 1}) for n, skills in enumerate(SKILLS))
BLOCKED = {"s1": ["a1"]}
PHONES = ("p0", "p1", "p2", "p3")
CAUSES = ("normal", "busy", "rejected", "no_answer", "unreachable", "congestion", "unallocated", "failure")

_CHANGES = e.OfferEnded | e.QueueEntered | e.TermsRelaxed | e.PreferenceLapsed
"""After one of these a call may be where it was not before."""

agents = st.sampled_from([profile.number for profile in AGENTS])
phones = st.sampled_from(PHONES)
calls = st.sampled_from([f"c{n}" for n in range(6)])
talks = st.sampled_from(["c0", "c1", "d0"])
offers = st.integers(0, 2)


def _terms(ticket: Ticket) -> object:
    """What calls of one line have in common; with a target, the newest may go first."""
    return (
        ticket.queue,
        ticket.needs,
        ticket.prefers,
        ticket.blocked,
        ticket.preferred_agent,
        ticket.call if ticket.target_s else "",
    )


class Floor(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.acd = Acd()
        self.log: list[tuple[float, e.Event]] = []
        self.offers: list[str] = []
        self.waiting: set[str] = set()
        self.entered: dict[str, float] = {}
        self.profiles = {profile.number: profile for profile in AGENTS}

    @initialize(all_ready=st.booleans())
    def open(self, all_ready: bool) -> None:
        self.acd.configure_queues(QUEUES)
        self.acd.block(BLOCKED)
        self.take(self.acd.configure_agents(self.profiles.values(), self.now))
        self.take(self.acd.resume(self.now, {}))
        for profile, phone in zip(AGENTS, PHONES, strict=False):
            if all_ready:
                self.do(i.PhoneSeen(phone))
                self.do(i.LogIn(profile.number, phone))
                self.do(i.Ready(profile.number))

    def do(self, happened: i.Input) -> None:
        before = self.acd.snapshot()
        try:
            decision = self.acd.handle(happened, self.now)
        except IllegalTransition:
            assert self.acd.snapshot() == before, "an illegal request changed something"
            assert not isinstance(happened, i.CallGone | i.OfferFailed | i.PhoneGone | i.PhoneSeen | i.Tick)
        except AcdError:
            assert self.acd.snapshot() == before
        else:
            self.take(decision)

    def take(self, decision: Decision) -> None:
        for event in decision.events:
            self.log.append((self.now, event))
            match event:
                case e.QueueEntered():
                    assert event.call not in self.waiting
                    self.waiting.add(event.call)
                    if not event.came_from:
                        self.entered[event.call] = event.since
                    assert len(set(event.came_from)) == len(event.came_from), "round and round"
                case e.QueueLeft() | e.CallConnected():
                    self.waiting.remove(event.call)
                case e.OfferMade():
                    self._check_offer(event)
                    self.offers.append(event.offer)
                case e.AgentStateChanged():
                    # who takes over a call that they were asked about goes on talking, in another call
                    same = event.after == event.before == State.TALKING
                    assert same or event.after in TRANSITIONS[State(event.before)].values()
                case _:
                    pass

    def _check_offer(self, made: e.OfferMade) -> None:
        assert made.call in self.waiting
        assert made.offer not in self.offers, "an offer's name came twice"
        assert self._fits(made.agent, self.acd.state.tickets[made.call])
        assert self.acd.floor.reachable(made.phone)
        assert self.acd.agent(made.agent).phone == made.phone

    def _fits(self, agent: str, ticket: Ticket) -> bool:
        skills = self.profiles[agent].skills if agent in self.profiles else {}
        fits = all(skills.get(skill, 0) >= level for skill, level in ticket.needs.items())
        return fits and agent not in ticket.blocked and ticket.preferred_agent in {"", agent}

    # ── what may happen ──────────────────────────────────────────────────────────────────────────

    @rule(
        call=calls,
        queue=st.sampled_from([q.name for q in QUEUES]),
        priority=st.sampled_from([None, 0, 5]),
        before=st.sampled_from([None, None, 100.0]),
        agent=st.sampled_from(["", "", "a0", "a1", "nobody"]),
        subject=st.sampled_from(["", "s1"]),
        vip=st.booleans(),
    )
    def enqueue(
        self,
        *,
        call: str,
        queue: str,
        priority: int | None,
        before: float | None,
        agent: str,
        subject: str,
        vip: bool,
    ) -> None:
        self.do(
            i.Enqueue(
                call,
                queue,
                priority=priority,
                since=None if before is None else self.now - before,
                preferred_agent=agent,
                preferred_s=15.0,
                subject=subject,
                customer_class="vip" if vip else "",
            )
        )

    @rule(call=calls)
    def hang_up(self, call: str) -> None:
        self.do(i.CallGone(call))
        assert call not in self.acd.state.tickets
        assert call not in self.acd.state.talks

    @rule(call=calls)
    def answer(self, call: str) -> None:
        """The agent who is being offered the call, if any, rings, answers and is connected."""
        ticket = self.acd.state.tickets.get(call)
        if ticket and ticket.offer:
            offer = ticket.offers[-1]
            self.do(i.OfferProgress(offer))
            self.do(i.OfferAnswered(offer))
            self.do(i.OfferConnected(offer))
            assert call in self.acd.state.talks
            assert not [o for o in self.acd.state.offers.values() if o.call == call], "the others go"

    @rule(call=calls, by=st.sampled_from(["caller", "agent", "system"]))
    def talk_over(self, call: str, by: str) -> None:
        self.do(i.TalkOver(call, by))

    @rule(
        back=offers,
        kind=st.sampled_from([i.OfferProgress, i.OfferAnswered, i.OfferConnected, i.ConnectFailed]),
    )
    def offer_news(self, back: int, kind: type[i.OfferProgress]) -> None:
        if self.offers:
            self.do(kind(self.offers[-1 - back % len(self.offers)]))

    @rule(back=offers, cause=st.sampled_from(CAUSES))
    def offer_failed(self, back: int, cause: str) -> None:
        if self.offers:
            self.do(i.OfferFailed(self.offers[-1 - back % len(self.offers)], cause))

    @rule(agent=agents, phone=phones)
    def log_in(self, agent: str, phone: str) -> None:
        self.do(i.LogIn(agent, phone))

    @rule(agent=agents, kind=st.sampled_from([i.LogOut, i.Ready, i.FinishWrapUp]))
    def agent_asks(self, agent: str, kind: type[i.Ready]) -> None:
        self.do(kind(agent))

    @rule(agent=agents, seconds=st.sampled_from([3.0, 60.0]))
    def extend_wrap_up(self, agent: str, seconds: float) -> None:
        self.do(i.ExtendWrapUp(agent, seconds))

    @rule(agent=agents, reason=st.sampled_from(["lunch", "meeting"]))
    def pause(self, agent: str, reason: str) -> None:
        self.do(i.Pause(agent, reason))

    @rule(phone=phones, kind=st.sampled_from([i.PhoneSeen, i.PhoneSeen, i.PhoneGone]))
    def phone_news(self, phone: str, kind: type[i.PhoneSeen]) -> None:
        self.do(kind(phone))

    @rule(
        call=st.sampled_from(["d0", "d1"]),
        agent=st.sampled_from(["a0", "a1", "a2", ""]),
        colleague=st.sampled_from(["", "", "a0", "a2"]),
        queue=st.sampled_from(["sales", "support", "", "gone"]),
    )
    def dial_out(self, call: str, agent: str, colleague: str, queue: str) -> None:
        if call not in self.acd.state.own_calls and not (colleague and not agent):
            self.do(i.DialOut(call, agent, f"p-{agent}", f"{call}-l", queue, colleague))

    @rule(
        call=st.sampled_from(["d0", "d1"]), what=st.sampled_from(["connected", "over", "gone", "talk over"])
    )
    def own_call_news(self, call: str, what: str) -> None:
        match what:
            case "connected":
                self.do(i.DialConnected(call))
            case "over":
                self.do(i.DialOver(call, "busy", "agent"))
            case "gone":
                self.do(i.CallGone(call))
                assert call not in self.acd.state.own_calls
            case _:
                self.do(i.TalkOver(call, "caller"))

    @rule(
        call=talks,
        what=st.sampled_from([
            i.HoldTalk("", "x"), i.ResumeTalk("", "x"), i.JoinConsult(""), i.EndConsult("", "cancelled"),
            i.TransferTalk(""), i.ReturnTransfer("", "busy"),
        ]),
    )  # fmt: skip
    def in_a_talk(self, call: str, what: i.HoldTalk) -> None:
        self.do(msgspec.structs.replace(what, call=call))

    @rule(
        call=talks,
        to=st.sampled_from([
            i.Target("agent", "a0"), i.Target("agent", "a1"), i.Target("agent", "a2"),
            i.Target("queue", "any"), i.Target("queue", "gone"), i.Target("outside", "…12"),
            i.Target("menu", "main"),
        ]),
        kind=st.sampled_from([i.BeginConsult, i.TransferTalk]),
    )  # fmt: skip
    def asks_somebody(self, call: str, to: i.Target, kind: type[i.BeginConsult]) -> None:
        self.do(kind(call, to))

    @rule(call=talks, end=st.booleans())
    def consulted(self, call: str, end: bool) -> None:
        """Whoever is consulted answers, or leaves."""
        talk = self.acd.state.talks.get(call)
        if talk is None or not talk.consult:
            return
        ticket = self.acd.state.tickets.get(talk.consult)
        if ticket and ticket.offer:
            offer = ticket.offers[-1]
            for sign in (i.OfferProgress, i.OfferAnswered, i.OfferConnected):
                self.do(sign(offer))
        elif end and talk.consult in self.acd.state.talks:
            self.do(i.EndConsult(call, "left"))

    @rule(call=talks, answered=st.booleans())
    def a_talk_and_a_consultation(self, call: str, answered: bool) -> None:
        """What chance brings about too seldom: two agents who are ready, one asked by the other."""
        if call not in self.acd.state.talks:
            if call.startswith("d"):
                return  # an agent dials it; an id is no caller's as well
            self.do(i.Enqueue(call, "any"))
            self.answer(call)
        talk = self.acd.state.talks.get(call)
        ready = [one.number for one in self.acd.state.agents.values() if one.state is State.READY]
        if talk is not None and ready:
            self.do(i.BeginConsult(call, i.Target("agent", ready[0])))
            if answered:
                self.consulted(call, end=False)

    @rule(call=talks, agent=agents)
    def taken_over(self, call: str, agent: str) -> None:
        talk = self.acd.state.talks.get(call)
        if talk is not None and talk.agent != agent and agent in self.acd.state.agents:
            self.do(i.TakeOver(call, agent, f"{call}-s1", "boss"))

    @rule(seconds=st.sampled_from([0.5, 2.0, 5.0, 20.0, 61.0, 700.0]), late=st.booleans())
    def time_passes(self, seconds: float, late: bool) -> None:
        """Ticks come at each deadline, or one comes late (a busy or suspended machine)."""
        end = self.now + seconds
        while not late and (due := self.acd.next_deadline()) is not None and due <= end:
            self.now = max(due, self.now)
            self.do(i.Tick())
        self.now = end
        self.do(i.Tick())

    @rule(agent=agents, skills=st.sampled_from([*SKILLS, {}, None]))
    def directory_changes(self, agent: str, skills: dict[str, int] | None) -> None:
        """An agent gets other skills, or is removed."""
        self.profiles.pop(agent, None)
        if skills is not None:
            self.profiles[agent] = AgentProfile(agent, skills=skills)
        self.take(self.acd.configure_agents(self.profiles.values(), self.now))

    @rule(snapshot=st.booleans(), talked=st.booleans())
    def restart(self, snapshot: bool, talked: bool) -> None:
        """A controller dies and the next one takes over, from the log or from a snapshot."""
        fresh = Acd()
        if snapshot:
            fresh.restore(msgspec.json.decode(msgspec.json.encode(self.acd.snapshot())))
        else:
            for at, event in self.log:
                fresh.apply(event, at)
        assert fresh.next_deadline() is None, "closed"
        held = {offer.call: [offer.offer] for offer in fresh.state.offers.values()} if talked else {}
        places = {t.call: t.place for t in fresh.state.tickets.values() if t.call not in held}
        self.acd = fresh
        fresh.configure_queues(QUEUES)
        fresh.block(BLOCKED)
        self.take(fresh.configure_agents(self.profiles.values(), self.now))
        self.take(fresh.resume(self.now, held))
        assert not fresh.state.offers
        assert {t.call: t.place for t in fresh.state.tickets.values()} == places
        for call in list(fresh.state.tickets):
            self.do(i.Rejoin(call))

    # ── what must hold ───────────────────────────────────────────────────────────────────────────

    @invariant()
    def no_call_is_lost(self) -> None:
        assert set(self.acd.state.tickets) == self.waiting
        for ticket in self.acd.state.tickets.values():
            assert ticket.since == self.entered[ticket.call], "the original time is kept"

    @invariant()
    def a_consultation_has_its_talk(self) -> None:
        state = self.acd.state
        parts = {call for call in (*state.tickets, *state.talks) if e.is_part(call)}
        on = {talk.consult for talk in state.talks.values() if talk.consult}
        assert parts <= on, "a consultation outlived its talk"
        for talk in state.talks.values():
            agent = state.agents[talk.agent].state
            assert (agent is State.HOLD) == talk.held
            assert (agent is State.CONSULT) == (bool(talk.consult) and not talk.joined)

    @invariant()
    def a_call_is_offered_once_and_an_agent_has_one_call(self) -> None:
        state = self.acd.state
        busy = [offer.agent for offer in state.offers.values()] + [t.agent for t in state.talks.values()]
        assert len(busy) == len(set(busy))
        held = [offer.call for offer in state.offers.values() if self._alone(offer.call)]
        assert len(held) == len(set(held))
        assert not {offer.call for offer in state.offers.values()} & set(state.talks)
        for ticket in state.tickets.values():
            assert len(set(ticket.offers)) == len(ticket.offers)
            answered = [o for o in ticket.offers if state.offers[o].answered_at is not None]
            assert not answered or ticket.offers == answered[:1], "who answered is the only one left"
        for offer in state.offers.values():
            assert offer.offer in state.tickets[offer.call].offers
            assert state.agents[offer.agent].state in {State.RESERVED, State.RINGING}
            assert state.agents[offer.agent].call == offer.call
        for talk in state.talks.values():
            assert state.agents[talk.agent].state in {State.TALKING, State.HOLD, State.CONSULT}
        own = [
            number for own in state.own_calls.values() for number in (own.agent, own.colleague)
            if number and state.agents[number].call == own.call
            and state.agents[number].state in {State.DIALING, State.TALKING, State.HOLD, State.CONSULT}
        ]  # fmt: skip
        assert len(own) == len(set(own))
        assert not {offer.agent for offer in state.offers.values()} & set(own)
        with_call = {
            State.RESERVED, State.RINGING, State.TALKING, State.DIALING, State.HOLD, State.CONSULT,
        }  # fmt: skip
        assert {a.number for a in state.agents.values() if a.state in with_call} == {*busy, *own}
        for call in state.own_calls.values():
            talks = call.reached_at is not None and call.agent and not call.colleague
            assert call.call not in state.talks or talks

    def _alone(self, call: str) -> bool:
        return self.acd.state.tickets[call].strategy != "ring_all"

    @invariant()
    def nobody_waits_for_somebody_who_is_free(self) -> None:
        if not self.acd.is_open:
            return
        for agent in self.acd.state.agents.values():
            if agent.state is not State.READY:
                continue
            for ticket in self.acd.state.tickets.values():
                barred = self.acd.floor.barred.get(ticket.call, {}).get(agent.number, 0.0) > self.now
                assert ticket.offer or barred or not self._fits(agent.number, ticket)

    @invariant()
    def order_is_kept(self) -> None:
        """Of calls with the same terms, none is offered past one that came first or weighs more."""
        fresh = [
            t for t in self.acd.state.tickets.values() if t.offer and t.call not in self.acd.floor.barred
        ]
        for ticket in fresh:
            made_at = next(
                at
                for at, event in reversed(self.log)
                if isinstance(event, e.OfferMade) and event.offer == ticket.offers[0]
            )
            for other in self.acd.state.tickets.values():
                if _terms(other) == _terms(ticket) and not other.offer and other.since <= made_at:
                    assert ticket.place < other.place or self._came_back_since(other.call, ticket.offers[0])

    def _came_back_since(self, call: str, offer: str) -> bool:
        """Tell whether a call could not have had that offer: offered itself, or kept from the agent."""
        for _, event in reversed(self.log):
            if isinstance(event, e.OfferMade) and event.offer == offer:
                break
            if isinstance(event, _CHANGES) and event.call == call:
                return True
        return call in self.acd.floor.barred

    @invariant()
    def ready_means_reachable_with_a_lease(self) -> None:
        for agent in self.acd.state.agents.values():
            if agent.state is State.READY:
                assert self.acd.floor.reachable(agent.phone)
                assert self.acd.floor.lease_end(agent) > self.now - LEASE_S
            assert (agent.phone == "") == (agent.state is State.LOGGED_OUT)
            assert agent.phone == "" or self.acd.agent_on(agent.phone) == agent.number

    @invariant()
    def every_deadline_is_ahead_or_due_now(self) -> None:
        if not self.acd.is_open:
            return
        due = self.acd.next_deadline()
        state = self.acd.state
        wanted = [offer.deadline for offer in state.offers.values()]
        wanted += [agent.until for agent in state.agents.values() if agent.until is not None]
        wanted += [t.since + t.max_wait for t in state.tickets.values() if t.max_wait and not t.offer]
        terms = [t.terms_due() for t in state.tickets.values() if not t.offer]
        wanted += [due for due in terms if due is not None]
        assert not wanted or (due is not None and due <= min(wanted))

    @invariant()
    def the_log_alone_gives_the_same_state(self) -> None:
        replayed = Acd()
        for at, event in self.log:
            replayed.apply(event, at)
        assert replayed.snapshot() == self.acd.snapshot()

    def teardown(self) -> None:
        """Whatever was going on, a floor left alone comes to rest and every deadline is served."""
        if not self.acd.is_open:
            return
        for call in list(self.acd.state.talks):
            self.do(i.TalkOver(call, "system"))
        for _ in range(200):
            due = self.acd.next_deadline()
            if due is None:
                break
            self.now = max(self.now, due)
            self.do(i.Tick())
        else:
            raise AssertionError("deadlines without end")
        assert not self.acd.state.offers
        assert all(t.max_wait is None for t in self.acd.state.tickets.values())


TestFloorMachine = Floor.TestCase
TestFloorMachine.settings = settings(max_examples=RANDOM_DAYS, stateful_step_count=40, deadline=None)
