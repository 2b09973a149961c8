"""Virtual time for the live core: callers and agents are played, :class:`acd.core.acd.Acd` decides.  Pure."""

from __future__ import annotations

from heapq import heappop, heappush
from math import inf
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from acd.core import inputs as i
from acd.core.acd import Acd
from acd.core.commands import Connect, MakeOffer
from acd.core.errors import AcdError, NotLetIn
from acd.core.model import QueueSpec
from acd.core.states import State
from records import events as e

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from acd.core.model import AgentProfile
    from acd.core.turn import Decision

_NO_LEASE_S = 1e9
"""Phones vouch for good: when they were lost is part of the day."""


class Arrival(msgspec.Struct, frozen=True):
    """A caller who comes to a queue."""

    call: str
    at: float
    """Steady seconds."""
    spec: QueueSpec
    """The queue as it was for them."""
    priority: int = 0
    max_wait: float | None = None
    customer_class: str = ""
    waited_s: float = 0.0
    """What they had waited before, elsewhere."""
    preferred_agent: str = ""
    preferred_s: float = 0.0
    blocked: tuple[str, ...] = ()


class Ring(msgspec.Struct, frozen=True):
    """What an agent does with an offer."""

    after_s: float
    cause: str = ""
    """Empty: answers; else as in :class:`acd.core.inputs.OfferFailed`."""


class World(Protocol):
    """What the core does not decide.  Each answer is the same for the same question."""

    begin: float
    end: float
    """Steady seconds of the last arrival at most."""

    def arrivals(self) -> Iterable[Arrival]:
        """Give the callers in order."""

    def diary(self) -> Iterable[tuple[float, i.Input | list[AgentProfile]]]:
        """Give what agents do by themselves, and changes of who they are (the whole directory), in order."""

    def patience(self, call: str) -> float:
        """Tell after how many seconds in the queue a caller gives up."""

    def ring(self, call: str, agent: str) -> Ring:
        """Tell what an agent does with an offer."""

    def handling(self, call: str, agent: str) -> tuple[float, float]:
        """Give seconds of talk, and of wrap-up if nothing ends it before."""

    def recovery(self, call: str, agent: str) -> float:
        """Tell after how many seconds an agent who missed that call says ready again."""


class Simulation:
    """Plays a world; ``tell`` hears every event with its time."""

    def __init__(self, world: World, tell: Callable[[e.Event, float], None], *, seed: int = 0) -> None:
        self._world, self._tell = world, tell
        self._acd = Acd(lease_s=_NO_LEASE_S, seed=seed)
        self._now = world.begin
        self._ahead: list[tuple[float, int, Any]] = []
        self._order = 0
        self._queues: dict[str, QueueSpec] = {}
        self._blocked: dict[str, list[str]] = {}
        self.refused = 0
        """Callers whom a full queue did not take."""

    def run(self) -> None:
        """Play from begin until everybody who waits or talks is done."""
        acd, world = self._acd, self._world
        for_good = self._now + _NO_LEASE_S
        for at, entry in world.diary():
            self._at(at, entry)
        for arrival in world.arrivals():
            self._at(arrival.at, arrival)
        self._take(acd.resume(self._now, {}))
        while True:
            due = acd.next_deadline()
            ahead = self._ahead[0][0] if self._ahead else inf
            if due is not None and due <= ahead and due < for_good:
                self._now = max(self._now, due)
                self._do(i.Tick())
            elif self._ahead:
                at, _, entry = heappop(self._ahead)
                self._now = max(self._now, at)
                self._happen(entry)
            else:
                return

    def _at(self, at: float, entry: Any) -> None:
        self._order += 1
        heappush(self._ahead, (at, self._order, entry))

    def _happen(self, entry: Any) -> None:
        state = self._acd.state
        match entry:
            case Arrival():
                self._arrive(entry)
            case list():
                self._take(self._acd.configure_agents(entry, self._now))
            case i.CallGone() if entry.call not in state.tickets:
                pass  # they talk: it was the patience of waiting that ended
            case i.FinishWrapUp() if self._acd.agent(entry.agent).state is not State.WRAP_UP:
                pass
            case i.Ready() if self._acd.agent(entry.agent).state is State.LOGGED_OUT:
                pass
            case tuple():
                agent, since, asked = entry
                if self._acd.agent(agent).since == since:
                    self._do(asked)
            case _:
                self._do(entry)

    def _arrive(self, arrival: Arrival) -> None:
        spec = arrival.spec
        if self._queues.get(spec.name) != spec:
            self._queues[spec.name] = spec
            self._acd.configure_queues(self._queues.values())
        if arrival.blocked:
            self._blocked[arrival.call] = list(arrival.blocked)
            self._acd.block(self._blocked)
        try:
            decision = self._acd.handle(
                i.Enqueue(
                    arrival.call,
                    spec.name,
                    priority=arrival.priority,
                    max_wait=arrival.max_wait,
                    customer_class=arrival.customer_class,
                    since=self._now - arrival.waited_s,
                    subject=arrival.call,
                    preferred_agent=arrival.preferred_agent,
                    preferred_s=arrival.preferred_s,
                ),
                self._now,
            )
        except NotLetIn:
            self.refused += 1
            return
        self._take(decision)
        patience = self._world.patience(arrival.call)
        if patience < inf:
            self._at(self._now + patience, i.CallGone(arrival.call))

    def know_queues(self, specs: Iterable[QueueSpec]) -> None:
        """Take queues that calls may overflow into before anybody calls them."""
        self._queues = {spec.name: spec for spec in specs}
        self._acd.configure_queues(self._queues.values())

    def _do(self, happened: i.Input) -> None:
        try:
            decision = self._acd.handle(happened, self._now)
        except AcdError:
            return  # in this course of the day there is nothing to be done by it
        self._take(decision)

    def _take(self, decision: Decision) -> None:
        for event in decision.events:
            self._tell(event, self._now)
            if isinstance(event, e.AgentStateChanged):
                self._agent_moved(event)
        for command in decision.commands:
            if isinstance(command, MakeOffer):
                self._offered(command)
            elif isinstance(command, Connect):
                self._connect(command)

    def _agent_moved(self, event: e.AgentStateChanged) -> None:
        if event.after == State.WRAP_UP and event.before != State.WRAP_UP:
            _, wrap_s = self._world.handling(event.call, event.agent)
            if wrap_s < inf:
                self._when_still(event.agent, wrap_s, i.FinishWrapUp(event.agent))
        elif event.after == State.MISSED and event.before != State.UNREACHABLE:
            self._when_still(event.agent, self._world.recovery(event.call, event.agent), i.Ready(event.agent))

    def _when_still(self, agent: str, after_s: float, asked: i.Input) -> None:
        """Let an agent ask for something after a time, if they are still in the state of now."""
        self._at(self._now + after_s, (agent, self._acd.agent(agent).since, asked))

    def _offered(self, made: MakeOffer) -> None:
        ring = self._world.ring(made.call, made.agent)
        self._do(i.OfferProgress(made.offer))
        if not ring.cause:
            self._at(self._now + ring.after_s, i.OfferAnswered(made.offer))
        elif ring.cause != "no_answer":
            self._at(self._now + ring.after_s, i.OfferFailed(made.offer, ring.cause))

    def _connect(self, connect: Connect) -> None:
        agent = self._acd.state.offers[connect.offer].agent
        self._do(i.OfferConnected(connect.offer))
        talk_s, _ = self._world.handling(connect.call, agent)
        self._at(self._now + talk_s, i.TalkOver(connect.call, "caller"))
