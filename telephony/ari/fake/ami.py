"""A connection to the fake Asterisk's AMI: the events that ARI does not have."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from telephony.ami import Take


class FakeAmi:
    """Satisfies :class:`~telephony.ami.AmiEvents`; connects by itself once somebody listens."""

    def __init__(self, latency: float) -> None:
        self.connected = False
        self._latency = latency
        self._takers: defaultdict[str, list[Take]] = defaultdict(list)
        self._greeters: list[Callable[[], None]] = []
        self._timer: asyncio.TimerHandle | None = None

    def listen(
        self, names: Iterable[str], take: Take, *, connected: Callable[[], None] | None = None
    ) -> None:
        """See :meth:`~telephony.ami.AmiEvents.listen`."""
        for name in names:
            self._takers[name].append(take)
        if connected is not None:
            self._greeters.append(connected)
        self.drop(self._latency)

    def say(self, name: str, headers: Mapping[str, str]) -> None:
        """Report an event; lost while there is no connection."""
        if self.connected:
            for take in self._takers.get(name, ()):
                take(name, headers)

    def drop(self, seconds: float) -> None:
        """Lose the connection and have it back after ``seconds``."""
        if self._timer is not None:
            self._timer.cancel()
        self.connected = False
        self._timer = asyncio.get_running_loop().call_later(seconds, self._connect)

    def _connect(self) -> None:
        self.connected = True
        for connected in self._greeters:
            connected()
