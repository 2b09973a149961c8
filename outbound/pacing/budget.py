"""What may be dropped: counted by day, over the days of a window and today, each on its own."""

from __future__ import annotations

import math
from collections import deque

CAP = 0.03
"""US: drops ÷ live answers, per campaign (47 CFR 64.1200(a)(7); METRICS)."""
MARGIN = 0.9
"""The aim as a share of the cap."""
FEW = 30
"""Before so many answers a share says nothing."""
ENOUGH, LUCK = 1000, 2.0
"""Before so many answers a share of drops goes up and down by itself: so many standard deviations (of a
Poisson count) are luck."""
WINDOW_DAYS = 30


class Budget:
    """Answers and drops of one campaign."""

    def __init__(self, cap: float = CAP, *, margin: float = MARGIN, window_days: int = WINDOW_DAYS) -> None:
        self.cap = cap
        self.aim = cap * margin
        self._days: deque[tuple[int, int]] = deque(maxlen=window_days - 1)
        """(answers, drops) of the days before, newest last."""
        self._before = (0, 0)
        """Their sum."""
        self.answers = 0
        self.drops = 0

    def set_cap(self, cap: float) -> None:
        """Aim below another cap from now on."""
        self.aim *= cap / self.cap
        self.cap = cap

    def counted(self, answers: int, drops: int) -> None:
        """Count what is known of today already."""
        self.answers += answers
        self.drops += drops

    def answered(self, *, dropped: bool) -> None:
        """Count a live answer, when it is known whether it got an agent in time."""
        self.answers += 1
        self.drops += dropped

    def new_day(self) -> None:
        """Begin another day; today becomes the last of those before."""
        self._days.append((self.answers, self.drops))
        self._before = (sum(answers for answers, _ in self._days), sum(drops for _, drops in self._days))
        self.answers = self.drops = 0

    @property
    def window(self) -> tuple[int, int]:
        """Answers and drops of all days of the window, today's included."""
        answers, drops = self._before
        return answers + self.answers, drops + self.drops

    @property
    def spent(self) -> bool:
        """True when one more drop would bring today or the window over the cap."""
        return self._passes(self.answers, self.drops) or self._passes(*self.window)

    @property
    def over(self) -> bool:
        """True when today or the window is over the cap, by more than luck explains where there are few."""
        return self._beyond(self.answers, self.drops) or self._beyond(*self.window)

    def _beyond(self, answers: int, drops: int) -> bool:
        allowed = self.cap * answers
        if answers < ENOUGH:
            allowed += LUCK * math.sqrt(allowed)
        return answers >= FEW and drops > allowed

    def _passes(self, answers: int, drops: int) -> bool:
        return answers >= FEW and drops + 1 > self.cap * (answers + 1)
