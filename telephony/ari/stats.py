"""What the ARI client counts; read by whoever publishes metrics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

Observe = Callable[[str, float], None]
"""Called after every answered request with the lane's name (``quick``, ``slow``) and the seconds it took."""


@dataclass(slots=True)
class LaneStats:
    """One lane's requests."""

    requests: int = 0
    """Sent, or refused before sending."""
    errors: int = 0
    """Ended in any error, time-outs and broken connections included."""
    timeouts: int = 0
    late: int = 0
    """Answers that came after the time-out."""


@dataclass(slots=True)
class AriStats:
    """One client's life."""

    quick: LaneStats = field(default_factory=LaneStats)
    slow: LaneStats = field(default_factory=LaneStats)
    connects: int = 0
    failures: int = 0
    """Attempts to connect that failed."""
    losses: int = 0
    """Connections that broke."""
    events: int = 0
    unknown_events: int = 0
    overflows: int = 0
    """Connections given up because their events were not taken fast enough."""
    events_given_up: int = 0
    """Events thrown away by overflows; each overflow is followed by Disconnected and Connected."""


def ignore(lane: str, seconds: float) -> None:
    """Observe nothing."""
