"""The classic way, for comparison: a dial level that rises with idle agents and falls over the cap.

As VICIdial's ``ADAPT_*`` methods are described in its manual: the level is looked at every 15 s.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from outbound.pacing.budget import Budget
    from outbound.pacing.floor import Floor

Mode = Literal["hard", "average", "tapered"]
LOOK_S = 15.0
TAPER_HOURS = 10.0


class Adaptive:
    """Lines = ⌈level · agents⌉ less the calls in progress."""

    def __init__(
        self,
        budget: Budget,
        *,
        most: float = 3.0,
        difference: float = 0.0,
        mode: Mode = "hard",
        only_idle: bool = False,
        day_s: float = 8 * 3600.0,
    ) -> None:
        """``difference``: share of agents who should be idle; ``only_idle``: the level counts them alone.

        Days of ``day_s`` seconds follow one another; each begins at level 1, with all its hours to come.
        """
        self._budget = budget
        self._most, self._difference, self._mode, self._only_idle = most, difference, mode, only_idle
        self._day_s = day_s
        self.level = 1.0
        self._spare: list[int] = []
        self._looked_at: float | None = None
        self._began: float | None = None
        self._day = 0.0

    def lines(self, floor: Floor, leads: Sequence[float]) -> int:
        """See :class:`~outbound.pacing.port.Pacer`."""
        if self._looked_at is None or self._began is None:
            self._looked_at = self._began = floor.now
        day, passed_s = divmod(floor.now - self._began, self._day_s)
        if day != self._day:
            self._day, self.level, self._looked_at = day, 1.0, floor.now
            self._spare.clear()
        self._spare.append(floor.idle - floor.waiting)
        if floor.now - self._looked_at >= LOOK_S and floor.staff:
            self._look(floor, self._day_s - passed_s)
            self._looked_at = floor.now
        agents = floor.idle if self._only_idle else floor.staff
        busy = floor.on_the_way + (0 if self._only_idle else len(floor.talking))
        return min(max(0, math.ceil(self.level * agents) - busy), len(leads))

    def connected(self, floor_staff: int) -> None:
        """Nothing to learn: the budget counts."""

    def dropped(self, floor_staff: int) -> None:
        """Nothing to learn: the budget counts."""

    def _look(self, floor: Floor, left_s: float) -> None:
        spare = sum(self._spare) / len(self._spare)
        self._spare.clear()
        self.level *= 1 + (spare - self._difference * floor.staff) / floor.staff
        budget = self._budget
        if budget.answers and budget.drops > budget.cap * budget.answers:
            match self._mode:
                case "hard":
                    self.level = 1.0
                case "average":
                    self.level /= 2
                case _:
                    self.level *= min(1.0, left_s / 3600 / TAPER_HOURS)
        self.level = min(max(self.level, 1.0), self._most)
