"""Random days of callers, callbacks and agents: no promise is lost or kept twice, no caller is starved.

The desk and the ACD's core are the live ones; calls, phones and customers are played.
"""

from __future__ import annotations

from collections import Counter

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from acd.callbacks.cases import Case, Cases
from acd.callbacks.desk import CUSTOMERS, Begin, Hold, LetGo, Recall, decide, next_deadline
from acd.callbacks.looks import looks_at
from acd.callbacks.terms import Terms
from acd.core import inputs as i
from acd.core.acd import Acd
from acd.core.errors import AcdError
from acd.core.model import AgentProfile, QueueSpec
from acd.core.states import IllegalTransition, State
from records import events as e
from tests.acd.floor import RANDOM_DAYS, START

QUEUES = (
    QueueSpec(name="sales", needs={"sales": 1}, wrap_up_s=5.0),
    QueueSpec(name="help", needs={"help": 1}, wrap_up_s=0.0, classes={"gold": 5}),
)
AGENTS = tuple(AgentProfile(f"a{n}", skills={"sales": 1, "help": 1} if n else {"sales": 1}) for n in range(4))
FAILURES = ("no_answer", "busy", "rejected", "failed", "lost", "unconfirmed", "abandoned", "not_served")

queues = st.sampled_from([queue.name for queue in QUEUES])
pick = st.integers(0, 20)


class Day(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.acd = Acd()
        self.cases = Cases()
        self.log: list[tuple[float, e.Event]] = []
        self.calls = 0
        self.promised: set[str] = set()
        self.settled: Counter[str] = Counter()
        self.opens: dict[str, float | None] = {}
        self.since: dict[str, float] = {}
        """Promise → the place that it must have."""
        self.served: list[tuple[str, str]] = []
        """(queue, "live", "begun" or "begun alone") in order; alone: nobody waited."""
        self.terms: dict[str, Terms] = {}

    @initialize(
        share=st.sampled_from([1, 50, 100]),
        between=st.integers(0, 2),
        most=st.integers(1, 4),
        agent_first=st.booleans(),
        crowd=st.integers(0, 8),
    )
    def open(self, share: int, between: int, most: int, agent_first: bool, crowd: int) -> None:
        for queue in QUEUES:
            self.terms[queue.name] = Terms(
                "carrier", agent_first=agent_first, tries=2, retry_after_s=60.0, most_at_once=most,
                share=share, live_between=between, hours="office" if queue.name == "help" else "",
            )  # fmt: skip
        self.acd.configure_queues(QUEUES)
        self.take(self.acd.configure_agents(AGENTS, self.now).events)
        self.take(self.acd.resume(self.now, {}).events)
        for n in range(crowd):
            self.caller_comes("sales", False)
            if n % 2:
                self.caller_takes_a_callback(n)
        for profile in AGENTS[:2]:
            self._seat(profile.number)
        self.decide()

    # ── the shell ────────────────────────────────────────────────────────────────────────────────

    def take(self, events: list[e.Event]) -> None:
        for event in events:
            self.log.append((self.now, event))
            live = self.cases.of_call(getattr(event, "call", "")) is None
            self.cases.apply(event, self.now)
            match event:
                case e.CallConnected() if live:
                    self.served.append((event.queue, "live"))
                case e.CallbackSettled():
                    self.settled[event.callback] += 1
                case e.CallbackTried():
                    assert event.since >= self.since[event.callback], "never a better place than before"
                    if event.outcome in CUSTOMERS:
                        self.since[event.callback] = self.now
                    assert event.since == self.since[event.callback]
                case _:
                    pass

    def do(self, happened: i.Input) -> bool:
        try:
            decision = self.acd.handle(happened, self.now)
        except (AcdError, IllegalTransition):
            return False
        self.take(decision.events)
        return True

    def decide(self) -> None:
        for _ in range(50):
            looks = looks_at(self.acd, self.cases)
            actions = decide(self.cases, self.terms, looks, self._opens_at, self.now)
            if not [action for action in actions if not isinstance(action, Recall)]:
                return
            assert len(actions) == 1 or not any(isinstance(action, Begin) for action in actions)
            for action in actions:
                self._carry_out(action)
        raise AssertionError("decisions without end")

    def _carry_out(self, action: object) -> None:
        match action:
            case Hold():
                hold = i.HoldPlace(
                    action.callback, action.queue, action.since, action.priority, action.customer_class
                )
                assert self.do(hold)
            case LetGo(callback=callback):
                assert callback in self.acd.state.held
                self.do(i.GiveUpPlace(callback))
            case Begin(callback=callback):
                self._begin(callback)
            case e.CallbackTried() | e.CallbackSettled():
                self.take([action])
            case _:
                pass

    def _begin(self, callback: str) -> None:
        case = self.cases.get(callback)
        assert case is not None
        assert not case.at, "a promise has one call at a time"
        assert case.next_at <= self.now
        assert self._opens_at(self.terms[case.queue].hours, self.now) == self.now
        self._check_limits(case.queue, hurried=case.hurried)
        self.calls += 1
        call = f"k{self.calls}"
        self.take(
            [
                e.CallPlaced(
                    call=call, leg=f"{call}-p", purpose="callback", reference=callback, to="…", trunk="t",
                    subject="s",
                )
            ]
        )  # fmt: skip
        if self.terms[case.queue].agent_first:
            self._enqueue(callback)

    def _check_limits(self, queue: str, *, hurried: bool) -> None:
        terms, busy = self.terms[queue], self.cases.in_progress(queue)
        working = [agent for agent in self._skilled(queue) if self._works(agent)]
        assert working, "nobody is called when no agent is at work"
        assert len(busy) < terms.most_at_once
        live = self._live(queue)
        if hurried:
            self.served.append((queue, "hurried"))
            return
        if live:
            assert len(busy) < max(1, len(working) * terms.share // 100)
            since_last = 0
            for name, what in reversed(self.served):
                if name == queue and what != "live":
                    assert since_last >= terms.live_between, "callers are served between two callbacks"
                    break
                since_last += name == queue
        self.served.append((queue, "begun"))

    def _live(self, queue: str) -> list[str]:
        return [
            ticket.call
            for ticket in self.acd.state.tickets.values()
            if ticket.queue == queue and not ticket.offer and self.cases.of_call(ticket.call) is None
        ]

    def _skilled(self, queue: str) -> list[str]:
        return [agent.number for agent in AGENTS if queue in agent.skills]

    def _works(self, agent: str) -> bool:
        away = {State.LOGGED_OUT, State.PAUSED, State.MISSED, State.UNREACHABLE}
        return self.acd.agent(agent).state not in away

    def _opens_at(self, hours: str, now: float) -> float | None:
        opens = self.opens.get(hours, now)
        return None if opens is None else max(now, opens)

    def _enqueue(self, callback: str) -> None:
        case = self.cases.get(callback)
        assert case is not None
        terms = self.terms[case.queue]
        held = self.acd.state.held[callback]
        assert self.do(
            i.Enqueue(
                case.at, case.queue, case.priority, 1e6, since=case.since, in_place_of=callback,
                dials_s=40.0 if terms.agent_first else 0.0,
            )
        )  # fmt: skip
        ticket = self.acd.state.tickets[case.at]
        assert (ticket.since, ticket.priority) == (held.since, held.priority), "the place is kept"

    # ── what may happen ──────────────────────────────────────────────────────────────────────────

    @rule(queue=queues, gold=st.booleans())
    def caller_comes(self, queue: str, gold: bool) -> None:
        self.calls += 1
        self.do(i.Enqueue(f"c{self.calls}", queue, customer_class="gold" if gold else ""))
        self.decide()

    @rule(n=pick)
    def caller_takes_a_callback(self, n: int) -> None:
        waiting = sorted(self._live("sales") + self._live("help"))
        if not waiting:
            return
        call = waiting[n % len(waiting)]
        ticket = self.acd.state.tickets[call]
        self.do(i.CallGone(call, "key"))
        callback = f"{call}-c1"
        self.promised.add(callback)
        self.since[callback] = ticket.since
        self.take(
            [
                e.CallbackPromised(
                    call=call, callback=callback, queue=ticket.queue, subject="s", when="now", language="en",
                    since=ticket.since, waited=True, priority=ticket.priority,
                )
            ]
        )  # fmt: skip
        self.decide()

    @rule(n=pick)
    def caller_gives_up(self, n: int) -> None:
        waiting = sorted(self._live("sales") + self._live("help"))
        if waiting:
            self.do(i.CallGone(waiting[n % len(waiting)]))
            self.decide()

    @rule(n=pick)
    def an_agent_answers(self, n: int) -> None:
        offers = sorted(self.acd.state.offers)
        if not offers:
            return
        offer = self.acd.state.offers[offers[n % len(offers)]]
        if offer.answered_at is None:
            self.do(i.OfferProgress(offer.offer))
            self.do(i.OfferAnswered(offer.offer))
        case = self.cases.of_call(offer.call)
        if case is not None and self.terms[case.queue].agent_first and not case.dialed:
            assert self.acd.agent(offer.agent).state is State.DIALING
            self._dial(case.at)
        else:
            self.do(i.OfferConnected(offer.offer))
        self.decide()

    @rule(n=pick)
    def a_talk_ends(self, n: int) -> None:
        talks = sorted(self.acd.state.talks)
        if talks:
            call = talks[n % len(talks)]
            self.do(i.TalkOver(call, "agent"))
            if self.cases.of_call(call) is not None:
                self._ended(call, "completed")
            self.decide()

    @rule(n=pick)
    def a_customer_answers(self, n: int) -> None:
        """With the customer first: dialed, answered, and in the queue."""
        for case in self._dialing()[n % 3 : n % 3 + 1]:
            self._dial(case.at)
            self._enqueue(case.callback)
            self.decide()

    @rule(n=pick, outcome=st.sampled_from(FAILURES))
    def a_call_fails(self, n: int, outcome: str) -> None:
        going = [case for case in self.cases if case.at and case.at not in self.acd.state.talks]
        if going:
            case = going[n % len(going)]
            if not case.dialed:
                self._dial(case.at)
            self.do(i.CallGone(case.at, f"callback_{outcome}"))
            self._ended(case.at, outcome)
            self.decide()

    def _dialing(self) -> list[Case]:
        state = self.acd.state
        return [
            case
            for case in self.cases
            if case.at and not case.dialed and case.at not in state.tickets and case.at not in state.talks
        ]

    def _dial(self, call: str) -> None:
        case = self.cases.of_call(call)
        assert case is not None
        assert not case.dialed, "a call dials once"
        self.take([e.DialStarted(call=call, leg=f"{call}-p", to="…", trunk="t")])

    def _ended(self, call: str, outcome: str) -> None:
        self.take([e.CallEnded(call=call, outcome=outcome, by="system", cause="normal")])

    @rule(n=pick, outcome=st.sampled_from(["withdrawn", "called_in", "done"]))
    def a_promise_is_settled_otherwise(self, n: int, outcome: str) -> None:
        cases = list(self.cases)
        if cases:
            case = cases[n % len(cases)]
            call = case.at
            self.take([e.CallbackSettled(callback=case.callback, outcome=outcome)])
            if call:
                self.do(i.CallGone(call, "callback_withdrawn"))
                self._ended(call, "withdrawn")
            self.decide()

    @rule(n=pick)
    def somebody_is_in_a_hurry(self, n: int) -> None:
        cases = [case for case in self.cases if not case.at]
        if cases:
            self.take([e.CallbackHurried(callback=cases[n % len(cases)].callback, by="x")])
            self.decide()

    @rule(agent=st.sampled_from([agent.number for agent in AGENTS]))
    def an_agent_comes(self, agent: str) -> None:
        self._seat(agent)
        self.decide()

    def _seat(self, agent: str) -> None:
        self.do(i.PhoneSeen(f"p{agent}"))
        self.do(i.LogIn(agent, f"p{agent}"))
        self.do(i.Ready(agent))

    @rule(agent=st.sampled_from([agent.number for agent in AGENTS]))
    def an_agent_leaves(self, agent: str) -> None:
        self.do(i.LogOut(agent))
        self.decide()

    @rule(opens=st.sampled_from([None, 0.0, 30.0, 3600.0]))
    def hours_change(self, opens: float | None) -> None:
        self.opens["office"] = None if opens is None else self.now + opens
        self.decide()

    @rule(seconds=st.sampled_from([0.5, 5.0, 30.0, 61.0, 700.0]))
    def time_passes(self, seconds: float) -> None:
        end = self.now + seconds
        for _ in range(500):
            deadlines = [
                due
                for due in (
                    self.acd.next_deadline(),
                    next_deadline(self.cases, self.terms, self._opens_at, self.now),
                )
                if due is not None and due <= end
            ]
            if not deadlines:
                break
            self.now = max(self.now, min(deadlines))
            for phone in list(self.acd.floor.on_phone):
                self.do(i.PhoneSeen(phone))
            self.do(i.Tick())
            self.decide()
        self.now = end
        self.decide()

    @rule(snapshot=st.booleans())
    def restart(self, snapshot: bool) -> None:
        """The controller dies; calls that were dialed and not in the queue yet are lost with it."""
        cases, acd = Cases(), Acd()
        if snapshot:
            cases.restore(msgspec.json.decode(msgspec.json.encode(self.cases.snapshot())))
            acd.restore(msgspec.json.decode(msgspec.json.encode(self.acd.snapshot())))
        else:
            for at, event in self.log:
                cases.apply(event, at)
                acd.apply(event, at)
        assert cases.snapshot() == self.cases.snapshot()
        self.cases, self.acd = cases, acd
        acd.configure_queues(QUEUES)
        self.take(acd.configure_agents(AGENTS, self.now).events)
        self.take(acd.resume(self.now, {}).events)
        for call in list(acd.state.tickets):
            self.do(i.Rejoin(call))
        for case in list(self.cases):
            if case.at and case.dialed and case.at not in acd.state.talks:
                self.do(i.CallGone(case.at, "callback_lost"))
                self._ended(case.at, "lost")
        self.decide()

    # ── what must hold ───────────────────────────────────────────────────────────────────────────

    @invariant()
    def no_promise_is_lost_or_settled_twice(self) -> None:
        open_ = {case.callback for case in self.cases}
        assert open_ | set(self.settled) == self.promised
        assert not open_ & set(self.settled)
        assert set(self.settled.values()) <= {1}

    @invariant()
    def the_place_is_kept(self) -> None:
        state = self.acd.state
        for case in self.cases:
            assert case.since == self.since[case.callback]
            ticket = state.held.get(case.callback) or state.tickets.get(case.at)
            assert ticket is None or ticket.since == case.since
            assert not (case.callback in state.held and case.at in state.tickets), "one place, not two"
        for holder in state.held:
            assert self.cases.get(holder) is not None, "nobody's place is held"

    @invariant()
    def tries_are_bounded(self) -> None:
        for case in self.cases:
            assert case.tries <= self.terms[case.queue].tries + bool(case.at)

    @invariant()
    def who_is_due_stands_in_line(self) -> None:
        for case in self.cases:
            hours = self.terms[case.queue].hours
            due = case.next_at <= self.now and self._opens_at(hours, self.now) == self.now
            if not case.at:
                assert (case.callback in self.acd.state.held) == due

    @invariant()
    def a_promise_is_kept_when_nothing_speaks_against_it(self) -> None:
        for queue in QUEUES:
            ready = [a for a in self._skilled(queue.name) if self.acd.agent(a).state is State.READY]
            standing = [
                case
                for case in self.cases
                if case.queue == queue.name and case.callback in self.acd.state.held and not case.at
            ]
            if ready and not self._live(queue.name) and not self.cases.in_progress(queue.name):
                assert not standing, "an agent is idle, nobody else waits, and nobody is called"


TestCallbackMachine = Day.TestCase
TestCallbackMachine.settings = settings(max_examples=RANDOM_DAYS, stateful_step_count=40, deadline=None)
