"""Which phones come and go, told by AMI's ``PeerStatus``: one event for each change of an endpoint, no other.

ARI's ``EndpointStateChange`` says the same, but can only be had with every event of every channel, made a
second time.  Devices' states say nothing of a phone that is lost while it rings or is in a call.
``ContactStatus`` is about contacts, of which a phone has two for a moment when it registers from another
port; ``PeerStatus`` is what Asterisk makes of them, and comes when ARI's list of endpoints shows it already.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Protocol

import msgspec

from telephony.switch import PhoneReachable, PhoneUnreachable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from telephony.ami import AmiEvents

PEER_STATUS = "PeerStatus"
LIMIT = 10_000
"""Changes that nobody took yet; more are given up, and all phones are to be listed."""
ROUNDS_S = 5.0
_TECHNOLOGY = "PJSIP/"

PhoneChange = PhoneReachable | PhoneUnreachable


class PhonesUnseen(msgspec.Struct, frozen=True):
    """Changes before this were not seen: all phones are to be listed now."""


class PhoneChanges(Protocol):
    """Where a switch hears of phones."""

    def changes(self) -> AsyncIterator[PhoneChange | PhonesUnseen]:
        """Yield for ever what is heard; only one reader.

        What a reader hears after :class:`PhonesUnseen` may have happened while it listed them, so it is to be
        reported after the list: the last change is the last word.
        """


class PhoneWatch:
    """The changes that an AMI connection brings; satisfies :class:`PhoneChanges`."""

    def __init__(self, ami: AmiEvents, *, limit: int = LIMIT) -> None:
        self._limit = limit
        self._heard: deque[PhoneChange | PhonesUnseen] = deque()
        self._wake = asyncio.Event()
        ami.listen([PEER_STATUS], self._take, connected=self._begin_anew)

    async def changes(self) -> AsyncIterator[PhoneChange | PhonesUnseen]:
        """See :meth:`PhoneChanges.changes`."""
        while True:
            while self._heard:
                yield self._heard.popleft()
            self._wake.clear()
            await self._wake.wait()

    def _take(self, _name: str, headers: Mapping[str, str]) -> None:
        peer = headers.get("Peer", "")
        if not peer.startswith(_TECHNOLOGY):
            return
        if len(self._heard) >= self._limit:
            self._begin_anew()
            return
        reachable = headers.get("PeerStatus") == "Reachable"
        self._heard.append(change(peer.removeprefix(_TECHNOLOGY), reachable=reachable))
        self._wake.set()

    def _begin_anew(self) -> None:
        self._heard.clear()
        self._heard.append(PhonesUnseen())
        self._wake.set()


class PhoneRounds:
    """Phones that nobody tells of, where there is no AMI: listed again and again."""

    def __init__(self, every_s: float = ROUNDS_S) -> None:
        self._every_s = every_s

    async def changes(self) -> AsyncIterator[PhoneChange | PhonesUnseen]:
        """See :meth:`PhoneChanges.changes`."""
        while True:
            yield PhonesUnseen()
            await asyncio.sleep(self._every_s)


def change(phone: str, *, reachable: bool) -> PhoneChange:
    """Give the switch's word for a phone's state."""
    return PhoneReachable(phone=phone) if reachable else PhoneUnreachable(phone=phone)
