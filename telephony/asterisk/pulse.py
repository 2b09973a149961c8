"""Feeling the pulse: a connection that works but is late is as good as none for who decides by it.

The sign asked for is an event of our own, on the connection that brings all events.  An answer alone would
prove too little: when connections end and begin in the same millisecond, Asterisk (22.10) may take the end of
the one before for the end of the application, and answer the new one without telling it anything.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from telephony.ari.errors import AriError, AriNotFound
from telephony.ari.models import ChannelUserevent
from telephony.ari.port import Disconnected

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from telephony.ari.port import Ari, Message

EVERY_S = 1.0
LATE_S = 2.0
"""A sign that takes longer is late; with it whatever Asterisk tells, since all comes on one connection."""
IN_TIME_S = 0.5
DEAF_S = 3.0
"""After an answer, the event that was asked for is not waited for any longer: none will come."""
_NAME = "ringhall-pulse-"


class _Deaf(Exception):  # noqa: N818 - named for what is the case
    """The connection brings no events."""


class Pulse:
    """Asks for a sign of life on the events' own connection, and tells when it is late and in time again.

    A connection that answers and brings no sign is given up for a new one.
    """

    def __init__(
        self,
        ari: Ari,
        app: str,
        up: asyncio.Event,
        late: Callable[[], Awaitable[None]],
        in_time: Callable[[], Awaitable[None]],
    ) -> None:
        """``up``: set while there is a connection; one that is lost is told of by others."""
        self._ari = ari
        self._app = app
        self._up = up
        self._tell_late = late
        self._tell_in_time = in_time
        self._beats = 0
        self._awaited: asyncio.Future[None] | None = None

    def hear(self, message: Message) -> None:
        """Take a message of ARI."""
        if self._awaited is None or self._awaited.done():
            return
        if isinstance(message, Disconnected):
            self._awaited.set_exception(AriError(0, "the connection broke before the sign"))
        elif isinstance(message, ChannelUserevent) and message.eventname == f"{_NAME}{self._beats}":
            self._awaited.set_result(None)

    async def run(self) -> None:
        """Go on for ever."""
        loop = asyncio.get_running_loop()
        late = False
        while True:
            await self._up.wait()
            await asyncio.sleep(EVERY_S)
            asked = loop.time()
            sign = asyncio.ensure_future(self._sign())
            try:
                await asyncio.wait([sign], timeout=LATE_S)
                if not sign.done() and not late:
                    late = True
                    await self._tell_late()
                await sign
            except _Deaf:
                late = False
                self._ari.renew("Asterisk answers on this connection, but tells it of no event")
                continue
            except AriError:
                late = late and self._up.is_set()  # a new connection begins anew
                continue
            finally:
                sign.cancel()
            if late and loop.time() - asked < IN_TIME_S:
                late = False
                await self._tell_in_time()

    async def _sign(self) -> None:
        """Have an event sent, and see it come; raises :class:`_Deaf` when none does."""
        self._beats += 1
        self._awaited = asyncio.get_running_loop().create_future()
        try:
            await self._ari.quick.events_user_event(f"{_NAME}{self._beats}", application=self._app)
            async with asyncio.timeout(DEAF_S):
                await self._awaited
        except (TimeoutError, AriNotFound):
            raise _Deaf from None
        finally:
            self._awaited = None
