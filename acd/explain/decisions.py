"""Decisions of the ACD, found by folding the log once more: each with a verdict on every agent.  Pure."""

from __future__ import annotations

from enum import StrEnum
from math import inf
from typing import TYPE_CHECKING

import msgspec

from acd.core.strategies import strategy_type
from acd.explain.verdicts import Chosen, Verdict, Why, verdicts
from records import events as e

if TYPE_CHECKING:
    from collections.abc import Collection

    from acd.core.floor import Floor
    from records.events import Recorded

INSTANT_S = 0.05
"""What follows within this time may be of the same turn; the log does not say where a turn ends."""


class Moment(StrEnum):
    """What made the ACD look for an agent."""

    OFFER = "offer"
    """It found one: whatever the cause."""
    ENTERED = "entered"
    RELAXED = "relaxed"
    LAPSED = "preference_lapsed"
    CAME_BACK = "came_back"
    """An offer of the call came to nothing."""
    NOW = "now"
    """Nothing happens: the call waits."""


class Decision(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who was offered a call, and why not the others.  Times in steady (Unix) seconds."""

    seq: int
    """Place in the log of the event that it is about."""
    at: float
    moment: Moment
    call: str
    queue: str
    strategy: str
    wait_s: float
    """Since the caller began to wait, in whatever queue."""
    position: int
    priority: int
    needs: dict[str, int]
    prefers: dict[str, int] = {}
    offered: list[str] = []
    """Agents; several only with a strategy that rings all."""
    scores: list[tuple[str, float]] = []
    rivals: list[tuple[str, float]] = []
    """(call, urgency in seconds) of the calls that competed for an agent who had become free."""
    verdicts: list[Verdict] = []


class Passed(msgspec.Struct, frozen=True, omit_defaults=True):
    """An agent who could have taken a waiting call was offered another one."""

    seq: int
    at: float
    call: str
    agent: str
    taken: str
    """The call that they were offered."""
    urgency: float | None = None
    """Seconds, of the call that was taken; None where no freed agent chose."""
    mine: float | None = None
    """Of the call that waited on; None when another call of its kind stood before it."""


_MOMENTS: dict[type[e.Event], Moment] = {
    e.QueueEntered: Moment.ENTERED,
    e.TermsRelaxed: Moment.RELAXED,
    e.PreferenceLapsed: Moment.LAPSED,
    e.OfferEnded: Moment.CAME_BACK,
}


class Walk:
    """Goes through the log from a known state of the floor on.

    ``calls``: those whose decisions are wanted, None for the offers of all.  ``agents``: those on whom a
    verdict is wanted, None for all.
    """

    def __init__(
        self,
        floor: Floor,
        *,
        calls: Collection[str] | None = None,
        agents: Collection[str] | None = None,
    ) -> None:
        self.floor = floor
        self.decisions: list[Decision] = []
        self.passed: list[Passed] = []
        self.unfolded = 0
        """Events that did not fit the state: of calls of which too little is known."""
        self._calls, self._agents = calls, agents
        self._unseen: dict[str, int] = {}
        """Call → those before it in its queue of which the floor does not know."""
        self._pending: dict[str, tuple[int, float, Moment]] = {}
        """Call → a moment of this instant, to be judged at the instant's end if no agent was found."""
        self._last_offer: int | None = None
        """Index of the last decision, while nothing but offers and agents' states came: it may go on."""

    def take(self, recorded: Recorded) -> None:
        """Take the next event in."""
        event, at = recorded.event, recorded.at.timestamp()
        self._settle(at - INSTANT_S)
        if isinstance(event, e.OfferMade):
            self._offer(recorded.seq, event, at)
        try:
            self.floor.apply(event, at)
        except (KeyError, ValueError):
            self.unfolded += 1
            return
        if not isinstance(event, e.OfferMade | e.AgentStateChanged):
            self._last_offer = None
        call = getattr(event, "call", "")
        if self._calls is None or call not in self._calls:
            return
        if isinstance(event, e.QueueEntered):
            ahead = self.floor.lines.position(event.queue, self.floor.state.tickets[call].place)
            self._unseen[call] = event.position - ahead
        moment = _MOMENTS.get(type(event))
        ticket = self.floor.state.tickets.get(call)
        if ticket is None:
            self._pending.pop(call, None)
        elif moment is not None and not ticket.offers:
            self._pending[call] = recorded.seq, at, moment

    def now(self, seq: int, at: float) -> None:
        """Say how things stand for the calls that still wait, with nothing more to come."""
        self._settle(inf)
        for call in self._calls or ():
            ticket = self.floor.state.tickets.get(call)
            if ticket is not None and not ticket.offers:
                self.decisions.append(self._decision(seq, at, Moment.NOW, call, None))

    def _settle(self, before: float) -> None:
        """Let the moments up to a time count: nobody was found in them."""
        for call in [call for call, (_, at, _) in self._pending.items() if at < before]:
            seq, at, moment = self._pending.pop(call)
            self.decisions.append(self._decision(seq, at, moment, call, None))

    def _offer(self, seq: int, made: e.OfferMade, at: float) -> None:
        if self._calls is None or made.call in self._calls:
            self._pending.pop(made.call, None)  # it was answered at once by this offer
            if not self._goes_on(made) and made.call in self.floor.state.tickets:
                self._last_offer = len(self.decisions)
                self.decisions.append(self._decision(seq, at, Moment.OFFER, made.call, made))
        self._pass(seq, made, at)

    def _goes_on(self, made: e.OfferMade) -> bool:
        """Add an agent to the last decision, if it rings all and this is a further one of them."""
        last = None if self._last_offer is None else self.decisions[self._last_offer]
        if last is None or self._last_offer is None or last.call != made.call or last.scores != made.scores:
            return False
        if not strategy_type(last.strategy).rings_all:
            return False
        others = [
            msgspec.structs.replace(one, why=Why.OFFERED) if one.agent == made.agent else one
            for one in last.verdicts
        ]
        self.decisions[self._last_offer] = msgspec.structs.replace(
            last, offered=[*last.offered, made.agent], verdicts=others
        )
        return True

    def _pass(self, seq: int, made: e.OfferMade, at: float) -> None:
        """Take note of wanted calls that could have had the agent of another one's offer."""
        for call in self._calls or ():
            ticket = self.floor.state.tickets.get(call)
            if ticket is None or call == made.call or ticket.offers:
                continue
            (mine,) = verdicts(self.floor, call, at, None, [made.agent])
            if mine.why is not Why.NOT_ASKED:
                continue
            urgencies = dict(made.rivals)
            self.passed.append(
                Passed(seq, at, call, made.agent, made.call, urgencies.get(made.call), urgencies.get(call))
            )

    def _decision(self, seq: int, at: float, moment: Moment, call: str, made: e.OfferMade | None) -> Decision:
        floor, ticket = self.floor, self.floor.state.tickets[call]
        chosen = Chosen([made.agent], made.scores) if made else None
        unseen = self._unseen.get(call, 0)
        return Decision(
            seq=seq,
            at=at,
            moment=moment,
            call=call,
            queue=ticket.queue,
            strategy=ticket.strategy,
            wait_s=round(max(0.0, at - ticket.since), 3),
            position=floor.lines.position(ticket.queue, ticket.place) + unseen,
            priority=ticket.priority,
            needs=ticket.needs,
            prefers=ticket.prefers,
            offered=[made.agent] if made else [],
            scores=list(made.scores) if made else [],
            rivals=list(made.rivals) if made else [],
            verdicts=verdicts(floor, call, at, chosen, self._agents),
        )
