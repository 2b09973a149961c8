"""The rendering process as the controller sees it: given texts, it writes sounds.

It is kept once it was started.  To start a process holds the event loop up, and longest when the machine is
busy; and a voice takes up to a second to get ready.
"""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from callflow.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_MOST_BYTES_A_LINE = 1 << 20


class RenderingEnded(Exception):  # noqa: N818 - named for what happened
    """The process ended before it was done; the message says so."""


class Job:
    """A text to be spoken into a file."""

    __slots__ = ("language", "target", "text")

    def __init__(self, text: str, language: str, target: Path) -> None:
        self.text = text
        self.language = language
        self.target = target


class RenderingProcess:
    """``python -m speech.render``, one request at a time."""

    def __init__(self, provider: str, prefix: Path) -> None:
        self._command = (sys.executable, "-m", "speech.render", provider, str(prefix))
        self._child: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()

    async def start(self) -> None:
        """Start the process, unless it runs.  Raises OSError."""
        if self._child is None or self._child.returncode is not None:
            self._child = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=_MOST_BYTES_A_LINE,
            )

    async def stop(self) -> None:
        """End the process."""
        child, self._child = self._child, None
        if child is not None:
            if child.returncode is None:
                with suppress(ProcessLookupError):
                    child.kill()
            await child.wait()

    async def get_ready(self, languages: Iterable[str]) -> None:
        """Let it import what speaking these languages takes; does not wait for that."""
        if not self._turn.locked():
            with suppress(OSError):  # told when something is to be rendered
                await self.start()
                self._send({"ready": list(languages)})

    async def render(self, jobs: Sequence[Job]) -> dict[str, str]:
        """Render and give what went wrong by target, an empty text where nothing did.

        A target that is not there was not reached.  Raises :class:`RenderingEnded` and OSError.
        """
        async with self._turn:
            await self.start()
            try:
                return await self._rendered(jobs)
            except BaseException:
                await self.stop()  # half an answer would be taken for the next one
                raise

    async def _rendered(self, jobs: Sequence[Job]) -> dict[str, str]:
        child, pace = self._child, Pace()
        assert child is not None  # noqa: S101 - started just before
        assert child.stdin is not None  # noqa: S101
        assert child.stdout is not None  # noqa: S101
        results: dict[str, str] = {}
        for job in jobs:
            self._send({"text": job.text, "language": job.language, "target": str(job.target)})
            await pace.give_way()
        self._send({"render": len(jobs)})
        await child.stdin.drain()
        while len(results) < len(jobs):
            line = await child.stdout.readline()
            if not line:
                raise RenderingEnded(
                    f"the rendering process ended after {len(results)} of {len(jobs)} prompts; "
                    "the log may tell why"
                )
            told = json.loads(line)
            results[told["target"]] = told["error"]
            await pace.give_way()
        return results

    def _send(self, message: dict[str, object]) -> None:
        if self._child is not None and self._child.stdin is not None:
            self._child.stdin.write(json.dumps(message).encode() + b"\n")
