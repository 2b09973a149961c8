"""Calls that agents begin: the agent is dialing, talking, wrapping up, and offered nothing meanwhile.

A talk with an outside number is a talk like any other, so that it can be held, transferred and wrapped up.
With a colleague both are busy, and neither has a wrap-up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from acd.core import calls
from acd.core.endings import end_talk
from acd.core.errors import ColleagueNotFree, UnknownAgent, UnknownQueue
from acd.core.line import fits
from acd.core.model import FIRST_RANK, Talk
from acd.core.own_calls import OwnCall
from acd.core.states import IllegalTransition, State, Trigger
from records import events as e

if TYPE_CHECKING:
    from collections.abc import Callable

    from acd.core import inputs as i
    from acd.core.floor import Floor
    from acd.core.model import Agent, QueueSpec
    from acd.core.turn import Turn

FREE = frozenset({State.READY, State.PAUSED, State.MISSED, State.WRAP_UP})
"""States in which an agent may dial."""
OUTBOUND, INTERNAL = "outbound", "internal"
"""Reasons of the states of an own call."""
LEGS_KEPT = 1000


def default_queue(floor: Floor, agent: str) -> str:
    """Give the queue for which an agent dials who names none: of those they serve, that of the first rank."""
    profile = floor.profiles.get(agent)
    if profile is None:
        return ""
    served = [spec.name for spec in floor.queues.values() if fits(profile.skills, spec.needs)]
    return min(served, key=lambda name: profile.ranks.get(name, FIRST_RANK), default="")


def may_dial(floor: Floor, asked: i.DialOut) -> None:
    """Raise what :func:`dial_out` would."""
    if asked.queue and asked.queue not in floor.queues:
        raise UnknownQueue(asked.queue, floor.queues)
    if asked.agent:
        agent = _known(floor, asked.agent)
        if agent.state not in FREE:
            raise IllegalTransition(agent.number, Trigger.DIAL, agent.state)
    if asked.colleague:
        other = _known(floor, asked.colleague)
        if other.state is not State.READY or asked.colleague == asked.agent:
            raise ColleagueNotFree(other.number, other.state.value)


def _known(floor: Floor, number: str) -> Agent:
    if number not in floor.profiles and number not in floor.state.agents:
        raise UnknownAgent(number, floor.profiles)
    return floor.agent(number)


def dial_out(turn: Turn, asked: i.DialOut) -> None:
    """Begin the call; who is busy with something else can't."""
    may_dial(turn.floor, asked)
    spec: QueueSpec | None = turn.floor.queues.get(asked.queue)
    turn.emit(
        e.AgentDialed(
            call=asked.call,
            agent=asked.agent,
            phone=asked.phone,
            leg=asked.leg,
            queue=asked.queue,
            colleague=asked.colleague,
            wrap_up_s=spec.wrap_up_s if spec and not asked.colleague else 0.0,
            wrap_up_most_s=spec.wrap_up_most_s if spec and not asked.colleague else 0.0,
            subject=asked.subject,
        )
    )
    reason = INTERNAL if asked.colleague else OUTBOUND
    if asked.agent:
        agent = turn.state.agents[asked.agent]
        if agent.state in {State.PAUSED, State.MISSED}:  # to be taken up again afterwards
            turn.set_pending(agent, agent.state.value, agent.reason)
        turn.move(agent, Trigger.DIAL, reason=reason, call=asked.call)
    if asked.colleague:
        turn.move(turn.state.agents[asked.colleague], Trigger.DIAL, reason=reason, call=asked.call)


def dial_connected(turn: Turn, sign: i.DialConnected) -> None:
    """Begin the talk."""
    own = turn.state.own_calls.get(sign.call)
    if own is None or own.reached_at is not None:
        return
    reached = e.AgentReached(
        call=own.call, agent=own.agent, queue=own.queue, rang_s=round(turn.now - own.since, 6)
    )
    turn.emit(reached)
    for agent in _on(turn, own):
        turn.move(agent, Trigger.TALK, reason=agent.reason)


def dial_over(turn: Turn, over: i.DialOver) -> None:
    """Release whoever was on the call; after a talk with an outside number the wrap-up begins."""
    own = turn.state.own_calls.get(over.call)
    if own is None:
        return
    if over.call in turn.state.talks:
        end_talk(turn, over.call, over.by)
    talk_s = turn.now - own.reached_at if own.colleague and own.reached_at is not None else 0.0
    people = _on(turn, own)
    turn.emit(
        e.AgentDialOver(
            call=own.call, agent=own.agent, queue=own.queue, outcome=over.outcome, talk_s=round(talk_s, 6)
        )
    )
    for agent in people:
        if agent.state is not State.DIALING:
            turn.move(agent, Trigger.END_TALK, until=turn.now, most=turn.now)
        turn.settle(agent)


def call_gone(turn: Turn, gone: i.CallGone) -> None:
    """Give back whatever a call held, also one that an agent began."""
    calls.call_gone(turn, gone)
    own = turn.state.own_calls.get(gone.call)
    if own is not None:
        dial_over(turn, _over(gone.call, own))


def _over(call: str, own: OwnCall) -> i.DialOver:
    from acd.core.inputs import DialOver  # noqa: PLC0415 - inputs are types elsewhere here

    return DialOver(call, "completed" if own.reached_at is not None else "lost", "caller")


def _on(turn: Turn, own: OwnCall) -> list[Agent]:
    """Give the agents who are on the call and busy with it."""
    agents = (turn.state.agents.get(number) for number in (own.agent, own.colleague) if number)
    busy = {State.DIALING, State.TALKING, State.HOLD, State.CONSULT}
    return [agent for agent in agents if agent is not None and agent.call == own.call and agent.state in busy]


# ── folds ────────────────────────────────────────────────────────────────────────────────────────


def folds(floor: Floor) -> dict[type[e.Event], Callable[[Any, float], None]]:
    """Give the folds of these events, for the floor."""
    return {
        e.AgentDialed: lambda event, at: _dialed(floor, event, at),
        e.AgentReached: lambda event, at: _reached(floor, event, at),
        e.AgentDialOver: lambda event, _: _dial_over(floor, event),
    }


def _dialed(floor: Floor, event: e.AgentDialed, at: float) -> None:
    state = floor.state
    state.own_calls[event.call] = OwnCall(
        call=event.call,
        agent=event.agent,
        phone=event.phone,
        leg=event.leg,
        since=at,
        queue=event.queue,
        colleague=event.colleague,
        wrap_up_s=event.wrap_up_s,
        wrap_up_most_s=event.wrap_up_most_s,
    )
    state.own_legs[event.leg] = event.call
    if len(state.own_legs) > LEGS_KEPT + len(state.own_calls):
        oldest = next(leg for leg, call in state.own_legs.items() if call not in state.own_calls)
        del state.own_legs[oldest]


def _reached(floor: Floor, event: e.AgentReached, at: float) -> None:
    own = floor.state.own_calls[event.call]
    own.reached_at = at
    if own.agent and not own.colleague:
        floor.state.talks[event.call] = Talk(
            call=event.call,
            queue=own.queue,
            agent=own.agent,
            offer=own.leg,
            since=at,
            wrap_up_s=own.wrap_up_s,
            wrap_up_most_s=own.wrap_up_most_s,
        )


def _dial_over(floor: Floor, event: e.AgentDialOver) -> None:
    floor.state.own_calls.pop(event.call, None)
