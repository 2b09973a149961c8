"""What the pacer of a campaign is shown of the agents, the callers and the campaign's own lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from acd.core.line import fits
from acd.core.states import OFFERED, State
from outbound.pacing.floor import Floor

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from acd.core.acd import Acd
    from outbound.campaigns.attempts import Open

_COMES_BACK = frozenset({"", State.READY.value})
"""Pending states of an agent who takes another call after this one."""
_IN_TALK = frozenset({State.TALKING, State.HOLD, State.CONSULT})


def skilled(acd: Acd, queue: str) -> list[str]:
    """Give the agents who could take a queue's calls and are logged in."""
    spec = acd.floor.queues.get(queue)
    if spec is None:
        return []
    return [
        number
        for number, profile in acd.floor.profiles.items()
        if acd.agent(number).state is not State.LOGGED_OUT and fits(profile.skills, spec.needs)
    ]


def callers_waiting(acd: Acd, agents: Collection[str], ours: Collection[str]) -> int:
    """Count the calls, but ours, that wait for any of these agents and are offered to nobody."""
    skills = [acd.floor.profiles[agent].skills for agent in agents if agent in acd.floor.profiles]
    return sum(
        1
        for ticket in acd.state.tickets.values()
        if not ticket.offers and ticket.call not in ours and any(fits(of, ticket.needs) for of in skills)
    )


def floor_of(
    acd: Acd,
    agents: Iterable[str],
    attempts: Sequence[Open],
    now: float,
    *,
    starting: Sequence[float] = (),
    kept: int = 0,
) -> Floor:
    """Show one moment.

    ``starting``: probabilities of leads that are being dialled and are no attempts yet; ``kept``: ready
    agents who are left for others.
    """
    ready, talking, wrapping = 0, list[float](), list[float]()
    for number in agents:
        agent = acd.agent(number)
        if agent.pending not in _COMES_BACK:
            continue  # they leave, or rest, when the call and its wrap-up are over
        if agent.state is State.READY:
            ready += acd.floor.reachable(agent.phone)
        elif agent.state in OFFERED:
            talking.append(0.0)
        elif agent.state in _IN_TALK:
            talk = acd.state.talks.get(agent.call)
            talking.append(now - (talk.since if talk else agent.since))
        elif agent.state is State.WRAP_UP:
            wrapping.append(now - agent.since)
    waiting = [each for each in attempts if each.answered_at and not each.agent_at]
    ringing = [each for each in attempts if not each.answered_at]
    return Floor(
        now=now,
        idle=max(0, ready - kept),
        talking=np.array(talking),
        wrapping=np.array(wrapping),
        ringing=np.array([now - (each.dialled_at or now) for each in ringing] + [0.0] * len(starting)),
        chances=np.array([each.chance for each in ringing] + list(starting)),
        waiting=sum(1 for each in waiting if not _offered(acd, each)),
    )


def _offered(acd: Acd, attempt: Open) -> bool:
    """Whether an agent is reserved for it, who counts as busy already; or it is beyond having one."""
    ticket = acd.state.tickets.get(attempt.call)
    return attempt.message_at > 0 or (ticket is not None and bool(ticket.offers))
