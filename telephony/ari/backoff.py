"""How long to wait before the next attempt to connect."""

from __future__ import annotations

import random
from dataclasses import dataclass, field


@dataclass
class Backoff:
    """Exponential backoff with full jitter: uniform between 0 and ``min(cap, base * 2**attempt)`` seconds.

    Full jitter spreads out controllers that lost the same Asterisk at the same moment.
    """

    base: float = 0.1
    cap: float = 5.0
    rng: random.Random = field(default_factory=random.Random)
    attempt: int = 0

    def next(self) -> float:
        """Seconds to wait now; each call counts as one more attempt."""
        # 2**30 exceeds any cap; without the bound a long outage would make huge numbers.
        limit = min(self.cap, self.base * 2 ** min(self.attempt, 30))
        self.attempt += 1
        return self.rng.uniform(0, limit)

    def reset(self) -> None:
        """Begin anew after a connection proved stable."""
        self.attempt = 0
