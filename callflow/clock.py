"""One steady time for everything: UTC at start, carried on by the monotonic clock.

Waits, wrap-ups and deadlines must not jump when somebody sets the machine's clock, yet must survive a
restart.  So *steady seconds* are Unix seconds read once when the server starts, plus the monotonic time
since then; :mod:`callflow.kept_clock` carries them over a restart of the controller.
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

    def __init__(self, base: float | None = None) -> None:
        """``base``: that of the clock to go on with; None to begin with the machine's."""
        self.base = time.time() - time.monotonic() if base is None else base
        """Unix time when the monotonic clock stood at 0."""

    def now(self) -> float:
        """Steady seconds."""
        return self.base + time.monotonic()


def utc(now: float) -> datetime:
    """Turn steady seconds into an aware UTC time."""
    return datetime.fromtimestamp(now, UTC)
