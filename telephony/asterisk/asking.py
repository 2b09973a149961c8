"""Requests to Asterisk that outlast a lost connection, their refusals in the switch's words."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from telephony.ari.errors import AriConflict, AriDisconnected, AriError, AriNotFound
from telephony.switch import LegGone, SwitchError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from telephony.ari.port import Ari
    from telephony.ari.requests import Requests

T = TypeVar("T")

PATIENCE_S = 30.0
"""How long a request waits for a lost connection to come back before it is refused."""
_NOTICE_S = 0.02


class Asking:
    """Sends requests; one that the connection's loss cut short is sent again when the connection is back.

    So every request must be one that may safely be repeated.
    """

    def __init__(self, ari: Ari) -> None:
        self._ari = ari
        self.up = asyncio.Event()
        """Set while there is a connection, by whoever reads the events."""

    async def quick(self, request: Callable[[Requests], Awaitable[T]]) -> T:
        """Ask over the events WebSocket, in order; raises LegGone, SwitchError."""
        return await self._in_words(request, self._ari.quick)

    async def slow(self, request: Callable[[Requests], Awaitable[T]]) -> T:
        """Ask over HTTP, for what may take long; raises LegGone, SwitchError."""
        return await self._in_words(request, self._ari.slow)

    async def raw(self, request: Callable[[Requests], Awaitable[T]]) -> T:
        """Ask as :meth:`quick`, but raise ARI's own errors."""
        return await self._patiently(request, self._ari.quick)

    async def make_bridge(self, bridge: str, kind: str) -> None:
        """Make a bridge unless it is there: it outlives the controller that made it."""
        try:
            await self.raw(lambda ari: ari.bridges_create_with_id(bridge, type_=kind, name=bridge))
        except AriConflict:
            pass
        except AriError as error:
            raise SwitchError(str(error)) from error

    async def _in_words(self, request: Callable[[Requests], Awaitable[T]], lane: Requests) -> T:
        try:
            return await self._patiently(request, lane)
        except (AriNotFound, AriConflict) as error:
            # 404 gone; 409, 412, 422 hung up but not yet destroyed, or out of our application
            raise LegGone(str(error)) from error
        except AriError as error:
            raise SwitchError(str(error)) from error

    async def _patiently(self, request: Callable[[Requests], Awaitable[T]], lane: Requests) -> T:
        try:
            return await request(lane)
        except AriDisconnected:
            pass  # sent again when the connection is back
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    await asyncio.sleep(_NOTICE_S)  # until the loss itself has been reported
                    await self.up.wait()
                    with suppress(AriDisconnected):
                        return await request(lane)
        except TimeoutError:
            raise SwitchError(f"no connection to Asterisk for {PATIENCE_S:.0f} s") from None
