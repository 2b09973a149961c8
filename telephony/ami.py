"""AMI, for what ARI lacks: Asterisk's security events, as a typed stream.

By panoramisk; the reconnecting is ours, since its own can't be stopped once it has begun and never notices a
socket that went silent.  Nothing here can hurt the rest: whatever goes wrong is logged and tried again, and
a flood of events drops the oldest, counted.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec
import structlog
from panoramisk import Manager
from panoramisk.ami_protocol import AMIProtocol

from telephony.ari.backoff import Backoff

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

log = structlog.get_logger(__name__)

PING_S = 5.0
"""How often Asterisk is asked for a sign of life."""
SILENCE_S = 12.0
"""A connection on which nothing came for so long counts as lost."""
LOGIN_S = 5.0
"""Bound on connecting and on logging in."""

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


class AmiRefused(Exception):  # noqa: N818 - named for what happened
    """Asterisk refused AMI's user or password; compare manager.conf with the controller's settings."""


class SecurityWatch:
    """The security events of one Asterisk, for as long as it is iterated."""

    def __init__(
        self,
        host: str,
        port: int,
        user: str,
        password: str,
        *,
        limit: int = 1_000,
        backoff: Backoff | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.dropped = 0
        """Events thrown away because nobody took them in time."""
        self.connects = 0
        self._address = (host, port)
        self._login = {"Action": "Login", "Username": user, "Secret": password, "Events": "security"}
        self._backoff = backoff or Backoff(base=0.2, cap=10.0)
        self._sleep = sleep
        self._events: deque[SecurityEvent] = deque(maxlen=limit)
        self._wake = asyncio.Event()

    async def events(self) -> AsyncIterator[SecurityEvent]:
        """Yield security events for ever, connecting anew whenever it is needed; only one reader."""
        running = asyncio.create_task(self._run(), name="ami security events")
        try:
            while True:
                while self._events:
                    yield self._events.popleft()
                self._wake.clear()
                await self._wake.wait()
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    async def _run(self) -> None:
        while True:
            try:
                await self._connect_once()
            except (AmiRefused, OSError, TimeoutError) as error:
                log.warning("ami not connected", reason=str(error) or type(error).__name__)
            except Exception:
                # A library's bug must not end the watch, let alone the controller.
                log.exception("ami failed")
            await self._sleep(self._backoff.next())

    async def _connect_once(self) -> None:
        """Connect, log in, and stay until the connection is lost."""
        loop = asyncio.get_running_loop()
        manager = _Manager(loop)
        manager.register_event("*", lambda _, message: self._take(message))
        try:
            async with asyncio.timeout(LOGIN_S):
                await manager.open(*self._address)
                answer = await manager.send_action(dict(self._login))
            if not answer.success:
                raise AmiRefused("Asterisk refused AMI's user or password; see manager.conf")
            self._backoff.reset()
            self.connects += 1
            log.info("ami connected", port=self._address[1])
            await manager.until_lost()
        finally:
            manager.close()

    def _take(self, message: Any) -> None:
        if message.event not in NOTICED:
            return
        if len(self._events) == self._events.maxlen:
            self.dropped += 1
        self._events.append(security_event(message))
        self._wake.set()


def security_event(message: Any) -> SecurityEvent:
    """Translate AMI's headers; an address reads ``IPV4/UDP/192.0.2.1/5060``."""
    _, transport, address, port = (message.get("RemoteAddress", "").split("/") + [""] * 4)[:4]
    return SecurityEvent(
        kind=message.event,
        service=message.get("Service", ""),
        account=message.get("AccountID", ""),
        address=address,
        port=int(port) if port.isdecimal() else 0,
        transport=transport,
        at=message.get("EventTV", ""),
    )


class _Protocol(AMIProtocol):  # type: ignore[misc]
    """Panoramisk's protocol, remembering when it last heard anything."""

    heard = 0.0

    def data_received(self, data: bytes) -> None:
        self.heard = asyncio.get_running_loop().time()
        super().data_received(data)


class _Manager(Manager):  # type: ignore[misc]
    """Panoramisk's manager for one connection: a loss ends it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        # It would log our login, and losses that we report ourselves.
        quiet = logging.getLogger(f"{__name__}.panoramisk")
        quiet.setLevel(logging.CRITICAL)
        super().__init__(loop=loop, log=quiet, ping_delay=PING_S, ping_interval=PING_S)
        self._lost = asyncio.Event()

    async def open(self, host: str, port: int) -> None:
        """Connect; raises OSError."""
        made = self.loop.create_future()
        made.set_result(await self.loop.create_connection(_Protocol, host, port))
        self.connection_made(made)

    def connection_lost(self, _exc: object) -> None:
        """End; panoramisk would connect again, for ever."""
        self._lost.set()

    async def until_lost(self) -> None:
        """Wait for the end of the connection, or for a silence that is one."""
        while True:
            try:
                async with asyncio.timeout(PING_S):
                    await self._lost.wait()
            except TimeoutError:
                silence = self.loop.time() - self.protocol.heard
                if silence > SILENCE_S:
                    raise TimeoutError(f"AMI has been silent for {silence:.0f} s") from None
            else:
                raise ConnectionResetError("Asterisk closed AMI's connection")
