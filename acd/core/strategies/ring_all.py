"""Every ready agent at once: who answers first has the call, the others see it go."""

from __future__ import annotations

from typing import ClassVar

from acd.core.strategies.longest_idle import LongestIdle


class RingAll(LongestIdle):
    """All of them, in the order in which they became idle."""

    name: ClassVar[str] = "ring_all"
    rings_all: ClassVar[bool] = True
