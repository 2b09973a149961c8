"""AMI, for what ARI lacks or has only at a price: one connection, kept up, for all who listen to its events.

By panoramisk; the reconnecting is ours, since its own can't be stopped once it has begun and never notices a
socket that went silent.  Nothing here can hurt the rest: whatever goes wrong is logged and tried again.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

import structlog
from panoramisk import Manager
from panoramisk.ami_protocol import AMIProtocol

from telephony.ari.backoff import Backoff

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterable

log = structlog.get_logger(__name__)

PING_S = 5.0
"""How often Asterisk is asked for a sign of life."""
SILENCE_S = 12.0
"""A connection on which nothing came for so long counts as lost."""
LOGIN_S = 5.0
"""Bound on connecting and on logging in."""
ANSWER_S = 5.0
"""Bound on the answer to an action, the wait for a lost connection included."""
CLASSES = "security,system,user"
"""Whose events are asked for; manager.conf lets these be read, and of them only what is used."""

Take = Callable[[str, Mapping[str, str]], None]
"""Takes an event: its name and its headers."""


class AmiRefused(Exception):  # noqa: N818 - named for what happened
    """Asterisk refused AMI's user or password; compare manager.conf with the controller's settings."""


class AmiDown(Exception):  # noqa: N818 - named for what happened
    """An action was not answered: there is no connection, or it was lost meanwhile."""


class AmiEvents(Protocol):
    """Where AMI's events can be listened to."""

    def listen(
        self, names: Iterable[str], take: Take, *, connected: Callable[[], None] | None = None
    ) -> None:
        """Have ``take`` called with each event of these names, in order.

        ``connected`` is called each time that the events begin to flow: whatever happened before was not
        seen.  Neither may wait; to be called before :meth:`Ami.start`.
        """


class AmiActions(AmiEvents, Protocol):
    """Where AMI can be asked as well."""

    async def ask(self, action: Mapping[str, str]) -> Mapping[str, str]:
        """Send an action and give its answer; raises :class:`AmiDown`."""

    async def ask_all(self, action: Mapping[str, str]) -> list[Mapping[str, str]]:
        """Send an action and give all that is answered, a list's entries included; raises :class:`AmiDown`.

        A refusal is an answer, with ``Response: Error``.
        """


class Ami:
    """The connection; satisfies :class:`AmiActions`."""

    def __init__(
        self,
        host: str,
        port: int,
        user: str,
        password: str,
        *,
        backoff: Backoff | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.connects = 0
        self._address = (host, port)
        self._login = {"Action": "Login", "Username": user, "Secret": password, "Events": CLASSES}
        self._backoff = backoff or Backoff()
        self._sleep = sleep
        self._takers: defaultdict[str, list[Take]] = defaultdict(list)
        self._greeters: list[Callable[[], None]] = []
        self._running: asyncio.Task[None] | None = None
        self._manager: asyncio.Future[_Manager] | None = None
        """The connection on which actions can be sent, as soon as there is one."""

    def listen(
        self, names: Iterable[str], take: Take, *, connected: Callable[[], None] | None = None
    ) -> None:
        """See :meth:`AmiEvents.listen`."""
        for name in names:
            self._takers[name].append(take)
        if connected is not None:
            self._greeters.append(connected)

    async def start(self) -> None:
        """Begin to connect, and to reconnect whenever it is needed."""
        self._running = asyncio.create_task(self._run(), name="ami")

    async def close(self) -> None:
        """Disconnect for good."""
        if self._running is not None:
            self._running.cancel()
            with suppress(asyncio.CancelledError):
                await self._running

    async def ask(self, action: Mapping[str, str]) -> Mapping[str, str]:
        """Send an action and give its answer's headers, ``Response`` among them; raises :class:`AmiDown`.

        Waits a while for a lost connection.  Actions may be sent twice only if they are asked for twice.
        """
        try:
            async with asyncio.timeout(ANSWER_S):
                manager = await asyncio.shield(self._connection())
                answer = await manager.ask(dict(action))
        except TimeoutError:
            raise AmiDown(f"AMI did not answer {action['Action']} in {ANSWER_S:g} s") from None
        except OSError as error:
            raise AmiDown(f"AMI's connection was lost before it answered {action['Action']}") from error
        return answer

    async def ask_all(self, action: Mapping[str, str]) -> list[Mapping[str, str]]:
        """See :meth:`AmiActions.ask_all`."""
        try:
            async with asyncio.timeout(ANSWER_S):
                manager = await asyncio.shield(self._connection())
                answer = await manager.send_action(dict(action))
        except TimeoutError:
            raise AmiDown(f"AMI did not answer {action['Action']} in {ANSWER_S:g} s") from None
        except OSError as error:
            raise AmiDown(f"AMI's connection was lost before it answered {action['Action']}") from error
        return answer if isinstance(answer, list) else [answer]

    def _connection(self) -> asyncio.Future[_Manager]:
        if self._manager is None:
            self._manager = asyncio.get_running_loop().create_future()
        return self._manager

    async def _run(self) -> None:
        while True:
            try:
                await self._connect_once()
            except (AmiRefused, OSError, TimeoutError) as error:
                log.warning("ami not connected", reason=str(error) or type(error).__name__)
            except Exception:
                # A library's bug must not end the connection for good, let alone the controller.
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
            for connected in self._greeters:
                connected()
            self._connection().set_result(manager)
            await manager.until_lost()
        finally:
            if self._manager is not None and self._manager.done():
                self._manager = None
            manager.close()

    def _take(self, message: Any) -> None:
        for take in self._takers.get(message.event, ()):
            take(message.event, message)


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

    async def ask(self, action: dict[str, str]) -> Mapping[str, str]:
        """Send an action and give its answer; raises ConnectionResetError when none can come any more."""
        answer = self.send_action(action)
        lost = self.loop.create_task(self._lost.wait())
        try:
            await asyncio.wait([answer, lost], return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                raise ConnectionResetError
            found: Mapping[str, str] = answer.result()
            return found
        finally:
            lost.cancel()

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
