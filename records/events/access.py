"""Who may use the API, and which other systems are told of events."""

from __future__ import annotations

from records.events.base import Event


class TokenIssued(Event, frozen=True, tag=True, kw_only=True):
    """A token was made; it is handed out after this."""

    token: str
    """Its name."""
    role: str
    by: str
    agent: str = ""
    """The agent that a token of the role agent acts for."""
    expires: float | None = None
    """Steady seconds; None: it holds until it is revoked."""


class TokenRevoked(Event, frozen=True, tag=True, kw_only=True):
    """A token is worth nothing from now on."""

    token: str
    by: str


class PersonErased(Event, frozen=True, tag=True, kw_only=True):
    """Somebody had a person erased; who it was, nothing knows any more."""

    people: int
    """How many ids they had."""
    by: str


class SubscriptionMade(Event, frozen=True, tag=True, kw_only=True):
    """Another system is told of events from now on."""

    subscription: str
    url: str
    by: str
    kinds: list[str] = []
    """Kinds of events; empty for all that a system may see."""
    queues: list[str] = []
    """Only events of calls in these queues; empty for all."""
    expires: float | None = None
    """When the token by which it was made is over, Unix seconds: so is this then.  None for never."""


class SubscriptionEnded(Event, frozen=True, tag=True, kw_only=True):
    """It is told no more; what was not delivered is dropped."""

    subscription: str
    by: str


class DeliveryGivenUp(Event, frozen=True, tag=True, kw_only=True):
    """An event could not be delivered to a subscription; it waits for somebody to have it sent again."""

    subscription: str
    number: int
    """Sequence number of the event."""
    tries: int
    detail: str


class DeliveryRenewed(Event, frozen=True, tag=True, kw_only=True):
    """Somebody has an event that was given up sent again."""

    subscription: str
    number: int
    by: str
