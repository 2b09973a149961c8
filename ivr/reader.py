"""Reading and checking a site's files while calls go on: in a process of its own.

Checking a big site takes a second of Python.  On the event loop that is a second of silence for every
caller, and in a thread it is little better, since the loop then waits for the interpreter's lock at every
step.  So a child process (:mod:`ivr.reading`) does it, and what it found comes back in pieces and packed
(:mod:`ivr.packed`).
"""

from __future__ import annotations

import asyncio
import pickle
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from ivr.load import Loaded, Source, load, load_folder
from ivr.packed import PackedBlocks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from callflow.protocol import Section, Stage

TIMEOUT_S = 60.0
"""Longest time for one site; a child that takes longer is ended."""
LENGTH_BYTES = 4


class ReadingFailed(Exception):  # noqa: N818 - named for what happened
    """The files could not be checked at all; the message says why."""


class Reader(Protocol):
    """Reads and checks sites.  Both methods raise :class:`ReadingFailed`."""

    async def folder(self, folder: Path) -> Loaded:
        """Read the site in a folder."""

    async def sources(self, sources: Sequence[Source]) -> Loaded:
        """Read a site whose files are at hand."""


class DirectReader:
    """Reads on the spot: for a start, when there are no calls that could be held up."""

    def __init__(self, stages: Mapping[str, type[Stage]], sections: Sequence[Section]) -> None:
        self._stages = stages
        self._sections = sections

    async def folder(self, folder: Path) -> Loaded:
        """Read the site in a folder."""
        return load_folder(folder, self._stages, self._sections)

    async def sources(self, sources: Sequence[Source]) -> Loaded:
        """Read a site whose files are at hand."""
        return load(sources, self._stages, self._sections)


class Head(msgspec.Struct, frozen=True):
    """First piece of the child's answer: everything but the site's blocks, which follow."""

    loaded: Loaded
    """Its site has no blocks."""
    pieces: int
    """How many pieces of blocks follow."""


class ChildReader:
    """Reads in a child process, with the installed parts.  It is kept, since it takes a second to start."""

    def __init__(
        self, command: Sequence[str] = (sys.executable, "-m", "ivr.reading"), timeout: float = TIMEOUT_S
    ) -> None:
        self._command = tuple(command)
        self._timeout = timeout
        self._child: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()

    async def start(self) -> None:
        """Start the child; it gets ready by itself."""
        if self._child is None or self._child.returncode is not None:
            try:
                self._child = await asyncio.create_subprocess_exec(
                    *self._command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
                )
            except OSError as error:
                raise ReadingFailed(f"the checking process can't be started: {error}") from error

    async def stop(self) -> None:
        """End the child."""
        child, self._child = self._child, None
        if child is not None and child.returncode is None:
            with suppress(ProcessLookupError):
                child.kill()
            await child.wait()

    async def folder(self, folder: Path) -> Loaded:
        """Read the site in a folder."""
        return await self._ask(folder)

    async def sources(self, sources: Sequence[Source]) -> Loaded:
        """Read a site whose files are at hand."""
        return await self._ask(tuple(sources))

    async def _ask(self, question: Path | tuple[Source, ...]) -> Loaded:
        async with self._turn:
            await self.start()
            try:
                async with asyncio.timeout(self._timeout):
                    return await self._answered(question)
            except TimeoutError:
                reason = f"the checking process did not end within {self._timeout:g} s"
            except (OSError, EOFError, pickle.UnpicklingError) as error:
                reason = f"the checking process ended ({type(error).__name__}); the log may tell why"
            except BaseException:
                await self.stop()  # half an answer would be taken for the next one
                raise
            await self.stop()
            raise ReadingFailed(reason)

    async def _answered(self, question: Path | tuple[Source, ...]) -> Loaded:
        child = self._child
        assert child is not None  # noqa: S101 - started just before
        assert child.stdin is not None  # noqa: S101
        assert child.stdout is not None  # noqa: S101
        asked = pickle.dumps(question)
        child.stdin.write(len(asked).to_bytes(LENGTH_BYTES, "big") + asked)
        await child.stdin.drain()
        head: Head = await self._piece(child.stdout)
        site = head.loaded.site
        if site is None:
            return head.loaded
        packed: dict[str, bytes] = {}
        for _ in range(head.pieces):
            packed.update(await self._piece(child.stdout))
            await asyncio.sleep(0)  # the calls' turn: reading what is there already does not wait
        site = msgspec.structs.replace(site, blocks=PackedBlocks(packed))
        return msgspec.structs.replace(head.loaded, site=site)

    @staticmethod
    async def _piece(stream: asyncio.StreamReader) -> Any:
        length = int.from_bytes(await stream.readexactly(LENGTH_BYTES), "big")
        return pickle.loads(await stream.readexactly(length))  # noqa: S301 - written by our own child
