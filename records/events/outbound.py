"""Campaigns and the attempts that they make to reach somebody."""

from __future__ import annotations

from records.events.base import Event


class CampaignChanged(Event, frozen=True, tag=True, kw_only=True):
    """A campaign was told to dial, or not to."""

    campaign: str
    state: str
    """running, paused, draining, stopped."""
    by: str
    """Who wanted it: the name of a token or user; ``ringhall`` for what followed by itself."""
    reason: str = ""


class AttemptBegun(Event, frozen=True, tag=True, kw_only=True):
    """A call that was placed is an attempt to reach a lead, which every rule allows now."""

    call: str
    campaign: str
    lead: int
    lead_list: str
    list_version: str
    subject: str
    consent: str = ""
    """Where the consent comes from."""
    rules: dict[str, str] = {}
    """Rule that was asked → why it allows it; '' where it goes without saying."""
    chance: float = 0.0
    """Probability of an answer that was reckoned with."""


class GreetingJudged(Event, frozen=True, tag=True, kw_only=True):
    """Who answered, as far as their voice tells."""

    call: str
    answer: str
    """human, machine, unsure."""
    over_s: float
    """Seconds from the answer to the end of the greeting, or to the verdict."""
    what: str = ""
    """speech, silence, sit (a network's announcement), fax, ringing."""
    why: str = ""
    ago_s: float = 0.0
    """So long ago it was judged: by Asterisk, while no controller ran."""


class AttemptMessage(Event, frozen=True, tag=True, kw_only=True):
    """Whoever answered begins to hear the campaign's message, for want of an agent or to a machine."""

    call: str
    kind: str
    """drop, machine."""
    ago_s: float = 0.0
    """So long ago it began: Asterisk told it by itself, while no controller ran."""


class RemovalAsked(Event, frozen=True, tag=True, kw_only=True):
    """Somebody who was called wants no more calls, by a key or to an agent."""

    call: str
    campaign: str
    subject: str
    by: str
    """key, or an agent's number."""


class AttemptDisposed(Event, frozen=True, tag=True, kw_only=True):
    """An agent says what came of a call."""

    call: str
    outcome: str
    """SALE, NI, WRONG, DNC, CALLBK, … (outbound.ledger.entry.Disposition)."""
    by: str
    again_at: float | None = None
    """Steady seconds of the callback that was promised."""
    for_agent: str = ""
    """The agent whose callback it is; empty for whoever is free."""


class LeadsToErase(Event, frozen=True, tag=True, kw_only=True):
    """Somebody was erased, and what campaigns keep of them is to go too: also after a crash."""

    person: str
    """Keyed hash of the number (hexadecimal), which tells nothing without the key."""


class LeadsErased(Event, frozen=True, tag=True, kw_only=True):
    """That is done."""

    person: str


class AbandonedListed(Event, frozen=True, tag=True, kw_only=True):
    """Whoever gave up waiting in this call is on the lists of the campaigns that call such people back."""

    call: str
    until: float
    """Nobody calls them after that (steady seconds)."""


class AbandonedReached(Event, frozen=True, tag=True, kw_only=True):
    """Somebody who was on such a list has reached an agent by calling, and is to be called no more."""

    call: str
    subject: str
