"""What every way of pacing can do, and the simplest ones."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from outbound.pacing.floor import Floor


class Pacer(Protocol):
    """Decides how many of the next leads are dialled."""

    def lines(self, floor: Floor, leads: Sequence[float]) -> int:
        """Say how many of the next leads to dial now; ``leads`` are their probabilities of an answer."""

    def connected(self, floor_staff: int) -> None:
        """Take note that an answered call has got an agent."""

    def dropped(self, floor_staff: int) -> None:
        """Take note that an answered call has got none in time."""


class Progressive:
    """One line for each idle agent: nobody who answers is ever without one, unless an agent goes away."""

    def lines(self, floor: Floor, leads: Sequence[float]) -> int:
        """See :class:`Pacer`."""
        return progressive(floor, leads)

    def connected(self, floor_staff: int) -> None:
        """Nothing to learn."""

    def dropped(self, floor_staff: int) -> None:
        """Nothing to learn."""


class FixedRatio(Progressive):
    """So many lines for each idle agent, whatever comes of it."""

    def __init__(self, ratio: float) -> None:
        self._ratio = ratio

    def lines(self, floor: Floor, leads: Sequence[float]) -> int:
        """See :class:`Pacer`."""
        wanted = math.floor(self._ratio * floor.idle) - floor.on_the_way
        return min(max(0, wanted), len(leads))


def progressive(floor: Floor, leads: Sequence[float]) -> int:
    """Say how many lines one for each idle agent are, with those that there are."""
    return min(max(0, floor.idle - floor.on_the_way), len(leads))
