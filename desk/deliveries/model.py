"""Subscriptions and what was given up, as a fold of the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from desk.events.view import Wanted
from records import events as e

if TYPE_CHECKING:
    from records.events import Recorded

MOST_DEAD = 10_000
"""Given-up events that are listed for a subscription; older ones are forgotten."""


class Subscription(msgspec.Struct, frozen=True):
    """Another system that is told of events."""

    id: str
    url: str
    by: str
    """Name of the token that made it."""
    kinds: list[str]
    """Empty: all that a system may see."""
    queues: list[str]
    since: int
    """It is told of events after this number."""
    expires: float | None = None
    """Unix seconds at which the token is over, and so is this; None for never."""

    @property
    def wanted(self) -> Wanted:
        """What it is told of."""
        return Wanted(kinds=frozenset(self.kinds), queues=frozenset(self.queues))


class DeadLetter(msgspec.Struct, frozen=True):
    """An event that was given up."""

    number: int
    """Its sequence number in the log."""
    tries: int
    detail: str
    at: float
    """When it was given up, steady seconds."""


class Subscriptions:
    """Fold of the log."""

    def __init__(self) -> None:
        self.all: dict[str, Subscription] = {}
        self.dead: dict[str, dict[int, DeadLetter]] = {}

    def replay(self, recorded: Recorded) -> None:
        """Fold one event in."""
        match recorded.event:
            case e.SubscriptionMade() as made:
                self.all[made.subscription] = Subscription(
                    id=made.subscription,
                    url=made.url,
                    by=made.by,
                    kinds=made.kinds,
                    queues=made.queues,
                    since=recorded.seq,
                    expires=made.expires,
                )
            case e.SubscriptionEnded() as ended:
                self._end(ended.subscription)
            case e.TokenRevoked() as revoked:
                for one in self.of_token(revoked.token):
                    self._end(one.id)
            case e.DeliveryGivenUp() as given if given.subscription in self.all:
                dead = self.dead.setdefault(given.subscription, {})
                dead[given.number] = DeadLetter(
                    given.number, given.tries, given.detail, recorded.at.timestamp()
                )
                while len(dead) > MOST_DEAD:
                    del dead[next(iter(dead))]
            case e.DeliveryRenewed() as renewed:
                self.dead.get(renewed.subscription, {}).pop(renewed.number, None)
            case _:
                pass

    def of_token(self, token: str) -> list[Subscription]:
        """Give those that were made by a token."""
        return [one for one in self.all.values() if one.by == token]

    def _end(self, subscription: str) -> None:
        self.all.pop(subscription, None)
        self.dead.pop(subscription, None)

    def snapshot(self) -> dict[str, Any]:
        """Give the state as JSON-able data."""
        dead = {name: list(letters.values()) for name, letters in self.dead.items()}
        return {"all": msgspec.to_builtins(list(self.all.values())), "dead": msgspec.to_builtins(dead)}

    def restore(self, state: Any) -> None:
        """Take the state of a snapshot."""
        self.all = {one.id: one for one in msgspec.convert(state["all"], list[Subscription])}
        dead = msgspec.convert(state["dead"], dict[str, list[DeadLetter]])
        self.dead = {name: {one.number: one for one in letters} for name, letters in dead.items()}
