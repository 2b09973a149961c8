"""The command line's side of the control socket."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import aiohttp

from callflow.control import SOCKET

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path
    from types import TracebackType


class ControlError(Exception):
    """The controller can't be reached or refused; the message says what and the remedy."""


class ControlClient:
    """Asks the controller that runs with ``home``; an async context manager."""

    def __init__(self, home: Path) -> None:
        self._path = home / SOCKET
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> ControlClient:
        self._session = aiohttp.ClientSession(
            "http://ringhall", connector=aiohttp.UnixConnector(str(self._path))
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def request(self, method: str, path: str, body: Any = None, *, within_s: float = 30.0) -> Any:
        """Send one request and give the JSON answer; raises :class:`ControlError`."""
        assert self._session is not None  # noqa: S101 - used as a context manager
        try:
            async with self._session.request(
                method, path, json=body, timeout=aiohttp.ClientTimeout(total=within_s)
            ) as answer:
                if answer.status >= 400:
                    raise ControlError((await answer.text()).strip())
                return await answer.json()
        except (aiohttp.ClientConnectionError, FileNotFoundError, TimeoutError) as error:
            raise self._unreachable(error) from error

    async def download(self, path: str) -> AsyncIterator[bytes]:
        """Yield a file's content, piece by piece; raises :class:`ControlError`."""
        assert self._session is not None  # noqa: S101 - used as a context manager
        try:
            async with self._session.get(path, timeout=aiohttp.ClientTimeout(total=None)) as answer:
                if answer.status >= 400:
                    raise ControlError((await answer.text()).strip())
                async for chunk in answer.content.iter_chunked(1 << 16):
                    yield chunk
        except (aiohttp.ClientConnectionError, FileNotFoundError) as error:
            raise self._unreachable(error) from error

    async def events(self, call: str = "") -> AsyncIterator[bytes]:
        """Yield the log's new events as JSON lines; the first item, empty, says that the stream is on."""
        assert self._session is not None  # noqa: S101 - used as a context manager
        try:
            async with self._session.get(
                "/control/events",
                params={"call": call} if call else None,
                timeout=aiohttp.ClientTimeout(total=None),
            ) as answer:
                yield b""
                async for line in answer.content:
                    yield line
        except (aiohttp.ClientConnectionError, FileNotFoundError) as error:
            raise self._unreachable(error) from error

    def _unreachable(self, error: Exception) -> ControlError:
        return ControlError(
            f"no controller answers on {self._path} ({_why(error)}); start one with 'make run', "
            "or set RINGHALL_HOME to the folder of the one that runs"
        )


def _why(error: Exception) -> str:
    """Say in words why a socket can't be talked to."""
    if isinstance(error, TimeoutError):
        return "it takes too long"
    number = getattr(error, "errno", None)
    return os.strerror(number).lower() if number else str(error)
