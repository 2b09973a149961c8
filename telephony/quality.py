"""How well a leg was heard, as the rest of Ringhall sees it: what RTP and RTCP told of it when it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable


class Direction(msgspec.Struct, frozen=True):
    """The sound's way in one direction."""

    packets: int
    """That went this way."""
    lost: int
    """That did not arrive."""
    jitter_s: float
    """Interarrival jitter as RFC 3550 defines it, the last value."""

    @property
    def loss(self) -> float:
        """Share of the packets that did not arrive, 0 to 1."""
        sent = self.packets + self.lost
        return self.lost / sent if sent else 0.0


class LegHeard(msgspec.Struct, frozen=True):
    """What is known of a leg that is ending."""

    leg: str
    to_us: Direction
    """As we have seen it."""
    from_us: Direction | None
    """As the far end's reports (RTCP) tell; None when none ever came."""
    sent: int
    """Packets that we sent."""
    rtt_s: float | None
    """The last round trip; None when it was never measured."""


@runtime_checkable
class QualitySource(Protocol):
    """Tells how legs were heard."""

    def on_leg_heard(self, take: Callable[[LegHeard], None]) -> None:
        """Have ``take`` called once for each leg that had sound, as it ends, whoever ended it.

        It may not wait.  What ends while nobody is connected with the switch is never told.
        """
