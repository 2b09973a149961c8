"""Feeling the pulse: a connection that works but is late is as good as none for who decides by it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from telephony.ari.errors import AriError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from telephony.ari.port import Ari

EVERY_S = 1.0
LATE_S = 2.0
"""An answer that takes longer is late; with it whatever Asterisk tells, since all comes on one connection."""
IN_TIME_S = 0.5


class Pulse:
    """Asks for a sign of life on the events' own connection, and tells when it is late and in time again."""

    def __init__(
        self,
        ari: Ari,
        up: asyncio.Event,
        late: Callable[[], Awaitable[None]],
        in_time: Callable[[], Awaitable[None]],
    ) -> None:
        """``up``: set while there is a connection; one that is lost is told of by others."""
        self._ari = ari
        self._up = up
        self._tell_late = late
        self._tell_in_time = in_time

    async def run(self) -> None:
        """Go on for ever."""
        loop = asyncio.get_running_loop()
        late = False
        while True:
            await self._up.wait()
            await asyncio.sleep(EVERY_S)
            asked = loop.time()
            answer = asyncio.ensure_future(self._ari.quick.asterisk_ping())
            try:
                await asyncio.wait([answer], timeout=LATE_S)
                if not answer.done() and not late:
                    late = True
                    await self._tell_late()
                await answer
            except AriError:
                late = late and self._up.is_set()  # a new connection begins anew
                continue
            finally:
                answer.cancel()
            if late and loop.time() - asked < IN_TIME_S:
                late = False
                await self._tell_in_time()
