"""baresip's control connection: commands out, events in, as JSON in netstrings over TCP."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable


class ControlFailed(Exception):  # noqa: N818 - named for what happened
    """baresip refused a command, or its control connection is gone."""


class BaresipControl:
    """Sends commands and hands every event to ``on_event``, in order."""

    def __init__(self, on_event: Callable[[dict[str, Any]], None], on_lost: Callable[[], None]) -> None:
        self._on_event = on_event
        self._on_lost = on_lost
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self._asked: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._tokens = itertools.count(1)

    async def connect(self, host: str, port: int, timeout: float) -> None:  # noqa: ASYNC109
        """Connect as soon as baresip listens, within ``timeout`` seconds; raises :class:`ControlFailed`."""
        try:
            async with asyncio.timeout(timeout):
                while True:
                    try:
                        reader, self._writer = await asyncio.open_connection(host, port)
                        break
                    except ConnectionRefusedError:
                        await asyncio.sleep(0.01)
        except TimeoutError:
            raise ControlFailed(f"it does not listen on {host}:{port} after {timeout:g} s") from None
        self._reading = asyncio.create_task(self._read(reader))

    async def command(self, name: str, parameters: str = "", timeout: float = 5.0) -> str:  # noqa: ASYNC109
        """Run a command and give what it printed; raises :class:`ControlFailed`."""
        if self._writer is None or self._reading is None or self._reading.done():
            raise ControlFailed(f"{name}: not connected")
        token = str(next(self._tokens))
        answer = self._asked[token] = asyncio.get_running_loop().create_future()
        body = msgspec.json.encode({"command": name, "params": parameters, "token": token})
        try:
            async with asyncio.timeout(timeout):
                self._writer.write(b"%d:%s," % (len(body), body))
                await self._writer.drain()
                told = await answer
        except (TimeoutError, ConnectionError) as error:
            raise ControlFailed(f"{name}: no answer ({error or f'{timeout:g} s'})") from error
        finally:
            self._asked.pop(token, None)
        if not told.get("ok"):
            raise ControlFailed(f"{name} {parameters}: {str(told.get('data', '')).strip()}")
        return str(told.get("data", ""))

    async def close(self) -> None:
        """Close the connection."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        if self._writer is not None:
            self._writer.close()
            with contextlib.suppress(ConnectionError):
                await self._writer.wait_closed()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                length = int((await reader.readuntil(b":"))[:-1])
                body = await reader.readexactly(length + 1)
                self._take(msgspec.json.decode(body[:-1]))
        except (asyncio.IncompleteReadError, ConnectionError, ValueError):
            pass
        finally:
            for answer in self._asked.values():
                if not answer.done():
                    answer.set_exception(ConnectionError("baresip closed the connection"))
            self._on_lost()

    def _take(self, message: dict[str, Any]) -> None:
        if message.get("event"):
            self._on_event(message)
            return
        answer = self._asked.get(str(message.get("token", "")))
        if answer is not None and not answer.done():
            answer.set_result(message)
