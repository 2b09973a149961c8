"""The steady clock goes on over a restart of the controller, and an admin hears when the machine's was set.

Places in queues, wrap-ups and deadlines are steady seconds.  A controller that read the machine's clock anew
at its start would see them all an hour older if somebody had set it meanwhile.  So the base is kept in the
home, and taken again by a controller that starts soon after, on a machine that was not booted meanwhile.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from callflow.clock import SteadyClock
from callflow.log import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable

_log = get_logger(__name__)

ALARM = "clock"
RECENT_S = 120.0
"""A server that stood still for longer has no call that waits, and begins with the machine's clock."""
APART_S = 30.0
"""Further apart than this, the two clocks are worth an alarm."""
EVERY_S = 5.0
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class _Kept(msgspec.Struct):
    boot: str
    base: float
    at: float
    """Monotonic seconds when it was kept."""


def go_on(home: Path) -> SteadyClock:
    """Give the clock of the controller before this one, if that ran a moment ago; else a new one."""
    try:
        kept = msgspec.json.decode((home / "clock").read_bytes(), type=_Kept)
    except (OSError, msgspec.MsgspecError):
        return SteadyClock()
    recent = 0 <= time.monotonic() - kept.at <= RECENT_S
    return SteadyClock(kept.base) if recent and kept.boot == _boot() else SteadyClock()


class ClockKeeper:
    """Keeps the base, and compares the two clocks."""

    def __init__(
        self,
        clock: SteadyClock,
        home: Path,
        alarm: Callable[[str, str], None],
        clear_alarm: Callable[[str], None],
    ) -> None:
        self._clock = clock
        self._file = home / "clock"
        self._alarm = alarm
        self._clear_alarm = clear_alarm

    async def run(self) -> None:
        """Do so for ever."""
        while True:
            self.look()
            try:
                await asyncio.to_thread(self.keep)
            except OSError as error:
                _log.warning("clock_not_kept", error=str(error))
            await asyncio.sleep(EVERY_S)

    def keep(self) -> None:
        """Write the base down, whole or not at all; raises OSError."""
        kept = _Kept(boot=_boot(), base=self._clock.base, at=time.monotonic())
        partial = self._file.with_suffix(".partial")
        partial.write_bytes(msgspec.json.encode(kept))
        partial.rename(self._file)

    def look(self) -> None:
        """Compare."""
        apart = time.time() - self._clock.now()
        if abs(apart) <= APART_S:
            self._clear_alarm(ALARM)
        else:
            self._alarm(
                ALARM,
                f"the machine's clock was set by {apart:+.0f} s while calls were served: waits are counted as"
                f" before, and opening hours too, until the server has stood still for {RECENT_S:g} s",
            )


def _boot() -> str:
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return str(time.time())  # fits nothing: then nothing is kept
