"""In a queue: waiting, offers, talk."""

from __future__ import annotations

from records.events.base import Event


class QueueEntered(Event, frozen=True, tag=True, kw_only=True):
    """A call began to wait."""

    call: str
    queue: str
    priority: int
    needs: dict[str, int]
    """Skill → least level."""
    position: int
    """1 for the caller who is next."""
    since: float = 0.0
    """Steady seconds since when the caller waits, by which the place is kept; 0 for the envelope's time."""
    max_wait: float | None = None
    """Seconds; with the fields below, the queue as it was defined when the caller entered it."""
    strategy: str = "longest_idle"
    ring_s: float = 20.0
    wrap_up_s: float = 10.0
    music: str = "default"
    prefers: dict[str, int] = {}
    """Skill → level that is wished for."""
    customer_class: str = ""
    ageing_s: float = 0.0
    """Seconds of waiting that weigh as much as one point of priority; 0: no wait outweighs one."""
    target_s: float = 0.0
    """Calls that have waited for less are favoured (strategy ``index``); 0 where none are."""
    relax: list[tuple[float, dict[str, int], dict[str, int]]] = []
    """(steady seconds, needs, prefers): what the call asks for from then on."""
    overflow: list[tuple[float, str]] = []
    """(steady seconds, queue): where the call moves at that time, if nobody has taken it."""
    preferred_agent: str = ""
    preferred_until: float = 0.0
    """Steady seconds until which only that agent is offered the call."""
    blocked: list[str] = []
    """Agents who are never offered the call."""
    after_no_answer: str = "missed"
    """State of an agent who did not take an offer: missed, or ready."""
    wrap_up_most_s: float = 0.0
    """Seconds to which a wrap-up can be extended; never less than ``wrap_up_s``."""
    auto_answer: bool = False
    """The agent's phone is asked to answer by itself."""
    came_from: list[str] = []
    """Queues in which the call has waited before it overflowed to this one, the first first."""

    dials_s: float = 0.0
    """Seconds within which an agent who has answered is to be connected with somebody who is then dialed; 0
    when the caller is there already."""
    direct: bool = False
    """For ``preferred_agent`` alone, whatever the queue's terms are: handed to that agent by another.  It
    stands in no queue and leaves when that agent can't take it."""


class TermsRelaxed(Event, frozen=True, tag=True, kw_only=True):
    """A call that nobody took asks for less from now on."""

    call: str
    queue: str
    needs: dict[str, int]
    prefers: dict[str, int] = {}


class PreferenceLapsed(Event, frozen=True, tag=True, kw_only=True):
    """A call has waited long enough for one agent; others may be offered it now."""

    call: str
    queue: str
    agent: str


class QueueRefused(Event, frozen=True, tag=True, kw_only=True):
    """A call was not let into a queue: it is full (too many wait), empty (nobody serves it), closed or gone.

    One that waits already does so on, and would have overflowed to that queue.
    """

    call: str
    queue: str
    reason: str


class OfferMade(Event, frozen=True, tag=True, kw_only=True):
    """A call and an agent were reserved for each other."""

    offer: str
    call: str
    queue: str
    agent: str
    phone: str
    deadline: float
    """Steady seconds (see callflow.clock)."""
    scores: list[tuple[str, float]] = []
    """(agent, score) of those who competed for the call, the best first; the strategy says what it is."""
    rivals: list[tuple[str, float]] = []
    """(call, urgency in seconds) of the calls that competed for an agent who had become free."""


class OfferRang(Event, frozen=True, tag=True, kw_only=True):
    """The agent's phone gave a sign of life."""

    offer: str
    call: str
    agent: str
    deadline: float


class OfferAnswered(Event, frozen=True, tag=True, kw_only=True):
    """The agent picked up; the two are about to be connected, and still may fail to be."""

    offer: str
    call: str
    agent: str
    deadline: float


class OfferEnded(Event, frozen=True, tag=True, kw_only=True):
    """An offer came to nothing; both sides are free of it."""

    offer: str
    call: str
    queue: str
    agent: str
    outcome: str
    """no_answer, rejected, busy, unreachable, caller_gone, withdrawn, failed, taken (by another agent)."""
    rang_s: float


class CallConnected(Event, frozen=True, tag=True, kw_only=True):
    """Caller and agent hear each other: the wait was over at the answer and the talk begins."""

    offer: str
    call: str
    queue: str
    agent: str
    wait_s: float
    """Queue entry to agent answer, ring included (METRICS, ASA)."""
    direct: bool = False
    """As in QueueEntered."""


class QueueLeft(Event, frozen=True, tag=True, kw_only=True):
    """A call left its queue without an agent: abandoned, max_wait, empty, closed, key, overflow, …

    A callback whose agent was there, and whose customer was not, leaves as callback_OUTCOME.
    """

    call: str
    queue: str
    reason: str
    wait_s: float
    position: int
    key: str = ""
    """The key by which the caller left; for the reason key."""
    direct: bool = False
    """As in QueueEntered."""

    @property
    def outcome(self) -> str:
        """What the queue stage ends with: the reason, and the key if it was one (``key 2``)."""
        return f"{self.reason} {self.key}" if self.key else self.reason


class WaitAnnounced(Event, frozen=True, tag=True, kw_only=True):
    """A waiting caller was told their position, or how long they will wait, or both."""

    call: str
    queue: str
    position: int = 0
    """0 when it was not told."""
    within_s: float = 0.0
    """Seconds within which they were told to be answered; 0 when they were not told, or told of no limit."""
    longer: bool = False
    """They were told before of a time that will not be kept, and that it won't."""


GOES_ON = frozenset({"transfer", "lost"})
"""By whom a talk is ended after which the call goes on."""


class TalkEnded(Event, frozen=True, tag=True, kw_only=True):
    """The agent's conversation with the caller is over."""

    call: str
    queue: str
    agent: str
    by: str
    """caller, agent, system; transfer when the agent has handed the call over; lost when the agent's line was
    lost, and the caller waits for somebody else."""
    talk_s: float
    """Hold and consultation included."""
