"""What the ACD knows: the state that is a fold of the events, and the configuration that is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from acd.core.states import State

if TYPE_CHECKING:
    from records.events import PlaceHeld

PROGRESS_S = 2.0
"""A phone that gives no sign of life for so long after an offer is unreachable, not slow."""
CONNECT_S = 5.0
"""Longest time between an agent's answer and the connection."""
LEASE_S = 60.0
"""So long a phone vouches for its agent after it was seen last."""
DOUBT_S = 10.0
"""After an offer met silence the switch may believe in the phone until its next probe has failed (qualify
every 5 s, time-out 3 s): sightings within this time prove nothing, unless the phone was lost in between."""
AGAIN_S = 5.0
"""The same call isn't offered to the same agent again within this time of a failed connection."""
GATHER_S = 2.0
"""After a restart nobody is offered before all restored calls have rejoined, or this long."""
MAX_ATTEMPTS = 5
LOCK_S = 300.0
"""After so many wrong PINs an agent number, and a phone, are locked for so long."""


class QueueSpec(msgspec.Struct, frozen=True):
    """A queue as the admin defines it.  Times in seconds."""

    name: str
    needs: dict[str, int] = {}
    """Skill → least level (1 to 5)."""
    priority: int = 0
    strategy: str = "longest_idle"
    ring_s: float = 20.0
    wrap_up_s: float = 10.0
    max_wait_s: float | None = None
    music: str = "default"
    prefers: dict[str, int] = {}
    """Skill → level that is wished for."""
    max_length: int | None = None
    """Callers who may wait at the same time."""
    classes: dict[str, int] = {}
    """Customer class → priority."""


class AgentProfile(msgspec.Struct, frozen=True):
    """An agent as the directory knows them."""

    number: str
    name: str = ""
    skills: dict[str, int] = {}
    """Skill → level (1 to 5)."""


class Ticket(msgspec.Struct):
    """A call's place in a queue, under the terms of the moment in which it entered."""

    call: str
    queue: str
    priority: int
    needs: dict[str, int]
    since: float
    number: int
    """Order of entry, over all queues."""
    max_wait: float | None
    strategy: str
    ring_s: float
    wrap_up_s: float
    music: str
    dials_s: float = 0.0
    """Seconds for dialing somebody once an agent has answered; 0 when the caller is there already."""
    offer: str = ""
    """The offer in flight, if there is one."""

    @property
    def place(self) -> tuple[int, float, int, str]:
        """Sorts tickets: priority, then the original time of entry."""
        return (-self.priority, self.since, self.number, self.call)


def held_place(event: PlaceHeld, number: int) -> Ticket:
    """Make the place of somebody who is not on the line: a ticket that nothing but its place counts of."""
    return Ticket(
        call=event.holder,
        queue=event.queue,
        priority=event.priority,
        needs={},
        since=event.since,
        number=number,
        max_wait=None,
        strategy="",
        ring_s=0.0,
        wrap_up_s=0.0,
        music="",
    )


class Offer(msgspec.Struct):
    """A call and an agent, reserved for each other until a deadline."""

    offer: str
    call: str
    queue: str
    agent: str
    phone: str
    deadline: float
    rang_at: float | None = None
    answered_at: float | None = None


class Talk(msgspec.Struct):
    """An agent's conversation with a caller."""

    call: str
    queue: str
    agent: str
    offer: str
    since: float
    wrap_up_s: float


class Agent(msgspec.Struct):
    """An agent who has ever logged in."""

    number: str
    state: State = State.LOGGED_OUT
    reason: str = ""
    since: float = 0.0
    """Steady seconds of the last change of state or reason."""
    phone: str = ""
    call: str = ""
    """The call offered to, talked with, or wrapped up."""
    until: float | None = None
    pending: str = ""
    """A :class:`State` asked for during a call, or to return to from unreachable."""
    pending_reason: str = ""
    lease_until: float = 0.0
    idle_rank: int = 0
    """Rises with each begin of idleness: the lowest is idle longest.  An offer that fails keeps it."""


class Phone(msgspec.Struct):
    """A phone that was ever seen."""

    name: str
    reachable: bool = False
    reason: str = "gone"
    """Why it is not reachable: gone, lapsed, silent."""
    doubted_until: float = 0.0


class Attempts(msgspec.Struct):
    """Wrong logins of one agent number, or on one phone, since the last right one."""

    wrong: int = 0
    locked_until: float = 0.0


class Exit(msgspec.Struct, frozen=True):
    """How a call's last wait ended, remembered until the call ends or waits again."""

    queue: str
    outcome: str


class FloorState(msgspec.Struct):
    """Everything that follows from the events."""

    tickets: dict[str, Ticket] = {}
    offers: dict[str, Offer] = {}
    talks: dict[str, Talk] = {}
    agents: dict[str, Agent] = {}
    phones: dict[str, Phone] = {}
    attempts: dict[str, Attempts] = {}
    """``agent:NUMBER`` or ``phone:NAME`` → wrong logins."""
    exits: dict[str, Exit] = {}
    """Call → how its wait ended."""
    held: dict[str, Ticket] = {}
    """Holder → the place of somebody who is not on the line."""
    tickets_made: int = 0
    offers_made: int = 0
    idle_rank: int = 0
