"""What the ACD shows of itself: to the command line, the API and the wallboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from acd.core.inputs import Target
from acd.core.states import State

if TYPE_CHECKING:
    from acd.core.acd import Acd


class AgentView(msgspec.Struct, frozen=True):
    """An agent now.  Times in steady (Unix) seconds."""

    number: str
    name: str
    skills: dict[str, int]
    state: str
    reason: str
    since: float | None
    """Begin of this state, None when the agent never logged in."""
    phone: str
    reachable: bool
    call: str
    until: float | None
    """When a wrap-up ends by itself."""
    pending: str
    pending_reason: str
    ranks: dict[str, int] = {}
    calls: int = 0
    """Calls taken since the login."""


class BlockView(msgspec.Struct, frozen=True):
    """An agent who is kept from a caller."""

    agent: str
    caller: str
    """The number, masked; empty when that person was erased."""


class QueueView(msgspec.Struct, frozen=True):
    """A queue now."""

    name: str
    needs: dict[str, int]
    priority: int
    strategy: str
    waiting: int
    """Callers without an agent, those whose call rings at one included."""
    longest_wait_s: float
    ringing: int
    talking: int
    agents: int
    """Logged-in agents with the skills."""
    ready: int
    """Those of them who are ready."""
    callbacks: int = 0
    """Places held for people who are to be called back, beside those who wait."""


class Standing(msgspec.Struct, frozen=True):
    """What a call that was taken over after a restart has in the ACD."""

    waits: bool = False
    music: str = ""
    hears_music: bool = False
    talk: str = ""
    """The offer, and agent's leg, of the conversation that it is in."""
    agent_there: bool = False
    """False when that leg ended while no controller watched."""
    exit_queue: str = ""
    outcome: str = ""
    """How its wait in ``exit_queue`` ended, when the stage had not said so yet."""
    transferred: Target | None = None
    """A menu, or somebody outside, to whom it was handed over."""


def agent_views(acd: Acd) -> list[AgentView]:
    """Show every agent of the directory, by number."""
    return [view for number in sorted(acd.floor.profiles) if (view := agent_view(acd, number)) is not None]


def agent_view(acd: Acd, number: str) -> AgentView | None:
    """Show one agent; None when the directory has none of that number."""
    profile = acd.floor.profiles.get(number)
    if profile is None:
        return None
    agent = acd.agent(number)
    return AgentView(
        number=number,
        name=profile.name,
        skills=profile.skills,
        state=agent.state.value,
        reason=agent.reason,
        since=agent.since or None,
        phone=agent.phone,
        reachable=acd.floor.reachable(agent.phone),
        call=agent.call,
        until=agent.until,
        pending=agent.pending,
        pending_reason=agent.pending_reason,
        ranks=profile.ranks,
        calls=agent.calls,
    )


def queue_views(acd: Acd, now: float) -> list[QueueView]:
    """Show every queue of the site, and removed ones in which somebody still waits, by name."""
    names = {*acd.floor.queues, *(ticket.queue for ticket in acd.state.tickets.values())}
    views = (queue_view(acd, name, now) for name in sorted(names))
    return [view for view in views if view is not None]


def queue_view(acd: Acd, name: str, now: float) -> QueueView | None:
    """Show one queue; None when there is none of that name, and nobody waits in one."""
    floor, state = acd.floor, acd.state
    tickets = [ticket for ticket in state.tickets.values() if ticket.queue == name]
    terms = floor.queues.get(name) or next(iter(tickets), None)
    if terms is None:
        return None
    skilled = [
        acd.agent(number)
        for number, profile in floor.profiles.items()
        if all(profile.skills.get(skill, 0) >= level for skill, level in terms.needs.items())
    ]
    return QueueView(
        name=name,
        needs=terms.needs,
        priority=terms.priority,
        strategy=terms.strategy,
        waiting=len(tickets),
        longest_wait_s=round(max((now - ticket.since for ticket in tickets), default=0.0), 3),
        ringing=sum(1 for ticket in tickets if ticket.offer),
        talking=sum(1 for talk in state.talks.values() if talk.queue == name),
        agents=sum(1 for agent in skilled if agent.state is not State.LOGGED_OUT),
        ready=sum(1 for agent in skilled if agent.state is State.READY),
        callbacks=sum(1 for place in state.held.values() if place.queue == name),
    )
