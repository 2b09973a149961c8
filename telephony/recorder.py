"""Recording what is said on a leg, as the rest of Ringhall sees it: a switch's ability of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RATE = 8000
"""Samples a second of a recording."""
FRAME_BYTES = 4
"""Bytes of a moment: 16 bits of what came from the leg (left), 16 of what was sent to it (right)."""
REST_S = 0.2
"""Between the end of a recording and the begin of the next on a leg, when somebody new talks on it."""


@runtime_checkable
class CallRecorder(Protocol):
    """Records a leg, whatever it is connected with, until it is told to stop or the leg ends.

    The switch does so by itself: it goes on when whoever asked for it is gone.  All methods raise
    :class:`telephony.switch.SwitchError` when the switch refuses or can't be reached, and
    :class:`telephony.switch.LegGone` when the leg has ended.
    """

    async def start(self, leg: str, file: Path) -> None:
        """Append what is said to ``file``, which is there: raw, :data:`RATE`, :data:`FRAME_BYTES` a moment.

        Only one recording of a leg may go on at a time.
        """

    async def stop(self, leg: str) -> None:
        """End the recording, if there is one; when this returns, all of it is in the file."""

    def on_newcomer(self, take: Callable[[str], None]) -> None:
        """Have ``take`` called with a leg when somebody joins whom its recording has not heard yet.

        The recording is to be stopped then, and begun again :data:`REST_S` later, or it may not hear them.
        """
