"""The log's events as they happen, from the control socket, kept so that one can wait for any of them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from callflow.control_client import ControlError
from records.events import Event, Recorded

if TYPE_CHECKING:
    from collections.abc import Callable

    from callflow.control_client import ControlClient

E = TypeVar("E", bound=Event)


class ExpectationFailed(Exception):  # noqa: N818 - named for what happened
    """Something that the demo expects did not come true; the message says what."""


class EventFeed:
    """Reads the stream in a task of its own; ``listener`` is called with every event."""

    def __init__(self, control: ControlClient, listener: Callable[[Recorded], None]) -> None:
        self.events: list[Recorded] = []
        self._control = control
        self._listener = listener
        self._changed = asyncio.Condition()
        self._reading: asyncio.Task[None] | None = None
        self._on = asyncio.Event()

    async def start(self) -> None:
        """Come back when the stream is on, so that nothing after this is missed; raises ControlError."""
        self._reading = asyncio.create_task(self._read())
        on = asyncio.create_task(self._on.wait())
        await asyncio.wait([on, self._reading], return_when=asyncio.FIRST_COMPLETED)
        on.cancel()
        if self._reading.done():
            self._reading.result()

    async def stop(self) -> None:
        """Stop reading."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    async def expect(
        self,
        kind: type[E],
        what: str,
        seconds: float,
        met: Callable[[E], bool] = lambda _: True,
        after: int = 0,
    ) -> E:
        """Wait for an event after sequence number ``after``; raises :class:`ExpectationFailed` in time."""
        try:
            async with asyncio.timeout(seconds), self._changed:
                while True:
                    for recorded in self.events:
                        event: Any = recorded.event
                        if recorded.seq > after and isinstance(event, kind) and met(event):
                            return event
                    if self._reading is None or self._reading.done():
                        raise ExpectationFailed(f"{what}: the server ended")
                    await self._changed.wait()
        except TimeoutError:
            raise ExpectationFailed(f"{what}: not within {seconds:g} s") from None

    @property
    def last(self) -> int:
        """Sequence number of the newest event."""
        return self.events[-1].seq if self.events else 0

    async def _read(self) -> None:
        decoder = msgspec.json.Decoder(Recorded)
        try:
            async for line in self._control.events():
                self._on.set()
                if line.strip():
                    await self._take(decoder.decode(line))
        except (ControlError, OSError) as error:
            raise ControlError(str(error)) from error
        finally:
            async with self._changed:
                self._changed.notify_all()

    async def _take(self, recorded: Recorded) -> None:
        self._listener(recorded)
        async with self._changed:
            self.events.append(recorded)
            self._changed.notify_all()
