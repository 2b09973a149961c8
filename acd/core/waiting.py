"""What becomes of a call that waits: it gets its place, asks for less after a while, goes on elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acd.core.errors import NotLetIn, UnknownQueue
from acd.core.line import fits
from acd.core.states import State
from records import events as e

if TYPE_CHECKING:
    from collections.abc import Mapping

    from acd.core import inputs as i
    from acd.core.model import QueueSpec, Talk, Ticket
    from acd.core.turn import Turn


MOST_PRIORITY = 1000
"""Ten times the highest that a queue or step can give: that of a caller who lost their agent may be more."""
DIRECT_RING_S = 20.0
"""How long an agent is rung for a call handed to them, when its queue is no more."""


def enqueue(turn: Turn, asked: i.Enqueue) -> None:
    """Give a call its place: in the queue that was asked for, or in the one it overflows to."""
    state, floor = turn.state, turn.floor
    if asked.call in state.tickets or asked.call in state.talks:
        return
    spec = floor.queues.get(asked.queue)
    if spec is None:
        raise UnknownQueue(asked.queue, floor.queues)
    held = state.held.get(asked.in_place_of)
    if held is None:
        _let_in(turn, asked, spec)
        since = turn.now if asked.since is None else asked.since
        priority = priority_of(spec, asked.priority, asked.customer_class)
    else:
        since, priority = held.since, held.priority
        turn.emit(e.PlaceGivenUp(holder=held.call, queue=held.queue))
    agent = asked.preferred_agent if _worth_waiting_for(turn, asked, spec) else ""
    floor.join(asked.call)
    _enter(
        turn,
        spec,
        call=asked.call,
        priority=priority,
        since=since,
        max_wait=spec.max_wait_s if asked.max_wait is None else asked.max_wait,
        music=spec.music,
        customer_class=asked.customer_class,
        preferred_agent=agent,
        preferred_until=turn.now + asked.preferred_s if agent else 0.0,
        blocked=list(floor.blocked_pairs.get(asked.subject, ())),
        came_from=[],
        dials_s=asked.dials_s,
    )
    if held is None:
        _overflow_when_long(turn, state.tickets[asked.call], spec)


def priority_of(spec: QueueSpec, asked: int | None, customer_class: str) -> int:
    """Give what was asked for, else what the queue has for the customer's class, else the queue's."""
    return spec.classes.get(customer_class, spec.priority) if asked is None else asked


def _enter(
    turn: Turn,
    spec: QueueSpec,
    *,
    call: str,
    priority: int,
    since: float,
    max_wait: float | None,
    music: str,
    customer_class: str,
    preferred_agent: str,
    preferred_until: float,
    blocked: list[str],
    came_from: list[str],
    dials_s: float,
) -> None:
    """Let a call wait in a queue under its terms of this moment; they are counted from now on."""
    turn.emit(
        e.QueueEntered(
            call=call,
            queue=spec.name,
            priority=priority,
            needs=dict(spec.needs),
            position=turn.floor.position_of_new(spec, priority, since, call),
            since=since,
            max_wait=max_wait,
            strategy=spec.strategy,
            ring_s=spec.ring_s,
            wrap_up_s=spec.wrap_up_s,
            music=music,
            prefers=dict(spec.prefers),
            customer_class=customer_class,
            ageing_s=spec.ageing_s,
            target_s=spec.target_s,
            relax=_relaxations(spec, turn.now),
            overflow=[
                (turn.now + step.after_s, step.to)
                for step in spec.overflow
                if step.after_s is not None and step.to not in came_from
            ],
            preferred_agent=preferred_agent,
            preferred_until=preferred_until,
            blocked=blocked,
            after_no_answer=spec.after_no_answer,
            wrap_up_most_s=spec.wrap_up_most_s,
            auto_answer=spec.auto_answer,
            came_from=came_from,
            dials_s=dials_s,
        )
    )
    turn.returned(call)


def enter_in_front(turn: Turn, call: str, queue: str, waited_s: float) -> None:
    """Let a call wait that lost its agent: as :func:`enter_again`, in front of everybody in its queue."""
    spec, since = turn.floor.queues[queue], turn.now - waited_s
    priority = spec.priority
    while turn.floor.position_of_new(spec, priority, since, call) > 1 and priority < MOST_PRIORITY:
        priority += 1
    enter_again(turn, call, queue, waited_s, priority=priority)


def enter_again(
    turn: Turn,
    call: str,
    queue: str,
    waited_s: float,
    *,
    agent: str = "",
    agent_s: float = 0.0,
    priority: int | None = None,
) -> None:
    """Let a call that was handed over wait, with the time that it has waited before as credit.

    ``agent`` has it for ``agent_s`` seconds before others are offered it.  Raises UnknownQueue.
    """
    spec = turn.floor.queues.get(queue)
    if spec is None:
        raise UnknownQueue(queue, turn.floor.queues)
    turn.floor.join(call)
    _enter(
        turn,
        spec,
        call=call,
        priority=spec.priority if priority is None else priority,
        since=turn.now - waited_s,
        max_wait=None if spec.max_wait_s is None else spec.max_wait_s + waited_s,
        music=spec.music,
        customer_class="",
        preferred_agent=agent,
        preferred_until=turn.now + agent_s if agent else 0.0,
        blocked=[],
        came_from=[],
        dials_s=0.0,
    )


def enter_for_consult(turn: Turn, consult: str, queue: str, talk: Talk) -> None:
    """Let a consultation wait for an agent of a queue, as if it were a caller; no wrap-up follows."""
    spec = turn.floor.queues[queue]
    turn.floor.join(consult)
    turn.emit(
        e.QueueEntered(
            call=consult,
            queue=queue,
            priority=spec.priority,
            needs=dict(spec.needs),
            position=turn.floor.position_of_new(spec, spec.priority, turn.now, consult),
            since=turn.now,
            strategy=spec.strategy,
            ring_s=spec.ring_s,
            wrap_up_s=0.0,
            music=spec.music,
            prefers=dict(spec.prefers),
            ageing_s=spec.ageing_s,
            blocked=[talk.agent],
            after_no_answer=spec.after_no_answer,
            auto_answer=spec.auto_answer,
        )
    )
    turn.returned(consult)


def enter_directly(turn: Turn, call: str, agent: str, talk: Talk, *, wrap_up_s: float) -> None:
    """Let a call, or a consultation, be for one agent alone; it leaves when they can't take it."""
    spec = turn.floor.queues.get(talk.queue)
    turn.floor.join(call)
    turn.emit(
        e.QueueEntered(
            call=call,
            queue=talk.queue,
            priority=spec.priority if spec else 0,
            needs={},
            position=1,
            since=turn.now,
            ring_s=spec.ring_s if spec else DIRECT_RING_S,
            wrap_up_s=wrap_up_s,
            music=spec.music if spec else "default",
            preferred_agent=agent,
            after_no_answer=spec.after_no_answer if spec else "missed",
            wrap_up_most_s=talk.wrap_up_most_s if wrap_up_s else 0.0,
            auto_answer=spec.auto_answer if spec else False,
            direct=True,
        )
    )
    turn.returned(call)


def _relaxations(spec: QueueSpec, now: float) -> list[tuple[float, dict[str, int], dict[str, int]]]:
    needs, prefers = dict(spec.needs), dict(spec.prefers)
    found = []
    for step in spec.relax:
        needs, prefers = _relaxed(needs, step.needs), _relaxed(prefers, step.prefers)
        found.append((now + step.after_s, needs, prefers))
    return found


def _relaxed(levels: Mapping[str, int], step: Mapping[str, int]) -> dict[str, int]:
    return {skill: level for skill, level in {**levels, **step}.items() if level > 0}


def _let_in(turn: Turn, asked: i.Enqueue, spec: QueueSpec) -> None:
    """Raise NotLetIn when the queue takes no further caller; nothing is changed then."""
    if asked.only_if_served and not turn.floor.served(spec.needs):
        raise NotLetIn(spec.name, "empty", "no agent with its skills is logged in")
    if _is_full(turn, spec):
        raise NotLetIn(spec.name, "full", f"{_on_the_line(turn, spec)} callers wait")


def _is_full(turn: Turn, spec: QueueSpec) -> bool:
    return spec.max_length is not None and _on_the_line(turn, spec) >= spec.max_length


def _on_the_line(turn: Turn, spec: QueueSpec) -> int:
    held = sum(place.queue == spec.name for place in turn.state.held.values())
    return turn.floor.lines.length(spec.name) - held


def _worth_waiting_for(turn: Turn, asked: i.Enqueue, spec: QueueSpec) -> bool:
    """Tell whether the preferred agent is here, and one who may have the call."""
    profile = turn.floor.profiles.get(asked.preferred_agent)
    return (
        asked.preferred_s > 0
        and profile is not None
        and fits(profile.skills, spec.needs)
        and turn.floor.agent(profile.number).state is not State.LOGGED_OUT
        and profile.number not in turn.floor.blocked_pairs.get(asked.subject, ())
    )


def rejoin(turn: Turn, asked: i.Rejoin) -> None:
    """Let a restored call take part again."""
    if asked.call in turn.state.tickets:
        turn.floor.join(asked.call)
        turn.returned(asked.call)


# ── while it waits ───────────────────────────────────────────────────────────────────────────────


def terms_due(turn: Turn, ticket: Ticket) -> None:
    """Change a call's terms whose time has come."""
    if ticket.preferred_agent and ticket.preferred_until <= turn.now:
        turn.emit(e.PreferenceLapsed(call=ticket.call, queue=ticket.queue, agent=ticket.preferred_agent))
    if ticket.relax and ticket.relax[0][0] <= turn.now:
        _, needs, prefers = ticket.relax[0]
        turn.emit(e.TermsRelaxed(call=ticket.call, queue=ticket.queue, needs=needs, prefers=prefers))
    if ticket.overflow and ticket.overflow[0][0] <= turn.now:
        _overflow(turn, ticket, ticket.overflow[0][1])
    turn.returned(ticket.call)


def _overflow_when_long(turn: Turn, ticket: Ticket, spec: QueueSpec) -> None:
    ahead = turn.floor.lines.length(spec.name) - 1
    for step in spec.overflow:
        if step.length is not None and ahead >= step.length:
            _overflow(turn, ticket, step.to)
            return


def _overflow(turn: Turn, ticket: Ticket, to: str) -> None:
    """Let a call go on waiting in another queue: with its time, its longest wait and its music."""
    spec = turn.floor.queues.get(to)
    if spec is None or _is_full(turn, spec):
        turn.emit(e.QueueRefused(call=ticket.call, queue=to, reason="full" if spec else "gone"))
        return
    turn.leave_queue(ticket, "overflow")
    turn.floor.join(ticket.call)
    _enter(
        turn,
        spec,
        call=ticket.call,
        priority=spec.classes.get(ticket.customer_class, ticket.priority),
        since=ticket.since,
        max_wait=ticket.max_wait,
        music=ticket.music,
        customer_class=ticket.customer_class,
        preferred_agent="",
        preferred_until=0.0,
        blocked=ticket.blocked,
        came_from=[*ticket.came_from, ticket.queue],
        dials_s=ticket.dials_s,
    )
