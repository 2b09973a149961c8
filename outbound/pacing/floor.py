"""What a pacer sees at one moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Seconds = NDArray[np.float64]


def _none() -> Seconds:
    return np.empty(0)


@dataclass(frozen=True, slots=True)
class Floor:
    """Agents who work for a campaign, and its lines; every array has one element for each of them."""

    now: float
    """Steady seconds."""
    idle: int
    """Agents who could take a call at once."""
    talking: Seconds = field(default_factory=_none)
    """Agents on a call → seconds since it began."""
    wrapping: Seconds = field(default_factory=_none)
    """Agents in wrap-up → seconds since it began."""
    ringing: Seconds = field(default_factory=_none)
    """Lines being dialled → seconds since then."""
    chances: Seconds = field(default_factory=_none)
    """The same lines → probability, when dialled, that somebody answers."""
    waiting: int = 0
    """Answered calls that no agent has yet."""

    @property
    def staff(self) -> int:
        """All agents."""
        return self.idle + len(self.talking) + len(self.wrapping)

    @property
    def on_the_way(self) -> int:
        """Calls that want an agent or may come to want one."""
        return len(self.ringing) + self.waiting
