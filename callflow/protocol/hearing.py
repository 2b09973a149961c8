"""What listeners make of calls: their last word while a call is on, their curves afterwards.

Whoever decides something by it records that (:class:`records.events.SignalUsed`): a signal never steers a
call by itself, and each use of one can be explained.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import msgspec


class LastSignal(msgspec.Struct, frozen=True):
    """As in :class:`records.events.SignalNoted`."""

    signal: str
    side: str
    at_s: float
    value: float
    confidence: float
    detail: dict[str, float | str]
    noted_at: float
    """Steady seconds."""


@runtime_checkable
class Hearing(Protocol):
    """A service that knows what was noticed of calls, over restarts, too."""

    def last(self, call: str, listener: str) -> LastSignal | None:
        """Give a listener's last signal; None before the first, after the call, and once it must not hear."""

    def curves(self, subject: str, call: str, listener: str) -> dict[str, list[float]]:
        """Give a listener's curves of an ended call of that person; none where none are kept any more."""


@runtime_checkable
class CallFactSource(Protocol):
    """A service that knows facts of each call which change while it goes on: ``heard.emotion.signal``.

    Their names are declared by its section's ``facts`` and ``facts_under``; they are asked for anew.
    """

    def call_fact(self, call: str, name: str) -> str | None:
        """Give a fact as text, numbers as digits; None for one that is not its own."""
