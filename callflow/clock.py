"""One steady time for everything: UTC at start, carried on by the monotonic clock.

Waits, wrap-ups and deadlines must not jump when somebody sets the machine's clock, yet must survive a
restart.  So *steady seconds* are Unix seconds read once when the process starts, plus the monotonic time
since then.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> float:
        """Steady seconds: Unix time at start plus monotonic time since."""


class SteadyClock:
    """The live clock."""

    def __init__(self) -> None:
        self._base = time.time() - time.monotonic()

    def now(self) -> float:
        """Steady seconds."""
        return self._base + time.monotonic()


def utc(now: float) -> datetime:
    """Turn steady seconds into an aware UTC time."""
    return datetime.fromtimestamp(now, UTC)
