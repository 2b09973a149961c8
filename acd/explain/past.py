"""The floor as it was at a place of the log, without reading the log from its begin.

From the newest snapshot before that place, if one is kept that is near enough.  Else it is put together: each
agent's last changes of state, each agent's skills as the log had said last, and the earlier events of the
calls of which something is heard in the stretch that is to be told.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from acd.core.floor import Floor
from acd.core.model import Agent, Profile
from acd.core.states import OFFERED, State
from records import events as e
from records.events import Recorded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from records.history import History

NEAR = 50_000
"""Events (about a second of folding) beyond which a snapshot is too far back."""
_LOOK_BACK = 8
"""Changes of state in which an agent's last begin of idleness is looked for: an offer is three of them."""


QUIET_S = 600.0
"""A log that has been silent for longer is of a controller that no longer runs, as a rule."""


class Past(msgspec.Struct):
    """A floor, and the events that follow."""

    floor: Floor
    events: list[Recorded]
    whole: bool
    """False when calls may have waited of which the floor does not know."""
    todays_skills: bool
    """The log did not tell the agents' skills yet: those are taken that it, or the directory, tells first."""


def past(history: History, first: Recorded, last: int) -> Past:
    """Give the floor just before an event, and the events from that one to a place."""
    events = list(history.between(first.seq, last))
    snapshot = history.snapshot(before=first.seq)
    floor = Floor()
    if snapshot is not None and "acd" in snapshot.state and first.seq - snapshot.seq <= NEAR:
        floor.restore(snapshot.state["acd"])
        for recorded in history.between(snapshot.seq + 1, first.seq - 1):
            _apply(floor, recorded)
        return Past(floor, events, True, _know_skills(floor, history, first.seq))
    todays = _know_skills(floor, history, first.seq)
    _put_together(floor, history, first, events)
    return Past(floor, events, False, todays)


def present(newest: datetime) -> float:
    """Tell the time of which to speak as now (steady seconds), by the newest event's time.

    It is the clock's, unless nothing has been written for long: then how things stood at the last event.
    """
    now = datetime.now(UTC)
    return (now if (now - newest).total_seconds() < QUIET_S else newest).timestamp()


def _apply(floor: Floor, recorded: Recorded) -> None:
    with suppress(KeyError, ValueError):  # as at a restart: what does not fit is passed over
        floor.apply(recorded.event, recorded.at.timestamp())


def _know_skills(floor: Floor, history: History, before: int) -> bool:
    """Let the floor know the agents' skills of the time; True when they are of a later one."""
    said = floor.state.profiled
    if not said:
        for recorded in history.profiles(before):
            floor.apply(recorded.event, 0.0)
    if said:
        return False
    for recorded in history.first_profiles():
        floor.apply(recorded.event, 0.0)
    for number, (_, skills, ranks) in history.agents().items():
        said.setdefault(number, Profile(skills, ranks))
    return True


def _put_together(floor: Floor, history: History, first: Recorded, events: Iterable[Recorded]) -> None:
    numbers = {*floor.state.profiled, *(name for one in events if (name := _agent_of(one)))}
    before = _calls_before(events)
    for recorded in history.of_calls(before, first.seq):
        if not isinstance(recorded.event, e.AgentStateChanged):
            number = getattr(recorded.event, "agent", "")
            if number:
                floor.state.agents.setdefault(number, Agent(number=number))
            _apply(floor, recorded)
    idle: list[tuple[float, str]] = []
    for number in sorted(numbers):
        agent = _agent_before(history, number, first)
        if agent is None:
            floor.state.agents.pop(number, None)
            continue
        floor.state.agents[number] = agent
        if agent.phone:
            floor.on_phone[agent.phone] = number
        if agent.idle_since:
            idle.append((agent.idle_since, number))
    for rank, (_, number) in enumerate(sorted(idle), 1):
        floor.state.agents[number].idle_rank = floor.state.idle_rank = rank


def _agent_of(recorded: Recorded) -> str:
    return recorded.event.agent if isinstance(recorded.event, e.AgentStateChanged) else ""


def _calls_before(events: Iterable[Recorded]) -> list[str]:
    """Name the calls that were there before they are first heard of."""
    first: dict[str, Recorded] = {}
    for recorded in events:
        for call in _calls_of(recorded.event):
            first.setdefault(call, recorded)
    return [call for call, one in first.items() if not isinstance(one.event, e.CallArrived | e.QueueEntered)]


def _calls_of(event: e.Event) -> list[str]:
    calls = [getattr(event, "call", "")]
    if isinstance(event, e.OfferMade):
        calls += [call for call, _ in event.rivals]
    return [call for call in calls if call]


def _agent_before(history: History, number: str, first: Recorded) -> Agent | None:
    changes = history.last_states(number, first, _LOOK_BACK)
    if not changes:
        return None
    floor = Floor()
    # from the earliest that was found on: what came before it shows in that event itself
    floor.state.agents[number] = Agent(number=number, state=State(_changed(changes[-1]).before))
    for recorded in reversed(changes):
        floor.apply(recorded.event, recorded.at.timestamp())
    agent = floor.state.agents[number]
    newest = _changed(changes[0])
    agent.phone = newest.phone if agent.state is not State.LOGGED_OUT else ""
    if agent.state is State.READY and not agent.idle_since and State(newest.before) not in OFFERED:
        agent.idle_since = agent.since
    return agent


def _changed(recorded: Recorded) -> e.AgentStateChanged:
    assert isinstance(recorded.event, e.AgentStateChanged)  # noqa: S101 - asked for by its type
    return recorded.event
