"""What other parts may know that decides whether somebody is dialled; off while there is no such part."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class Tides(Protocol):
    """A service that foresees how many callers will come."""

    def is_low(self, queue: str, now: float) -> bool:
        """Tell whether that queue's agents will have time for others (``now`` in steady seconds)."""


@runtime_checkable
class OpenTickets(Protocol):
    """A service that knows what people have open with the house: a complaint, an order."""

    def has_open(self, subject: str) -> bool:
        """Tell whether a person is being served already, so that no campaign should call them."""
