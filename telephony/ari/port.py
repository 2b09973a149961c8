"""The interface that the ARI client and the fake Asterisk both have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from telephony.ari.models import AnyEvent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from telephony.ari.requests import Requests


class UnknownEvent(msgspec.Struct, frozen=True):
    """An event of a kind, or in a shape, that the models don't know; passed on so that it can be counted."""

    type: str
    raw: bytes


class Connected(msgspec.Struct, frozen=True):
    """The events flow.  Whatever happened before was not seen: list what exists, and repair."""

    first: bool
    """True for the first connection of this client."""
    asterisk_started: bool
    """True when another Asterisk process answers than at the last connection: none of its channels is left.

    False at the first connection, where there is nothing to compare with.
    """
    entity_id: str
    startup_time: str
    """When this Asterisk process started, as it writes it; with ``entity_id`` it names the process."""
    version: str


class Disconnected(msgspec.Struct, frozen=True):
    """The connection is gone, and with it every event until the next :class:`Connected`."""

    reason: str


Message = AnyEvent | UnknownEvent | Connected | Disconnected


class Ari(Protocol):
    """One connection, kept up, to an Asterisk's Stasis application."""

    @property
    def quick(self) -> Requests:
        """Requests that must be quick and in order: Asterisk runs them one after another.

        One that blocks (a channel that plays is moved) holds up every request behind it.
        """

    @property
    def slow(self) -> Requests:
        """Requests that can wait or may block: side by side, in no order."""

    async def start(self) -> None:
        """Begin to connect; :class:`Connected` is reported through :meth:`messages`."""

    async def close(self) -> None:
        """Disconnect for good; pending requests fail, :meth:`messages` ends."""

    def renew(self, reason: str) -> None:
        """Give the present connection up, which ``reason`` speaks against, and connect anew."""

    def messages(self) -> AsyncIterator[Message]:
        """Yield events and markers in order; only one reader.

        Raises :class:`~telephony.ari.errors.ApplicationTaken` when another controller took over.
        """
