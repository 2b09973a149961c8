"""Callers whom Asterisk has refused because too many are on: counted, and told to the admin.

They never reach the controller (asterisk-config/extensions.conf), so they have no call and no record.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from prometheus_client import Counter

from telephony.admission import CALLERS_FULL, USER_EVENT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from callflow.clock import Clock
    from telephony.ami import AmiEvents

ALARM = "callers_full"
QUIET_S = 30.0
"""The alarm is cleared when nobody was refused for so long."""
_LOOK_S = 5.0

REFUSED = Counter("ringhall_callers_refused_total", "Callers refused because too many were on.")


class AdmissionWatch:
    """Listens to Asterisk; :meth:`run` clears the alarm in its time."""

    def __init__(
        self, ami: AmiEvents, clock: Clock, alarm: Callable[[str, str], None], clear: Callable[[str], None]
    ) -> None:
        self.refused = 0
        """Since the controller's start."""
        self._clock = clock
        self._alarm = alarm
        self._clear = clear
        self._last: float | None = None
        ami.listen([USER_EVENT], self._take)

    def _take(self, _: str, headers: Mapping[str, str]) -> None:
        if headers.get(USER_EVENT) != CALLERS_FULL:
            return
        self.refused += 1
        REFUSED.inc()
        self._last = self._clock.now()
        self._alarm(
            ALARM,
            f"too many callers are on (asterisk.max_callers): {self.refused} were refused since the start",
        )

    async def run(self) -> None:
        """Clear the alarm once nobody is refused any more, for ever."""
        while True:
            await asyncio.sleep(_LOOK_S)
            if self._last is not None and self._clock.now() - self._last >= QUIET_S:
                self._last = None
                self._clear(ALARM)

    def in_status(self) -> Mapping[str, object]:
        """Give the count."""
        return {"callers_refused": self.refused}
