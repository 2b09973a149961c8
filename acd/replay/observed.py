"""A day as the log tells it: who came and when, what became of them, what each agent did.  Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from acd.core import inputs as i
from acd.core.model import OverflowStep, Profile, QueueSpec, RelaxStep
from acd.core.states import OFFERED, ON_A_CALL, State
from acd.replay.simulation import Arrival
from records import events as e

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from acd.core.model import Agent

_AT_ONCE_S = 1.0
_MISSES = frozenset({"no_answer", "rejected", "busy"})


class Served(msgspec.Struct):
    """What became of a caller.  Seconds are counted from the entry into the first queue."""

    waited_s: float = 0.0
    left: str = ""
    """Why they left after ``waited_s`` by themselves (abandoned, …); empty: nothing more is known of how
    long they would have waited."""
    agent: str = ""
    """Who answered."""
    talk_s: float | None = None
    wrap_s: float | None = None
    ring_s: float = 0.0
    """From the offer to the answer."""


class Missed(msgspec.Struct, frozen=True):
    """An offer that its agent did not take."""

    cause: str
    after_s: float


class Observed(msgspec.Struct):
    """A day.  Times in steady seconds."""

    begin: float
    end: float
    arrivals: list[Arrival] = []
    served: dict[str, Served] = {}
    """By the arrival's call."""
    profiles: dict[str, Profile] = {}
    """At the begin."""
    diary: list[tuple[float, i.Input | tuple[str, Profile | None]]] = []
    """What agents asked for, and changes of what they can do."""
    offers: dict[str, int] = {}
    """Agent → offers that they took or missed."""
    misses: dict[str, list[Missed]] = {}
    recoveries: list[float] = []
    """Seconds from a miss to ready."""
    queues: dict[str, QueueSpec] = {}
    """As they were last."""
    carried_over: int = 0
    """Calls that waited or talked already when the day began: they are left out."""


class Reader:
    """Reads a day's events, in order."""

    def __init__(
        self, begin: float, end: float, profiles: Mapping[str, Profile], agents: Iterable[Agent]
    ) -> None:
        """``agents``: their states at the begin."""
        self.day = Observed(begin, end, profiles=dict(profiles))
        self._episode: dict[str, tuple[str, float]] = {}
        """Call → (the arrival's name, its time), while it waits or talks."""
        self._times: defaultdict[str, int] = defaultdict(int)
        self._moving: dict[str, tuple[str, int | None]] = {}
        """Call that overflows → (queue that it leaves, calls left there if it did so at once)."""
        self._in_queue: defaultdict[str, set[str]] = defaultdict(set)
        self._offered_at: dict[str, float] = {}
        self._rang: dict[str, float] = {}
        self._with: dict[str, str] = {}
        """Agent → the arrival that they talk with or wrap up."""
        self._since: dict[str, float] = {}
        self._state: dict[str, State] = {}
        self._pending: dict[str, str] = {}
        self._taken_back: dict[str, tuple[str, float]] = {}
        self._carried: set[str] = set()
        """Agents who were busy at the begin: they are ready when that is over."""
        self._lengths: dict[tuple[str, str], int] = {}
        for agent in agents:
            self._begin_with(agent)

    def _begin_with(self, agent: Agent) -> None:
        if agent.state is State.LOGGED_OUT:
            return
        begin = self.day.begin
        self._state[agent.number], self._pending[agent.number] = agent.state, agent.pending
        self._note(begin, i.PhoneSeen(phone_of(agent.number)))
        self._note(begin, i.LogIn(agent.number, phone_of(agent.number)))
        if agent.state is State.PAUSED:
            self._note(begin, i.Pause(agent.number, agent.reason))
        elif agent.state is State.READY or agent.state in OFFERED:
            self._note(begin, i.Ready(agent.number))
        elif agent.state is State.UNREACHABLE:
            self._note(begin, i.Ready(agent.number))
            self._note(begin, i.PhoneGone(phone_of(agent.number)))
        else:
            self._carried.add(agent.number)
            self.day.carried_over += agent.state in ON_A_CALL

    def _note(self, at: float, asked: i.Input) -> None:
        self.day.diary.append((at, asked))

    def take(self, event: e.Event, at: float) -> None:
        """Take an event in; after the end only the fates of those who came before it count."""
        if e.of_part(event) or getattr(event, "direct", False):
            return  # what agents do among themselves
        match event:
            case e.QueueEntered():
                self._entered(event, at)
            case e.QueueLeft():
                self._left(event, at)
            case e.OfferMade():
                self._offered_at[event.offer] = at
            case e.OfferAnswered() if event.offer in self._offered_at:
                self._rang[event.offer] = at - self._offered_at[event.offer]
            case e.OfferEnded():
                self._refused(event, at)
            case e.CallConnected():
                self._answered(event, at)
            case e.TalkEnded() if event.call in self._episode:
                name, _ = self._episode.pop(event.call)
                self.day.served[name].talk_s = event.talk_s
            case e.AgentStateChanged():
                self._moved(event, at)
            case e.AgentPendingSet():
                self._pend(event, at)
            case e.AgentProfiled() if at < self.day.end:
                profile = None if event.removed else Profile(event.skills, event.ranks)
                self.day.diary.append((at, (event.agent, profile)))
            case _:
                pass

    def close(self, at: float) -> Observed:
        """Take note that nothing more is known after a time."""
        for name, entered in self._episode.values():
            served = self.day.served[name]
            if not served.agent:
                served.waited_s = max(0.0, at - entered)
        for (queue, to), length in self._lengths.items():
            step = OverflowStep(to, length=length)
            self.day.arrivals = [
                msgspec.structs.replace(
                    one, spec=msgspec.structs.replace(one.spec, overflow=(*one.spec.overflow, step))
                )
                if one.spec.name == queue
                else one
                for one in self.day.arrivals
            ]
        return self.day

    # ── calls ────────────────────────────────────────────────────────────────────────────────────

    def _entered(self, event: e.QueueEntered, at: float) -> None:
        spec = spec_of(event, at)
        self.day.queues[event.queue] = spec
        self._in_queue[event.queue].add(event.call)
        if event.call in self._moving:
            before, ahead = self._moving.pop(event.call)
            if ahead is not None:
                way = before, event.queue
                self._lengths[way] = min(ahead, self._lengths.get(way, ahead))
            return
        if not self.day.begin <= at < self.day.end:
            return
        self._times[event.call] += 1
        times = self._times[event.call]
        name = event.call if times == 1 else f"{event.call}/{times}"
        self._episode[event.call] = name, at
        self.day.served[name] = Served()
        self.day.arrivals.append(
            Arrival(
                name,
                at,
                spec,
                priority=event.priority,
                max_wait=event.max_wait,
                customer_class=event.customer_class,
                waited_s=max(0.0, at - event.since) if event.since else 0.0,
                preferred_agent=event.preferred_agent,
                preferred_s=max(0.0, event.preferred_until - at) if event.preferred_agent else 0.0,
                blocked=tuple(event.blocked),
            )
        )

    def _left(self, event: e.QueueLeft, at: float) -> None:
        self._in_queue[event.queue].discard(event.call)
        if event.call not in self._episode:
            self.day.carried_over += at < self.day.end and event.call not in self._times
            return
        name, entered = self._episode[event.call]
        if event.reason == "overflow":
            # one that overflows at once tells how long a queue its admin allows
            ahead = len(self._in_queue[event.queue]) if at - entered < _AT_ONCE_S else None
            self._moving[event.call] = event.queue, ahead
            return
        del self._episode[event.call]
        served = self.day.served[name]
        served.waited_s = max(0.0, at - entered)
        # who leaves by a choice of their own would do so after the same time again
        served.left = "" if event.reason == "max_wait" else event.reason

    def _refused(self, event: e.OfferEnded, at: float) -> None:
        made = self._offered_at.pop(event.offer, None)
        if event.outcome in _MISSES and made is not None:
            self.day.offers[event.agent] = self.day.offers.get(event.agent, 0) + 1
            self.day.misses.setdefault(event.agent, []).append(Missed(event.outcome, at - made))

    def _answered(self, event: e.CallConnected, at: float) -> None:
        self._in_queue[event.queue].discard(event.call)
        self._offered_at.pop(event.offer, None)
        rang = self._rang.pop(event.offer, 0.0)
        self.day.offers[event.agent] = self.day.offers.get(event.agent, 0) + 1
        if event.call not in self._episode:
            return
        name, entered = self._episode[event.call]
        served = self.day.served[name]
        served.agent, served.ring_s = event.agent, rang
        served.waited_s = max(0.0, at - entered)
        self._with[event.agent] = name

    # ── agents ───────────────────────────────────────────────────────────────────────────────────

    def _moved(self, event: e.AgentStateChanged, at: float) -> None:
        number, before, after = event.agent, State(event.before), State(event.after)
        if before is after is State.WRAP_UP:
            return  # it is extended
        self._state[number] = after
        if before is State.WRAP_UP and after is not State.WRAP_UP and number in self._with:
            self.day.served[self._with.pop(number)].wrap_s = at - self._since.get(number, at)
        elif before is State.MISSED and after is State.READY:
            self.day.recoveries.append(at - self._since.get(number, at))
        if after is not before:
            self._since[number] = at
        if at < self.day.end:
            self._ask(number, before, after, event.reason, at)

    def _ask(self, number: str, before: State, after: State, reason: str, at: float) -> None:
        """Find out what the agent asked for, if the change did not come by itself."""
        pending, taken = self._pending.get(number, ""), self._taken_back.pop(number, None)
        wanted = taken[0] if taken else pending
        if taken and taken[0] != after:
            self._note(taken[1], i.Ready(number))  # it was not fulfilled: they did not want it any more
        if wanted == after:
            self._pending[number] = ""
        came_by_itself = wanted == after and after in {State.PAUSED, State.LOGGED_OUT}
        phone = phone_of(number)
        if before is State.LOGGED_OUT:
            self._note(at, i.PhoneSeen(phone))
            self._note(at, i.LogIn(number, phone))
        elif after is State.UNREACHABLE:
            self._note(at, i.PhoneGone(phone))
        elif before is State.UNREACHABLE and after is not State.LOGGED_OUT:
            self._note(at, i.PhoneSeen(phone))
        elif after is State.LOGGED_OUT and not came_by_itself:
            self._note(at, i.LogOut(number))
        elif after is State.PAUSED and not came_by_itself:
            self._note(at, i.Pause(number, reason))
        elif after is State.READY and (before is State.PAUSED or number in self._carried):
            self._carried.discard(number)
            self._note(at, i.Ready(number))

    def _pend(self, event: e.AgentPendingSet, at: float) -> None:
        number, state = event.agent, self._state.get(event.agent, State.LOGGED_OUT)
        before, self._pending[number] = self._pending.get(number, ""), event.state
        if at >= self.day.end or state is State.UNREACHABLE or state in OFFERED:
            return  # what is to be returned to: nobody asked
        if event.state and number in self._taken_back:
            self._note(self._taken_back.pop(number)[1], i.Ready(number))
        if event.state == State.PAUSED:
            self._note(at, i.Pause(number, event.reason))
        elif event.state == State.LOGGED_OUT:
            self._note(at, i.LogOut(number))
        elif not event.state and before in {State.PAUSED, State.LOGGED_OUT}:
            self._taken_back[number] = before, at


def phone_of(agent: str) -> str:
    """Name the phone that an agent has to themselves in a replay."""
    return f"phone of {agent}"


def spec_of(event: e.QueueEntered, at: float) -> QueueSpec:
    """Give a queue as a call found it, without what differs from call to call (priority, longest wait)."""
    steps, needs, prefers = [], dict(event.needs), dict(event.prefers)
    for when, less, wished in event.relax:
        steps.append(RelaxStep(round(when - at, 3), _change(needs, less), _change(prefers, wished)))
        needs, prefers = less, wished
    return QueueSpec(
        event.queue,
        needs=dict(event.needs),
        strategy=event.strategy,
        ring_s=event.ring_s,
        wrap_up_s=event.wrap_up_s,
        prefers=dict(event.prefers),
        ageing_s=event.ageing_s,
        target_s=event.target_s,
        relax=tuple(steps),
        overflow=tuple(OverflowStep(to, round(when - at, 3)) for when, to in event.overflow),
        after_no_answer=event.after_no_answer,
        wrap_up_most_s=event.wrap_up_most_s,
    )


def _change(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    return {skill: after.get(skill, 0) for skill, level in before.items() if after.get(skill, 0) != level}
