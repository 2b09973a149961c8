"""What is counted, for each quarter hour and each queue, agent, skill and dialed number.

Everything is whole numbers (microseconds, begun seconds), so that sums are exact in whatever order.
A quarter hour is numbered from 1970 in UTC: every zone's time is a multiple of 15 minutes off UTC, so that
these are quarter hours in every zone, also in nights in which the clocks change.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

SLOT_S = 900
SLOT_US = SLOT_S * 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_US = timedelta(microseconds=1)

SITE, QUEUE, AGENT, SKILL, NUMBER = "site", "queue", "agent", "skill", "number"
DIMENSIONS = (SITE, QUEUE, AGENT, SKILL, NUMBER)
"""By what is counted; ``site`` is everything together."""

MISSES = frozenset({"no_answer", "rejected", "busy"})
"""Offers that the agent would or could not take: ring-no-answers, in queue_log's words."""
ANSWERED = "answered"
"""Of an offer that was taken; the other outcomes are OfferEnded's."""
PAUSED = "paused "
"""Begins a pause's name in :attr:`Counters.time`; its reason follows."""


class Counters(msgspec.Struct, omit_defaults=True, gc=False):
    """One row.  ``_us`` are microseconds."""

    offered: int = 0
    """Entries into the queue; a caller who comes by overflow is new to that queue, not to the site."""
    answered: int = 0
    abandoned: int = 0
    """Hung up while waiting, short ones included."""
    asked: int = 0
    """Calls that asked for an agent, each once, those not let into the queue included."""
    reached: int = 0
    """Of them, those answered by an agent at least once."""
    overflowed_in: int = 0
    callbacks: int = 0
    """Callbacks promised."""
    called_back: int = 0
    """Callbacks that were connected with an agent; they are neither offered nor answered calls."""
    dialed: int = 0
    """Outside calls that agents began; neither offered nor answered calls, nor handled contacts."""
    dialed_reached: int = 0
    """Of them, those in which they talked with somebody."""
    dialed_talk_us: int = 0
    handled: int = 0
    """Contacts whose talk and wrap-up are over."""
    transfers: int = 0
    wait_us: int = 0
    """Of answered calls, queue entry to agent answer."""
    longest_us: int = 0
    """Longest wait, however it ended."""
    talk_us: int = 0
    hold_us: int = 0
    wrap_up_us: int = 0
    waits: dict[int, int] = {}
    """Begun seconds of wait → answered calls: those within T seconds are those up to key T."""
    abandons: dict[int, int] = {}
    """Begun seconds of wait → abandoned calls."""
    left: dict[str, int] = {}
    """Reason of QueueLeft → calls, abandoned ones included."""
    refused: dict[str, int] = {}
    """full, empty, … → calls not let in."""
    offers: dict[str, int] = {}
    """Outcome → offers to agents that came to an end."""
    surveys: dict[str, int] = {}
    """``NAME SCORE`` → answers."""
    time: dict[str, int] = {}
    """Agent's state (``paused REASON``) → µs."""

    def add(self, other: Counters) -> None:
        """Add another row's numbers.  Written out: a day has tens of thousands of rows."""
        self.offered += other.offered
        self.answered += other.answered
        self.asked += other.asked
        self.reached += other.reached
        self.handled += other.handled
        self.wait_us += other.wait_us
        self.talk_us += other.talk_us
        self.hold_us += other.hold_us
        self.wrap_up_us += other.wrap_up_us
        self.abandoned += other.abandoned
        self.overflowed_in += other.overflowed_in
        self.callbacks += other.callbacks
        self.called_back += other.called_back
        self.dialed += other.dialed
        self.dialed_reached += other.dialed_reached
        self.dialed_talk_us += other.dialed_talk_us
        self.transfers += other.transfers
        self.longest_us = max(self.longest_us, other.longest_us)
        _add(self.waits, other.waits)
        _add(self.abandons, other.abandons)
        _add(self.left, other.left)
        _add(self.refused, other.refused)
        _add(self.offers, other.offers)
        _add(self.surveys, other.surveys)
        _add(self.time, other.time)


def _add(tally: dict[Any, int], other: dict[Any, int]) -> None:
    for key, count in other.items():
        tally[key] = tally.get(key, 0) + count


def bump(tally: dict[str, int], key: str, by: int = 1) -> None:
    """Count in a tally."""
    tally[key] = tally.get(key, 0) + by


def microseconds(at: datetime) -> int:
    """Give an aware time as µs since 1970."""
    return (at - _EPOCH) // _US


def whole(seconds: float) -> int:
    """Give a duration in µs, never negative."""
    return max(0, round(seconds * 1_000_000))


def begun_seconds(us: int) -> int:
    """Give the seconds that have begun: a wait of 20.0 s is within 20, one of 20.000001 s is not."""
    return -(-us // 1_000_000)


def row_name(dimension: str, name: str) -> str:
    """Name a row within its quarter hour."""
    return f"{dimension} {name}"


SITE_ROW = row_name(SITE, "")
