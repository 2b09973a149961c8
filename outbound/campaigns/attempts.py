"""Attempts that are on, and those whose end nobody has written down yet: a fold of the event log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from outbound.ledger.entry import DISPOSITION, Attempt, Verdict, rounded
from records import events as e

if TYPE_CHECKING:
    from collections.abc import Iterator

    from outbound.ledger.entry import Answer, Disposition

PURPOSE = "campaign"
"""Purpose of the calls that attempts make."""
_OF_DIALING: dict[str, Disposition] = {
    "busy": "B", "rejected": "B", "no_answer": "NA", "lost": "NA", "given_up": "NA", "unallocated": "WRONG",
}  # fmt: skip


class Open(msgspec.Struct):
    """One attempt.  Times in steady seconds; 0: it did not come to that."""

    call: str
    campaign: str
    lead: int
    lead_list: str
    list_version: str
    subject: str
    consent: str
    rules: dict[str, str]
    chance: float
    begun_at: float
    dialled_at: float = 0.0
    rang_s: float = 0.0
    dial_ended_at: float = 0.0
    answered_at: float = 0.0
    answer: str = ""
    what: str = ""
    over_s: float = 0.0
    """Seconds from the answer to the greeting's end."""
    agent: str = ""
    agent_at: float = 0.0
    message_at: float = 0.0
    removed: bool = False
    """Whoever was called wants no more calls."""
    came: str = ""
    """What came of dialing."""
    cause: str = ""
    ended_at: float = 0.0
    disposed: str = ""
    again_at: float = 0.0
    for_agent: str = ""

    @property
    def outcome(self) -> Disposition:
        """What it comes to, in the field's words."""
        if self.removed:
            return "DNC"
        if self.disposed:
            said: Disposition = msgspec.convert(self.disposed, DISPOSITION)
            return said
        if self.agent_at:
            return "ANSWERED"
        if self.answered_at:
            if self.answer == "machine":
                return "FAX" if self.what == "fax" else "AM"
            return "DROP"
        return _OF_DIALING.get(self.came if self.cause != "unallocated" else self.cause, "ERR")

    @property
    def dropped(self) -> bool:
        """Whether somebody has answered, and has had no agent."""
        return self.answered_at > 0 and not self.agent_at and self.answer != "machine"

    @property
    def by_network(self) -> bool:
        """Whether it failed before anybody's phone can have rung."""
        return not self.answered_at and not self.rang_s and self.outcome == "ERR"

    def entry(self) -> Attempt:
        """Give it as the ledger has it."""
        answered, rang = self.answered_at, 0.0
        if self.dialled_at and self.rang_s:
            rang = max(self.dialled_at, (answered or self.dial_ended_at) - self.rang_s)
        return Attempt(
            attempt=self.call,
            campaign=self.campaign,
            subject=self.subject,
            lead_list=self.lead_list,
            list_version=self.list_version,
            consent=self.consent,
            verdicts=[Verdict(rule, allowed=True, why=why) for rule, why in self.rules.items()],
            dialled_at=rounded(self.dialled_at),
            ringing_at=rounded(rang),
            answered_at=rounded(answered),
            greeting_over_at=rounded(answered + self.over_s) if answered else 0.0,
            agent_at=rounded(self.agent_at),
            message_at=rounded(self.message_at),
            ended_at=rounded(self.ended_at),
            answer=_ANSWERS.get(self.answer, ""),
            outcome=self.outcome,
            agent=self.agent,
        )


class Removal(msgspec.Struct, frozen=True):
    """Somebody who is to be on the do-not-call list."""

    lead: int
    subject: str
    source: Literal["key", "agent"]
    at: float


class Said(msgspec.Struct, frozen=True):
    """What an agent said of an attempt that was over."""

    campaign: str
    outcome: str
    by: str
    at: float
    again_at: float | None = None
    for_agent: str = ""


class Totals(msgspec.Struct):
    """What a campaign has done since the log began."""

    outcomes: dict[str, int] = {}
    """Outcome, as it was when the attempt was over → attempts."""
    answered: int = 0
    """By whomever or whatever."""
    connected: int = 0
    """Answered, and given an agent."""
    dropped: int = 0
    """Answered by somebody, and given none."""
    messages: dict[str, int] = {}
    """drop, machine → times the message began."""


class AttemptsState(msgspec.Struct):
    """Everything that follows from the events."""

    open: dict[str, Open] = {}
    """Call → what is known of it."""
    ended: dict[str, Open] = {}
    """Those that are over and not in the books yet."""
    talked: dict[str, Open] = {}
    """The last that had a talk, of which an agent may say yet what came of them."""
    removals: dict[str, Removal] = {}
    """Call → who is to be called no more, and is not in the books yet."""
    said: dict[str, Said] = {}
    """Call → what was said of it, and is not in the books yet."""
    to_erase: list[str] = []
    """Persons (keyed hashes, hexadecimal) of whom nothing is to be kept, and something may be."""
    states: dict[str, str] = {}
    """Campaign → running, paused, draining, stopped."""
    since: dict[str, float] = {}
    """Campaign → when that was said."""
    totals: dict[str, Totals] = {}
    """By campaign."""


class Attempts:
    """Fold of the log; an attempt has the id of its call."""

    def __init__(self) -> None:
        self.state = AttemptsState()

    def __iter__(self) -> Iterator[Open]:
        return iter(list(self.state.open.values()))

    def get(self, call: str) -> Open | None:
        """Give an attempt that is on."""
        return self.state.open.get(call)

    def of_call(self, call: str) -> Open | None:
        """Give an attempt while it is on, or an agent may say what came of it."""
        return self.state.open.get(call) or self.state.talked.get(call)

    def on(self, campaign: str) -> list[Open]:
        """Give a campaign's attempts that are on."""
        return [each for each in self.state.open.values() if each.campaign == campaign]

    def campaign_state(self, campaign: str) -> str:
        """Tell whether a campaign is running, paused, draining or stopped."""
        return self.state.states.get(campaign, "stopped")

    def totals(self, campaign: str) -> Totals:
        """Give what a campaign has done since the log began."""
        return self.state.totals.setdefault(campaign, Totals())

    def written(self, call: str) -> None:
        """Note that the books have it."""
        self.state.ended.pop(call, None)
        if (talked := self.state.talked.get(call)) is not None:
            talked.rules = {}  # needed no more, and most of what a snapshot would hold

    def removed(self, call: str) -> None:
        """Note that the books have it that somebody wants no more calls."""
        self.state.removals.pop(call, None)

    def kept(self, call: str, said: Said) -> None:
        """Note that the books have what was said, unless something else was said since."""
        if self.state.said.get(call) == said:
            del self.state.said[call]

    def apply(self, event: e.Event, at: float) -> Open | None:
        """Fold one event in; ``at`` in steady seconds.  Gives the attempt that it was about, if one."""
        match event:
            case e.CampaignChanged():
                self.state.states[event.campaign], self.state.since[event.campaign] = event.state, at
                return None
            case e.LeadsToErase():
                self.state.to_erase = [*self.state.to_erase, event.person]
                return None
            case e.LeadsErased():
                self.state.to_erase = [one for one in self.state.to_erase if one != event.person]
                return None
            case e.AttemptBegun():
                return self._begun(event, at)
            case e.AttemptDisposed() | e.RemovalAsked():
                return self._said(event, at)
            case _:
                found = self.state.open.get(getattr(event, "call", ""))
                if found is not None:
                    self._go_on(found, event, at)
                return found

    def _begun(self, event: e.AttemptBegun, at: float) -> Open:
        begun = Open(
            call=event.call,
            campaign=event.campaign,
            lead=event.lead,
            lead_list=event.lead_list,
            list_version=event.list_version,
            subject=event.subject,
            consent=event.consent,
            rules=event.rules,
            chance=event.chance,
            begun_at=at,
        )
        self.state.open[event.call] = begun
        return begun

    def _go_on(self, found: Open, event: e.Event, at: float) -> None:
        match event:
            case e.DialStarted() if event.trunk and not found.dialled_at:
                found.dialled_at = at
            case e.DialEnded() if not found.answered_at:
                found.came, found.rang_s, found.dial_ended_at = event.outcome, event.rang_s, at
            case e.CallAnswered():
                self._answered(found, min(at, found.message_at or at))
            case e.GreetingJudged():
                found.answer, found.what, found.over_s = event.answer, event.what, event.over_s
                if event.ago_s and not found.answered_at:  # nobody could note it
                    self._answered(found, at - event.ago_s)
            case e.CallConnected() if not found.agent_at:
                found.agent, found.agent_at = event.agent, at
                self.totals(found.campaign).connected += 1
            case e.AttemptMessage() if not found.message_at:
                found.message_at = at - event.ago_s
                if event.ago_s:  # that it was answered, nobody could note
                    self._answered(found, min(found.message_at, found.answered_at or found.message_at))
                _count(self.totals(found.campaign).messages, event.kind)
            case e.CallEnded():
                self._ended(found, event, at)
            case _:
                pass

    def _answered(self, found: Open, at: float) -> None:
        if not found.answered_at:
            self.totals(found.campaign).answered += 1
        found.answered_at = at

    def _ended(self, found: Open, event: e.CallEnded, at: float) -> None:
        found.ended_at, found.cause = at, event.cause
        if event.found_after_restart and not found.answered_at and found.dialled_at and not found.came:
            found.came = "lost"
        totals = self.totals(found.campaign)
        _count(totals.outcomes, found.outcome)
        totals.dropped += found.dropped
        self.state.open.pop(found.call, None)
        self.state.ended[found.call] = found
        if found.agent_at:
            self.state.talked[found.call] = found
            while len(self.state.talked) > MOST_TALKED:
                del self.state.talked[next(iter(self.state.talked))]

    def _said(self, event: e.AttemptDisposed | e.RemovalAsked, at: float) -> Open | None:
        found = self.of_call(event.call)
        if found is None:
            return None
        if isinstance(event, e.RemovalAsked):
            found.removed = True
            self.state.removals[event.call] = Removal(found.lead, found.subject, "key", at)
            return found
        found.disposed, found.for_agent = event.outcome, event.for_agent
        found.again_at = event.again_at or 0.0
        if event.outcome == "DNC":
            self.state.removals[event.call] = Removal(found.lead, found.subject, "agent", at)
        if found.ended_at:
            self.state.said[event.call] = Said(
                found.campaign, event.outcome, event.by, at, event.again_at, event.for_agent
            )
        return found

    def snapshot(self) -> Any:
        """Give the state as JSON-able data."""
        return msgspec.to_builtins(self.state)

    def restore(self, state: Any) -> None:
        """Take the state of a snapshot."""
        self.state = msgspec.convert(state, AttemptsState)


def _count(of: dict[str, int], name: str) -> None:
    of[name] = of.get(name, 0) + 1


MOST_TALKED = 1000
_ANSWERS: dict[str, Answer] = {"human": "human", "machine": "machine", "unsure": "unsure"}
