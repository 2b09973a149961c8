"""How often a token may ask: a bucket of requests that fills steadily."""

from __future__ import annotations

from collections import OrderedDict

MOST_BUCKETS = 10_000


class RateLimit:
    """Lets each name ask ``per_s`` times a second on average, and twice as often at once.  Pure."""

    def __init__(self, per_s: float) -> None:
        self.per_s = per_s
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """Name → requests left, and when that was so (steady seconds)."""

    def take(self, name: str, now: float) -> float:
        """Take one request; gives 0.0, or the seconds after which to ask again."""
        left, at = self._buckets.get(name, (2 * self.per_s, now))
        left = min(2 * self.per_s, left + (now - at) * self.per_s)
        wait = 0.0 if left >= 1 else (1 - left) / self.per_s
        self._buckets[name] = (left if wait else left - 1, now)
        self._buckets.move_to_end(name)
        while len(self._buckets) > MOST_BUCKETS:
            self._buckets.popitem(last=False)
        return wait
