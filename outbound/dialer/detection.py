"""Telling who has answered, a person or a machine: what each way of it does, and which a campaign has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from outbound.dialer.by_asterisk import DetectingByAsterisk
from outbound.dialer.detecting import Detecting

if TYPE_CHECKING:
    from callflow.protocol import PlacedCall
    from outbound.campaigns.definition import Machines
    from outbound.machines.port import Verdict
    from telephony.media import Media


class Detection(Protocol):
    """Judges one call that has just been answered; the line hears nothing meanwhile."""

    async def judge(self) -> Verdict:
        """Judge by the first :data:`outbound.machines.port.LATEST_S` seconds.  Raises CallerGone."""

    async def until_beep(self) -> bool:
        """Wait for a machine's beep, some time; False when none came.  Raises CallerGone."""

    async def close(self) -> None:
        """Listen no more."""


def detection_of(
    machines: Machines, media: Media | None, call: PlacedCall, answered_at: float
) -> Detection | None:
    """Give a campaign's way, or None for none; without ``media`` we can't listen ourselves.

    ``answered_at``: steady seconds.
    """
    match machines:
        case "asterisk":
            return DetectingByAsterisk(media, call, answered_at)
        case "timing" if media is not None:
            return Detecting(media, call, answered_at)
        case _:
            return None
