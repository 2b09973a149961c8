"""When every attempt fails before a phone rings, dialling on only burns a list: one line at a time, then."""

from __future__ import annotations

FAILURES = 5
"""So many in a row are no chance."""
FIRST_REST_S, LONGEST_REST_S = 15.0, 300.0


class Breaker:
    """Counts failures of the network, of one campaign.  Times in steady seconds."""

    def __init__(self) -> None:
        self._failures = 0
        self._rest_s = 0.0
        self._until = 0.0

    @property
    def open(self) -> bool:
        """Whether lines are held back."""
        return self._rest_s > 0

    def lines(self, wanted: int, on_the_way: int, now: float) -> int:
        """Say how many of the wanted lines may be dialled."""
        if not self.open:
            return wanted
        return min(wanted, 1) if now >= self._until and not on_the_way else 0

    def failed(self, now: float) -> None:
        """An attempt ended before any phone rang."""
        self._failures += 1
        if self._failures >= FAILURES:
            self._rest_s = min(max(FIRST_REST_S, 2 * self._rest_s), LONGEST_REST_S)
            self._until = now + self._rest_s

    def worked(self) -> None:
        """A phone rang, or was busy: the network is there."""
        self._failures, self._rest_s = 0, 0.0
