"""What the ACD knows: the state that is a fold of the events, and the configuration that is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from acd.core.own_calls import OwnCall
from acd.core.states import State
from acd.core.waits import QueueWaits

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


STRICT_S = 1e6
"""Seconds of waiting that weigh as much as a point of priority where nothing is said: more than any wait."""
FIRST_RANK = 1
"""Rank in a queue of an agent for whom none is given."""


class RelaxStep(msgspec.Struct, frozen=True):
    """What a call asks for after a while, when nobody has taken it."""

    after_s: float
    """Since it entered the queue."""
    needs: dict[str, int] = {}
    """Skill → least level instead of the queue's; 0: not needed any more.  Skills not named stay."""
    prefers: dict[str, int] = {}


class OverflowStep(msgspec.Struct, frozen=True):
    """Where a call goes on waiting, with its time kept, when its queue is too slow or too long."""

    to: str
    after_s: float | None = None
    """Since it entered the queue; with None, ``length`` decides at the entry."""
    length: int | None = None
    """So many wait already."""


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
    ageing_s: float = 0.0
    """Seconds of waiting that weigh as much as one point of priority; 0: no wait outweighs one."""
    target_s: float = 0.0
    """Calls that have waited for less are favoured by the strategy ``index``; 0: none are."""
    relax: tuple[RelaxStep, ...] = ()
    overflow: tuple[OverflowStep, ...] = ()
    after_no_answer: str = "missed"
    """State of an agent who did not take an offer: missed, or ready."""
    wrap_up_most_s: float = 0.0
    """Seconds to which a wrap-up can be extended; less than ``wrap_up_s`` means not at all."""
    auto_answer: bool = False


class AgentProfile(msgspec.Struct, frozen=True):
    """An agent as the directory knows them."""

    number: str
    name: str = ""
    skills: dict[str, int] = {}
    """Skill → level (1 to 5)."""
    ranks: dict[str, int] = {}
    """Queue → rank, from 1; the agents of a lower rank are offered its calls first, and an agent is offered
    the calls of the queue in which their rank is lowest first."""


Place = tuple[float, int, str]
"""(weighed time of entry in steady seconds, order of entry, call): sorts calls, the first the next."""


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
    prefers: dict[str, int] = {}
    customer_class: str = ""
    ageing_s: float = 0.0
    target_s: float = 0.0
    relax: list[tuple[float, dict[str, int], dict[str, int]]] = []
    """(steady seconds, needs, prefers), those ahead only."""
    overflow: list[tuple[float, str]] = []
    """(steady seconds, queue)."""
    preferred_agent: str = ""
    preferred_until: float = 0.0
    blocked: list[str] = []
    after_no_answer: str = "missed"
    wrap_up_most_s: float = 0.0
    auto_answer: bool = False
    came_from: list[str] = []
    dials_s: float = 0.0
    """Seconds for dialing somebody once an agent has answered; 0 when the caller is there already."""
    direct: bool = False
    """For the preferred agent alone; it stands in no queue, and leaves when that agent can't take it."""
    offers: list[str] = []
    """The offers in flight: none, one, or with a strategy that rings all, several."""

    @property
    def place(self) -> Place:
        """Sorts tickets: by the original time of entry, moved ahead by what the priority is worth."""
        return (self.since - self.priority * (self.ageing_s or STRICT_S), self.number, self.call)

    @property
    def came_to(self) -> str:
        """The queue that the call came to, wherever it overflowed to."""
        return self.came_from[0] if self.came_from else self.queue

    @property
    def offer(self) -> str:
        """The offer in flight, the first of several; empty without one."""
        return self.offers[0] if self.offers else ""

    def terms_due(self) -> float | None:
        """Tell when the terms change next (steady seconds): relaxed, for others too, in another queue."""
        due = [self.preferred_until] if self.preferred_agent and not self.direct else []
        due += [self.relax[0][0]] if self.relax else []
        due += [self.overflow[0][0]] if self.overflow else []
        return min(due, default=None)


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
        ageing_s=event.ageing_s,
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
    wrap_up_most_s: float = 0.0
    came_to: str = ""
    """The queue that the call came to, if it overflowed from there."""
    waited_s: float = 0.0
    """How long the caller had waited: the credit for waiting again."""
    held: bool = False
    consult: str = ""
    """The consultation that is on, CALL+N; empty without one."""
    consult_kind: str = ""
    """agent, queue, outside."""
    joined: bool = False
    """The consulted and the caller hear each other: a conference."""
    consults: int = 0
    """How many there have been."""


class Transferred(msgspec.Struct, frozen=True):
    """A call that an agent has handed over, until somebody else talks with the caller."""

    agent: str
    queue: str
    """The queue of the talk that was handed over."""
    to_kind: str
    to: str
    waited_s: float
    consult: str = ""


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
    most: float | None = None
    """Steady seconds to which ``until`` can be extended."""
    pending: str = ""
    """A :class:`State` asked for during a call, or to return to from unreachable."""
    pending_reason: str = ""
    lease_until: float = 0.0
    idle_rank: int = 0
    """Rises with each begin of idleness: the lowest is idle longest.  An offer that fails keeps it."""
    idle_since: float = 0.0
    """Steady seconds of that begin."""
    calls: int = 0
    """Calls taken since the login."""


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
    """The queue that the call came to, wherever it overflowed to."""
    outcome: str


class Profile(msgspec.Struct, frozen=True):
    """What the log said last of an agent's skills and ranks."""

    skills: dict[str, int] = {}
    ranks: dict[str, int] = {}


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
    transferred: dict[str, Transferred] = {}
    """Call → to whom it was handed over, when that is no talk with an agent."""
    supervised: dict[str, dict[str, str]] = {}
    """Call → supervisor → their line."""
    profiled: dict[str, Profile] = {}
    """The directory's agents, as the log knows them."""
    rotation: dict[str, str] = {}
    """Queue → the agent who was offered its last call."""
    waits: dict[str, QueueWaits] = {}
    """Queue → what was measured of its waits."""
    held: dict[str, Ticket] = {}
    """Holder → the place of somebody who is not on the line."""
    own_calls: dict[str, OwnCall] = {}
    """Call → what an agent dials or has dialed."""
    own_legs: dict[str, str] = {}
    """Agent's leg → own call, also of the last that are over: no such leg is to dial once more."""
    tickets_made: int = 0
    offers_made: int = 0
    idle_rank: int = 0
