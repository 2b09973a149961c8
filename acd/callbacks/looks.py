"""What the ACD shows of the queues in which somebody is to be called back."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from acd.callbacks.terms import Look
from acd.core.states import State

if TYPE_CHECKING:
    from collections.abc import Iterable

    from acd.callbacks.cases import Cases
    from acd.core.acd import Acd
    from acd.core.model import Ticket

AT_WORK = frozenset(State) - {State.LOGGED_OUT, State.PAUSED, State.MISSED, State.UNREACHABLE}


def looks_at(acd: Acd, cases: Cases) -> dict[str, Look]:
    """Look at every queue with open promises, or with a place that is still held for one."""
    state = acd.state
    queues = {case.queue for case in cases} | {place.queue for place in state.held.values()}
    waiting: dict[str, list[Ticket]] = {queue: [] for queue in queues}
    for ticket in state.tickets.values():
        if ticket.queue in queues:
            waiting[ticket.queue].append(ticket)
    return {queue: _look(acd, cases, queue, waiting[queue]) for queue in queues}


def _look(acd: Acd, cases: Cases, queue: str, waiting: list[Ticket]) -> Look:
    states = [acd.agent(number).state for number in _skilled(acd, queue)]
    free = [ticket for ticket in waiting if not ticket.offer]
    places = sorted(ticket.place for ticket in free)
    held = [place for place in acd.state.held.values() if place.queue == queue]
    return Look(
        ready=states.count(State.READY),
        working=sum(1 for state in states if state in AT_WORK),
        live=sum(1 for ticket in free if cases.of_call(ticket.call) is None),
        ahead={place.call: bisect_left(places, place.place) for place in held},
        held={place.call: place.since for place in held},
        waiting=frozenset(ticket.call for ticket in waiting),
        talking=frozenset(acd.state.talks),
    )


def _skilled(acd: Acd, queue: str) -> Iterable[str]:
    spec = acd.floor.queues.get(queue)
    if spec is None:
        return ()
    return [
        number
        for number, profile in acd.floor.profiles.items()
        if all(profile.skills.get(skill, 0) >= level for skill, level in spec.needs.items())
    ]
