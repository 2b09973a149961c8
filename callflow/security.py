"""Puts Asterisk's security events into the log: wrong passwords, unknown accounts, refused addresses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from callflow.personal import masked
from records.events import SecurityNoticed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from records.events import Event
    from telephony.security import SecurityEvent

PER_MINUTE = 60
"""A scanner on the Internet tries thousands of names; beyond this, a minute's events are not recorded."""

_NUMBER = re.compile(r"\+?[0-9 ().-]{5,}")


class Watch(Protocol):
    """Where security events come from."""

    def events(self) -> AsyncIterator[SecurityEvent]:
        """Yield them for ever."""


async def note_security_events(
    watch: Watch, record: Callable[[Event], None], now: Callable[[], float]
) -> None:
    """Record security events for ever, at most :data:`PER_MINUTE` of them a minute."""
    minute, count = 0, 0
    async for event in watch.events():
        this = int(now() // 60)
        if this != minute:
            minute, count = this, 0
        count += 1
        if count <= PER_MINUTE:
            record(SecurityNoticed(kind=event.kind, account=_shown(event.account), address=event.address))


def _shown(account: str) -> str:
    """Show a phone's or trunk's name whole; a refused caller gave their number as the name."""
    return masked(account) if _NUMBER.fullmatch(account) else account
