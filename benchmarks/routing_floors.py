"""The policies that are compared: Ringhall's live core, and ``app_queue`` as it picks (a model of it)."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Protocol

from acd.core import inputs as i
from acd.core.acd import Acd
from acd.core.commands import Connect, MakeOffer
from acd.core.model import AgentProfile, QueueSpec
from acd.core.states import State

if TYPE_CHECKING:
    from acd.core.turn import Decision
    from benchmarks.routing_world import Caller, World

Connected = list[tuple[str, str]]
"""(call, agent)."""
VIP_CLASS = "vip"
_NEVER_LAPSES_S = 1e9


class Floor(Protocol):
    """Who takes which call."""

    def arrive(self, caller: Caller, now: float) -> Connected:
        """Take a call in."""

    def leave(self, call: str, now: float) -> Connected:
        """A caller has lost patience."""

    def free(self, agent: str, call: str, now: float) -> Connected:
        """An agent is done with a call, wrap-up included."""


def skill_name(skill: int) -> str:
    """Name a skill, and the queue that needs it."""
    return f"skill{skill}"


class LiveFloor:
    """Ringhall's core as it runs in the controller; phones answer at once."""

    def __init__(self, world: World, spec: QueueSpec) -> None:
        """``spec``: what the queues have in common."""
        self.acd = Acd(lease_s=_NEVER_LAPSES_S)
        fields = {name: getattr(spec, name) for name in spec.__struct_fields__}
        self.acd.configure_queues(
            QueueSpec(**fields | {"name": skill_name(skill), "needs": {skill_name(skill): 1}})
            for skill in range(3)
        )
        profiles = [
            AgentProfile(number, skills={skill_name(skill): level for skill, level in skills.items()})
            for number, skills in world.agents.items()
        ]
        self.acd.configure_agents(profiles, 0.0)
        self.acd.resume(0.0, {})
        for profile in profiles:
            for happened in (i.PhoneSeen(profile.number), i.LogIn(profile.number, profile.number)):
                self.acd.handle(happened, 0.0)
            self.acd.handle(i.Ready(profile.number), 0.0)

    def arrive(self, caller: Caller, now: float) -> Connected:
        """Take a call in."""
        asked = i.Enqueue(
            caller.name, skill_name(caller.skill), customer_class=VIP_CLASS if caller.vip else ""
        )
        return self._connected(self.acd.handle(asked, now), now)

    def leave(self, call: str, now: float) -> Connected:
        """A caller has lost patience."""
        return self._connected(self.acd.handle(i.CallGone(call), now), now)

    def free(self, agent: str, call: str, now: float) -> Connected:
        """An agent is done with a call."""
        done = self.acd.handle(i.TalkOver(call, "caller"), now)
        if self.acd.agent(agent).state is State.WRAP_UP:
            raise AssertionError("the handling time has the wrap-up in it")
        return self._connected(done, now)

    def _connected(self, decision: Decision, now: float) -> Connected:
        found: Connected = []
        todo = list(decision.commands)
        while todo:
            match todo.pop(0):
                case MakeOffer(call=call, offer=offer, agent=agent):
                    found.append((call, agent))
                    todo += self.acd.handle(i.OfferAnswered(offer), now).commands
                case Connect(offer=offer):
                    todo += self.acd.handle(i.OfferConnected(offer), now).commands
                case _:
                    pass
        return found


class AppQueueFloor:
    """``app_queue`` with ``leastrecent``, one queue a skill, its polling left out (which flatters it).

    A free agent takes from a random one of their queues in which somebody waits, VIPs first, then the longest
    wait; a call takes the idle agent who has been idle longest.
    """

    def __init__(self, world: World, seed: int) -> None:
        self._agents = world.agents
        self._dice = random.Random(f"app_queue/{seed}")
        self._waiting: list[dict[str, tuple[bool, float]]] = [{}, {}, {}]
        self._idle: dict[str, None] = dict.fromkeys(world.agents)

    def arrive(self, caller: Caller, now: float) -> Connected:
        """Take a call in."""
        agent = next((agent for agent in self._idle if caller.skill in self._agents[agent]), None)
        if agent is None:
            self._waiting[caller.skill][caller.name] = (not caller.vip, now)
            return []
        del self._idle[agent]
        return [(caller.name, agent)]

    def leave(self, call: str, now: float) -> Connected:  # noqa: ARG002 - floors are alike
        """A caller has lost patience."""
        for queue in self._waiting:
            queue.pop(call, None)
        return []

    def free(self, agent: str, call: str, now: float) -> Connected:  # noqa: ARG002
        """An agent is done with a call."""
        queues = [self._waiting[skill] for skill in self._agents[agent] if self._waiting[skill]]
        if not queues:
            self._idle[agent] = None
            return []
        queue = self._dice.choice(queues)
        first = min(queue, key=queue.__getitem__)
        del queue[first]
        return [(first, agent)]
