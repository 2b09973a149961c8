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

    def wait(self, name: str, now: float) -> float:
        """Give 0.0 when a request may be taken, or the seconds after which to ask again."""
        left = self._left(name, now)
        return 0.0 if left >= 1 else (1 - left) / self.per_s

    def _left(self, name: str, now: float) -> float:
        left, at = self._buckets.get(name, (2 * self.per_s, now))
        return min(2 * self.per_s, left + (now - at) * self.per_s)

    def take(self, name: str, now: float) -> float:
        """Take one request; gives 0.0, or the seconds after which to ask again."""
        left, wait = self._left(name, now), self.wait(name, now)
        self._buckets[name] = (left if wait else left - 1, now)
        self._buckets.move_to_end(name)
        while len(self._buckets) > MOST_BUCKETS:
            self._buckets.popitem(last=False)
        return wait
