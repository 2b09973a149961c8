"""Asterisk's security events, as a typed stream: who was refused, and where they came from."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from telephony.ami import AmiEvents

NOTICED = frozenset(
    {
        "InvalidPassword", "InvalidAccountID", "ChallengeResponseFailed", "FailedACL", "UnexpectedAddress",
        "AuthMethodNotAllowed", "InvalidTransport", "LoadAverageLimit", "MemoryLimit", "SessionLimit",
        "RequestBadFormat", "RequestNotAllowed", "RequestNotSupported",
    }
)  # fmt: skip
"""Security events that are passed on; successes and challenges of each registration are not."""


class SecurityEvent(msgspec.Struct, frozen=True):
    """Somebody was refused."""

    kind: str
    """Asterisk's name for it, one of :data:`NOTICED`."""
    service: str
    """PJSIP, AMI, …"""
    account: str
    """The user name that was given."""
    address: str
    """Where it came from; empty when Asterisk does not say."""
    port: int
    transport: str
    """UDP, TCP, TLS, WS, …"""
    at: str
    """Asterisk's time of the event."""


class SecurityWatch:
    """The security events that an AMI connection brings; a flood drops the oldest, counted."""

    def __init__(self, ami: AmiEvents, *, limit: int = 1_000) -> None:
        self.dropped = 0
        """Events thrown away because nobody took them in time."""
        self._events: deque[SecurityEvent] = deque(maxlen=limit)
        self._wake = asyncio.Event()
        ami.listen(NOTICED, self._take)

    async def events(self) -> AsyncIterator[SecurityEvent]:
        """Yield security events for ever; only one reader."""
        while True:
            while self._events:
                yield self._events.popleft()
            self._wake.clear()
            await self._wake.wait()

    def _take(self, name: str, headers: Mapping[str, str]) -> None:
        if len(self._events) == self._events.maxlen:
            self.dropped += 1
        self._events.append(security_event(name, headers))
        self._wake.set()


def security_event(name: str, headers: Mapping[str, str]) -> SecurityEvent:
    """Translate AMI's headers; an address reads ``IPV4/UDP/192.0.2.1/5060``."""
    _, transport, address, port = (headers.get("RemoteAddress", "").split("/") + [""] * 4)[:4]
    return SecurityEvent(
        kind=name,
        service=headers.get("Service", ""),
        account=headers.get("AccountID", ""),
        address=address,
        port=int(port) if port.isdecimal() else 0,
        transport=transport,
        at=headers.get("EventTV", ""),
    )
